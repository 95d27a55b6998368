"""Table of schedules."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models

from presstime.database.fields import choices, id_field, one_of
from presstime.reports.models import Report
from presstime.schedules.states import CatchUp, SendWhen


class Schedule(models.Model):
    """What is run when, in which formats, and sent to whom. Deleting hides it: its executions keep their schedule."""

    id = id_field()
    name = models.CharField(max_length=200)
    report = models.ForeignKey(Report, on_delete=models.PROTECT, related_name="schedules")
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="schedules")
    cron = models.CharField(max_length=200)
    timezone = models.CharField(max_length=64)
    enabled = models.BooleanField(default=True)
    recipients: models.JSONField[Any, Any] = models.JSONField(default=dict)  # {"to": [...], "cc": [...], "bcc": [...]}
    formats: models.JSONField[Any, Any] = models.JSONField(default=list)
    parameters: models.JSONField[Any, Any] = models.JSONField(default=dict)
    timeout_seconds = models.PositiveIntegerField(default=1800)
    catch_up = models.CharField(max_length=10, choices=choices(CatchUp), default=CatchUp.LATEST)
    send_when = models.CharField(max_length=10, choices=choices(SendWhen), default=SendWhen.ALWAYS)
    output_path = models.CharField(max_length=500, blank=True)
    retries = models.PositiveSmallIntegerField(null=True)
    starts_at = models.DateTimeField(null=True)
    ends_at = models.DateTimeField(null=True)
    # The next planned instant; null when the schedule is off or will never run again. Firing moves it on.
    next_run_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()
    deleted_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["name"]
        indexes = [
            models.Index(
                fields=["next_run_at"],
                condition=models.Q(enabled=True, deleted_at__isnull=True, next_run_at__isnull=False),
                name="schedule_due",
            )
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["name"], condition=models.Q(deleted_at__isnull=True), name="schedule_name_unique"
            ),
            one_of("catch_up", CatchUp, name="schedule_catch_up_known"),
            one_of("send_when", SendWhen, name="schedule_send_when_known"),
            models.CheckConstraint(
                condition=models.Q(timeout_seconds__gte=300, timeout_seconds__lte=7200),
                name="schedule_timeout_in_range",
            ),
        ]

    def __str__(self) -> str:
        return self.name
