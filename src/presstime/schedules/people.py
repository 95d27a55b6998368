"""Who gets what, and what to do when somebody leaves: schedules seen from their recipients."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.db import transaction

from presstime.base.errors import Conflict, Invalid, NotFound
from presstime.schedules import audited, queries
from presstime.schedules.models import Schedule
from presstime.schedules.recipients import ROLES, check_address

REPLY_TO = "reply_to"
SHOWN = ("name", "recipients", "reply_to", "enabled", "next_run_at")  # of a schedule, in the list of people


@dataclass(frozen=True, slots=True)
class Place:
    """A schedule on which a person stands, and as what: roles in the order to, cc, bcc, reply_to."""

    schedule: Schedule
    roles: tuple[str, ...]


@dataclass(slots=True)
class Person:
    """An address and every schedule that writes to it, by name."""

    address: str
    places: list[Place] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Change:
    """What a replacement makes of one schedule; `is_left_empty`: nobody gets its mail afterwards."""

    schedule: Schedule
    roles: tuple[str, ...]
    recipients: dict[str, list[str]]
    reply_to: str

    @property
    def is_left_empty(self) -> bool:
        return not any(self.recipients.values())


def list_people(part: str = "") -> list[Person]:
    """Everybody whom a schedule writes to, whether it is on or off, by address; those with *part* in their address."""
    found: dict[str, Person] = {}
    for schedule in queries.list_schedules().select_related(None).only(*SHOWN).order_by("name"):
        for key, address, roles in _standing(schedule):
            if part.strip().casefold() in key:
                found.setdefault(key, Person(address)).places.append(Place(schedule, roles))
    return [found[key] for key in sorted(found)]


def plan(old: str, new: str | None) -> list[Change]:
    """What `replace` would do; Invalid for an address that cannot be taken, NotFound when nobody writes to *old*."""
    taken = _checked(old, new)
    key = old.strip().casefold()
    schedules = queries.list_schedules().defer("report__current__definition").order_by("name")
    changes = [_change(schedule, key, taken) for schedule in schedules]
    found = [change for change in changes if change is not None]
    if not found:
        raise NotFound(f'No schedule writes to "{old.strip()}".')
    return found


def replace(old: str, new: str | None, *, expected: int, now: datetime) -> list[Change]:
    """Put *new* in the place of *old* on every schedule, or take *old* off where *new* is None; all of them or none.

    Conflict with the real number when not *expected* schedules are concerned. Roles stay; where *new* is on a schedule
    already, the stronger role of the two holds.
    """
    with transaction.atomic():
        changes = plan(old, new)
        locked = {each.pk: each for each in queries.list_to_change(change.schedule.pk for change in changes)}
        taken, key = _checked(old, new), old.strip().casefold()
        again = [_change(schedule, key, taken) for schedule in locked.values()]
        certain = [change for change in again if change is not None]
        if len(certain) != expected:
            text = f"{len(certain):,} schedules write to {old.strip()}, not {expected:,}."
            raise Conflict(text, actual=len(certain))
        for change in certain:
            before = audited.kept(change.schedule)
            _write(change, now)
            audited.changed(change.schedule, before, now)
        audited.replaced(old.strip(), taken, [change.schedule for change in certain], now)
    return certain


def take_off(schedule_id: UUID, address: str, now: datetime) -> Change | None:
    """Take *address* off one schedule's recipients, in the caller's transaction; None when it does not stand there."""
    for schedule in queries.list_to_change([schedule_id]):
        change = _change(schedule, address.casefold(), None, with_reply_to=False)
        if change is not None:
            before = audited.kept(schedule)
            _write(change, now)
            audited.unsubscribed(schedule, address, before, now)
            return change
    return None


def _write(change: Change, now: datetime) -> None:
    schedule = change.schedule
    schedule.recipients, schedule.reply_to, schedule.updated_at = change.recipients, change.reply_to, now
    queries.save(schedule)


def _checked(old: str, new: str | None) -> str | None:
    if not old.strip():
        raise Invalid.of("from", "Name the address that is to be replaced.")
    if new is None:
        return None
    try:
        taken = check_address(new, settings.CONFIGURATION.allowed_recipient_domains)
    except ValueError as error:
        raise Invalid.of("to", str(error)) from None
    if taken.casefold() == old.strip().casefold():
        raise Invalid.of("to", f"{taken} is the address that is to be replaced.")
    return taken


def _change(schedule: Schedule, key: str, new: str | None, *, with_reply_to: bool = True) -> Change | None:
    """What becomes of *schedule* when the address *key* (folded) leaves it; None when it does not stand there."""
    roles = tuple(role for role in ROLES if _has(schedule.recipients, role, key))
    answers = with_reply_to and schedule.reply_to.casefold() == key
    if not roles and not answers:
        return None
    recipients = _without(schedule.recipients, key, new) if roles else dict(schedule.recipients)
    reply_to = (new or "") if answers else schedule.reply_to
    return Change(schedule, roles + ((REPLY_TO,) if answers else ()), recipients, reply_to)


def _without(recipients: Mapping[str, Sequence[str]], key: str, new: str | None) -> dict[str, list[str]]:
    """The recipients with *new* in the place of *key*, each address once, in its strongest role."""
    seen: set[str] = set()
    found: dict[str, list[str]] = {}
    for role in ROLES:
        people = [new if person.casefold() == key else person for person in recipients.get(role, ())]
        found[role] = _once([person for person in people if person is not None], seen)
    return found


def _once(people: Iterable[str], seen: set[str]) -> list[str]:
    kept = []
    for person in people:
        if person.casefold() not in seen:
            kept.append(person)
        seen.add(person.casefold())
    return kept


def _has(recipients: Mapping[str, Sequence[str]], role: str, key: str) -> bool:
    return any(person.casefold() == key for person in recipients.get(role, ()))


def _standing(schedule: Schedule) -> list[tuple[str, str, tuple[str, ...]]]:
    """Everybody on *schedule*: the folded address, the address, the roles."""
    addresses: dict[str, str] = {}
    roles: dict[str, tuple[str, ...]] = {}
    people = [(role, person) for role in ROLES for person in schedule.recipients.get(role, ())]
    for role, person in [*people, (REPLY_TO, schedule.reply_to)]:
        if person:
            key = person.casefold()
            addresses.setdefault(key, person)
            roles[key] = (*roles.get(key, ()), role)
    return [(key, addresses[key], roles[key]) for key in addresses]
