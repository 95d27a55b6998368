"""Periods of time that the database counts by."""

from __future__ import annotations

from typing import Any

from django.db.models import CharField, Func


class PeriodText(Func):
    """The beginning of an instant in UTC as text: "2026-11-24 09" with the length 13, the day with 10.

    Django's TruncHour is a Python function on SQLite, called for each row: 7 µs apiece, 0.7 s for a busy day.
    """

    output_field = CharField()

    def __init__(self, expression: str, *, length: int) -> None:
        super().__init__(expression)
        self._length = length

    def as_sqlite(self, compiler: Any, connection: Any, **context: Any) -> Any:
        return self.as_sql(compiler, connection, template=f"substr(%(expressions)s, 1, {self._length})", **context)

    def as_postgresql(self, compiler: Any, connection: Any, **context: Any) -> Any:
        pattern = "YYYY-MM-DD HH24"[: self._length + 2] if self._length > len("YYYY-MM-DD") else "YYYY-MM-DD"
        template = f"to_char(%(expressions)s AT TIME ZONE 'UTC', '{pattern}')"
        return self.as_sql(compiler, connection, template=template, **context)
