"""Periods of time that the database counts by, and spans that it measures."""

from __future__ import annotations

from typing import Any

from django.db.models import CharField, FloatField, Func


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


class Seconds(Func):
    """The seconds from one instant to another, exact to a millisecond; null where one of them is.

    Reading both as moments and subtracting them takes 20 µs for each row.
    """

    output_field = FloatField()

    def __init__(self, start: str, end: str) -> None:
        super().__init__(end, start)

    def as_sqlite(self, compiler: Any, connection: Any, **context: Any) -> Any:
        # SQLite reads milliseconds, and a day as a number keeps 40 µs.
        template, joiner = "round((julianday(%(expressions)s)) * 86400, 3)", ") - julianday("
        return self.as_sql(compiler, connection, template=template, arg_joiner=joiner, **context)

    def as_postgresql(self, compiler: Any, connection: Any, **context: Any) -> Any:
        template = "extract(epoch from %(expressions)s)::float8"
        return self.as_sql(compiler, connection, template=template, arg_joiner=" - ", **context)
