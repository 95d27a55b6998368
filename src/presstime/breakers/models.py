"""Table of breakers: one row for each target that has ever failed."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from presstime.breakers.states import Kind, Standing, State
from presstime.database.fields import choices, id_field, one_of

_STANDING = ("failures", "openings", "opened_at", "next_trial_at", "trial", "trial_until")


class Breaker(models.Model):
    """What stands before one data source or one mail server."""

    id = id_field()
    kind = models.CharField(max_length=15, choices=choices(Kind))
    key = models.CharField(max_length=100)  # the source's id; a digest of the mail server's address
    name = models.CharField(max_length=320)  # for people
    state = models.CharField(max_length=10, choices=choices(State), default=State.CLOSED)
    failures = models.PositiveIntegerField(default=0)
    openings = models.PositiveIntegerField(default=0)
    opened_at = models.DateTimeField(null=True)
    next_trial_at = models.DateTimeField(null=True)
    trial = models.PositiveIntegerField(default=0)
    trial_until = models.DateTimeField(null=True)
    trial_by = models.CharField(max_length=80, blank=True)  # the worker that tries
    last_error = models.TextField(blank=True)
    last_error_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["kind", "name", "id"]
        constraints = [
            models.UniqueConstraint(fields=["kind", "key"], name="breaker_target_unique"),
            one_of("kind", Kind, name="breaker_kind_known"),
            # A closed one has no opening, an open one its next trial, a half-open one the end of its trial's lease.
            models.CheckConstraint(
                condition=Q(state=State.CLOSED.value, opened_at=None, next_trial_at=None, trial_until=None)
                | Q(state=State.OPEN.value, opened_at__isnull=False, next_trial_at__isnull=False, trial_until=None)
                | Q(
                    state=State.HALF_OPEN.value, opened_at__isnull=False, next_trial_at=None, trial_until__isnull=False
                ),
                name="breaker_state_agrees",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.name}"

    @property
    def standing(self) -> Standing:
        return Standing(State(self.state), **{name: getattr(self, name) for name in _STANDING})

    @property
    def is_closed(self) -> bool:
        return self.state == State.CLOSED
