"""Tables of failures: a count for each hour, schedule and code, and how long schedules were broken."""

from __future__ import annotations

from django.db import models

from presstime.database.fields import id_field, one_of
from presstime.executions.states import Category


class _Count(models.Model):
    """How many attempts of one schedule failed with one code."""

    id = id_field()
    schedule = models.ForeignKey("schedules.Schedule", null=True, on_delete=models.CASCADE, related_name="+")
    category = models.CharField(max_length=15)
    code = models.CharField(max_length=40)
    count = models.PositiveIntegerField(default=1)

    class Meta:
        abstract = True


class FailureCount(_Count):
    """How many attempts of one schedule failed within one hour with one code.

    A table of its own: the trend of a year is one look into an index, and stays when executions are removed.
    """

    hour = models.DateTimeField()  # its beginning, UTC

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["schedule", "hour", "category", "code"],
                condition=models.Q(schedule__isnull=False),
                name="failure_count_unique",
            ),
            models.UniqueConstraint(
                fields=["hour", "category", "code"],
                condition=models.Q(schedule__isnull=True),
                name="failure_count_without_schedule",
            ),
            one_of("category", Category, name="failure_category_known"),
        ]
        indexes = [
            # Both questions, by category and by schedule, are answered from it alone.
            models.Index(fields=["hour", "category", "schedule", "code", "count"], name="failure_count_answers")
        ]

    def __str__(self) -> str:
        return f"{self.hour:%Y-%m-%d %H}: {self.count} of {self.category}/{self.code}"


class FailureDay(_Count):
    """The same for a day, so that a year of days is read from a twenty-fourth of the rows."""

    day = models.DateTimeField()  # its beginning, UTC

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["schedule", "day", "category", "code"],
                condition=models.Q(schedule__isnull=False),
                name="failure_day_unique",
            ),
            models.UniqueConstraint(
                fields=["day", "category", "code"],
                condition=models.Q(schedule__isnull=True),
                name="failure_day_without_schedule",
            ),
            one_of("category", Category, name="failure_day_category_known"),
        ]
        indexes = [models.Index(fields=["day", "category", "schedule", "code", "count"], name="failure_day_answers")]

    def __str__(self) -> str:
        return f"{self.day:%Y-%m-%d}: {self.count} of {self.category}/{self.code}"


class Outage(models.Model):
    """The time from the first failure of a schedule to its next success."""

    id = id_field()
    schedule = models.ForeignKey("schedules.Schedule", on_delete=models.CASCADE, related_name="outages")
    began_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    failures = models.PositiveIntegerField(default=1)  # attempts

    class Meta:
        ordering = ["-began_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["schedule"], condition=models.Q(ended_at__isnull=True), name="outage_open_unique"
            )
        ]
        indexes = [models.Index(fields=["ended_at"], name="outage_ended")]

    def __str__(self) -> str:
        return f"{self.schedule_id} since {self.began_at:%Y-%m-%d %H:%M}"
