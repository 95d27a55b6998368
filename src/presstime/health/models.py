"""Tables of health: proof that the database can be written, how each part is since when, and what has changed."""

from __future__ import annotations

from django.db import models

from presstime.database.fields import choices, id_field, one_of
from presstime.health.states import Level


class Pulse(models.Model):
    """One row that the check of the database writes, and the last half minute that a worker has noted."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    written_at = models.DateTimeField(null=True)
    noted_slot = models.DateTimeField(null=True)
    noted_since = models.DateTimeField(null=True)  # the first one

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(id=1), name="health_pulse_single")]

    def __str__(self) -> str:
        return f"{self.written_at}"


class Standing(models.Model):
    """How a check stands, as a worker last saw it."""

    name = models.CharField(max_length=40, primary_key=True)
    level = models.CharField(max_length=4, choices=choices(Level))
    since = models.DateTimeField()
    output = models.CharField(max_length=500, blank=True)

    class Meta:
        constraints = [one_of("level", Level, name="health_standing_known")]

    def __str__(self) -> str:
        return f"{self.name} {self.level}"


class Change(models.Model):
    """That a check went from one level to another."""

    id = id_field()
    name = models.CharField(max_length=40)
    before = models.CharField(max_length=4, choices=choices(Level), blank=True)
    level = models.CharField(max_length=4, choices=choices(Level))
    output = models.CharField(max_length=500, blank=True)
    at = models.DateTimeField()

    class Meta:
        ordering = ["-at", "-id"]
        constraints = [
            one_of("level", Level, name="health_change_known"),
            one_of("before", ["", *Level], name="health_change_before_known"),
        ]
        indexes = [models.Index(fields=["-at", "-id"], name="health_change_newest")]

    def __str__(self) -> str:
        return f"{self.name}: {self.before} to {self.level}"
