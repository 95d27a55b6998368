"""Tables of backups, of their plan, and of restorations that a person has not yet resumed from."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models

from presstime.backups.states import Kind, Status, Task, Trigger
from presstime.database.fields import choices, id_field, one_of


class Backup(models.Model):
    """One backup, from the wish for it to its removal by retention."""

    id = id_field()
    status = models.CharField(max_length=10, choices=choices(Status), default=Status.RUNNING)
    task = models.CharField(max_length=10, choices=choices(Task), default=Task.CREATE)
    trigger = models.CharField(max_length=10, choices=choices(Trigger), default=Trigger.MANUAL)
    wants_full = models.BooleanField(default=False)
    requested_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    host = models.CharField(max_length=80, blank=True)  # who is at it; empty while it waits for a worker
    starts = models.PositiveSmallIntegerField(default=0)  # more than one when a process died over it
    kind = models.CharField(max_length=15, choices=choices(Kind), default=Kind.FULL)
    base = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="incrementals")
    name = models.CharField(max_length=200, blank=True)  # of its file; empty as long as there is none
    location = models.CharField(max_length=1000, blank=True)
    bytes = models.PositiveBigIntegerField(null=True)
    uncompressed_bytes = models.PositiveBigIntegerField(null=True)
    sha256 = models.CharField(max_length=64, blank=True)
    database_sha256 = models.CharField(max_length=64, blank=True)
    page_size = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    verified_at = models.DateTimeField(null=True)
    verified_how = models.CharField(max_length=20, blank=True)
    error = models.TextField(blank=True)
    stage = models.CharField(max_length=20, blank=True)  # what its process is at: copying, writing, verifying, …
    done_bytes = models.PositiveBigIntegerField(default=0)  # of the stage
    total_bytes = models.PositiveBigIntegerField(default=0)  # 0 where that is not known

    class Meta:
        ordering = ["-created_at", "-id"]
        constraints = [
            one_of("status", Status, name="backup_status_known"),
            one_of("task", Task, name="backup_task_known"),
            one_of("kind", Kind, name="backup_kind_known"),
            one_of("trigger", Trigger, name="backup_trigger_known"),
        ]
        indexes = [
            models.Index(fields=["-created_at", "-id"], name="backup_newest"),
            models.Index(fields=["status", "host"], name="backup_by_status"),
        ]

    def __str__(self) -> str:
        return self.name or str(self.id)

    @property
    def percent(self) -> int | None:
        """How much of the stage is done; None where that is not known."""
        return min(100, self.done_bytes * 100 // self.total_bytes) if self.total_bytes else None


class Plan(models.Model):
    """What has been done about daily backups and weekly drills: one row, changed by compare-and-set."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    since = models.DateTimeField()  # the first worker's start; before it no backup could be missing
    last_due_at = models.DateTimeField()  # the last planned moment for which a backup was asked
    drill_asked_at = models.DateTimeField(null=True)
    drilled_at = models.DateTimeField(null=True)
    drill_seconds = models.FloatField(null=True)
    drill_backup = models.CharField(max_length=200, blank=True)
    drill_error = models.TextField(blank=True)

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(id=1), name="backup_plan_single")]

    def __str__(self) -> str:
        return f"since {self.since}"


class Restoration(models.Model):
    """That this database came from a backup, and which schedules wait for a person since."""

    id = id_field()
    restored_at = models.DateTimeField()
    backup = models.CharField(max_length=200)
    backup_created_at = models.DateTimeField()
    schedules: models.JSONField[Any, Any] = models.JSONField(default=list)  # ids of those that were on
    executions_cancelled = models.PositiveIntegerField(default=0)
    emails_held = models.PositiveIntegerField(default=0)
    resumed_at = models.DateTimeField(null=True)
    resumed_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:
        ordering = ["-restored_at"]

    def __str__(self) -> str:
        return f"{self.backup} at {self.restored_at}"
