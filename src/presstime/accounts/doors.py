"""The door of every address: the right that opens it. What names no door is closed to everybody.

A door is a mark on the view, put directly under the route decorator of an API operation or above a Django view. It is
looked at in two places only: the middleware for pages, the API's guard for operations. A mark that got lost (a decorator
without `functools.wraps`) therefore closes an address and never opens one.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum
from typing import Any, TypeVar

from presstime.accounts.models import User
from presstime.accounts.rights import RIGHTS, Right, Role
from presstime.base.errors import Forbidden

View = TypeVar("View", bound=Callable[..., Any])


class Access(Enum):
    """Doors without a right of their own."""

    PUBLIC = "public"
    SIGNED_IN = "signed in"


Door = Right | Access


def requires(right: Right) -> Callable[[View], View]:
    """Open this view or API operation to everybody who has *right*: 401 without credentials, 403 without the right."""
    return _marked(right)


def public(view: View) -> View:
    """Open this view or API operation to everybody, without credentials."""
    return _marked(Access.PUBLIC)(view)


def signed_in(view: View) -> View:
    """Open this view or API operation to every person who has signed in or brings a token, whatever their rights."""
    return _marked(Access.SIGNED_IN)(view)


def _marked(door: Door) -> Callable[[View], View]:
    def mark(view: View) -> View:
        view.right = door  # type: ignore[attr-defined]
        return view

    return mark


def door_of(view: Callable[..., Any]) -> Door | None:
    """The door of *view*; None when it has none, and nobody may pass."""
    door: Door | None = getattr(view, "right", None)
    return door


def check(door: Door | None, user: User) -> None:
    """Let the signed-in *user* through *door* or raise Forbidden, which says what is missing."""
    if door is None:
        raise Forbidden("This address is closed: it names no right that opens it.")
    if isinstance(door, Right) and not user.can(door):
        raise Forbidden(_missing(door, user))


def _missing(right: Right, user: User) -> str:
    if right not in RIGHTS[Role(user.role)]:
        holders = ", ".join(role.value for role in Role if right in RIGHTS[role])
        return f'This needs the right "{right}". Your role is {user.role}; the right belongs to: {holders}.'
    return f'This needs the scope "{right}", which your token does not have. Use a token with that scope.'
