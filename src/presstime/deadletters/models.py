"""Table of dead letters."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from presstime.database.fields import choices, id_field, one_of
from presstime.deadletters.states import Removal, Status
from presstime.executions.models import Execution
from presstime.executions.states import Category


class DeadLetter(models.Model):
    """An execution that gave up, and what became of it. Removing hides it for 30 days, then it is gone."""

    id = id_field()
    execution = models.OneToOneField(Execution, on_delete=models.CASCADE, related_name="dead_letter")
    retry = models.ForeignKey(Execution, null=True, on_delete=models.SET_NULL, related_name="+")  # the newest one
    status = models.CharField(max_length=10, choices=choices(Status), default=Status.OPEN)
    # Of the last attempt, also when that was one of a retry.
    error_category = models.CharField(max_length=15, choices=choices(Category))
    error_code = models.CharField(max_length=40)
    error_message = models.TextField()
    error_hint = models.TextField(blank=True)
    error_detail = models.TextField(blank=True)
    fingerprint = models.CharField(max_length=16)
    dead_at = models.DateTimeField()
    resolved_at = models.DateTimeField(null=True)
    resolved_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    note = models.TextField(blank=True)
    removed_at = models.DateTimeField(null=True)
    removed_because = models.CharField(max_length=10, choices=choices(Removal), blank=True, default="")

    class Meta:
        ordering = ["-dead_at", "-id"]
        constraints = [
            one_of("status", Status, name="dead_letter_status_known"),
            one_of("error_category", Category, name="dead_letter_category_known"),
            one_of("removed_because", ["", *Removal], name="dead_letter_removal_known"),
            models.CheckConstraint(
                condition=models.Q(status=Status.RESOLVED.value, resolved_at__isnull=False)
                | models.Q(status__in=[Status.OPEN.value, Status.RETRYING.value], resolved_at__isnull=True),
                name="dead_letter_resolution_agrees",
            ),
        ]
        indexes = [
            models.Index(
                fields=["status", "-dead_at", "-id"],
                condition=models.Q(removed_at__isnull=True),
                name="dead_letter_listed",
            ),
            models.Index(fields=["fingerprint", "-dead_at"], name="dead_letter_alike"),
            models.Index(
                fields=["removed_at"], condition=models.Q(removed_at__isnull=False), name="dead_letter_removed"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.execution_id} {self.status}"
