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
    reply_to = models.CharField(max_length=320, blank=True, default="")
    formats: models.JSONField[Any, Any] = models.JSONField(default=list)
    parameters: models.JSONField[Any, Any] = models.JSONField(default=dict)
    timeout_seconds = models.PositiveIntegerField(default=1800)
    catch_up = models.CharField(max_length=10, choices=choices(CatchUp), default=CatchUp.LATEST)
    catch_up_max_age_seconds = models.PositiveIntegerField(default=86400)  # nobody wants an older one
    send_when = models.CharField(max_length=10, choices=choices(SendWhen), default=SendWhen.ALWAYS)
    output_path = models.CharField(max_length=500, blank=True)
    retries = models.PositiveSmallIntegerField(null=True)
    retention_days = models.PositiveSmallIntegerField(null=True)  # of files; null leaves it to the installation
    starts_at = models.DateTimeField(null=True)
    ends_at = models.DateTimeField(null=True)
    # The next planned instant; null when the schedule is off or will never run again. Firing moves it on.
    next_run_at = models.DateTimeField(null=True)
    # The next planned instant that the watchdog has not looked at; firing leaves it alone.
    watch_at = models.DateTimeField(null=True)
    failures_in_a_row = models.PositiveIntegerField(default=0)  # planned executions that died since the last success
    paused_at = models.DateTimeField(null=True)  # when it was switched off because of them
    paused_reason = models.TextField(blank=True)
    paused_with_owner = models.BooleanField(default=False)  # because its owner was; it goes on with them or another one
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
            ),
            models.Index(
                fields=["watch_at"],
                condition=models.Q(enabled=True, deleted_at__isnull=True, watch_at__isnull=False),
                name="schedule_watched",
            ),
            models.Index(fields=["enabled"], condition=models.Q(deleted_at__isnull=True), name="schedule_state"),
            models.Index(fields=["paused_at"], condition=models.Q(paused_at__isnull=False), name="schedule_paused"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["name"], condition=models.Q(deleted_at__isnull=True), name="schedule_name_unique"
            ),
            one_of("catch_up", CatchUp, name="schedule_catch_up_known"),
            one_of("send_when", SendWhen, name="schedule_send_when_known"),
            models.CheckConstraint(
                condition=models.Q(catch_up_max_age_seconds__gte=60, catch_up_max_age_seconds__lte=2678400),
                name="schedule_catch_up_age_in_range",
            ),
            models.CheckConstraint(
                condition=models.Q(timeout_seconds__gte=300, timeout_seconds__lte=7200),
                name="schedule_timeout_in_range",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class PassedOver(models.Model):
    """Planned instants from *first* up to, not with, *until* that the catch-up policy left out on purpose."""

    id = id_field()
    schedule = models.ForeignKey(Schedule, on_delete=models.CASCADE, related_name="passed_over")
    first = models.DateTimeField()
    until = models.DateTimeField()
    policy = models.CharField(max_length=10)
    max_age_seconds = models.PositiveIntegerField()
    noted_at = models.DateTimeField()

    class Meta:
        ordering = ["-noted_at", "-id"]
        indexes = [models.Index(fields=["schedule", "-until"], name="passed_over_of_schedule")]

    def __str__(self) -> str:
        return f"{self.schedule_id}: {self.first:%Y-%m-%d %H:%M} to {self.until:%Y-%m-%d %H:%M}"


class MissedRun(models.Model):
    """A planned instant that has neither an execution nor a policy that left it out: something is broken."""

    id = id_field()
    schedule = models.ForeignKey(Schedule, on_delete=models.CASCADE, related_name="missed_runs")
    planned_for = models.DateTimeField()
    noted_at = models.DateTimeField()
    settled_at = models.DateTimeField(null=True)  # it has run after all, or a person knows

    class Meta:
        ordering = ["-planned_for"]
        constraints = [models.UniqueConstraint(fields=["schedule", "planned_for"], name="missed_run_unique")]
        indexes = [
            models.Index(fields=["planned_for"], condition=models.Q(settled_at__isnull=True), name="missed_run_open")
        ]

    def __str__(self) -> str:
        return f"{self.schedule_id}: {self.planned_for:%Y-%m-%d %H:%M}"


class WatchMark(models.Model):
    """The latest moment at which a watchdog has looked, one row; it outlives restarts and tells when a clock went back."""

    id = models.PositiveSmallIntegerField(primary_key=True)
    seen_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.seen_at:%Y-%m-%d %H:%M:%S}"


class Unsubscription(models.Model):
    """That somebody took their address off a schedule by the link in a mail."""

    id = id_field()
    schedule = models.ForeignKey(Schedule, on_delete=models.CASCADE, related_name="unsubscriptions")
    address = models.CharField(max_length=320)
    role = models.CharField(max_length=3)
    at = models.DateTimeField()

    class Meta:
        ordering = ["-at", "-id"]

    def __str__(self) -> str:
        return f"{self.address} from {self.schedule_id}"
