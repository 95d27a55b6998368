"""Logging: one line an event on standard error, for people (`console`) or for machines (`json`)."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from textwrap import indent
from typing import Any, TextIO

_STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}

_subject: ContextVar[dict[str, Any]] = ContextVar("subject of log lines", default={})  # noqa: B039 - never changed in place


@contextmanager
def about(**fields: Any) -> Iterator[None]:
    """What every line logged within is about, such as `execution_id` or `request_id`: fields of the JSON form."""
    token = _subject.set(_subject.get() | fields)
    try:
        yield
    finally:
        _subject.reset(token)


class JsonFormatter(logging.Formatter):
    """One JSON object a line: time (RFC 3339, UTC), level, logger, message, what it is about, `extra`, exception."""

    def format(self, record: logging.LogRecord) -> str:
        entry: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        entry |= _subject.get()
        entry |= {key: value for key, value in vars(record).items() if key not in _STANDARD}
        if record.exc_info:
            entry["exception"] = self.formatException(record.exc_info)
        return json.dumps(entry, default=str, ensure_ascii=False)


class ConsoleFormatter(logging.Formatter):
    """One line an event; below it, indented, the technical detail that a line carries as `extra={"error_detail": …}`."""

    def format(self, record: logging.LogRecord) -> str:
        detail = getattr(record, "error_detail", "").rstrip()
        return super().format(record) + (f"\n{indent(detail, '    ')}" if detail else "")


# Whoever has such an address may use it; the log is read by others.
_BEARER = re.compile(r"(/(?:files|unsubscribe)/)[^/\s'\"<>]+")


class Handler(logging.StreamHandler[TextIO]):
    """Writes to standard error; of an address that opens without a sign-in the secret part is left out."""

    def format(self, record: logging.LogRecord) -> str:
        return _BEARER.sub(r"\1…", super().format(record))


def logging_settings(log_format: str) -> dict[str, Any]:
    """Django's `LOGGING` for *log_format*, "console" or "json"."""
    formatters: dict[str, Any] = {
        "console": {
            "class": "presstime.base.logs.ConsoleFormatter",
            "format": "{asctime} {levelname:<7} {name}: {message}",
            "style": "{",
        },
        "json": {"()": "presstime.base.logs.JsonFormatter"},
    }
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": formatters,
        "handlers": {"stderr": {"class": "presstime.base.logs.Handler", "formatter": log_format}},
        "root": {"handlers": ["stderr"], "level": "WARNING"},
        "loggers": {
            "presstime": {"level": "INFO"},
            "django.server": {"level": "WARNING"},
            "django.request": {"level": "ERROR"},  # refused requests are the caller's affair
            "gunicorn.error": {"level": "INFO"},
        },
    }
