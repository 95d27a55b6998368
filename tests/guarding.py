"""Lets the guard of the audit log look at the suite: what Presstime writes needs its entry, what a test prepares does not.

Most tests run inside a transaction that is never committed. There the end of Presstime's own outermost transaction, a
savepoint to the database, is what counts as the commit.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from presstime.database import guard
from presstime.database.guard import EMPTY, Guarded, Unaudited, exempted, tables_written

_ROOT = Path(__file__).resolve().parent.parent
_OURS = f"{_ROOT}/src/presstime/"
_PASSED = (f"{_OURS}database/", f"{_OURS}audit/", __file__)
_TESTS = f"{_ROOT}/tests/"


_always = False


@contextmanager
def as_presstime() -> Iterator[None]:
    """Let what a test itself writes be looked at like what Presstime writes."""
    global _always  # noqa: PLW0603
    _always = True
    try:
        yield
    finally:
        _always = False


def _by_presstime() -> bool:
    """Whether the code nearest to a statement is Presstime's, and not that of a test, a migration or the runner."""
    if _always:
        return True
    files = _files()
    nearest = next(files, "")
    while nearest.endswith("/queries.py"):  # called by a test itself it prepares something
        nearest = next(files, "")
    return nearest.startswith(_OURS) and "/migrations/" not in nearest


def _files() -> Iterator[str]:
    """The files of Presstime and of the suite on the stack, the nearest first."""
    frame = sys._getframe(1)
    while frame is not None:
        file = frame.f_code.co_filename
        if file.startswith((_OURS, _TESTS)) and not file.startswith(_PASSED):
            yield file
        frame = frame.f_back  # type: ignore[assignment]


class Suited(Guarded):
    """The guard in a test."""

    atomic_blocks: list[Any]

    def _note(self, execute: Any, sql: Any, params: Any, many: bool, context: Any) -> Any:
        tables = tables_written(sql)
        if tables and not _by_presstime():
            with exempted("a test prepares"):
                return _note(self, execute, sql, params, many, context)
        if tables and not guard._exempt.get() and self._is_outside():
            raise Unaudited(tables, "stands outside a transaction and could have no entry")
        return _note(self, execute, sql, params, many, context)

    def _savepoint_commit(self, sid: str) -> None:
        if self._is_outside():
            self._prepare()
            self.write_entries()
            self.ledger = EMPTY
        _savepoint_commit(self, sid)

    def commit(self) -> None:
        self._prepare()
        _commit(self)

    def _prepare(self) -> None:
        """A transaction of the test's own needs no entry."""
        if not _by_presstime():
            self.ledger = replace(self.ledger, tables=frozenset())

    def _is_outside(self) -> bool:
        return bool(self.atomic_blocks) and all(block._from_testcase for block in self.atomic_blocks)


_note, _savepoint_commit, _commit = Guarded._note, Guarded._savepoint_commit, Guarded.commit


def install() -> None:
    """Before the first connection is made."""
    for name in ("_note", "_savepoint_commit", "commit", "_prepare", "_is_outside"):
        setattr(Guarded, name, getattr(Suited, name))
