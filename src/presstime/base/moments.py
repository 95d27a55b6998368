"""The instants that people give, checked. Pure; imports nothing of Django."""

from __future__ import annotations

from datetime import datetime

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
