"""The database backend; Django looks for it under this name."""

from __future__ import annotations

from types import TracebackType
from typing import Any

from django.db.backends.sqlite3 import base
from django.db.backends.sqlite3.schema import DatabaseSchemaEditor

from presstime.database import authorizer
from presstime.database.guard import Guarded, Migrating


class SchemaEditor(Migrating, DatabaseSchemaEditor):
    """Every migration runs inside one: the one door by which tables and triggers are made anew."""

    def __enter__(self) -> Any:
        self._door = authorizer.lifted(self.connection)
        self._door.__enter__()
        return super().__enter__()

    def __exit__(
        self, exc_type: type[BaseException] | None, exc_value: BaseException | None, traceback: TracebackType | None
    ) -> None:
        try:
            super().__exit__(exc_type, exc_value, traceback)
        finally:
            self._door.__exit__(None, None, None)


class DatabaseWrapper(Guarded, base.DatabaseWrapper):
    """A connection to SQLite."""

    SchemaEditorClass = SchemaEditor

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        connection = super().get_new_connection(conn_params)
        authorizer.install(connection)
        return connection
