"""Which planned instants are due, and what becomes of those that passed while nothing ran. Pure; imports nothing of Django."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import chain, islice, takewhile
from typing import Protocol
from uuid import UUID
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from presstime.executions.states import Trigger
from presstime.schedules import recurrence
from presstime.schedules.cron import parse
from presstime.schedules.states import CatchUp

GRACE = timedelta(seconds=60)  # a firing later than this is a catch-up
MOST_AT_ONCE = 100


class Planned(Protocol):
    """What firing needs to know of a schedule."""

    id: UUID
    cron: str
    timezone: str
    catch_up: str
    catch_up_max_age_seconds: int
    starts_at: datetime | None
    ends_at: datetime | None
    next_run_at: datetime | None


@dataclass(frozen=True, slots=True)
class Firing:
    """One execution to be made."""

    schedule_id: UUID
    scheduled_for: datetime
    trigger: Trigger


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be done about one due schedule.

    Instants from `passed_over` up to, not with, `passed_until` are not made up for, if there are any; `broken` says why
    the schedule cannot go on.
    """

    schedule_id: UUID
    firings: tuple[Firing, ...] = ()
    next_run_at: datetime | None = None
    passed_over: datetime | None = None
    passed_until: datetime | None = None
    broken: str = ""


def due_firings(schedules: Iterable[Planned], now: datetime) -> list[Firing]:
    """The executions to make at *now*, oldest first in each schedule."""
    return [firing for schedule in schedules for firing in plan(schedule, now).firings]


def plan(schedule: Planned, now: datetime) -> Plan:
    """What is due of *schedule* at *now*, and its next instant after that."""
    if schedule.next_run_at is None or schedule.next_run_at > now:
        return Plan(schedule.id, next_run_at=schedule.next_run_at)
    try:
        return _plan_due(schedule, schedule.next_run_at, now)
    except (ValueError, ZoneInfoNotFoundError) as error:
        return Plan(schedule.id, broken=str(error))


def next_run_at(schedule: Planned, after: datetime) -> datetime | None:
    """The first planned instant later than *after*; None when there is none before the schedule ends."""
    return next(planned(schedule, after), None)


def _plan_due(schedule: Planned, first: datetime, now: datetime) -> Plan:
    # One more than is taken: then it is known whether there are more for the next step.
    is_latest = schedule.catch_up == CatchUp.LATEST
    due = _recent(schedule, first, now) if is_latest else list(islice(_passed(schedule, first, now), MOST_AT_ONCE + 1))
    taken = due[-1:] if is_latest else due[:MOST_AT_ONCE]
    is_cut = len(due) > len(taken) and not is_latest
    return Plan(
        schedule.id,
        tuple(_firing(schedule, at, now) for at in taken),
        next_run_at=due[MOST_AT_ONCE] if is_cut else next_run_at(schedule, now),
        passed_over=first if first not in taken else None,
        passed_until=(taken[0] if taken else now) if first not in taken else None,
    )


def _age(schedule: Planned) -> timedelta:
    """How old a missed instant may be to be made up for."""
    if schedule.catch_up == CatchUp.SKIP:
        return GRACE
    return max(GRACE, timedelta(seconds=schedule.catch_up_max_age_seconds))


def _passed(schedule: Planned, first: datetime, now: datetime, age: timedelta = timedelta.max) -> Iterator[datetime]:
    """The instants from *first* to *now* that are not too old, nor older than *age*."""
    return takewhile(lambda at: at <= now, _from(schedule, first, now - min(age, _age(schedule))))


def _recent(schedule: Planned, first: datetime, now: datetime) -> list[datetime]:
    """The last of the instants that are not too old; a month of missed minutes is not counted through."""
    ages = (timedelta(hours=1), timedelta(days=1), timedelta.max)
    return next((found for age in ages if (found := list(_passed(schedule, first, now, age)))), [])


def _from(schedule: Planned, first: datetime, oldest: datetime) -> Iterator[datetime]:
    """The planned instants from *first* on that are not before *oldest*."""
    if first >= oldest:
        return chain([first], planned(schedule, first))
    return planned(schedule, oldest - timedelta(microseconds=1))


def planned(schedule: Planned, after: datetime) -> Iterator[datetime]:
    """The planned instants later than *after*."""
    return recurrence.planned(
        parse(schedule.cron),
        ZoneInfo(schedule.timezone),
        after,
        starts_at=schedule.starts_at,
        ends_at=schedule.ends_at,
    )


def _firing(schedule: Planned, at: datetime, now: datetime) -> Firing:
    return Firing(schedule.id, at, Trigger.SCHEDULE if now - at <= GRACE else Trigger.CATCH_UP)
