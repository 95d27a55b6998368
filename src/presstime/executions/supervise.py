"""Runs one claimed execution: starts its child, holds its lease, stops it in time, and keeps what it made.

The lease is renewed here and never in the child, whose native code may hold the interpreter for minutes. A supervisor
that cannot renew kills its child before the lease ends: another worker may then begin without two running at once.
"""

from __future__ import annotations

import logging
import random
import shutil
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import Enum

from django.db import DatabaseError

from pressroom.errors import PressroomError
from presstime.base import clock
from presstime.base.configuration_fields import Configuration
from presstime.base.errors import Invalid, PresstimeError
from presstime.base.logs import about
from presstime.database.fullness import is_disk_full
from presstime.executions import artifact_queries, faults, files, queries, service
from presstime.executions.assembly import assemble
from presstime.executions.child import main
from presstime.executions.drawing import DrawingProcess
from presstime.executions.endings import objection_to_publishing
from presstime.executions.faults import Fault, fault_of
from presstime.executions.isolation import GRACE, Child, Entry
from presstime.executions.job import Done, Failed, Stage
from presstime.executions.models import Execution
from presstime.executions.states import Category, RetryPolicy, Status

log = logging.getLogger("presstime.executions")


@dataclass(frozen=True, slots=True)
class Rhythm:
    """How long a lease is and how often a supervisor looks after it. Durations that tests shorten."""

    lease: timedelta = timedelta(seconds=30)
    renew: timedelta = timedelta(seconds=10)
    look: timedelta = timedelta(seconds=1)  # for orders: a cancellation, another time limit
    grace: timedelta = GRACE
    margin: timedelta = timedelta(seconds=5)  # before the end of a lease that could not be renewed


class Stopped(Enum):
    """Why a supervisor stopped its child."""

    TIMEOUT = "time limit"
    CANCELLED = "cancelled"
    LEASE_LOST = "lease lost"
    DRAINING = "worker stops"


@dataclass
class Supervisor:
    """Runs executions for one worker; each call of `run` is one execution from claim to end."""

    node: str
    configuration: Configuration
    rhythm: Rhythm = field(default_factory=Rhythm)
    entry: Entry = main
    now: Callable[[], datetime] = clock.now
    # Asked before each execution; with False nothing is claimed.
    may_start: Callable[[datetime], bool] = lambda _: True
    # Set when the worker must end: running executions are given back.
    abandon: threading.Event = field(default_factory=threading.Event)
    drawing: DrawingProcess = field(init=False)

    def __post_init__(self) -> None:
        self.drawing = DrawingProcess(self.configuration.start_method, self.configuration.memory_limit_bytes)

    @property
    def policy(self) -> RetryPolicy:
        return RetryPolicy(
            timedelta(seconds=self.configuration.retry_base_seconds),
            timedelta(seconds=self.configuration.retry_max_seconds),
        )

    def claim_and_run(self, now: datetime) -> bool:
        """Run the next execution that is due; False when nothing waits. The step of a slot."""
        if not self.may_start(now):
            return False
        execution = service.claim(self.node, now, now + self.rhythm.lease)
        if execution is None:
            return False
        self.run(execution)
        return True

    def run(self, execution: Execution) -> None:
        """Run *execution*, which this worker has claimed, to its end."""
        try:
            with about(execution_id=str(execution.pk), attempt=execution.fence, report_id=str(execution.report_id)):
                self._run(execution)
        finally:
            shutil.rmtree(files.scratch_of(execution, self.configuration.scratch_path), ignore_errors=True)

    def _run(self, execution: Execution) -> None:
        try:
            job = assemble(execution, self.configuration)
        except (PressroomError, PresstimeError) as error:  # what it needs is not there, or cannot be decrypted
            self._fail(execution, Failed(fault_of(error)))
            return
        if job.has_charts:
            job = replace(job, drawing=self.drawing.address())
        with Child(job, start_method=self.configuration.start_method, entry=self.entry) as child:
            watch = Watch(self, execution, child)
            said = watch.until_end()
            # Its files are complete once it has said so; nothing that it does afterwards may touch them.
            child.end(self._grace(said))
        self._settle(execution, said, watch)

    def _grace(self, said: Done | Failed | Stopped) -> timedelta:
        # Time to cancel a query on its server; without a lease there is none, another worker may begin.
        return self.rhythm.grace if isinstance(said, Stopped) and said is not Stopped.LEASE_LOST else timedelta()

    def _settle(self, execution: Execution, said: Done | Failed | Stopped, watch: Watch) -> None:
        match said:
            case Done():
                self._keep(execution, said)
            case Failed():
                fault = said.fault
                told = said if fault.detail else replace(said, fault=replace(fault, detail=watch.account()))
                self._fail(execution, told)
            case Stopped.TIMEOUT:
                self._log_timeout(execution, watch)
                self._fail(execution, Failed(faults.timed_out(execution.timeout_seconds, watch.step, watch.account())))
            case Stopped.CANCELLED:
                self._log(execution, "cancelled" if service.stop(execution, self.now()) else None)
            case Stopped.DRAINING:
                self._log(execution, "queued again" if service.give_back(execution, self.now()) else None)
            case Stopped.LEASE_LOST:
                self._log(execution, None)

    def _keep(self, execution: Execution, done: Done) -> None:
        configuration = self.configuration
        try:
            placed = files.place(
                execution, done, scratch=configuration.scratch_path, reports=configuration.reports_path
            )
        except OSError as error:
            self._fail(execution, Failed(fault_of(error), done.timings))
            return
        try:
            kept = service.succeed(execution, placed, self.now())
        except Invalid as error:  # an address that mail cannot be sent to
            files.discard(placed, configuration.reports_path)
            self._fail(execution, Failed(_misconfigured(error), done.timings))
            return
        except DatabaseError as error:
            # Without their rows the files are nobody's; on a full disk they may be in the way of the rows of others.
            files.discard(placed, configuration.reports_path)
            if not is_disk_full(error):
                raise
            self._fail(execution, Failed(faults.disk_full("the database"), done.timings))
            return
        if not kept:
            files.discard(placed, configuration.reports_path)
        elif execution.output_path:
            self._publish(execution, placed)
        self._log(execution, "succeeded" if kept else None)

    def _publish(self, execution: Execution, placed: files.Placed) -> None:
        why_not = objection_to_publishing(execution)
        try:
            if not why_not:
                files.publish(execution, placed, self.configuration.reports_path)
        except (OSError, PresstimeError) as error:
            why_not = (error.strerror if isinstance(error, OSError) else str(error)) or type(error).__name__
        if why_not:
            log.warning("execution %s: no copy was put into %s: %s", execution.pk, execution.output_path, why_not)
            artifact_queries.note_no_copy(execution, f'No copy was put into "{execution.output_path}": {why_not}')

    def _fail(self, execution: Execution, failed: Failed) -> None:
        status = service.fail(
            execution,
            failed.fault,
            policy=self.policy,
            jitter=random.uniform(-1, 1),  # noqa: S311 - spreads retries, guards nothing
            now=self.now(),
            timings=dict(failed.timings),
        )
        self._log(execution, status, failed.fault)

    def _log_timeout(self, execution: Execution, watch: Watch) -> None:
        schedule = execution.schedule.name if execution.schedule is not None else "none"
        log.warning(
            "time limit: execution %s, attempt %d of report %s, schedule %s, planned for %s: stopped on %s at %d s, "
            "step %s",
            execution.pk,
            execution.fence,
            execution.report.name,
            schedule,
            execution.scheduled_for.isoformat(),
            self.node,
            execution.timeout_seconds,
            watch.step or "none",
        )

    def _log(self, execution: Execution, end: str | None, fault: Fault | None = None) -> None:
        what = f"{execution.report.name} ({execution.pk}, attempt {execution.fence})"
        if end is None:
            log.warning("%s: its lease has passed on; what this attempt made is discarded", what)
        elif fault is not None and end in (Status.DEAD, Status.RETRYING):
            extra = {"error_category": fault.category, "error_code": fault.code, "error_detail": fault.detail}
            log.warning("%s: %s: %s/%s: %s", what, end, fault.category, fault.code, fault.message, extra=extra)
        else:
            log.info("%s: %s", what, end)


def _misconfigured(error: Invalid) -> Fault:
    return Fault(Category.CONFIGURATION, "recipients", str(error), "Correct the recipients of the schedule.")


class Watch:
    """One look after another at a running child, until it has ended or must."""

    def __init__(self, supervisor: Supervisor, execution: Execution, child: Child) -> None:
        self._supervisor = supervisor
        self._rhythm = supervisor.rhythm
        self._execution = execution
        self._child = child
        self._began = self._renewed = self._looked = time.monotonic()
        self._stage = self._shown_stage = ""
        self._stage_began = self._began

    @property
    def step(self) -> str:
        """What the child was doing when it was last heard of; empty before its first word."""
        return self._stage

    def account(self) -> str:
        """How an attempt ended that could not say so itself, for its technical detail."""
        now = time.monotonic()
        step = f"{self._stage}, for {now - self._stage_began:.1f} s" if self._stage else "none was begun"
        return (
            f"Attempt {self._execution.fence} on {self._supervisor.node}, process {self._child.pid}.\n"
            f"Last step: {step}.\n"
            f"Ran for {now - self._began:.1f} s; the limit was {self._execution.timeout_seconds} s.\n"
            f"{self._child.ending}\n"
        )

    def until_end(self) -> Done | Failed | Stopped:
        """What the child said at its end, or why it has to be stopped."""
        while True:
            said = self._child.hear(self._patience())
            if isinstance(said, Done | Failed):
                return said
            if isinstance(said, Stage):
                self._stage, self._stage_began = said.text, time.monotonic()
            reason = self._reason_to_stop()
            if reason is not None:
                return reason

    def _patience(self) -> timedelta:
        left = self._execution.timeout_seconds - (time.monotonic() - self._began)
        return min(self._rhythm.look / 2, timedelta(seconds=max(0.0, left)))

    def _reason_to_stop(self) -> Stopped | None:
        if self._supervisor.abandon.is_set():
            return Stopped.DRAINING
        try:
            reason = self._look()
        except DatabaseError as error:  # a locked or restarting database: the lease has some time left
            log.warning("execution %s: its lease could not be renewed: %s", self._execution.pk, error)
            reason = None
        if reason is None and _passed(self._renewed, self._rhythm.lease - self._rhythm.margin):
            return Stopped.LEASE_LOST
        if reason is None and _passed(self._began, timedelta(seconds=self._execution.timeout_seconds)):
            return Stopped.TIMEOUT
        return reason

    def _look(self) -> Stopped | None:
        if not _passed(self._looked, self._rhythm.look):
            return None
        self._looked = time.monotonic()
        orders = queries.orders(self._execution)
        if orders is None:
            return Stopped.LEASE_LOST
        self._execution.timeout_seconds = orders.timeout_seconds
        self._show_stage()
        if orders.cancel_requested:
            return Stopped.CANCELLED
        return self._renew()

    def _renew(self) -> Stopped | None:
        if not _passed(self._renewed, self._rhythm.renew):
            return None
        begun = time.monotonic()  # the lease counts from before the statement, which may have waited for a lock
        if not queries.renew(self._execution, self._supervisor.now() + self._rhythm.lease):
            return Stopped.LEASE_LOST
        self._renewed = begun
        return None

    def _show_stage(self) -> None:
        if self._stage != self._shown_stage:
            queries.set_stage(self._execution, self._stage)
            self._shown_stage = self._stage


def _passed(since: float, duration: timedelta) -> bool:
    return time.monotonic() - since >= duration.total_seconds()
