"""What needs a person, each as one sentence and one link. Pure: facts in, at most five items out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.urls import reverse

from presstime.alerts.kinds import Kind
from presstime.alerts.models import Alert
from presstime.overview.figures import Slow
from presstime.web.vocabulary import sign
from presstime.web.wording import duration, plural, relative

MOST = 5
# A worker says every few seconds that it is alive.
WORKER_SILENT_AFTER = timedelta(seconds=30)


@dataclass(frozen=True, slots=True)
class Facts:
    """What was counted; an absent count means that this person may not see it."""

    worker_seen_at: datetime | None
    late: int
    missed: int  # schedules with a planned run that did not happen
    executions: Mapping[str, int]  # of the last 24 hours, by status
    emails: Mapping[str, int]  # the same
    slow: Sequence[Slow]
    alerts: Sequence[Alert] = ()  # that are open, the pressing ones first
    dead_letters: int | None = None  # that are open


@dataclass(frozen=True, slots=True)
class Item:
    """One thing to look at."""

    tone: str
    icon: str
    title: str
    detail: str
    action: str
    url: str


def items(facts: Facts, now: datetime) -> list[Item]:
    """The most pressing things first, at most five."""
    found = [
        *_worker(facts, now),
        *_missed(facts),
        *_alerts(facts),
        *_executions(facts),
        *_emails(facts),
        *_slow(facts),
    ]
    return found[:MOST]


def _worker(facts: Facts, now: datetime) -> Iterator[Item]:
    seen = facts.worker_seen_at
    if seen is not None and now - seen <= WORKER_SILENT_AFTER:
        if facts.late:
            detail = "Their planned time has passed by more than two minutes and they have not started"
            title = f"{plural(facts.late, 'schedule')} did not start on time"
            yield Item("bad", "clock-pause", title, detail, "See schedules", reverse("schedules:list"))
        return
    since = f"The last one was heard {relative(seen, now)}." if seen else "None has run yet."
    detail = f"{since} Nothing starts and no mail is sent until presstime worker runs."
    yield Item("bad", "plug-x", "No worker is running", detail, "See executions", reverse("executions:list"))


def _missed(facts: Facts) -> Iterator[Item]:
    """Said here to those whose role sees no alerts; an alert says more."""
    if facts.missed and not any(alert.kind == Kind.RUN_MISSED for alert in facts.alerts):
        title = f"{plural(facts.missed, 'schedule')} missed a planned run"
        detail = "It neither ran nor was it left out on purpose"
        yield Item("bad", "clock-pause", title, detail, "See schedules", reverse("schedules:list"))


def _alerts(facts: Facts) -> Iterator[Item]:
    for alert in facts.alerts:
        shown = sign("severity", alert.severity)
        detail = alert.detail or alert.advice
        yield Item(shown.tone, shown.icon, alert.title, detail, "Open alert", reverse("alerts:show", args=[alert.pk]))


def _executions(facts: Facts) -> Iterator[Item]:
    url = reverse("executions:list")
    if facts.dead_letters:
        title = f"{plural(facts.dead_letters, 'execution')} gave up and {'waits' if facts.dead_letters == 1 else 'wait'} for a person"
        yield Item("bad", "inbox", title, "Out of retries", "Review them", reverse("deadletters:list"))
    elif facts.dead_letters is None and (dead := facts.executions.get("dead", 0)):
        title = f"{plural(dead, 'execution')} gave up after the last retry"
        yield Item("bad", "skull", title, "In the last 24 hours", "Review them", f"{url}?status=dead")
    if failed := facts.executions.get("failed", 0):
        yield Item(
            "bad",
            "alert-circle",
            f"{plural(failed, 'execution')} failed",
            "In the last 24 hours",
            "Review them",
            f"{url}?status=failed",
        )
    if retrying := facts.executions.get("retrying", 0):
        title = f"{plural(retrying, 'execution')} will be tried again"
        yield Item("warn", "rotate-clockwise", title, "They failed for now", "Look at them", f"{url}?status=retrying")


def _emails(facts: Facts) -> Iterator[Item]:
    if failed := facts.emails.get("failed", 0):
        title = f"{plural(failed, 'e-mail')} could not be delivered"
        yield Item(
            "bad",
            "mail-x",
            title,
            "In the last 24 hours",
            "Read the replies",
            f"{reverse('emails:list')}?status=failed",
        )


def _slow(facts: Facts) -> Iterator[Item]:
    for slow in facts.slow:
        share = round(100 * slow.seconds / slow.limit_seconds)
        title = f"“{slow.name}” takes {share}% of its {duration(slow.limit_seconds)} limit"
        runs = f"Its last {slow.runs} runs took" if slow.runs > 1 else "Its last run took"
        detail = f"{runs} {duration(slow.seconds)}{' on average' if slow.runs > 1 else ''}; it may be stopped soon"
        yield Item(
            "warn", "hourglass", title, detail, "Open schedule", reverse("schedules:show", args=[slow.schedule_id])
        )
