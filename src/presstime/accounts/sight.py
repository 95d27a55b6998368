"""What a person may see of what groups limit: what they may not is not there, in no list, page, answer or file.

A report or a source that names groups exists for their members only, and so does all that comes of it: schedules,
executions, files, e-mails, dead letters, alerts. Administrators and auditors see everything. The request says who looks;
the queries of every feature pass what they list and find through `seen`. Workers, commands and links that carry their own
permission look as nobody, and see everything.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any, TypeVar
from uuid import UUID

from django.db.models import Model, QuerySet

from presstime.accounts.models import User

Row = TypeVar("Row", bound=Model)
Finder = Callable[[User], Iterable[UUID]]
_FINDERS: dict[str, Finder] = {}


@dataclass(slots=True)
class _Look:
    user: User
    hidden: dict[str, frozenset[UUID]] = field(default_factory=dict)  # asked once in a request


_looking: ContextVar[_Look | None] = ContextVar("presstime_looking", default=None)


def register(kind: str, finder: Finder) -> None:
    """Hand in, once at start, how to find the things of *kind* that are hidden from a user."""
    _FINDERS[kind] = finder


def look_as(user: User) -> None:
    """From here to the end of the request *user* looks."""
    _looking.set(None if user.sees_everything else _Look(user))


def forget(**_: Any) -> None:
    """Receiver of the beginning and the end of a request: nobody looks."""
    _looking.set(None)


@contextmanager
def everything() -> Iterator[None]:
    """For what concerns the whole installation and not the person who caused it, such as a check or a count for all."""
    before = _looking.get()
    _looking.set(None)
    try:
        yield
    finally:
        _looking.set(before)


@contextmanager
def of(user: User) -> Iterator[None]:
    """See what *user* sees, within this block."""
    before = _looking.get()
    look_as(user)
    try:
        yield
    finally:
        _looking.set(before)


def hidden(kind: str) -> frozenset[UUID]:
    """The ids of what is hidden of *kind* from whoever looks; empty in an installation without limits."""
    look = _looking.get()
    if look is None:
        return frozenset()
    if kind not in look.hidden:
        look.hidden[kind] = frozenset(_FINDERS[kind](look.user))
    return look.hidden[kind]


def hidden_keys() -> set[str]:
    """The keys under which alerts, and mails about them, name what is hidden from whoever looks."""
    keys = {f"{kind}:{key}" for kind in ("report", "schedule", "source") for key in hidden(kind)}
    return keys | {f"{before}{key}" for before in ("", "paused:") for key in hidden("schedule")}


def seen(rows: QuerySet[Row], kind: str, path: str = "pk") -> QuerySet[Row]:
    """Those of *rows* whose *kind*, found over *path*, is not hidden from whoever looks."""
    left_out = hidden(kind)
    return rows.exclude(**{f"{path}__in": left_out}) if left_out else rows
