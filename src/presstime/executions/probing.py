"""Tries sources that are cut off: a connection and something read, in a process of its own, one try at a time for each.

The trial is no execution: however long a server stays away, nobody spends an attempt on finding out.
"""

from __future__ import annotations

import logging
import shutil
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from django.db import transaction

from pressroom.errors import PressroomError
from presstime.base import clock
from presstime.base.configuration_fields import Configuration
from presstime.base.errors import PresstimeError
from presstime.base.ids import uuid7
from presstime.breakers import service as breakers
from presstime.breakers.service import Trial
from presstime.breakers.states import Kind
from presstime.executions import inquiry_child
from presstime.executions.isolation import Child
from presstime.executions.job import Failed, Job
from presstime.executions.states import Category
from presstime.sources import queries, service

log = logging.getLogger("presstime.breakers")

LIMIT: Final = timedelta(seconds=20)
LEASE: Final = timedelta(seconds=60)  # then the worker that tries is taken for dead
LOOK: Final = timedelta(seconds=0.25)
# It answers, if only to say no: executions that go on will tell what is wrong.
_ANSWERS: Final = frozenset({Category.DATA, Category.CONFIGURATION})


@dataclass
class Prober:
    """The step of a worker that tries what is due."""

    node: str
    configuration: Configuration
    limit: timedelta = LIMIT
    now: Callable[[], datetime] = clock.now
    # Set when the worker must end: the trial is given back.
    abandon: threading.Event = field(default_factory=threading.Event)

    def step(self, now: datetime) -> bool:
        """Try one source; whether there was one to try."""
        trial = breakers.take_next_trial(Kind.SOURCE, self.node, LEASE, now)
        if trial is None:
            return False
        error = self._error_of(trial, now)
        if error is None:
            breakers.give_trial_back(trial, self.now())
        else:
            breakers.end_trial(trial, error, breakers.policy_of(self.configuration, Kind.SOURCE), self.now())
        return True

    def _error_of(self, trial: Trial, now: datetime) -> str | None:
        """Why the source cannot be reached; empty when it answers, None when that was not found out."""
        source = queries.find_source(trial.target.key)
        if source is None:
            with transaction.atomic():
                breakers.forget(Kind.SOURCE, trial.target.key, now)
            return ""
        try:
            addresses, base = service.addresses_of([source.name])
        except (PressroomError, PresstimeError):
            return ""  # nothing of the network: the next execution says what is wrong
        return self._ask(self._job(addresses, base, now))

    def _ask(self, job: Job) -> str | None:
        begun = time.monotonic()
        try:
            with Child(job, start_method=self.configuration.start_method, entry=inquiry_child.probe) as child:
                while time.monotonic() - begun < self.limit.total_seconds():
                    if self.abandon.is_set():
                        return None
                    said = child.hear(LOOK)
                    if isinstance(said, Failed):
                        return "" if said.fault.category in _ANSWERS else said.fault.message
                    if said is not None:
                        return ""
        finally:
            shutil.rmtree(job.folder, ignore_errors=True)
        return f"It did not answer within {self.limit.total_seconds():g} seconds."

    def _job(self, addresses: dict[str, str], base: Path, now: datetime) -> Job:
        return Job(
            definition="",
            file="",
            sources=addresses,
            base=base,
            parameters={},
            formats=(),
            at=now,
            zone="UTC",
            folder=self.configuration.scratch_path / f"{uuid7()}.0",
            memory_limit_bytes=self.configuration.memory_limit_bytes,
        )
