"""The watch over the disks: asked before every execution, looks by itself every two seconds."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime

from django.db import DatabaseError

from presstime.base.configuration_fields import Configuration
from presstime.disk import service
from presstime.disk.service import Judged
from presstime.disk.states import Level, Thresholds, slot

log = logging.getLogger("presstime.disk")


class DiskWatch:
    """Knows whether an execution may start on this host, and tells when that changes.

    The look itself costs some microseconds (statvfs) and one row, the thresholds: every execution is preceded by one of its own.
    """

    def __init__(self, configuration: Configuration, wake: Callable[[], None] = lambda: None) -> None:
        self._configuration = configuration
        self._wake = wake
        self._levels: dict[str, Level] = {}
        self._sampled: datetime | None = None

    def may_start(self, now: datetime) -> bool:
        """Whether there is room for another execution; where there is none, what could start waits for it visibly."""
        if not any(each.is_holding for each in self._look(service.thresholds())):
            return True
        self._hold(now)
        return False

    def step(self, now: datetime) -> bool:
        """Let executions wait or go on, tell of what has changed, and keep the figures every ten minutes."""
        by = service.thresholds()
        judged = self._look(by)
        if any(each.is_holding for each in judged):
            self._hold(now)
        elif released := service.release():
            log.info("there is room again: %d execution(s) go on", released)
            self._wake()
        self._note(judged, by, now)
        return False

    def _look(self, by: Thresholds) -> list[Judged]:
        return service.judge(self._configuration, by)

    def _hold(self, now: datetime) -> None:
        try:
            held = service.hold(now)
        except DatabaseError as error:  # the disk of the database is full: nothing starts all the same
            log.warning("executions could not be marked as waiting for disk space: %s", error)
        else:
            if held:
                log.warning("%d execution(s) wait for disk space", held)

    def _note(self, judged: list[Judged], by: Thresholds, now: datetime) -> None:
        changed = [each for each in judged if self._levels.get(each.volume.name, Level.PASS) is not each.level]
        due = self._sampled != slot(now)
        if not changed and not due:
            return
        for each in changed:
            log.log(_SEVERITY[each.level], "disk: %s", service.sentence(each, by))
        service.tell(judged, by, now)
        if due:
            service.sample(judged, now)
        self._sampled = slot(now)
        self._levels = {each.volume.name: each.level for each in judged}


_SEVERITY = {Level.PASS: logging.INFO, Level.WARN: logging.WARNING, Level.FAIL: logging.ERROR}
