"""Tables of alerts and of what was told about them to whom."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models

from presstime.alerts.kinds import KINDS, Kind, Severity
from presstime.alerts.states import ACTIVE, UNFINISHED, DeliveryStatus, Event, Medium, Status
from presstime.database.fields import choices, id_field, one_of

# Indexes by what is null: SQLite cannot see that a bound `status IN (?, ?)` implies a partial index.
_ACTIVE = models.Q(cleared_at__isnull=True)


class Alert(models.Model):
    """Something that needs a person, from the moment it is noticed until it is over."""

    id = id_field()
    kind = models.CharField(max_length=30, choices=choices(Kind))
    key = models.CharField(max_length=200, blank=True)  # which one of its kind: a schedule's id, a volume's name
    severity = models.CharField(max_length=10, choices=choices(Severity))
    status = models.CharField(max_length=15, choices=choices(Status), default=Status.OPEN)
    title = models.CharField(max_length=200)
    detail = models.TextField(blank=True)
    link = models.CharField(max_length=200, blank=True)  # the path of our page about the thing
    recipients: models.JSONField[Any, Any] = models.JSONField(
        default=list
    )  # e-mail addresses; the administrators if none
    count = models.PositiveIntegerField(default=1)
    raised_at = models.DateTimeField()
    seen_at = models.DateTimeField()  # the last repeat
    noticed_at = models.DateTimeField()  # of the last notice; ahead of now while the next one is planned
    cleared_at = models.DateTimeField(null=True)
    acknowledged_at = models.DateTimeField(null=True)
    acknowledged_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )

    class Meta:
        ordering = ["-raised_at", "-id"]
        constraints = [
            # However many processes notice it: while it is open it is one row.
            models.UniqueConstraint(fields=["kind", "key"], condition=_ACTIVE, name="alert_active_unique"),
            one_of("kind", Kind, name="alert_kind_known"),
            one_of("severity", Severity, name="alert_severity_known"),
            models.CheckConstraint(
                condition=models.Q(status__in=sorted(ACTIVE), cleared_at__isnull=True)
                | models.Q(status=Status.CLEARED.value, cleared_at__isnull=False),
                name="alert_status_agrees",
            ),
        ]
        indexes = [
            models.Index(fields=["-raised_at", "-id"], name="alert_newest"),
            models.Index(fields=["cleared_at"], condition=models.Q(cleared_at__isnull=False), name="alert_cleared"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.key}".strip()

    @property
    def advice(self) -> str:
        """What to do next."""
        return KINDS[Kind(self.kind)].advice


class Delivery(models.Model):
    """One notice of an alert on its way through one channel."""

    id = id_field()
    alert = models.ForeignKey(Alert, on_delete=models.CASCADE, related_name="deliveries")
    event = models.CharField(max_length=10, choices=choices(Event))
    medium = models.CharField(max_length=10, choices=choices(Medium))
    channel_key = models.CharField(max_length=32)  # finds the channel's address in the settings, which alone hold it
    channel = models.CharField(max_length=200)  # how the channel is called, without secrets
    recipients: models.JSONField[Any, Any] = models.JSONField(default=list)  # of an e-mail
    status = models.CharField(max_length=10, choices=choices(DeliveryStatus), default=DeliveryStatus.PENDING)
    attempts = models.PositiveSmallIntegerField(default=0)
    next_attempt_at = models.DateTimeField(null=True)
    fence = models.PositiveIntegerField(default=0)
    lease_until = models.DateTimeField(null=True)
    error = models.TextField(blank=True)
    told_count = models.PositiveIntegerField(null=True)  # how often it had been seen when this was told
    created_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["created_at", "id"]
        constraints = [
            one_of("status", DeliveryStatus, name="alert_delivery_status_known"),
            models.CheckConstraint(
                condition=models.Q(status__in=sorted(UNFINISHED), finished_at__isnull=True)
                | models.Q(status__in=sorted(set(DeliveryStatus) - UNFINISHED), finished_at__isnull=False),
                name="alert_delivery_status_agrees",
            ),
            one_of("event", Event, name="alert_delivery_event_known"),
            one_of("medium", Medium, name="alert_delivery_medium_known"),
        ]
        indexes = [
            models.Index(
                fields=["next_attempt_at", "id"],
                condition=models.Q(finished_at__isnull=True),
                name="alert_delivery_unfinished",
            )
        ]

    def __str__(self) -> str:
        return f"{self.channel} {self.status}"
