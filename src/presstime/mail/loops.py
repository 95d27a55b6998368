"""The sender: takes due e-mails from the queue and brings them out, over several connections at the same time."""

from __future__ import annotations

import logging
import random
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit
from uuid import UUID

from django.db import transaction

from presstime.base import clock
from presstime.base.configuration_fields import Configuration
from presstime.base.logs import about
from presstime.base.loops import Loop
from presstime.breakers.service import policy_of
from presstime.breakers.states import Kind
from presstime.breakers.states import Policy as BreakerPolicy
from presstime.mail import journal, queries, unsubscribing, wakeup
from presstime.mail.courier import Couriers, outcome_of
from presstime.mail.gate import Gate, Permit
from presstime.mail.lines import Lines
from presstime.mail.queries import Claimed, Interrupted
from presstime.mail.states import (
    Decision,
    Outcome,
    Policy,
    Sent,
    Try,
    Uncertain,
    after_loss,
    decide,
    held,
    is_about_the_server,
    released,
)
from presstime.mail.transports import Delivery, Transport, open_transport

log = logging.getLogger("presstime.mail")

POLL = timedelta(seconds=0.5)  # for mail that another process has enqueued, and for retries
SPARE_POLL = timedelta(seconds=2)  # of the connections after the first, which are woken when there is more
IDLE = timedelta(seconds=60)  # then the connections are given back
REAP = timedelta(seconds=30)


def _jitter() -> float:
    return random.uniform(-1, 1)  # noqa: S311 - spreads load, keeps no secret


@dataclass(frozen=True, slots=True)
class Way:
    """How mail goes out: a transport for each connection. Without couriers delivering twice does no harm."""

    transports: Sequence[Transport]
    couriers: Couriers | None = None

    @property
    def own_journal(self) -> Path | None:
        """The journal of the courier that is at work for this process."""
        return self.couriers.journal_path if self.couriers is not None else None

    def prepare(self) -> None:
        if self.couriers is not None:
            self.couriers.prepare()

    def close(self) -> None:
        for transport in self.transports:
            transport.close()
        if self.couriers is not None:
            self.couriers.close()


def open_way(address: str, *, connections: int, journals: Path, node: str) -> Way:
    """The way to *address*; ConfigurationError for one that cannot work. Nothing is connected yet."""
    if urlsplit(address).scheme == "file":
        return Way([open_transport(address)])
    couriers = Couriers(address, connections=connections, folder=journals, node=node)
    return Way([couriers.transport(number) for number in range(connections)], couriers)


class Sender:
    """Sends what is due; `loops` run it, one for each connection. After they have ended `close` it."""

    def __init__(
        self,
        *,
        address: str,
        reports: Path,
        journals: Path,
        node: str,
        policy: Policy,
        connections: int,
        breaking: BreakerPolicy,
        rate: int = 0,
        base_url: str = "",
        clock: Callable[[], datetime] = clock.now,
        jitter: Callable[[], float] = _jitter,
    ) -> None:
        self._way = open_way(address, connections=connections, journals=journals, node=node)
        self._gate = Gate(address, node, breaking)
        self._lines = Lines(node, connections) if self._way.couriers is not None else None  # a folder takes any number
        self._reports = reports
        self._journals = journals
        self._node = node
        self._policy = policy
        self._rate = rate  # mails in a minute, of all workers together; 0 is as fast as it goes
        self._base_url = base_url
        self._clock = clock
        self._jitter = jitter
        # One at a time: SQLite lets in one writer, and waiting for it there means polling in growing steps.
        self._database = threading.Lock()
        self._busy: dict[int, UUID] = {}  # by connection, the e-mail that it has claimed
        self._unsettled: dict[int, tuple[Claimed, Outcome, Permit]] = {}  # sent, and not yet written to the database
        self._used_at: datetime | None = None
        self._reaped_at: datetime | None = None
        self._is_recovered = False
        self._loops: list[Loop] = []
        self._unlisten: Callable[[], None] | None = None

    @classmethod
    def of(cls, configuration: Configuration, node: str) -> Sender:
        """The sender of the worker *node* with these settings."""
        return cls(
            address=configuration.mail_address,
            reports=configuration.reports_path,
            journals=configuration.data_path / "courier",
            node=node,
            policy=Policy(
                timedelta(seconds=configuration.mail_retry_base_seconds), Uncertain(configuration.mail_uncertain)
            ),
            connections=configuration.mail_connections,
            breaking=policy_of(configuration, Kind.MAIL_SERVER),
            rate=configuration.mail_rate_per_minute,
            base_url=configuration.base_url,
        )

    # ---- running ------------------------------------------------------------------------------------------------------

    def loops(self, after_each: Callable[[], None] = lambda: None) -> list[Loop]:
        """The loops to start and stop, one for each connection; woken when mail is enqueued in this process."""
        self._loops = [
            Loop(
                f"mail-{number + 1}",
                partial(self.step, number),
                interval=SPARE_POLL if number else POLL,
                after_each=after_each,
            )
            for number in range(len(self._way.transports))
        ]
        self._unlisten = wakeup.listen(self.wake)
        return self._loops

    def wake(self) -> None:
        """Look for mail now."""
        self._wake(0)

    def close(self) -> None:
        """Give the connections back; the loops have ended."""
        if self._unlisten is not None:
            self._unlisten()
            self._unlisten = None
        self._hang_up()

    def _wake(self, number: int) -> None:
        if number < len(self._loops):
            self._loops[number].wake()

    # ---- one step -----------------------------------------------------------------------------------------------------

    def step(self, number: int, now: datetime) -> bool:
        """Send one due e-mail over connection *number*; whether there may be more."""
        self._settle_rest(number)
        if number == 0:
            self._look_after(now)
        if not queries.is_any_due(now):
            self._rest(now)
            return False
        if not self._has_line(number, now):  # the other workers use all connections; this one waits and spends no try
            self._rest(now)
            return False
        permit = self._gate.ask(now)
        if permit is None:  # the breaker of the mail server is open: it waits and spends no try
            self._rest(now)
            return False
        self._way.prepare()
        claimed = self._claim(number, now)
        if claimed is None:
            self._gate.give_back(permit, now)
            return False
        self._wake(number + 1)
        self._unsettled[number] = claimed, self._way.transports[number].send(self._delivery(claimed)), permit
        self._settle_rest(number)
        return True

    def _has_line(self, number: int, now: datetime) -> bool:
        with self._database:
            return self._lines is None or self._lines.hold(number, now)

    def _claim(self, number: int, now: datetime) -> Claimed | None:
        with self._database:
            claimed = queries.claim(self._node, now, rate=self._rate)
            if claimed is not None:
                self._busy[number] = claimed.id
                self._used_at = now
        return claimed

    def _settle_rest(self, number: int) -> None:
        """Write the outcome of the last delivery; kept when the database fails, and tried again at the next step."""
        if number in self._unsettled:
            self._settle(*self._unsettled[number])
            del self._unsettled[number]
            self._busy.pop(number, None)

    def _delivery(self, claimed: Claimed) -> Delivery:
        return Delivery(
            id=claimed.id,
            fence=claimed.fence,
            sender=claimed.sender,
            recipient=claimed.address,
            path=self._reports / claimed.path,
            sha256=claimed.sha256,
            created_at=claimed.message_created_at,
            headers=unsubscribing.headers(self._base_url, claimed.list_id, claimed.address),
        )

    def _settle(self, claimed: Claimed | Interrupted, outcome: Outcome, permit: Permit | None = None) -> None:
        """Write what became of it; with a *permit* also what that says of the server."""
        now = self._clock()
        tried = Try(claimed.attempts, claimed.uncertain, now)
        with self._database, transaction.atomic():
            may_pass = permit is None or self._gate.report(permit, outcome, now)
            if may_pass or not is_about_the_server(outcome):
                decision = decide(outcome, tried, self._policy, self._jitter())
            else:
                decision = held(outcome, tried, self._policy)
            settled = queries.settle(claimed, decision, now)
        self._tell(claimed, decision, settled=settled)

    def _write(self, claimed: Interrupted, decision: Decision, now: datetime) -> None:
        with self._database:
            settled = queries.settle(claimed, decision, now)
        self._tell(claimed, decision, settled=settled)

    def _tell(self, claimed: Claimed | Interrupted, decision: Decision, *, settled: bool) -> None:
        with about(email_id=str(claimed.id), attempt=claimed.attempts):
            if not settled:
                log.warning("e-mail %s: another sender has taken it over; its outcome here is dropped", claimed.id)
            elif not isinstance(decision, Sent):
                log.warning("e-mail %s: %s (%s, try %d)", claimed.id, decision.message, decision.code, claimed.attempts)

    # ---- what killed senders have left ----------------------------------------------------------------------------------

    def _look_after(self, now: datetime) -> None:
        if not self._is_recovered:
            self._is_recovered = self.recover(now)
        if self._reaped_at is None or now - self._reaped_at >= REAP:
            self._reaped_at = now
            for interrupted in queries.list_interrupted(now=now):
                self._write(interrupted, self._after_loss(interrupted, now), now)

    def recover(self, now: datetime) -> bool:
        """Settle what this node was sending when it was killed; False while a courier of then is still at work."""
        reading = journal.read(self._journals, self._node, except_for=self._way.own_journal)
        if reading.is_busy:
            return False
        self._gate.take_over(now)
        if self._lines is not None:
            self._lines.take_over()
        with self._database:  # other connections may be sending already; what they claim is no predecessor's
            own = set(self._busy.values())
            left = [found for found in queries.list_interrupted(node=self._node) if found.id not in own]
        for interrupted in left:
            self._recover(interrupted, reading, now)
        journal.remove(reading.ended)
        return True

    def _recover(self, interrupted: Interrupted, reading: journal.Reading, now: datetime) -> None:
        record = reading.find(interrupted.id, interrupted.fence)
        if record is not None and record.outcome is not None:
            self._settle(interrupted, record.outcome)
        elif record is None and not reading.is_complete:
            self._write(interrupted, self._after_loss(interrupted, now), now)
        elif record is not None and record.phase is journal.Phase.ENDING:
            self._settle(interrupted, outcome_of(record))
        else:
            self._write(interrupted, released(interrupted.uncertain, now), now)

    def _after_loss(self, interrupted: Interrupted, now: datetime) -> Decision:
        if self._way.couriers is None:
            return released(interrupted.uncertain, now)
        tried = Try(interrupted.attempts, interrupted.uncertain, now)
        return after_loss(tried, self._policy, "The sending process was killed.")

    def _rest(self, now: datetime) -> None:
        """Give the connections back when nothing has been sent for a while."""
        with self._database:
            if self._used_at is None or self._busy or now - self._used_at < IDLE:
                return
            self._used_at = None
            self._hang_up()

    def _hang_up(self) -> None:
        self._way.close()
        if self._lines is not None:
            self._lines.give_back()
