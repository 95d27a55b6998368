"""What a user owns and another can take over. Features hand their kinds in at start; this package knows none of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from presstime.accounts.models import User


class Belonging(NamedTuple):
    """One thing that a user owns: its id, its name, the address of its page, and what matters about it now."""

    id: str
    name: str
    url: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of things with owners, such as schedules."""

    word: str  # "schedule"
    owned_by: Callable[[User], Sequence[Belonging]]
    hand_over: Callable[[User, User, datetime], int]  # from, to: how many; inside the caller's transaction
    after_switching: Callable[[User, datetime], None]  # the owner was switched off or on, in that transaction


_KINDS: dict[str, Kind] = {}


def register(kind: Kind) -> None:
    """Hand in a kind, once at start."""
    _KINDS[kind.word] = kind


def kinds() -> list[Kind]:
    return list(_KINDS.values())


def of(user: User) -> list[tuple[str, Sequence[Belonging]]]:
    """What *user* owns, by kind; kinds of which they own nothing are left out."""
    found = [(kind.word, kind.owned_by(user)) for kind in kinds()]
    return [(word, things) for word, things in found if things]
