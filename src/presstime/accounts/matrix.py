"""The authorisation matrix: every door of the program, the right that opens it, and the roles that have it.

Read from the code at run time, so that it cannot say anything else than what holds. Doors are the pages, the operations of
the API and the commands.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver

from presstime.accounts.confirmation import needs_confirmation
from presstime.accounts.doors import Access, Door, door_of
from presstime.accounts.rights import RIGHTS, Right, Role

API_APPLICATION = "ninja"


@dataclass(frozen=True, slots=True)
class Row:
    """A door: how it is called, what opens it, whether it asks who is there again."""

    kind: str  # "page" or "api"
    address: str
    door: Door | None
    confirms: bool

    @property
    def opens_to(self) -> frozenset[Role]:
        """The roles that pass; for the public doors everybody."""
        if isinstance(self.door, Right):
            return frozenset(role for role in Role if self.door in RIGHTS[role])
        return frozenset(Role) if self.door is not None else frozenset()

    @property
    def opened_by(self) -> str:
        return "nobody" if self.door is None else self.door.value


def rows() -> list[Row]:
    """Every page and every operation, by address."""
    found = [*_pages(get_resolver().url_patterns, "/"), *_operations()]
    return sorted({(row.kind, row.address): row for row in found}.values(), key=lambda row: (row.kind, row.address))


def rows_by_right() -> list[tuple[str, list[tuple[Role, bool]], list[Row]]]:
    """The doors that each right opens: the right, which roles have it, and its doors."""
    every = rows()
    names = [Access.PUBLIC.value, Access.SIGNED_IN.value, *(right.value for right in Right)]
    table = [(name, [row for row in every if row.opened_by == name]) for name in names]
    return [(name, _roles_of(name), doors) for name, doors in table if doors or name in set(Right)]


def _roles_of(name: str) -> list[tuple[Role, bool]]:
    if name not in set(Right):
        return [(role, True) for role in reversed(Role)]
    return [(role, Right(name) in RIGHTS[role]) for role in reversed(Role)]


def _pages(patterns: list[Any], prefix: str) -> Iterator[Row]:
    for pattern in patterns:
        if isinstance(pattern, URLResolver) and pattern.app_name != API_APPLICATION:
            yield from _pages(pattern.url_patterns, prefix + str(pattern.pattern))
        elif isinstance(pattern, URLPattern):
            yield _row("page", prefix + _readable(str(pattern.pattern)), pattern.callback)


def _operations() -> Iterator[Row]:
    from presstime.api.routes import api

    for router in api._get_bound_routers():  # noqa: SLF001 - ninja offers no other list
        for route, view in router.path_operations.items():
            address = "/" + "/".join(part.strip("/") for part in ("api", router.prefix, route) if part.strip("/"))
            for operation in view.operations:
                for method in operation.methods if operation.include_in_schema else []:
                    yield _row("api", f"{method} {address}", operation.view_func)


def _row(kind: str, address: str, view: Callable[..., Any]) -> Row:
    return Row(kind, address, door_of(view), needs_confirmation(view))


def _readable(route: str) -> str:
    """`{schedule_id}` for `<uuid:schedule_id>`."""
    readable = route
    for part in route.split("<")[1:]:
        inside = part.split(">")[0]
        readable = readable.replace(f"<{inside}>", "{" + inside.split(":")[-1] + "}")
    return readable
