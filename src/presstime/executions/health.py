"""The checks of the workers, of the scheduler's heartbeat and of the queue."""

from __future__ import annotations

from datetime import datetime, timedelta

from presstime.executions import presence, waiting
from presstime.health.registry import Check
from presstime.health.registry import register as add
from presstime.health.states import Finding, Level, graded

SILENT_WARN, SILENT_FAIL = 20.0, 60.0  # seconds; a worker says every five that it is there
QUEUE_WARN, QUEUE_FAIL = timedelta(minutes=15), timedelta(hours=1)

WORKER_ADVICE = {
    Level.WARN: "It may be busy or about to start again; look once more in a minute.",
    Level.FAIL: "Start `presstime serve` or `presstime worker`; its log says why it ended. Nothing runs and no mail is sent until "
    "then, and nothing is lost.",
}
QUEUE_ADVICE = {
    Level.WARN: "See whether workers run and executions end; more slots (PRESSTIME_CONCURRENCY) or fewer schedules at "
    "the same moment shorten the queue.",
    Level.FAIL: "Executions have waited over an hour for a slot. See which ones run, cancel what hangs, add slots or workers.",
}


def check_worker(now: datetime) -> Finding:
    """Whether a worker lives."""
    heard = presence.heard(now)
    if heard.age is None:
        return Finding(Level.FAIL, "No worker has run yet.")
    age = round(heard.age.total_seconds(), 1)
    level = graded(age, warn=SILENT_WARN, fail=SILENT_FAIL)
    count = len(heard.alive)
    words = {
        Level.PASS: "1 worker runs." if count == 1 else f"{count} workers run.",
        Level.WARN: "The workers are late with their heartbeats.",
        Level.FAIL: "No worker runs.",
    }
    return Finding(level, words[level], age, "s")


def check_queue(now: datetime) -> Finding:
    """Whether what could start does start."""
    oldest = waiting.oldest_due_at(now)
    age = (now - oldest) if oldest is not None else timedelta()
    level = graded(age.total_seconds(), warn=QUEUE_WARN.total_seconds(), fail=QUEUE_FAIL.total_seconds())
    minutes = round(age / timedelta(minutes=1))
    said = (
        "Executions start when they are due."
        if level is Level.PASS
        else f"An execution has waited {minutes} minutes for a slot."
    )
    return Finding(level, said, round(age.total_seconds(), 1), "s")


def register() -> None:
    add(Check("worker", "Workers", check_worker, WORKER_ADVICE, link="/executions", is_vital=True))
    add(Check("queue", "Queue", check_queue, QUEUE_ADVICE, link="/executions?status=queued"))
