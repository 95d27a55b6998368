"""Who acts: set once by the request, the command or the loop, read by every entry that is written meanwhile."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from pathlib import PurePath
from typing import Literal

from presstime.audit.targets import Target

ActorType = Literal["user", "token", "system", "command"]


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts, and from where.

    Of a "token", `id` and `name` are its user's, so that one filter finds all that a person did; `token` says which.
    """

    type: ActorType
    id: str
    name: str
    ip: str | None = None
    request_id: str | None = None
    token: Target | None = None


_actor: ContextVar[Actor | None] = ContextVar("presstime_actor", default=None)


@contextmanager
def acting(actor: Actor) -> Iterator[None]:
    """Let *actor* be the one who does what happens in this block, in this thread."""
    before = _actor.set(actor)
    try:
        yield
    finally:
        _actor.reset(before)


def become(actor: Actor) -> None:
    """Let *actor* be the one who acts for the rest of the block that `acting` began: a request whose user is known now."""
    _actor.set(actor)


def current() -> Actor:
    """Who acts now; the program itself, named by its process, where nobody was named."""
    return _actor.get() or system(PurePath(sys.argv[0]).stem or "presstime")


def system(name: str) -> Actor:
    """A part of the program that acts by itself, such as "scheduler"."""
    return Actor("system", name, name)
