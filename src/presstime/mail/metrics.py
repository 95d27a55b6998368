"""The metrics of e-mails."""

from __future__ import annotations

from collections.abc import Iterator

from presstime.mail import queries, tallies
from presstime.mail.states import QUEUED, Status
from presstime.metrics.families import Kind, Metric, Sample
from presstime.metrics.registry import register as add
from presstime.metrics.service import Reading
from presstime.metrics.states import WINDOWS, Sum, ratio

ENDS = (Status.SENT, Status.FAILED)

SUCCESS = Metric(
    "presstime_email_success_ratio",
    "E-mails that the mail server took among those that were sent or failed within the window; absent without any.",
    ("window",),
)
FINISHED = Metric(
    "presstime_emails_finished", "E-mails that were sent or failed within the window.", ("window", "status")
)
TOTAL = Metric("presstime_emails_total", "E-mails that were sent or failed, since ever.", ("status",), Kind.COUNTER)
LAST = Metric("presstime_email_last_finished_timestamp_seconds", "When the last e-mail ended in this way.", ("status",))
QUEUE = Metric("presstime_email_queue_depth", "E-mails in the queue.", ("status",))
OLDEST = Metric("presstime_email_queue_oldest_age_seconds", "How long ago the oldest e-mail was made that waits.")
PAUSED = Metric("presstime_email_paused", "1 while a person has paused sending, else 0.")


def register() -> None:
    add("E-mails", (SUCCESS, FINISHED, TOTAL, LAST, QUEUE, OLDEST, PAUSED), collect)


def collect(reading: Reading) -> Iterator[Sample]:
    for window in WINDOWS:
        sums = reading.windows[window][tallies.EMAILS.series]
        sent, failed = (sums.get(status, Sum()).count for status in ENDS)
        yield SUCCESS.value(ratio(sent, sent + failed), window=window)
        yield FINISHED.value(sent, window=window, status=Status.SENT.value)
        yield FINISHED.value(failed, window=window, status=Status.FAILED.value)
    for status in ENDS:
        of = reading.all_time[tallies.EMAILS.series].get(status, Sum())
        yield TOTAL.value(of.count, status=status.value)
        yield LAST.value(of.last_at.timestamp() if of.last_at else None, status=status.value)
    waiting = queries.counts_by_status(queries.list_emails().filter(status__in=sorted(QUEUED)))
    for status in sorted(QUEUED):
        yield QUEUE.value(waiting[status], status=status.value)
    oldest = queries.oldest_waiting_at()
    yield OLDEST.value((reading.now - oldest).total_seconds() if oldest else 0)
    yield PAUSED.value(int(queries.find_pause() is not None))
