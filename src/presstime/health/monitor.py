"""Looks at everything without ever waiting long: one look of each check at a time, shared by all who ask."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.conf import settings
from django.db import connections

from presstime.base import clock
from presstime.base.tracebacks import account_of
from presstime.health.registry import Check, checks
from presstime.health.states import Finding, Level, Reading, worst

PATIENCE: Final = timedelta(seconds=0.8)  # of everybody who asks, for all checks together

log = logging.getLogger("presstime.health")


class Flight:
    """One check in this process: the last reading, and the look that is under way.

    A thread that hangs cannot be ended. So a look that hangs stays the only one: nobody starts another, and nobody waits
    for it again once it has used up the patience of those who were there when it began.
    """

    def __init__(self, check: Check, monotonic: Callable[[], float] = time.monotonic) -> None:
        self.check = check
        self.runs = 0
        self._monotonic = monotonic
        self._changed = threading.Condition()
        self._reading: Reading | None = None
        self._read_at = 0.0
        self._began_at: float | None = None  # of the look that is under way

    def begin(self) -> None:
        """Start a look when the last reading is too old and none is under way."""
        with self._changed:
            if self._began_at is not None or self._is_fresh():
                return
            self._began_at = self._monotonic()
            self.runs += 1
        threading.Thread(target=self._look, name=f"health {self.check.name}", daemon=True).start()

    def wait(self, patience: timedelta) -> Reading:
        """The newest reading; a look that is under way is waited for until *patience* after its beginning."""
        with self._changed:
            while self._began_at is not None:
                left = self._began_at + patience.total_seconds() - self._monotonic()
                if left <= 0:
                    return self._meanwhile(self._monotonic() - self._began_at)
                self._changed.wait(left)
            assert self._reading is not None, "wait comes after begin"
            return self._reading

    def _is_fresh(self) -> bool:
        if self._reading is None:
            return False
        good_for = self.check.every if self._reading.level is Level.PASS else self.check.again
        return self._monotonic() - self._read_at < good_for.total_seconds()

    def _meanwhile(self, waited: float) -> Reading:
        """What is said while a look takes its time."""
        if waited >= self.check.limit.total_seconds():
            return Reading(
                Finding(Level.FAIL, "The check has not answered in time.", round(waited, 1), "s"), clock.now()
            )
        return self._reading or Reading(Finding(Level.WARN, "The first look is still under way."), clock.now())

    def _look(self) -> None:
        try:
            finding = self.check.look(clock.now())
        except Exception as error:  # noqa: BLE001 - the boundary of a check: one that breaks is a finding, and the others go on
            told = account_of(error, settings.CONFIGURATION)
            log.warning("health check %s failed:\n%s", self.check.name, told)
            finding = Finding(Level.FAIL, f"The check itself failed ({type(error).__name__}); the log tells more.")
        finally:
            connections.close_all()  # those of this thread
        with self._changed:
            self._reading, self._read_at, self._began_at = Reading(finding, clock.now()), self._monotonic(), None
            self._changed.notify_all()


@dataclass(frozen=True, slots=True)
class Report:
    """How everything is at one moment."""

    at: datetime
    readings: Mapping[str, Reading]

    @property
    def level(self) -> Level:
        return worst(reading.level for reading in self.readings.values())


class Monitor:
    """All checks of this process."""

    def __init__(self, of: Callable[[], Iterable[Check]] = checks) -> None:
        self._of = of
        self._lock = threading.Lock()
        self._flights: dict[str, Flight] = {}

    def report(self, patience: timedelta = PATIENCE, only: Iterable[str] | None = None) -> Report:
        """How everything is, after at most *patience*; *only* names some of the checks."""
        flights = self.flights()
        asked = [flight for name, flight in flights.items() if only is None or name in only]
        for flight in asked:
            flight.begin()
        return Report(clock.now(), {flight.check.name: flight.wait(patience) for flight in asked})

    def flights(self) -> dict[str, Flight]:
        """By name, every check of this process."""
        with self._lock:
            for check in self._of():
                if check.name not in self._flights or self._flights[check.name].check is not check:
                    self._flights[check.name] = Flight(check)
            return {check.name: self._flights[check.name] for check in self._of()}


monitor: Final = Monitor()
