"""A change without its entry in the audit log cannot be committed.

Every write to a watched table is noted by the connection; a transaction with such writes and no entry fails at its commit
and is rolled back. All tables are watched but those of `UNWATCHED`. What the server writes about its own work (a lease, the
next planned instant) is exempt function by function, each with its reason: see `bookkeeping`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace
from functools import wraps
from types import TracebackType
from typing import Any, Final, NamedTuple, ParamSpec, TypeVar

from django.db import DatabaseError, connection

P = ParamSpec("P")
R = TypeVar("R")

_KEPT = "facts that the server measures, changed by nobody"
_DJANGO = "Django's own; it holds nothing that a person decides"
# Tables that may be written without an entry, each with the reason.
OF_THE_LOG: Final = "audit_"  # what the names of the log's own tables begin with
UNWATCHED: Final[dict[str, str]] = {
    "cache": "limits of attempts, forgotten after minutes",
    "django_content_type": _DJANGO,
    "django_migrations": _DJANGO,
    "django_session": "sessions; signing in and out has its own entries",
    "auth_group": _DJANGO,
    "auth_group_permissions": _DJANGO,
    "auth_permission": _DJANGO,
    "disk_sample": _KEPT,
    "disk_survey": _KEPT,
    "executions_attempt": "what became of an execution, written by the worker that runs it",
    "executions_worker": "which workers live",
    "failures_failurecount": _KEPT,
    "failures_failureday": _KEPT,
    "failures_outage": _KEPT,
    "health_change": _KEPT,
    "health_pulse": _KEPT,
    "health_standing": _KEPT,
    "mail_departure": _KEPT,
    "mail_line": _KEPT,
    "metrics_built": _KEPT,
    "metrics_tally": _KEPT,
    "schedules_missedrun": _KEPT,
    "schedules_passedover": _KEPT,
    "schedules_watchmark": _KEPT,
    "usersessions_usersession": "sessions; signing in and out, and ending sessions, have their own entries",
}

_WRITE = re.compile(
    r'(?:INSERT\s+(?:OR\s+\w+\s+)?INTO|REPLACE\s+INTO|UPDATE(?:\s+OR\s+\w+)?|DELETE\s+FROM)\s+(?:ONLY\s+)?(?:"?\w+"?\.)?"?(\w+)"?',
    re.IGNORECASE,
)
_TOUCHES_ROWS = re.compile(r"\s*(?:UPDATE|DELETE)\b(?!.*\bRETURNING\b)", re.IGNORECASE | re.DOTALL)
# Statements that begin otherwise and may hold a write further inside.
_COMPOUND = re.compile(r"\s*(?:WITH|EXPLAIN|/\*|--|\()", re.IGNORECASE)
_exempt: ContextVar[str] = ContextVar("why this write needs no entry", default="")


class Unaudited(DatabaseError):  # noqa: N818 - reads as a state
    """A change that recorded no entry in the audit log; it is rolled back. A fault of ours, never of the caller."""

    def __init__(self, tables: Iterator[str] | list[str], why: str) -> None:
        named = ", ".join(sorted(set(tables)))
        super().__init__(
            f"A change of {named} {why}. Record what was done with presstime.audit.service.record in the same "
            "transaction, or mark the function that writes with @bookkeeping and the reason."
        )


# ---- what needs no entry --------------------------------------------------------------------------------------------


class Exemption(NamedTuple):
    """A function that writes to watched tables without an entry, and why it may."""

    function: str
    reason: str


EXEMPTIONS: list[Exemption] = []


def bookkeeping(reason: str) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Let what this function writes go without an entry: it says what the server itself has done, decided by nobody.

    Only for functions; they are listed in docs/audit-actions.md, so that each exemption is seen and argued.
    """

    def mark(function: Callable[P, R]) -> Callable[P, R]:
        EXEMPTIONS.append(Exemption(f"{function.__module__}.{function.__qualname__}", reason))

        @wraps(function)
        def exempt(*given: P.args, **named: P.kwargs) -> R:
            with exempted(reason):
                return function(*given, **named)

        return exempt

    return mark


@contextmanager
def exempted(reason: str) -> Iterator[None]:
    """As `bookkeeping`, for the statements within."""
    token = _exempt.set(reason)
    try:
        yield
    finally:
        _exempt.reset(token)


# ---- what a statement writes ----------------------------------------------------------------------------------------


def tables_written(sql: str) -> list[str]:
    """The tables that *sql* writes to and that need an entry; [] for nearly everything."""
    if sql.startswith(("SELECT", "SAVEPOINT", "RELEASE")):
        return []
    if _COMPOUND.match(sql):
        found = _WRITE.findall(sql)
    else:
        match = _WRITE.match(sql.lstrip())
        found = [match[1]] if match else []
    return [table for table in (name.lower() for name in found) if is_watched(table)]


def is_watched(table: str) -> bool:
    """Whether a write to *table* needs an entry."""
    return table not in UNWATCHED and not table.startswith(OF_THE_LOG)


@dataclass(frozen=True, slots=True)
class Ledger:
    """What a transaction has done so far: watched tables that it wrote, and its entries."""

    tables: frozenset[str] = frozenset()
    waiting: tuple[Callable[[], None], ...] = ()
    has_entry: bool = False

    @property
    def is_unaudited(self) -> bool:
        return bool(self.tables) and not self.has_entry


EMPTY: Final = Ledger()


def append_at_commit(entry: Callable[[], None]) -> None:
    """As `Guarded.append_at_commit`, for this thread's connection."""
    guarded: Any = connection
    guarded.append_at_commit(entry)


def has_entry() -> None:
    """Say that this thread's transaction has written an entry."""
    guarded: Any = connection
    guarded.ledger = replace(guarded.ledger, has_entry=True)


class Migrating:
    """Mixed into a schema editor: what a migration writes is decided by whoever upgrades, not by a person at work."""

    connection: Any

    def __enter__(self) -> Any:
        self.connection.is_migrating = True
        return super().__enter__()  # type: ignore[misc]

    def __exit__(
        self, exc_type: type[BaseException] | None, exc_value: BaseException | None, traceback: TracebackType | None
    ) -> None:
        try:
            super().__exit__(exc_type, exc_value, traceback)  # type: ignore[misc]
        finally:
            self.connection.is_migrating = False


class Guarded:
    """Mixed into a database backend: notes writes, knows what savepoints take back, refuses the commit."""

    execute_wrappers: list[Any]
    in_atomic_block: bool

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self.ledger = EMPTY
        self.is_migrating = False
        self._saved: dict[str, Ledger] = {}
        self.execute_wrappers.append(self._note)

    def _note(self, execute: Callable[..., Any], sql: Any, params: Any, many: bool, context: Any) -> Any:
        tables = tables_written(sql if isinstance(sql, str) else str(sql))
        if not tables or _exempt.get() or self.is_migrating:
            return execute(sql, params, many, context)
        if not self.in_atomic_block and self.get_autocommit():  # type: ignore[attr-defined]
            raise Unaudited(tables, "stands outside a transaction and could have no entry")
        result = execute(sql, params, many, context)
        if context["cursor"].rowcount != 0 or not _TOUCHES_ROWS.match(sql):
            self.ledger = replace(self.ledger, tables=self.ledger.tables | set(tables))
        return result

    def append_at_commit(self, entry: Callable[[], None]) -> None:
        """Let *entry* write itself last in the transaction, when nothing else will be locked any more.

        The end of the log is one row. Held from the middle of a transaction on, it would be waited for by others that
        hold what this one needs next.
        """
        self.ledger = replace(self.ledger, waiting=(*self.ledger.waiting, entry), has_entry=True)

    def commit(self) -> None:
        """Commit what has its entry; Unaudited otherwise, and everything is rolled back."""
        try:
            self.write_entries()
        except BaseException:
            self.rollback()
            raise
        super().commit()  # type: ignore[misc]
        self._forget()

    def write_entries(self) -> None:
        """Write the entries that wait; Unaudited when there should be one and is none."""
        if self.ledger.is_unaudited:
            raise Unaudited(sorted(self.ledger.tables), "has no entry in the audit log")
        waiting, self.ledger = self.ledger.waiting, replace(self.ledger, waiting=())
        was, self.in_atomic_block = self.in_atomic_block, True  # it is, until the commit that follows
        try:
            for entry in waiting:
                entry()
        finally:
            self.in_atomic_block = was

    def rollback(self) -> None:
        self._forget()
        super().rollback()  # type: ignore[misc]

    def close(self) -> None:
        self._forget()
        super().close()  # type: ignore[misc]

    def _forget(self) -> None:
        self.ledger = EMPTY
        self._saved.clear()

    def _savepoint(self, sid: str) -> None:
        super()._savepoint(sid)  # type: ignore[misc]
        self._saved[sid] = self.ledger

    def _savepoint_rollback(self, sid: str) -> None:
        super()._savepoint_rollback(sid)  # type: ignore[misc]
        self.ledger = self._saved.get(sid, self.ledger)

    def _savepoint_commit(self, sid: str) -> None:
        super()._savepoint_commit(sid)  # type: ignore[misc]
        self._saved.pop(sid, None)
