"""Everything that the overview shows, gathered for one person and one moment."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from presstime.accounts.models import User
from presstime.accounts.rights import Right
from presstime.executions.models import Execution
from presstime.overview import attention, figures, queries
from presstime.overview.attention import Facts, Item
from presstime.overview.figures import Bar, Hour
from presstime.schedules.cron import sentence
from presstime.schedules.models import Schedule

NEXT, FAILED = 5, 5


@dataclass(frozen=True, slots=True)
class Executed:
    """The last 24 hours against the 24 before."""

    total: int
    succeeded: int
    finished: int
    change: str
    p95: float | None
    p50: float | None
    p95_change: str
    is_slower: bool


@dataclass(frozen=True, slots=True)
class Mailed:
    """The mail of the last 24 hours, and what waits now."""

    sent: int
    waiting: int
    failed: int


@dataclass(frozen=True, slots=True)
class Overview:
    """The page."""

    attention: list[Item]
    executed: Executed
    mailed: Mailed | None
    hours: list[Hour]
    bars: list[Bar]
    lines: Any
    next: list[tuple[Schedule, str]]  # with the sentence of its cron expression
    failures: list[Execution]
    is_new: bool

    @property
    def busiest(self) -> int:
        """The executions of the hour whose bar reaches the chart's top."""
        return max(hour.total for hour in self.hours)


def overview(user: User, now: datetime) -> Overview:
    """The overview as *user* may see it."""
    since = figures.day_before(now)
    counts = queries.counts_by_hour(since - queries.DAY)
    statuses, before = figures.by_status(counts, since, now), figures.by_status(counts, since - queries.DAY, since)
    runs, seconds_before = queries.succeeded_runs(since, now), queries.succeeded_seconds(since - queries.DAY, since)
    hours = figures.hours_of(counts, now)
    figures.add_durations(hours, runs)
    may_see_mail = user.can(Right.EMAILS_READ)
    emails = queries.emails_by_status(since) if may_see_mail else {}
    facts = Facts(
        worker_seen_at=queries.last_worker_seen(),
        late=queries.late_schedules(now),
        missed=queries.schedules_with_missed_runs(),
        executions=statuses,
        emails=emails,
        slow=queries.named(figures.slow_schedules(runs)),
        alerts=queries.open_alerts(attention.MOST) if user.can(Right.ALERTS_READ) else [],
        dead_letters=queries.open_dead_letters() if user.can(Right.DEAD_LETTERS_READ) else None,
    )
    return Overview(
        attention=attention.items(facts, now),
        executed=_executed(statuses, before, [run.seconds for run in runs], seconds_before),
        mailed=_mailed(emails) if may_see_mail else None,
        hours=hours,
        bars=figures.bars_of(hours),
        lines=figures.columns_of(hours),
        next=[(schedule, sentence(schedule.cron)) for schedule in queries.next_schedules(NEXT)],
        failures=list(queries.latest_failures(FAILED)),
        is_new=not queries.schedule_count(),
    )


def _executed(
    statuses: dict[str, int], before: dict[str, int], seconds: list[float], seconds_before: list[float]
) -> Executed:
    succeeded = statuses.get("succeeded", 0)
    p95 = figures.percentile(seconds, 0.95)
    p95_before = figures.percentile(seconds_before, 0.95)
    return Executed(
        total=sum(statuses.values()),
        succeeded=succeeded,
        finished=succeeded + sum(statuses.get(status, 0) for status in figures.BAD),
        change=figures.change(sum(statuses.values()), sum(before.values())),
        p95=p95,
        p50=figures.percentile(seconds, 0.5),
        p95_change=figures.change(p95, p95_before),
        is_slower=bool(p95 and p95_before and p95 > p95_before),
    )


def _mailed(emails: dict[str, int]) -> Mailed:
    return Mailed(emails.get("sent", 0), queries.emails_waiting(), emails.get("failed", 0))
