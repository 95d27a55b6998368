"""The worker's step for the audit log: write down how far it goes, sign, verify, tell, seal."""

from __future__ import annotations

import logging
import subprocess
import sys
import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import UUID

from presstime.alerts import service as alerts
from presstime.alerts.kinds import Kind
from presstime.alerts.queries import is_active
from presstime.anchors import letters
from presstime.audit import checkpoints, queries, sealed
from presstime.audit.duties import VERIFY
from presstime.base.configuration_fields import Configuration
from presstime.base.errors import Conflict

DAY = timedelta(days=1)
SOON = timedelta(minutes=10)  # after the first start
DOUBT = timedelta(minutes=10)  # between two verifications when the log does not fit its last checkpoint
KEEP_VERIFICATIONS = timedelta(days=400)
MOST_FILES = 20  # sealed at one go
CHECKPOINT, MAIL, SEAL = "checkpoint", "mail", "seal"
LINK = "/audit"
LOOK_SECONDS = 0.2

Verify = Callable[[], None]

log = logging.getLogger("presstime.audit")


class Keeper:
    """Looks after the audit log of one installation; of several workers one does each thing.

    *verify* verifies the whole log and leaves what it found as a row; it takes seconds, so it is a process of its own.
    """

    def __init__(self, configuration: Configuration, verify: Verify) -> None:
        self._configuration = configuration
        self._verify = verify
        self._told: UUID | None = None

    def step(self, now: datetime) -> bool:
        """Do what is due; there is never more at once."""
        fits = checkpoints.keep_witness(self._configuration, now) and self._sign(now)
        if self._is_turn(VERIFY, DAY if fits else DOUBT, now, first_after=SOON):
            self._verify()
        self._watch(now)
        if fits and self._is_turn(MAIL, DAY, now, first_after=DAY):
            letters.send(self._configuration, now)
        if fits and self._is_turn(SEAL, DAY, now, first_after=SOON):
            self._seal(now)
        return False

    def _is_turn(self, name: str, every: timedelta, now: datetime, *, first_after: timedelta) -> bool:
        return queries.is_due(name, every, now) and queries.claim_duty(name, every, now, first_after=first_after)

    def _sign(self, now: datetime) -> bool:
        """Whether the log continues its last checkpoint; looked at every hour, when a new one is signed."""
        if not self._is_turn(CHECKPOINT, checkpoints.EVERY, now, first_after=timedelta(0)):
            return True
        try:
            checkpoints.regular(self._configuration, now)
        except Conflict as error:
            log.error("%s", error.message)  # noqa: TRY400 - the sentence says all
            return False
        return True

    def _watch(self, now: datetime) -> None:
        """Tell when the last verification found something, whoever had asked for it, and when that is over."""
        found = queries.find_last_verification()
        if found is None or not found.problems:
            alerts.clear(Kind.AUDIT_BROKEN, now=now)
        elif found.pk != self._told or not is_active(Kind.AUDIT_BROKEN, ""):
            first, more = found.problems[0]["text"], len(found.problems) - 1
            detail = f"{first}; and {more} more." if more else f"{first}."
            alerts.raise_alert(Kind.AUDIT_BROKEN, detail=detail, link=LINK, now=now)
            self._told = found.pk

    def _seal(self, now: datetime) -> None:
        for _ in range(MOST_FILES):
            segment = sealed.seal_due(self._configuration, now)
            if segment is None:
                break
            log.info("audit entries %d to %d are sealed in %s", segment.first, segment.last, segment.file)
        removed = sealed.prune_due(self._configuration, now)
        if removed:
            log.info("removed %d audit entries that are sealed", removed)
        queries.forget_verifications(now - KEEP_VERIFICATIONS)


class Child:
    """Runs `presstime audit verify` as a process; ended when the worker stops."""

    def __init__(self, stopping: threading.Event) -> None:
        self._stopping = stopping

    def __call__(self) -> None:
        command = [sys.executable, "-P", "-m", "presstime", "audit", "verify", "--json"]
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)  # noqa: S603 - our own module
        while True:
            try:
                code = process.wait(LOOK_SECONDS)
            except subprocess.TimeoutExpired:
                if not self._stopping.is_set():
                    continue
                process.terminate()
                process.wait()
                queries.make_due(VERIFY)
                return
            if code not in (0, 1):
                log.warning("verifying the audit log ended with code %d", code)
            return
