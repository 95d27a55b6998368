"""The worker: fires schedules, runs executions, sends mail, tidies up."""

from __future__ import annotations

import gc
import logging
import os
import threading
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime, timedelta

from django.conf import settings
from django.db import close_old_connections, connections

import presstime
from presstime.accounts import sessions
from presstime.alerts import messenger
from presstime.alerts import service as alerts
from presstime.alerts.channels import apprise_channels
from presstime.alerts.loops import Deliverer, Teller
from presstime.alerts.states import Medium
from presstime.anchors.loops import Child as VerifyingChild
from presstime.anchors.loops import Keeper
from presstime.audit.actors import acting, system
from presstime.backups import keys as backup_keys
from presstime.backups import restorations, restore
from presstime.backups import service as backups
from presstime.backups.loops import Backups, Child
from presstime.base import clock
from presstime.base.configuration_fields import Configuration
from presstime.base.loops import Loop, Step
from presstime.breakers.service import give_back_trials_of
from presstime.breakers.states import Kind
from presstime.deadletters import service as deadletters
from presstime.disk import cleanups, survey
from presstime.disk.loops import DiskWatch
from presstime.executions import artifact_queries, files, isolation, presence, service, tallies
from presstime.executions.dispatch import RUN_FOLDER, Listener
from presstime.executions.models import Worker as WorkerRow
from presstime.executions.probing import Prober
from presstime.executions.supervise import Rhythm, Supervisor
from presstime.failures import service as failures
from presstime.health import service as health
from presstime.health.loops import Noter
from presstime.mail.alerting import AlertMail
from presstime.mail.loops import Sender
from presstime.mail.watch import watch
from presstime.metrics import service as metrics
from presstime.processes.nodes import Node
from presstime.processes.signals import Signals
from presstime.schedules import watchdog
from presstime.schedules.loops import fire_due

log = logging.getLogger("presstime.worker")

LOOK_FOR_SCHEDULES = timedelta(milliseconds=200)
LOOK_FOR_EXECUTIONS = timedelta(milliseconds=250)  # a safety net, wake-ups come first
REAP = timedelta(seconds=1)
HEARTBEAT = timedelta(seconds=5)
WATCH = timedelta(seconds=30)
LOOK_FOR_TRIALS = timedelta(seconds=1)
LOOK_FOR_ALERTS = timedelta(seconds=1)
LOOK_FOR_BACKUPS = timedelta(seconds=1)
LOOK_AT_AUDIT = timedelta(seconds=5)
TIDY = timedelta(minutes=10)
WATCH_MAIL = timedelta(seconds=5)
NOTE_HEALTH = timedelta(seconds=1)
WATCH_DISK = timedelta(seconds=2)
DRAIN = timedelta(seconds=20)
FAREWELL = timedelta(seconds=15)  # for all loops together, once the children are being stopped
POLL = timedelta(milliseconds=100)


class Worker:
    """All loops of one worker process."""

    def __init__(self, configuration: Configuration, *, drain: timedelta = DRAIN, rhythm: Rhythm | None = None) -> None:
        self._configuration = configuration
        self._drain = drain
        self._signals = Signals()
        self._stopping = threading.Event()
        self._folder = configuration.data_path / RUN_FOLDER
        self._node = Node.take(configuration.node, self._folder)
        self._prober = Prober(self._node.name, configuration)
        self._disk = DiskWatch(configuration, self._wake)
        self._supervisor = Supervisor(
            self._node.name, configuration, rhythm or Rhythm(), may_start=self._disk.may_start
        )
        self._sender = Sender.of(configuration, self._node.name)
        self._deliverers = _deliverers(configuration)
        self._backups = Backups(configuration, Child(self._stopping))
        self._audit = Keeper(configuration, VerifyingChild(self._stopping))
        self._listener = Listener(self._folder, self._node.name, self._wake)
        self._wake_slots: list[Callable[[], None]] = []
        self._running: list[Loop] = []

    def run(self) -> int:
        """Work until SIGTERM or SIGINT; a second one gives running executions back at once. The exit code. A loop that does not end in time is left running."""
        self._signals.listen()
        isolation.prepare(self._configuration.start_method)
        with acting(system("worker")):
            self._take_over(clock.now())
        gc.freeze()  # what is loaded stays; collections need not look at it again
        loops = [*self._loops(), *self._sender.loops(self._give_back_connection)]
        self._running = loops
        for loop in loops:
            loop.around = _acting
            loop.start()
        log.info("worker %s: ready, %d slot(s)", self._node.name, self._configuration.concurrency)
        self._signals.wait()
        if self._end(loops):
            self._node.release()
        return 0

    # ---- the loops --------------------------------------------------------------------------------------------------

    def _take_over(self, now: datetime) -> None:
        """Queue again what the former worker of this name was running, and say that this one is there."""
        restore.finish(now)
        backup_keys.pair(self._configuration)
        for sentence in backups.warnings(self._configuration):
            log.warning("worker %s: %s", self._node.name, sentence)
        found = service.requeue_own(self._node.name, now)
        give_back_trials_of(Kind.SOURCE, self._node.name, now)
        if found:
            log.warning("worker %s: %d execution(s) of its predecessor were interrupted", self._node.name, found)
        presence.save(
            WorkerRow(
                node=self._node.name,
                pid=os.getpid(),
                version=presstime.__version__,
                slots=self._configuration.concurrency,
                started_at=now,
                seen_at=now,
            )
        )

    def _loops(self) -> list[Loop]:
        """Everything this worker does, apart from sending mail."""
        slots = [
            self._loop(f"slot-{number + 1}", self._run_one, LOOK_FOR_EXECUTIONS)
            for number in range(self._configuration.concurrency)
        ]
        self._wake_slots = [slot.wake for slot in slots]
        return [
            *slots,
            self._loop("schedules", self._fire, LOOK_FOR_SCHEDULES),
            self._loop("reaper", self._reap, REAP),
            self._loop("watchdog", watchdog.Watchdog(clock.now()).step, WATCH),
            self._loop("heartbeat", self._beat, HEARTBEAT),
            self._loop("trials", self._try_sources, LOOK_FOR_TRIALS),
            *(self._loop(f"alerts-{medium}", each.step, LOOK_FOR_ALERTS) for medium, each in self._deliverers.items()),
            self._loop("mail-watch", watch, WATCH_MAIL),
            self._loop("health", Noter(tallies.note_queue).step, NOTE_HEALTH),
            self._loop("disk", self._disk.step, WATCH_DISK),
            self._loop("cleanup", self._clean_up, WATCH_DISK),
            self._loop("janitor", self._tidy, TIDY),
            self._loop("counts", self._count, TIDY),
            self._loop("audit", self._audit.step, LOOK_AT_AUDIT),
            self._loop("backups", self._backups.step, LOOK_FOR_BACKUPS),
            self._loop("wake-ups", self._listener.step, LOOK_FOR_EXECUTIONS),
        ]

    def _loop(self, name: str, step: Step, interval: timedelta) -> Loop:
        return Loop(name, step, interval=interval, after_each=self._give_back_connection)

    def _give_back_connection(self) -> None:
        """Keep the thread's connection while it is sound; close it with the thread."""
        if self._stopping.is_set():
            connections.close_all()
        else:
            close_old_connections()

    def _run_one(self, now: datetime) -> bool:
        return not self._stopping.is_set() and self._supervisor.claim_and_run(now)

    def _fire(self, now: datetime) -> bool:
        return not self._stopping.is_set() and fire_due(now)

    def _reap(self, now: datetime) -> bool:
        reaped = service.reap(now)
        if reaped:
            log.warning("worker %s: took back %d execution(s) of lost workers", self._node.name, reaped)
            self._wake()
        return False

    def _beat(self, now: datetime) -> bool:
        beats = {loop.name: loop.beat_at for loop in self._running if loop.beat_at is not None}
        presence.touch(self._node.name, now, beats)
        return False

    def _try_sources(self, now: datetime) -> bool:
        return not self._stopping.is_set() and self._prober.step(now)

    def _tidy(self, now: datetime) -> bool:
        if restorations.find_waiting() is None:  # files of executions that the backup does not know may still be wanted
            files.remove_orphans(self._configuration.reports_path, artifact_queries.with_files, now)
        files.remove_scratch(self._configuration.scratch_path, artifact_queries.with_files, now)
        cleanups.request_what_is_due(self._configuration, now)
        survey.keep(self._configuration, now)
        sessions.remove_expired(now)
        deadletters.purge(now)
        watchdog.forget(now)
        failures.forget(now)
        metrics.forget(now)
        health.forget(now)
        alerts.forget(now)
        return False

    def _count(self, now: datetime) -> bool:
        """Count a history that was never counted: half a minute for a million executions, while the others work."""
        for series, events in metrics.build_missing(now, self._stopping.is_set).items():
            log.info("worker %s: counted %d events of %s for the metrics", self._node.name, events, series)
        return False

    def _clean_up(self, now: datetime) -> bool:
        return not self._stopping.is_set() and cleanups.go_on(self._configuration, now)

    def _wake(self) -> None:
        for wake in self._wake_slots:
            wake()

    # ---- the end ----------------------------------------------------------------------------------------------------

    def _end(self, loops: list[Loop]) -> bool:
        """Let all loops end within a limited time; whether they have."""
        log.info("worker %s: stopping; running executions have %d s", self._node.name, self._drain.total_seconds())
        self._stopping.set()
        self._prober.abandon.set()
        for loop in loops:
            loop.stop()
        self._wait_for(loops, self._drain, or_until=self._signals.has_come)
        self._supervisor.abandon.set()
        late = self._wait_for(loops, FAREWELL)
        for loop in late:
            log.warning("worker %s: %s did not end in time; it is here:\n%s", self._node.name, loop.name, loop.place())
        if late:  # what it holds cannot be closed under it
            return False
        self._supervisor.drawing.end()
        self._sender.close()
        self._listener.close()
        connections.close_all()
        log.info("worker %s: stopped", self._node.name)
        return True

    def _wait_for(
        self, loops: list[Loop], limit: timedelta, *, or_until: Callable[[], bool] = lambda: False
    ) -> list[Loop]:
        """Wait until all have ended or *limit* is over; those that have not ended."""
        deadline = time.monotonic() + limit.total_seconds()
        for loop in loops:
            while not loop.join(POLL) and not or_until() and time.monotonic() < deadline:
                pass
        return [loop for loop in loops if not loop.join(timedelta())]


def _acting(name: str) -> AbstractContextManager[None]:
    """What the loop *name* does is done by the system, under the loop's name without its number."""
    return acting(system(name.rstrip("-0123456789")))


def _deliverers(configuration: Configuration) -> dict[Medium, Deliverer]:
    """What tells of alerts, for each medium by itself: a service that hangs holds up no mail.

    ConfigurationError for an Apprise address that cannot be read.
    """
    channels = apprise_channels(configuration, settings.SECRET_KEY)
    messenger.check(channels)
    tellers: dict[Medium, Teller] = {
        Medium.EMAIL: AlertMail(configuration),
        Medium.APPRISE: messenger.Messenger(channels),
    }
    return {medium: Deliverer(configuration, {medium: teller}) for medium, teller in tellers.items()}


def run(configuration: Configuration) -> int:
    """The worker with *configuration*, until it is told to stop; the exit code."""
    return Worker(configuration).run()
