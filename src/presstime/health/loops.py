"""The step of a worker that notes how everything is."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from presstime.health import service
from presstime.health.states import slot_of


class Noter:
    """Notes each half minute once; of several workers the first, which then also does *beside*."""

    def __init__(self, beside: Callable[[datetime], None] = lambda _: None) -> None:
        self._beside = beside
        self._noted: datetime | None = None

    def step(self, now: datetime) -> bool:
        slot = slot_of(now)
        if slot != self._noted:
            if service.note(now):
                self._beside(now)
            self._noted = slot
        return False
