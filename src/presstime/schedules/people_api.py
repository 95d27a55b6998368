"""The API of recipients: who gets what, and one replaced everywhere."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence
from typing import Any

from django.http import HttpRequest
from ninja import Query, Router
from pydantic import Field

from presstime.accounts.doors import requires
from presstime.accounts.rights import Right
from presstime.api.schemas import Out, Page, Paging, Reference, Strict, identifier, instant, reference
from presstime.base import clock
from presstime.base.errors import Invalid
from presstime.mail import outcome_queries as mail
from presstime.mail.models import Email
from presstime.schedules import people
from presstime.schedules.people import Change, Person

router = Router(tags=["recipients"])


class Filters(Paging):
    address: str = Field("", max_length=320, description="An address or a part of it.")


class PlaceOut(Out):
    schedule: Reference
    roles: list[str]
    enabled: bool
    next_run_at: str | None


class LatestOut(Out):
    id: str
    status: str
    uncertain: bool
    created_at: str
    sent_at: str | None
    execution: str | None


class PersonOut(Out):
    address: str
    schedules: list[PlaceOut]
    last_email: LatestOut | None


class Replacement(Strict):
    """Whose place is taken on every schedule, and by whom; `to: null` takes the address off."""

    from_: str = Field(alias="from", max_length=320)
    to: str | None = Field(description="The new address; null takes the old one off.", max_length=320)
    expected: int | None = Field(None, ge=0, description="How many schedules the caller has seen to be concerned.")
    dry_run: bool = Field(False, description="Only tell what would change.")


class ChangeOut(Out):
    schedule: Reference
    roles: list[str]
    recipients: dict[str, list[str]]
    reply_to: str | None
    left_empty: bool


class Replaced(Out):
    done: int
    schedules: list[ChangeOut]


@router.get("", response=Page[PersonOut])
@requires(Right.SCHEDULES_READ)
def list_recipients(request: HttpRequest, filters: Query[Filters]) -> dict[str, Any]:
    """Everybody whom a schedule writes to, by address, with the schedules and the newest mail."""
    found = people.list_people(filters.address)
    after = _read(filters.cursor)
    rest = [person for person in found if person.address.casefold() > after]
    shown = rest[: filters.limit]
    more = len(rest) > len(shown)
    return {
        "items": present_all(shown),
        "next_cursor": _write(shown[-1]) if more else None,
        "total": len(found),
    }


@router.post("/replace", response=Replaced)
@requires(Right.SCHEDULES_WRITE)
def replace(request: HttpRequest, wish: Replacement) -> dict[str, Any]:
    """Replace a person on every schedule at once, all or none; 409 with `actual` when not `expected` are concerned."""
    if wish.dry_run:
        planned = people.plan(wish.from_, wish.to)
        return {"done": 0, "schedules": [present_change(change) for change in planned]}
    if wish.expected is None:
        raise Invalid.of("expected", 'Give the number of schedules that will change; "dry_run": true tells it.')
    done = people.replace(wish.from_, wish.to, expected=wish.expected, now=clock.now())
    return {"done": len(done), "schedules": [present_change(change) for change in done]}


def present_all(shown: Sequence[Person]) -> list[dict[str, Any]]:
    """People with their schedules and the newest mail to each."""
    latest = mail.latest_of([person.address for person in shown])
    return [_present(person, latest.get(person.address)) for person in shown]


def _present(person: Person, latest: Email | None) -> dict[str, Any]:
    return {
        "address": person.address,
        "schedules": [
            {
                "schedule": reference(place.schedule),
                "roles": list(place.roles),
                "enabled": place.schedule.enabled,
                "next_run_at": instant(place.schedule.next_run_at),
            }
            for place in person.places
        ],
        "last_email": _latest(latest),
    }


def _latest(email: Email | None) -> dict[str, Any] | None:
    if email is None:
        return None
    execution = email.message.execution_id
    return {
        "id": identifier(email.pk),
        "status": email.status,
        "uncertain": email.uncertain,
        "created_at": instant(email.created_at),
        "sent_at": instant(email.sent_at),
        "execution": identifier(execution) if execution else None,
    }


def present_change(change: Change) -> dict[str, Any]:
    return {
        "schedule": reference(change.schedule),
        "roles": list(change.roles),
        "recipients": change.recipients,
        "reply_to": change.reply_to or None,
        "left_empty": change.is_left_empty,
    }


def _write(person: Person) -> str:
    return base64.urlsafe_b64encode(person.address.casefold().encode()).decode()


def _read(cursor: str | None) -> str:
    try:
        return base64.urlsafe_b64decode(cursor or "").decode()
    except (binascii.Error, ValueError):
        raise Invalid.of("cursor", "This cursor did not come from this list.") from None
