"""Figures of each day of a period, from the rollups alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from presstime.executions import tallies
from presstime.executions.states import Status
from presstime.mail import tallies as mail
from presstime.mail.states import Status as MailStatus
from presstime.metrics import queries as metrics
from presstime.metrics.states import Sum, buckets_of, day_of, quantile, ratio, seconds_of
from presstime.slo.queries import days
from presstime.slo.states import PERIODS


@dataclass(frozen=True, slots=True)
class Figures:
    """One day in UTC; None is for what there was nothing to count of."""

    at: datetime
    succeeded: int
    failed: int
    cancelled: int
    average: float | None  # seconds
    p50: float | None
    p95: float | None
    queued: float | None  # on average
    running: float | None
    sent: int
    unsent: int

    @property
    def total(self) -> int:
        return self.judged + self.cancelled

    @property
    def judged(self) -> int:
        return self.succeeded + self.failed


def by_day(period: str, now: datetime) -> list[Figures]:
    """Every day of *period*, the present one last."""
    wanted = days(now - PERIODS[period], now)
    series = [ledger.series for ledger in (tallies.ENDED, tallies.QUEUE, mail.EMAILS)]
    found = [metrics.by_day(name, wanted[0], now) for name in series]
    return [_figures(at, *(each.get(at, {}) for each in found)) for at in wanted]


def whole(period: str, now: datetime) -> Figures:
    """The same for the days of *period* together."""
    series = [ledger.series for ledger in (tallies.ENDED, tallies.QUEUE, mail.EMAILS)]
    since = day_of(now - PERIODS[period])
    sums = metrics.since(since, now, series)
    return _figures(since, *(sums[name] for name in series))


def _figures(at: datetime, ended: Mapping[str, Sum], queue: Mapping[str, Sum], mails: Mapping[str, Sum]) -> Figures:
    buckets = buckets_of(ended)
    none = Sum()
    return Figures(
        at=at,
        succeeded=ended.get(Status.SUCCEEDED, none).count,
        failed=sum(ended.get(status, none).count for status in (Status.FAILED, Status.DEAD)),
        cancelled=ended.get(Status.CANCELLED, none).count,
        average=ratio(seconds_of(ended), sum(count for _, count in buckets)),
        p50=quantile(buckets, 0.5),
        p95=quantile(buckets, 0.95),
        queued=_mean(queue.get(tallies.DEPTH, none)),
        running=_mean(queue.get(tallies.RUNNING, none)),
        sent=mails.get(MailStatus.SENT, none).count,
        unsent=mails.get(MailStatus.FAILED, none).count,
    )


def _mean(of: Sum) -> float | None:
    return of.amount / of.count if of.count else None


def lines(of: Sequence[Figures], names: Mapping[str, str]) -> Mapping[str, object]:
    """What a line chart draws: seconds since 1970, and for each of *names* its values; shown under the name beside it."""
    columns: list[list[float | int | None]] = [[int(each.at.timestamp()) for each in of]]
    columns += [[getattr(each, name) for each in of] for name in names]
    return {"names": list(names.values()), "columns": columns}
