"""The backend; Django finds it by the name of this module and of this class."""

from __future__ import annotations

from django.db.backends.postgresql import base, schema

from presstime.database.guard import Guarded, Migrating


class SchemaEditor(Migrating, schema.DatabaseSchemaEditor):
    """What migrations work with."""


class DatabaseWrapper(Guarded, base.DatabaseWrapper):
    """A connection to PostgreSQL."""

    SchemaEditorClass = SchemaEditor
