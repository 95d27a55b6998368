"""Whether the columns of an entry say what its body says."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any

from pydantic_core import from_json

from presstime.audit.canonical import encode, moment

# Of a row of `queries.COLUMNS`.
SEQUENCE, TIME, ACTOR_TYPE, ACTOR_ID, ACTOR_NAME, ACTION, TARGET_TYPE, TARGET_ID, TARGET_NAME, BODY, LEAF = range(11)


def said_by(body: str) -> dict[str, Any]:
    """The values of the columns as *body* gives them; ValueError when it is no entry."""
    try:
        read = from_json(body)
        user, target = read["user"], read["target"]
        return {
            "sequence": read["sequence"],
            "time": read["time"],
            "user.type": user["type"],
            "user.id": user["id"],
            "user.name": user["name"],
            "action": read["action"],
            "target.type": target["type"],
            "target.id": target["id"],
            "target.name": target["name"],
        }
    except (KeyError, TypeError):
        raise ValueError("the body is no entry") from None


def difference(row: Sequence[Any]) -> str:
    """The first column that differs from the body, as a sentence; empty when none does.

    The end of a canonical body follows from the columns, so that comparing it as text is enough: three times as fast as
    reading it. Only what does not fit is read.
    """
    time = _time(row[TIME])
    end = (
        f'"sequence":{row[SEQUENCE]},{_target(*row[TARGET_TYPE:BODY])},"time":"{time}",{_user(*row[ACTOR_TYPE:ACTION])}'
    )
    if row[BODY].endswith(end) and row[BODY].startswith(_action(row[ACTION])):
        return ""
    try:
        said = said_by(row[BODY])
    except ValueError:
        return "its body cannot be read"
    columns = dict(zip(said, (row[SEQUENCE], time, *row[ACTOR_TYPE:BODY]), strict=True))
    return next(
        (
            f"{name} is {columns[name]!r} in the column and {said[name]!r} in the body"
            for name in said
            if said[name] != columns[name]
        ),
        "",
    )


def _time(value: Any) -> str:
    """The time of a row: SQLite's driver gives text, PostgreSQL's a moment."""
    if isinstance(value, datetime):
        return moment(value)
    text = str(value)
    return f"{text[:10]}T{text[11:]}{'' if '.' in text else '.000000'}Z"


def _cached(function: Callable[..., str]) -> Callable[..., str]:
    return lru_cache(maxsize=4_096)(function)


@_cached
def _action(action: str) -> str:
    return encode({"action": action})[:-1] + ","


@_cached
def _target(type_: str, id_: str, name: str) -> str:
    return encode({"target": {"type": type_, "id": id_, "name": name}})[1:-1]


@_cached
def _user(type_: str, id_: str, name: str) -> str:
    return encode({"user": {"type": type_, "id": id_, "name": name}, "version": 1})[1:]
