"""The instants that people give, checked. Pure; imports nothing of Django."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

from presstime.base.errors import Invalid

EARLIEST_YEAR, LATEST_YEAR = 1900, 2199  # beyond, adding a zone or looking for the next run may leave the calendar


def check_moment(moment: datetime) -> str:
    """What is wrong with *moment*; empty when it has an offset and lies in a year that people mean."""
    if moment.utcoffset() is None:
        return f'"{moment.isoformat()}" has no offset. Write it as 2026-11-24T09:00:00Z or with +01:00.'
    if not EARLIEST_YEAR <= moment.year <= LATEST_YEAR:
        return f'"{moment.isoformat()}" is not in the years {EARLIEST_YEAR} to {LATEST_YEAR}.'
    return ""


def planned_at(as_of: datetime | None, now: datetime) -> datetime:
    """The instant at which periods are evaluated: *as_of*, else *now*; Invalid names what is wrong with `as_of`."""
    if as_of is None:
        return now
    if wrong := check_moment(as_of):
        raise Invalid.of("as_of", wrong)
    return as_of


def read_moment(name: str, text: str, *, is_end: bool = False) -> datetime:
    """The instant that *text* is, or the beginning of that day in UTC, its end with *is_end*; Invalid names *name*."""
    try:
        if len(text) == len("2026-11-24"):
            day = datetime.combine(date.fromisoformat(text), time(), UTC)
            moment = day + timedelta(days=1) if is_end else day
        else:
            moment = datetime.fromisoformat(text)
    except (ValueError, OverflowError):
        raise Invalid.of(name, f'"{text}" is no moment. Write it as 2026-11-24 or 2026-11-24T09:00:00Z.') from None
    if wrong := check_moment(moment):
        raise Invalid.of(name, wrong)
    return moment.astimezone(UTC)
