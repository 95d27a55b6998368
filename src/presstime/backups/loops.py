"""The worker's step: ask for what is due, make what was asked for, tell when there is no recent backup.

The work itself is done by a process of its own: what it needs of memory is given back, and what it does in a library
holds up no loop of the worker.
"""

from __future__ import annotations

import logging
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import IO

from django.db import transaction

from presstime.alerts import service as alerts
from presstime.alerts.kinds import Kind as AlertKind
from presstime.alerts.queries import is_active
from presstime.backups import keys, queries, service
from presstime.backups.models import Backup, Plan
from presstime.backups.states import DRILL_EVERY, STALE_AFTER, Status, Task, Trigger, is_stale, last_due
from presstime.base.configuration_fields import Configuration

MAXIMUM_STARTS = 3  # a third process that died over it means that the backup is what kills them
RETRY_AFTER = timedelta(hours=1)
LOOK_SECONDS = 0.2
STOPPED = -1  # the worker ends

Run = Callable[[Sequence[str], IO[str]], int]

log = logging.getLogger("presstime.backups")


class Backups:
    """Looks after the backups of one installation; any number of workers may, one of them does each thing."""

    def __init__(self, configuration: Configuration, run: Run) -> None:
        self._configuration = configuration
        self._run = run
        self._host = service.host()

    def step(self, now: datetime) -> bool:
        """Do at most one thing that takes long; whether there may be more."""
        plan = self._ask_for_due(now)
        _watch_age(plan, now)
        wants_drill = self._is_drill_due(plan, now)
        if not wants_drill and not queries.has_work(self._host):
            return False
        with service.alone(self._configuration) as lock:
            if lock is None:
                return False
            self._take_back(now)
            claimed = queries.claim(self._host, now)
            if claimed is not None:
                self._perform(claimed, lock)
            elif wants_drill and queries.take_drill(plan, now):
                self._run(["drill"], lock)
            return claimed is not None

    def _ask_for_due(self, now: datetime) -> Plan:
        due = last_due(self._configuration.backup_time, self._configuration.time_zone, now)
        plan = queries.plan(now, due)
        wanted = due > plan.last_due_at or _is_retry_due(plan, now)
        if wanted and not queries.is_asked():
            with transaction.atomic():
                if queries.take_due(plan, max(due, plan.last_due_at)):
                    service.ask(trigger=Trigger.SCHEDULE, now=now)
        return plan

    def _take_back(self, now: datetime) -> None:
        """Whoever holds the lock knows that the former holders are dead: their work is begun again, or given up."""
        for backup in queries.left_behind(self._host, now):
            if backup.starts >= MAXIMUM_STARTS:
                service.give_up(backup, f"{backup.starts} processes ended in the middle of it.", now)
            else:
                log.warning("backup %s: its process ended in the middle of it; it begins again", backup.pk)
                queries.release(backup.pk)

    def _perform(self, claimed: Backup, lock: IO[str]) -> None:
        code = self._run(["perform", str(claimed.pk)], lock)
        if code == STOPPED:
            queries.release(claimed.pk)

    def _is_drill_due(self, plan: Plan, now: datetime) -> bool:
        """A week after the last one, where the private key is at hand."""
        last = plan.drill_asked_at or plan.since
        return now - last >= DRILL_EVERY and queries.find_last_good() is not None and _has_key(self._configuration)


def _is_retry_due(plan: Plan, now: datetime) -> bool:
    """Whether the last try failed an hour ago and nothing good has been made since it was due."""
    last = queries.find_last_try()
    if last is None or last.status != Status.FAILED or last.task != Task.CREATE:
        return False
    is_old_enough = now - (last.finished_at or last.created_at) >= RETRY_AFTER
    return is_old_enough and last.trigger == Trigger.SCHEDULE and last.created_at >= plan.last_due_at


def _watch_age(plan: Plan, now: datetime) -> None:
    """Tell when the last good backup is over 26 hours old, and when that is over."""
    good = queries.find_last_good()
    if not is_stale(good.created_at if good else None, plan.since, now):
        alerts.clear(AlertKind.BACKUP_STALE, now=now)
        return
    if is_active(AlertKind.BACKUP_STALE, ""):
        return
    last = f"The last good one is of {good.created_at:%Y-%m-%d %H:%M} UTC." if good else "There has been none."
    detail = f"{last} One is expected every day; {STALE_AFTER.total_seconds() / 3600:g} hours have passed."
    alerts.raise_alert(AlertKind.BACKUP_STALE, detail=detail, link=service.LINK, now=now)


def _has_key(configuration: Configuration) -> bool:
    return bool(configuration.backup_key) or (configuration.keys_path / keys.IDENTITY_FILE).exists()


class Child:
    """Runs `presstime backup …` as a process that holds the lock of backups; ended when the worker stops."""

    def __init__(self, stopping: threading.Event) -> None:
        self._stopping = stopping

    def __call__(self, arguments: Sequence[str], lock: IO[str]) -> int:
        """Its exit code; STOPPED when it was ended because the worker stops."""
        command = [sys.executable, "-P", "-m", "presstime", "backup", *arguments]
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, pass_fds=(lock.fileno(),))  # noqa: S603 - our own module
        while True:
            try:
                return process.wait(LOOK_SECONDS)
            except subprocess.TimeoutExpired:
                if self._stopping.is_set():
                    process.terminate()
                    process.wait()
                    return STOPPED
