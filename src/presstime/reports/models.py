"""Tables of reports and their revisions."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from presstime.accounts.models import Group
from presstime.database.fields import id_field
from presstime.sources.models import Source


class Report(models.Model):
    """A report; its text lives in its revisions. Deleting hides it: what was sent must stay explainable."""

    id = id_field()
    name = models.CharField(max_length=200)
    title = models.CharField(max_length=300)  # of the current revision
    current = models.ForeignKey("Revision", null=True, on_delete=models.PROTECT, related_name="+")
    sources = models.ManyToManyField(Source, related_name="reports")  # that the current revision names
    groups = models.ManyToManyField(Group, related_name="reports")  # who may see it; everybody without any
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()
    deleted_at = models.DateTimeField(null=True)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(
                fields=["name"], condition=models.Q(deleted_at__isnull=True), name="report_name_unique"
            )
        ]

    def __str__(self) -> str:
        return self.name


class Revision(models.Model):
    """One saved text of a report; never changed."""

    id = id_field()
    report = models.ForeignKey(Report, on_delete=models.CASCADE, related_name="revisions")
    number = models.PositiveIntegerField()
    definition = models.TextField()
    sha256 = models.CharField(max_length=64)
    created_at = models.DateTimeField()
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    note = models.CharField(max_length=200, default="")  # what its author says of it
    # Lines against the revision before; None for those of older versions, which did not count.
    added = models.PositiveIntegerField(null=True)
    removed = models.PositiveIntegerField(null=True)

    class Meta:
        ordering = ["-number"]
        constraints = [models.UniqueConstraint(fields=["report", "number"], name="revision_number_unique")]

    def __str__(self) -> str:
        return f"{self.report_id} #{self.number}"
