"""Use cases of groups, by which reports and sources are limited."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

from django.db import transaction

from presstime.accounts import queries
from presstime.accounts.models import Group, User
from presstime.accounts.targets import target_of
from presstime.audit.journal import record
from presstime.base.errors import Conflict, FieldProblem, Invalid

LONGEST_NAME = 100
LONGEST_DESCRIPTION = 500
_LISTED = 5

# Features hand in what a group limits: names, for the refusal to delete it.
_LIMITS: dict[str, Callable[[Group], list[str]]] = {}


def register_limited(word: str, names: Callable[[Group], list[str]]) -> None:
    """Hand in a kind of things that groups limit, once at start."""
    _LIMITS[word] = names


def limited_by(group: Group) -> list[tuple[str, list[str]]]:
    """What *group* limits, by kind."""
    found = [(word, names(group)) for word, names in _LIMITS.items()]
    return [(word, names) for word, names in found if names]


def create(name: str, now: datetime, *, description: str = "", members: Iterable[User] = ()) -> Group:
    """A new group; Invalid when its name is taken or empty."""
    with transaction.atomic():
        group = Group(name=_checked_name(name), description=_checked_description(description), created_at=now)
        queries.save_group(group)
        queries.set_members(group, members)
        record("group.created", target_of(group), new=_fields(group))
    return group


def change(
    group: Group, *, name: str | None = None, description: str | None = None, members: Iterable[User] | None = None
) -> Group:
    """Change what is not None."""
    with transaction.atomic():
        before = _fields(group)
        if name is not None:
            group.name = _checked_name(name, group)
        if description is not None:
            group.description = _checked_description(description)
        if (group.name, group.description) != (before["name"], before["description"]):
            queries.save_group(group)
        if members is not None:
            queries.set_members(group, members)
        after = _fields(queries.get_group(str(group.pk)))
        if after != before:
            record("group.updated", target_of(group), old=before, new=after)
    return group


def join(user: User, groups: Iterable[Group]) -> None:
    """Make *groups* those of *user*."""
    with transaction.atomic():
        before = {"groups": sorted(group.name for group in queries.groups_of(user))}
        queries.set_groups(user, groups)
        after = {"groups": sorted(group.name for group in queries.groups_of(user))}
        if after != before:
            record("user.groups_changed", target_of(user), old=before, new=after)


def delete(group: Group) -> None:
    """Delete a group; Conflict while it limits something, which everybody would see from then on."""
    with transaction.atomic():
        limited = limited_by(group)
        if limited:
            word, names = limited[0]
            more = f" and {len(names) - _LISTED} more" if len(names) > _LISTED else ""
            listed = ", ".join(f'"{name}"' for name in names[:_LISTED]) + more
            raise Conflict(f'The group "{group.name}" cannot be deleted: it limits the {word} {listed}.')
        target, fields = target_of(group), _fields(group)
        queries.delete_group(group)
        record("group.deleted", target, old=fields)


def _fields(group: Group) -> dict[str, Any]:
    members = sorted(user.username for user in group.members.all())
    return {"name": group.name, "description": group.description, "members": members}


def may_limit(by: User | None, now_: Iterable[Group], wanted: Iterable[Group]) -> None:
    """Invalid when *by* may not limit something from the groups *now_* to *wanted*.

    Who does not see everything adds only groups of their own, and stays in at least one, so as not to lose sight of it.
    """
    if by is None or by.sees_everything:
        return
    own, kept, given = set(queries.groups_of(by)), set(now_), set(wanted)
    strange = sorted(group.name for group in given - kept - own)
    if strange:
        raise Invalid.of(
            "groups", f"You are not in {', '.join(strange)}. Choose groups of yours, or none for everybody."
        )
    if given and not given & own:
        raise Invalid.of("groups", "You would not see it any more. Keep one of your groups.")


def names_of(found: Iterable[Group]) -> list[str]:
    return sorted(group.name for group in found)


def named(references: Iterable[str]) -> list[Group]:
    """The groups of these ids or names; Invalid names what is none."""
    wanted = list(references)
    found = [queries.find_group(reference) for reference in wanted]
    unknown = [
        FieldProblem(f"groups.{place}", f'There is no group "{wanted[place]}".')
        for place, group in enumerate(found)
        if group is None
    ]
    if unknown:
        raise Invalid(unknown)
    return [group for group in found if group is not None]


def _checked_name(name: str, of: Group | None = None) -> str:
    name = name.strip()
    if not name or len(name) > LONGEST_NAME or not name.isprintable():
        raise Invalid.of(
            "name", f"A group's name has 1 to {LONGEST_NAME} printable characters; this one has {len(name)}."
        )
    if queries.as_uuid(name):
        raise Invalid.of("name", "A name that looks like an id would be taken for one. Choose another.")
    if queries.is_group_taken(name, except_for=of.pk if of else None):
        raise Invalid.of("name", f'There is a group "{name}" already.')
    return name


def _checked_description(text: str) -> str:
    if len(text) > LONGEST_DESCRIPTION:
        problem = f"A description has at most {LONGEST_DESCRIPTION} characters; this one has {len(text)}."
        raise Invalid([FieldProblem("description", problem)])
    return text.strip()
