"""Tables of executions, their attempts and their artifacts, and of the workers that run them."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models

from presstime.database.fields import choices, id_field, one_of
from presstime.executions.states import CLAIMABLE, FINISHED, AttemptStatus, Category, Status, Trigger, WaitingFor
from presstime.reports.models import Report, Revision


class Execution(models.Model):
    """One run of a report. What it needs is copied in when it is made, so that later edits do not change the past."""

    id = id_field()
    schedule = models.ForeignKey("schedules.Schedule", null=True, on_delete=models.PROTECT, related_name="executions")
    report = models.ForeignKey(Report, on_delete=models.PROTECT, related_name="executions")
    revision = models.ForeignKey(Revision, on_delete=models.PROTECT, related_name="+")
    trigger = models.CharField(max_length=10, choices=choices(Trigger))
    status = models.CharField(max_length=10, choices=choices(Status), default=Status.QUEUED)
    scheduled_for = models.DateTimeField()  # the planned instant; periods are evaluated at it
    origin = models.ForeignKey("self", null=True, on_delete=models.SET_NULL, related_name="repeats")
    requested_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")

    # Copied from the schedule
    timezone = models.CharField(max_length=64)
    parameters: models.JSONField[Any, Any] = models.JSONField(default=dict)
    formats: models.JSONField[Any, Any] = models.JSONField(default=list)
    recipients: models.JSONField[Any, Any] = models.JSONField(default=dict)
    reply_to = models.CharField(max_length=320, blank=True, default="")
    is_test = models.BooleanField(default=False)  # its mail goes to whoever asked, marked as a test
    send_when = models.CharField(max_length=10)
    output_path = models.CharField(max_length=500, blank=True)
    retries = models.PositiveSmallIntegerField(null=True)
    timeout_seconds = models.PositiveIntegerField()

    # Waiting and running
    priority = models.SmallIntegerField()
    run_at = models.DateTimeField()  # not before
    waiting_for = models.CharField(max_length=10, choices=choices(WaitingFor), blank=True, default="")
    queued_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True)  # of the last attempt
    finished_at = models.DateTimeField(null=True)
    fence = models.PositiveIntegerField(default=0)  # the number of the attempt that may speak for this execution
    crashes = models.PositiveSmallIntegerField(default=0)
    node = models.CharField(max_length=80, blank=True)
    lease_until = models.DateTimeField(null=True)
    cancel_requested_at = models.DateTimeField(null=True)
    stage = models.CharField(max_length=100, blank=True)  # what a running execution is doing, in words

    # The end
    note = models.TextField(blank=True)  # e.g. why nothing was sent
    error_category = models.CharField(max_length=15, choices=choices(Category), blank=True)
    error_code = models.CharField(max_length=40, blank=True)
    error_message = models.TextField(blank=True)
    error_hint = models.TextField(blank=True)
    error_detail = models.TextField(blank=True)

    class Meta:
        ordering = ["-queued_at", "-id"]
        constraints = [
            # Firing twice is one row: the promise of the whole product.
            models.UniqueConstraint(
                fields=["schedule", "scheduled_for"],
                condition=models.Q(trigger__in=[Trigger.SCHEDULE.value, Trigger.CATCH_UP.value]),
                name="execution_firing_unique",
            ),
            one_of("status", Status, name="execution_status_known"),
            # A lease while it runs, an end when it has ended, neither while it waits.
            models.CheckConstraint(
                condition=models.Q(status__in=sorted(CLAIMABLE), lease_until__isnull=True, finished_at__isnull=True)
                | models.Q(status=Status.RUNNING.value, lease_until__isnull=False, finished_at__isnull=True)
                | models.Q(status__in=sorted(FINISHED), lease_until__isnull=True, finished_at__isnull=False),
                name="execution_status_agrees",
            ),
            one_of("trigger", Trigger, name="execution_trigger_known"),
            one_of("error_category", ["", *Category], name="execution_category_known"),
            one_of("waiting_for", WaitingFor, name="execution_waiting_for_known"),
        ]
        indexes = [
            # Conditions without parameters: SQLite cannot see that a bound `status IN (?, ?)` implies a partial index.
            # Neither leased nor finished is the same as queued or retrying, says execution_status_agrees.
            models.Index(
                fields=["waiting_for", "priority", "run_at", "id"],
                condition=models.Q(lease_until__isnull=True, finished_at__isnull=True),
                name="execution_ready",
            ),
            models.Index(
                fields=["lease_until"], condition=models.Q(lease_until__isnull=False), name="execution_leased"
            ),
            models.Index(fields=["-queued_at", "-id"], name="execution_newest"),
            models.Index(fields=["schedule", "-queued_at"], name="execution_of_schedule"),
            models.Index(fields=["status", "-queued_at"], name="execution_by_status"),
            models.Index(fields=["trigger", "-queued_at"], name="execution_by_trigger"),
            models.Index(fields=["error_category", "-queued_at"], name="execution_by_category"),
            # The hour that a window of metrics cuts is read from it alone.
            models.Index(
                fields=["finished_at", "status", "started_at"],
                condition=models.Q(finished_at__isnull=False),
                name="execution_finished",
            ),
        ]

    def __str__(self) -> str:
        return str(self.id)


class Attempt(models.Model):
    """One try at an execution; its number is the fence."""

    id = id_field()
    execution = models.ForeignKey(Execution, on_delete=models.CASCADE, related_name="attempts")
    number = models.PositiveIntegerField()
    status = models.CharField(max_length=10, choices=choices(AttemptStatus), default=AttemptStatus.RUNNING)
    node = models.CharField(max_length=80)
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    timeout_seconds = models.PositiveIntegerField(null=True)  # the limit in force at its end; null before it was kept
    timings: models.JSONField[Any, Any] = models.JSONField(default=dict)  # {"query": seconds, "render": ..., ...}
    error_category = models.CharField(max_length=15, blank=True)
    error_code = models.CharField(max_length=40, blank=True)
    error_message = models.TextField(blank=True)
    error_hint = models.TextField(blank=True)
    error_detail = models.TextField(blank=True)

    class Meta:
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(fields=["execution", "number"], name="attempt_number_unique"),
            one_of("status", AttemptStatus, name="attempt_status_known"),
        ]

    def __str__(self) -> str:
        return f"{self.execution_id} attempt {self.number}"


class Artifact(models.Model):
    """A finished file of an execution, in the reports folder."""

    id = id_field()
    execution = models.ForeignKey(Execution, on_delete=models.CASCADE, related_name="artifacts")
    name = models.CharField(max_length=255)
    format = models.CharField(max_length=10)
    media_type = models.CharField(max_length=100)
    path = models.CharField(max_length=500)  # relative to the reports folder
    bytes = models.PositiveBigIntegerField()
    sha256 = models.CharField(max_length=64)
    rows = models.PositiveBigIntegerField(null=True)
    created_at = models.DateTimeField()
    # By the signed link that a mail carries instead of a file that is too large for it
    link_downloads = models.PositiveIntegerField(default=0)
    link_downloaded_at = models.DateTimeField(null=True)
    removed_at = models.DateTimeField(null=True)  # when its file was removed to free space

    class Meta:
        ordering = ["name"]
        constraints = [models.UniqueConstraint(fields=["execution", "name"], name="artifact_name_unique")]
        indexes = [
            # What is still kept, for cleanups and sums.
            models.Index(fields=["created_at"], condition=models.Q(removed_at__isnull=True), name="artifact_kept"),
            models.Index(fields=["created_at"], name="artifact_newest"),
        ]

    def __str__(self) -> str:
        return self.name


class Worker(models.Model):
    """A worker process that is, or was, alive; it says so every few seconds."""

    node = models.CharField(max_length=80, primary_key=True)
    pid = models.PositiveIntegerField()
    version = models.CharField(max_length=30)
    slots = models.PositiveSmallIntegerField()
    started_at = models.DateTimeField()
    seen_at = models.DateTimeField()
    beats: models.JSONField[Any, Any] = models.JSONField(default=dict)  # by loop, when a step of it last ended well

    def __str__(self) -> str:
        return self.node
