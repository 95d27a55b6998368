"""When a schedule runs: next instants, and what happens where the clocks change. Pure; imports nothing of Django.

The rule is that of Debian's cron(8): a time of day that the clocks skip runs once, at the change; one that comes twice runs
the first time only; expressions with `*` in minute or hour follow real time.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice
from zoneinfo import ZoneInfo

from cronsim import CronSim

from presstime.schedules.cron import Cron

NEXT_RUNS = 6
_MINUTE = timedelta(minutes=1)
_DAY = timedelta(days=1)
_LONGEST_LOOK = timedelta(days=400)


@dataclass(frozen=True, slots=True)
class Run:
    """A coming run: the instant in UTC, the same on the schedule's clock, and a sentence where the clocks change."""

    at: datetime
    local: datetime
    note: str = ""


def instants(cron: Cron, zone: ZoneInfo, after: datetime) -> Iterator[datetime]:
    """The instants of *cron* on the clocks of *zone* later than *after*, in UTC, strictly increasing."""
    base = after.astimezone(UTC)
    for local in CronSim(cron.text, base.astimezone(zone)):
        at = local.astimezone(UTC)
        # Begun inside a repeated hour, cronsim answers with the first passing of it, which is over.
        if at > base:
            yield at
            base = at


def planned(
    cron: Cron,
    zone: ZoneInfo,
    after: datetime,
    *,
    starts_at: datetime | None = None,
    ends_at: datetime | None = None,
) -> Iterator[datetime]:
    """As `instants`, from *starts_at* to *ends_at*, both included."""
    begin = max(after, starts_at - timedelta(microseconds=1)) if starts_at else after
    for at in instants(cron, zone, begin):
        if ends_at is not None and at > ends_at:
            return
        yield at


def next_runs(
    cron: Cron,
    zone: ZoneInfo,
    after: datetime,
    *,
    count: int = NEXT_RUNS,
    starts_at: datetime | None = None,
    ends_at: datetime | None = None,
) -> list[Run]:
    """The next *count* runs later than *after*, each with its note; fewer when the schedule ends before."""
    runs = []
    before = max(after, starts_at) if starts_at else after
    for at in islice(planned(cron, zone, after, starts_at=starts_at, ends_at=ends_at), count):
        runs.append(Run(at, at.astimezone(zone), _note(cron, zone, before, at)))
        before = at
    return runs


def _note(cron: Cron, zone: ZoneInfo, before: datetime, at: datetime) -> str:
    """What the clock change does to the run at *at*, the one after *before*."""
    local = at.astimezone(zone)
    if _is_repeated(local):
        runs = "runs once, the first time" if cron.is_fixed else "runs both times"
        return f"{local:%H:%M} happens twice on {_day(local)}; {runs}."
    if cron.is_fixed:
        return _note_of_shift(cron, _gap_at(zone, at), local)
    return "" if cron.is_every_hour else _note_of_omission(cron, zone, before, at)


def _note_of_shift(cron: Cron, gap: list[datetime], local: datetime) -> str:
    missing = [wall for wall in gap if cron.matches(wall)]
    if not missing:
        return ""
    return f"{_times(missing)} on {_day(missing[0])}; runs at {local:%H:%M}."


def _note_of_omission(cron: Cron, zone: ZoneInfo, before: datetime, at: datetime) -> str:
    for change in _changes(zone, before, at):
        missing = [wall for wall in _gap_at(zone, change) if cron.matches(wall)]
        if missing:
            return f"{_times(missing)} on {_day(missing[0])}; left out that day."
    return ""


def _times(walls: list[datetime]) -> str:
    first = f"{walls[0]:%H:%M}"
    return f"{first} does not exist" if len(walls) == 1 else f"{first} to {walls[-1]:%H:%M} do not exist"


def _day(moment: datetime) -> str:
    return f"{moment.day} {moment:%B %Y}"


def _is_repeated(local: datetime) -> bool:
    """Whether the clock of *local*'s zone shows this time twice that day."""
    return local.replace(fold=0).utcoffset() != local.replace(fold=1).utcoffset()


def _gap_at(zone: ZoneInfo, at: datetime) -> list[datetime]:
    """The minutes that the clocks skip at *at*, on the wall; none when they are not put forward then."""
    end = at.astimezone(zone).replace(tzinfo=None)
    wall = (at - _MINUTE).astimezone(zone).replace(tzinfo=None) + _MINUTE
    if wall == end:  # nearly always
        return []
    return [wall + _MINUTE * number for number in range(int((end - wall) / _MINUTE))]


def _changes(zone: ZoneInfo, begin: datetime, end: datetime) -> Iterator[datetime]:
    """The instants in (begin, end] at which the clocks of *zone* change, to the minute."""
    end = min(end, begin + _LONGEST_LOOK)
    low = begin
    while low < end:
        high = min(low + _DAY, end)
        if _offset(zone, low) != _offset(zone, high):
            yield _change_between(zone, low, high)
        low = high


def _change_between(zone: ZoneInfo, low: datetime, high: datetime) -> datetime:
    low, high = low.replace(second=0, microsecond=0), high.replace(second=0, microsecond=0)
    while high - low > _MINUTE:
        middle = (low + (high - low) / 2).replace(second=0, microsecond=0)
        low, high = (low, middle) if _offset(zone, middle) != _offset(zone, low) else (middle, high)
    return high


def _offset(zone: ZoneInfo, at: datetime) -> timedelta | None:
    return at.astimezone(zone).utcoffset()
