"""Table of data sources."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from presstime.accounts.models import Group
from presstime.database.fields import id_field


class Source(models.Model):
    """A named database or folder that reports may query, read-only."""

    id = id_field()
    name = models.SlugField(max_length=100, unique=True)
    kind = models.CharField(max_length=20)  # the scheme: sqlite, duckdb, files, postgresql, mysql
    url_encrypted = models.TextField()  # by presstime.base.keys.Vault, purpose "source"
    groups = models.ManyToManyField(Group, related_name="sources")  # who may query it; everybody without any
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name
