"""Groups of users, by which reports and sources can be limited."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.http import HttpRequest
from ninja import Query, Router, Status

from presstime.accounts import groups, queries
from presstime.accounts.confirmation import confirmed
from presstime.accounts.doors import requires
from presstime.accounts.models import Group, User
from presstime.accounts.rights import Right
from presstime.api.paging import page
from presstime.api.schemas import Page, Paging, Reference, Strict, instant, reference
from presstime.base import clock
from presstime.base.errors import FieldProblem, Invalid

router = Router(tags=["accounts"])


class GroupOut(Strict):
    id: str
    name: str
    description: str
    members: list[Reference]
    created_at: str


class NewGroup(Strict):
    name: str
    description: str = ""
    members: list[str] = []


class GroupChange(Strict):
    name: str | None = None
    description: str | None = None
    members: list[str] | None = None


@router.get("", response=Page[GroupOut])
@requires(Right.USERS_READ)
def list_groups(request: HttpRequest, paging: Query[Paging]) -> dict[str, Any]:
    return page(queries.list_groups(), order="name", limit=paging.limit, cursor=paging.cursor, present=present)


@router.post("", response={201: GroupOut})
@confirmed
@requires(Right.USERS_WRITE)
def create_group(request: HttpRequest, new: NewGroup) -> Status[dict[str, Any]]:
    members = named_users(new.members)
    group = groups.create(new.name, clock.now(), description=new.description, members=members)
    return Status(201, present(group))


@router.get("/{group}", response=GroupOut)
@requires(Right.USERS_READ)
def get_group(request: HttpRequest, group: str) -> dict[str, Any]:
    return present(queries.get_group(group))


@router.patch("/{group}", response=GroupOut)
@confirmed
@requires(Right.USERS_WRITE)
def change_group(request: HttpRequest, group: str, change: GroupChange) -> dict[str, Any]:
    """Change what is named; `members` are all members from then on."""
    members = None if change.members is None else named_users(change.members)
    with transaction.atomic():
        found = queries.get_group(group)
        groups.change(found, name=change.name, description=change.description, members=members)
    return present(queries.get_group(str(found.pk)))


@router.delete("/{group}", response={204: None})
@confirmed
@requires(Right.USERS_WRITE)
def delete_group(request: HttpRequest, group: str) -> Status[None]:
    """Delete a group; 409 while it limits a report or a source."""
    groups.delete(queries.get_group(group))
    return Status(204, None)


def named_users(references: list[str]) -> list[User]:
    """The users of these ids or names; Invalid names what is none."""
    found = {reference: queries.find_user(reference) for reference in references}
    unknown = [
        FieldProblem(f"members.{place}", f'There is no user "{reference}".')
        for place, reference in enumerate(references)
        if found[reference] is None
    ]
    if unknown:
        raise Invalid(unknown)
    return [user for user in found.values() if user is not None]


def present(group: Group) -> dict[str, Any]:
    return {
        "id": str(group.pk),
        "name": group.name,
        "description": group.description,
        "members": [reference(user) for user in group.members.all()],
        "created_at": instant(group.created_at),
    }
