"""Groups as files say them: what each limits. Who is in a group is a matter of people, and no file says it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from functools import partial
from typing import Any

from pressroom.wording import suggest
from presstime.accounts import groups
from presstime.accounts import queries as accounts
from presstime.accounts.models import Group, User
from presstime.base.errors import FieldProblem, Invalid
from presstime.manifests.folder import Wanted
from presstime.manifests.plans import Action, Change, differences
from presstime.reports import queries as reports
from presstime.reports import service as report_service
from presstime.reports.models import Report
from presstime.sources import queries as sources
from presstime.sources import service as source_service
from presstime.sources.models import Source

_KINDS = {"reports": "report", "sources": "source"}


def names() -> list[str]:
    """The groups that there are."""
    return [group.name for group in accounts.list_groups()]


def delete(name: str) -> None:
    """Delete a group; Conflict while it limits something."""
    groups.delete(accounts.get_group(name))


def describe(group: Group) -> dict[str, Any]:
    """Every field of a group's file."""
    return {
        "description": group.description,
        "reports": sorted(reports.limited_to(group)),
        "sources": sorted(sources.limited_to(group)),
    }


def essence(group: Group) -> dict[str, Any]:
    """As `describe`, without a description that says nothing."""
    return {name: value for name, value in describe(group).items() if value != ""}


def limited() -> set[tuple[str, str]]:
    """Kind and name of each thing that not everybody sees."""
    return {
        (kind, name) for group in accounts.list_groups() for kind, names in groups.limited_by(group) for name in names
    }


def apply_group(wanted: Wanted, by: User | None, now: datetime, failed: Iterable[str]) -> Change:
    """Make a group limit what *wanted* names and nothing else; what is among *failed* ("report x") has its own flaw."""
    given = _checked(wanted.given, set(failed))
    there = accounts.find_group(wanted.name)
    before = describe(there) if there else {}
    if there is None:
        group = groups.create(wanted.name, now, description=given["description"])
    else:
        group = groups.change(there, name=wanted.name, description=given["description"])
    _limit(group, given["reports"], reports.limited_to(group), reports.get_report, partial(report_service.limit, by=by))
    _limit(group, given["sources"], sources.limited_to(group), sources.get_source, source_service.limit)
    found = differences(before, describe(accounts.get_group(str(group.pk))))
    action = Action.ADD if there is None else Action.CHANGE if found else Action.KEEP
    return Change("group", group.name, action, found)


def _limit(
    group: Group,
    wanted: Iterable[str],
    present: Iterable[str],
    get: Callable[[str], Report | Source],
    limit: Callable[[str, list[Group]], object],
) -> None:
    """Let *group* limit those *wanted* and no others; other groups of theirs stay."""
    for name in sorted(set(wanted) ^ set(present)):
        others = [each for each in get(name).groups.all() if each != group]
        limit(name, [*others, group] if name in set(wanted) else others)


def _checked(given: Mapping[str, Any], failed: set[str]) -> dict[str, Any]:
    """Description, reports and sources; Invalid names what is none."""
    problems: list[FieldProblem] = []
    description = given.get("description") or ""
    if not isinstance(description, str):
        problems.append(FieldProblem("description", f"{description!r} is not a text. Write who belongs in the group."))
    found: dict[str, Any] = {"description": description}
    for field, there in (("reports", reports.names()), ("sources", sources.names())):
        wanted = given.get(field) or []
        if not isinstance(wanted, list):
            message = f"{wanted!r} is not a list. Write the names of {field} as [first, second]."
            problems.append(FieldProblem(field, message))
            continue
        kind = _KINDS[field]
        known = [name for name in wanted if name in there]
        problems += [
            FieldProblem(f"{field}.{place}", f'There is no {kind} "{name}". {suggest(str(name), there)}')
            for place, name in enumerate(wanted)
            if name not in there and f"{kind} {name}" not in failed
        ]
        found[field] = known
    if problems:
        raise Invalid(problems)
    return found
