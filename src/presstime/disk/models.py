"""Tables of the disk: the administrators' thresholds, the history of the volumes, and cleanups."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models

from presstime.database.fields import choices, id_field, one_of
from presstime.disk.states import CleanupStatus


class StoredThresholds(models.Model):
    """The thresholds that administrators set; one row at most. A null leaves that one to the settings."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    warning_bytes = models.PositiveBigIntegerField(null=True)
    critical_bytes = models.PositiveBigIntegerField(null=True)
    changed_at = models.DateTimeField()
    changed_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(id=1), name="disk_thresholds_single")]

    def __str__(self) -> str:
        return f"{self.warning_bytes}, {self.critical_bytes}"


class Sample(models.Model):
    """How much of a volume was free within ten minutes."""

    id = id_field()
    volume = models.CharField(max_length=40)
    at = models.DateTimeField()  # the beginning of the ten minutes
    total_bytes = models.PositiveBigIntegerField()
    free_bytes = models.PositiveBigIntegerField()

    class Meta:
        ordering = ["at"]
        # Of several workers the first one's counts.
        constraints = [models.UniqueConstraint(fields=["volume", "at"], name="disk_sample_unique")]

    def __str__(self) -> str:
        return f"{self.volume} {self.at.isoformat()}"


class Survey(models.Model):
    """The last look of a worker at what could be freed and what uses space: one row."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    at = models.DateTimeField()
    found: models.JSONField[Any, Any] = models.JSONField(default=list)  # fields of `cleaning.Found`
    usage: models.JSONField[Any, Any] = models.JSONField(default=list)  # pairs of words and bytes

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(id=1), name="disk_survey_single")]

    def __str__(self) -> str:
        return f"survey of {self.at.isoformat()}"


class Cleanup(models.Model):
    """One cleaning up: what was asked for, how far it is, what it freed."""

    id = id_field()
    status = models.CharField(max_length=10, choices=choices(CleanupStatus), default=CleanupStatus.QUEUED)
    actions: models.JSONField[Any, Any] = models.JSONField(default=list)
    remaining: models.JSONField[Any, Any] = models.JSONField(default=list)  # actions that are still to be done
    requested_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    requested_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    lease_until = models.DateTimeField(null=True)
    planned_bytes = models.PositiveBigIntegerField(default=0)
    freed_bytes = models.PositiveBigIntegerField(default=0)
    removed = models.PositiveIntegerField(default=0)  # files, and folders of executions
    error = models.TextField(blank=True)

    class Meta:
        ordering = ["-requested_at", "-id"]
        constraints = [one_of("status", CleanupStatus, name="disk_cleanup_status_known")]
        indexes = [
            models.Index(
                fields=["requested_at"], condition=models.Q(finished_at__isnull=True), name="disk_cleanup_unfinished"
            )
        ]

    def __str__(self) -> str:
        return f"{self.status} {', '.join(self.actions)}"
