"""Tables of metrics: how often what happened within each hour."""

from __future__ import annotations

from django.db import models


class Tally(models.Model):
    """How many events of one kind fell into one span of time, and what they add up to.

    `amount` is in microseconds or bytes: whole numbers add up without error. Days spare a long window the reading of all its hours.
    """

    series = models.CharField(max_length=40)
    label = models.CharField(max_length=40)
    hours = models.PositiveSmallIntegerField(default=1)  # of the span: an hour, a day, or 0 for all time
    hour = models.DateTimeField()  # its beginning, UTC; of all time 1970
    count = models.BigIntegerField(default=0)
    amount = models.BigIntegerField(default=0)
    last_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["series", "label", "hours", "hour"], name="metrics_tally_unique"),
            models.CheckConstraint(condition=models.Q(hours__in=[0, 1, 24]), name="metrics_tally_span_known"),
        ]
        # The windows of all series are answered from it alone.
        indexes = [
            models.Index(fields=["hours", "hour", "series", "label", "count", "amount"], name="metrics_tally_answers")
        ]

    def __str__(self) -> str:
        return f"{self.series} {self.label} {self.hour:%Y-%m-%d %H}: {self.count}"


class Built(models.Model):
    """That the tallies of a series hold everything that happened before they were kept."""

    series = models.CharField(max_length=40, primary_key=True)
    version = models.PositiveIntegerField()
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.series} {self.version}"
