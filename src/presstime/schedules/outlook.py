"""What a schedule means for the days to come: its sentence, its next runs, and what a person should know. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from statistics import fmean
from typing import Protocol
from zoneinfo import ZoneInfo

from presstime.base.errors import FieldProblem
from presstime.executions import limits
from presstime.schedules import recurrence
from presstime.schedules.cron import Cron, CronError, describe, parse
from presstime.schedules.recipients import count
from presstime.schedules.recurrence import Run
from presstime.web.wording import duration

MANY_MAILS_A_DAY = 100
NEAR_LIMIT = 0.8


class Intended(Protocol):
    """What the outlook needs to know of a schedule; `timezone` is a known zone."""

    cron: str
    timezone: str
    recipients: Mapping[str, Sequence[str]]
    timeout_seconds: int
    starts_at: datetime | None
    ends_at: datetime | None


@dataclass(frozen=True, slots=True)
class Outlook:
    """`warnings` are no errors: the schedule can be saved as it is."""

    cron_description: str
    next_runs: list[Run]
    warnings: list[FieldProblem]


def outlook(
    schedule: Intended,
    now: datetime,
    recent: Sequence[float] = (),
    runs_of: Callable[..., list[Run]] = recurrence.next_runs,
) -> Outlook:
    """The outlook of *schedule* at *now*; one whose expression cannot be read has no runs and a warning.

    *recent* are the seconds that its last runs took; *runs_of* is `next_runs`, for many schedules one that remembers.
    """
    try:
        cron = parse(schedule.cron)
    except CronError as error:
        return Outlook(schedule.cron, [], [FieldProblem("cron", problem) for problem in error.problems])
    zone = ZoneInfo(schedule.timezone)
    runs = runs_of(cron, zone, now, starts_at=schedule.starts_at, ends_at=schedule.ends_at)
    return Outlook(describe(cron), runs, [*_warnings(schedule, cron, runs), *_warnings_of_limit(schedule, recent)])


def _warnings(schedule: Intended, cron: Cron, runs: list[Run]) -> Iterator[FieldProblem]:
    if not runs:
        yield FieldProblem("ends_at", "It never runs: there is no planned moment before its end.")
    skipped = cron.skipped_months()
    if skipped:
        yield FieldProblem(
            "cron", f"{', '.join(skipped)} are too short for that day. Write L for the last day of a month."
        )
    if cron.is_either_day:
        yield FieldProblem("cron", "Day of the month and day of the week are both given: cron runs when either fits.")
    yield from _warnings_of_mail(schedule, cron)


def _warnings_of_limit(schedule: Intended, recent: Sequence[float]) -> Iterator[FieldProblem]:
    limit = schedule.timeout_seconds
    yield from limits.warnings_of(limit)
    if recent and fmean(recent) > NEAR_LIMIT * limit:
        took = fmean(recent)
        runs = f"last {len(recent)} runs" if len(recent) > 1 else "last run"
        share = f"{duration(took)} = {100 * took / limit:.0f} %"
        yield FieldProblem("timeout_seconds", f"Limit {duration(limit)}; {runs} took {share}. It may be stopped soon.")


def _warnings_of_mail(schedule: Intended, cron: Cron) -> Iterator[FieldProblem]:
    people = count(schedule.recipients)
    if not people:
        yield FieldProblem("recipients", "Nobody gets it by e-mail; the files are kept with the execution.")
        return
    times = cron.times_a_day
    if times > 1 and times * people > MANY_MAILS_A_DAY:
        who = "1 recipient" if people == 1 else f"{people} recipients"
        yield FieldProblem("cron", f"Runs {times:,} times a day to {who}: {times * people:,} mails a day.")
