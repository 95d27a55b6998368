"""The metrics of executions, the queue and the workers."""

from __future__ import annotations

from collections.abc import Iterator

from presstime.executions import presence, tallies, waiting
from presstime.executions.states import Category, Status
from presstime.metrics.families import Kind, Metric, Sample
from presstime.metrics.registry import register as add
from presstime.metrics.service import Reading
from presstime.metrics.states import (
    WINDOWS,
    Sum,
    buckets_of,
    cumulative,
    quantile,
    ratio,
    seconds_of,
)

QUANTILES = ("0.5", "0.95", "0.99")
FINISHED = (Status.SUCCEEDED, Status.FAILED, Status.DEAD, Status.CANCELLED)
JUDGED = (Status.SUCCEEDED, Status.FAILED, Status.DEAD)  # a cancelled one neither succeeded nor failed

SUCCESS = Metric(
    "presstime_execution_success_ratio",
    "Executions that succeeded among those that succeeded, failed or died within the window; absent without any.",
    ("window",),
)
FINISHED_IN = Metric("presstime_executions_finished", "Executions that ended within the window.", ("window", "status"))
AVERAGE = Metric(
    "presstime_execution_duration_average_seconds",
    "Mean duration of the last attempt of executions that succeeded, failed or died within the window.",
    ("window",),
)
QUANTILE = Metric(
    "presstime_execution_duration_quantile_seconds",
    "Duration that this share of them does not exceed, within 12 %.",
    ("window", "quantile"),
)
DURATION = Metric(
    "presstime_execution_duration_seconds",
    "Durations of the last attempts of executions, since ever.",
    kind=Kind.HISTOGRAM,
)
LAG = Metric(
    "presstime_execution_start_lag_seconds",
    "Time from the planned instant of scheduled executions to the start of their first attempt, since ever.",
    kind=Kind.HISTOGRAM,
)
TOTAL = Metric("presstime_executions_total", "Executions that ended, since ever.", ("status",), Kind.COUNTER)
ERRORS = Metric("presstime_execution_errors_total", "Attempts that failed, since ever.", ("category",), Kind.COUNTER)
TIMEOUTS = Metric(
    "presstime_execution_timeouts_total",
    "Attempts that were stopped at their time limit, since ever.",
    (),
    Kind.COUNTER,
)
RETRIES = Metric(
    "presstime_execution_retries_total",
    "Failed attempts after which another one was planned, since ever.",
    (),
    Kind.COUNTER,
)
LOSSES = Metric(
    "presstime_lease_losses_total",
    "Executions that were taken back from a worker that had died, since ever.",
    (),
    Kind.COUNTER,
)
LAST = Metric(
    "presstime_execution_last_finished_timestamp_seconds", "When the last execution ended in this way.", ("status",)
)
QUEUE = Metric("presstime_queue_depth", "Executions that are queued and have not started.")
WAITING = Metric("presstime_queue_waiting", "Queued and retrying executions by what they wait for.", ("waiting_for",))
OLDEST = Metric(
    "presstime_queue_oldest_age_seconds", "How long the execution that could start longest has been waiting."
)
RUNNING = Metric("presstime_executions_running", "Executions that are running.")
RETRYING = Metric("presstime_executions_retrying", "Executions that wait for their next attempt.")
FILES = Metric("presstime_reports_disk_bytes", "Bytes of the files of executions that are kept.")
FILE_COUNT = Metric("presstime_reports_files", "Files of executions that are kept.")
WORKERS = Metric("presstime_workers", "Workers that were heard within the last minute.")
SLOTS = Metric("presstime_worker_slots", "Executions that these workers may run at the same time.")
WORKER_AGE = Metric(
    "presstime_worker_heartbeat_age_seconds", "How long ago a worker was last heard; absent when none ever was."
)
LOOP_AGE = Metric(
    "presstime_loop_heartbeat_age_seconds",
    "How long ago a step of this loop last ended well in any worker that is there. Long steps are no fault.",
    ("loop",),
)

METRICS = (
    SUCCESS, FINISHED_IN, AVERAGE, QUANTILE, DURATION, LAG, TOTAL, LAST, ERRORS, TIMEOUTS, RETRIES, LOSSES,
    QUEUE, WAITING, OLDEST, RUNNING, RETRYING, FILES, FILE_COUNT, WORKERS, SLOTS, WORKER_AGE, LOOP_AGE,
)  # fmt: skip


def register() -> None:
    add("Executions", METRICS, collect)


def collect(reading: Reading) -> Iterator[Sample]:
    yield from _windows(reading)
    yield from _ever(reading)
    yield from _queue(reading)
    yield from _workers(reading)


def _windows(reading: Reading) -> Iterator[Sample]:
    for window in WINDOWS:
        sums = reading.windows[window][tallies.ENDED.series]
        judged = [sums.get(status, Sum()) for status in JUDGED]
        yield SUCCESS.value(ratio(judged[0].count, sum(each.count for each in judged)), window=window)
        for status in FINISHED:
            yield FINISHED_IN.value(sums.get(status, Sum()).count, window=window, status=status.value)
        buckets = buckets_of(sums)
        count = sum(number for _, number in buckets)
        yield AVERAGE.value(ratio(seconds_of(sums), count), window=window)
        for share in QUANTILES:
            yield QUANTILE.value(quantile(buckets, float(share)), window=window, quantile=share)


def _ever(reading: Reading) -> Iterator[Sample]:
    ended, failed = reading.all_time[tallies.ENDED.series], reading.all_time[tallies.ERRORS.series]
    starts = reading.all_time[tallies.STARTS.series]
    yield DURATION.histogram(cumulative(buckets_of(ended)), seconds_of(ended))
    yield LAG.histogram(cumulative(buckets_of(starts)), seconds_of(starts))
    for status in FINISHED:
        of = ended.get(status, Sum())
        yield TOTAL.value(of.count, status=status.value)
        yield LAST.value(of.last_at.timestamp() if of.last_at else None, status=status.value)
    for category in Category:
        yield ERRORS.value(failed.get(category, Sum()).count, category=category.value)
    attempts = sum(failed.get(category, Sum()).count for category in Category)
    yield TIMEOUTS.value(failed.get(tallies.TIMEOUTS, Sum()).count)
    yield RETRIES.value(max(0, attempts - ended.get(Status.DEAD, Sum()).count))
    yield LOSSES.value(reading.all_time[tallies.LOSSES.series].get(tallies.LOST, Sum()).count)
    kept = reading.all_time[tallies.FILES.series].get(tallies.KEPT, Sum())
    yield FILES.value(kept.amount)
    yield FILE_COUNT.value(kept.count)


def _queue(reading: Reading) -> Iterator[Sample]:
    numbers = waiting.unfinished_by_status()
    yield QUEUE.value(numbers[Status.QUEUED])
    yield RUNNING.value(numbers[Status.RUNNING])
    yield RETRYING.value(numbers[Status.RETRYING])
    for reason, number in waiting.by_reason(reading.now).items():
        yield WAITING.value(number, waiting_for=reason)
    oldest = waiting.oldest_due_at(reading.now)
    yield OLDEST.value((reading.now - oldest).total_seconds() if oldest else 0)


def _workers(reading: Reading) -> Iterator[Sample]:
    heard = presence.heard(reading.now)
    yield WORKERS.value(len(heard.alive))
    yield SLOTS.value(sum(worker.slots for worker in heard.alive))
    yield WORKER_AGE.value(heard.age.total_seconds() if heard.age is not None else None)
    for loop, age in heard.loops.items():
        yield LOOP_AGE.value(age.total_seconds(), loop=loop)
