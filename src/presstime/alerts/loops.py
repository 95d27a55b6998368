"""The step that brings notices of alerts to their channels."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from datetime import datetime

from presstime.alerts import queries
from presstime.alerts.notices import Notice, notice_of
from presstime.alerts.queries import Claimed
from presstime.alerts.states import DeliveryStatus, Event, Medium, NothingNew, Outcome, settle
from presstime.base import clock
from presstime.base.configuration_fields import Configuration

log = logging.getLogger("presstime.alerts")

Teller = Callable[[Notice], Outcome]


class Deliverer:
    """Delivers what is due by the media of *tellers*; those above in the layers plug in theirs."""

    def __init__(
        self,
        configuration: Configuration,
        tellers: Mapping[Medium, Teller],
        *,
        clock: Callable[[], datetime] = clock.now,
    ) -> None:
        self._configuration = configuration
        self._tellers = tellers
        self._clock = clock

    def step(self, now: datetime) -> bool:
        """Make one due delivery, outside of any transaction; whether there may be more."""
        claimed = queries.claim(now, self._tellers.keys())
        if claimed is None:
            return False
        delivery = claimed.delivery
        outcome = self._tell(claimed)
        after = self._clock()
        settlement = settle(outcome, claimed.attempt, after)
        if not queries.settle(claimed, settlement, after):
            log.warning("alert %s: another worker has taken over its delivery to %s", claimed.alert, delivery.channel)
        elif settlement.error:
            said = "given up" if settlement.status is DeliveryStatus.FAILED else "tried again later"
            log.warning("alert %s: not told to %s, %s: %s", claimed.alert, delivery.channel, said, settlement.error)
        return True

    def _tell(self, claimed: Claimed) -> Outcome:
        delivery = claimed.delivery
        if delivery.event == Event.REPEATED and queries.is_told(claimed):
            return NothingNew()
        return self._tellers[Medium(delivery.medium)](notice_of(delivery, self._configuration))
