"""The connections that a mail server grants, shared by all workers: each connection in use holds one of so many lines.

A line is a row with a lease. Without a free one a connection rests as if nothing were due; what waits spends no try.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final, NamedTuple

from django.db import IntegrityError, transaction

from presstime.mail.models import Line

# Longer than nearly every mail takes, so that a line is rarely taken from under one; short, since nobody gives back the
# lines of a machine that is gone.
LEASE: Final = timedelta(seconds=90)
RENEW: Final = timedelta(seconds=30)


class Held(NamedTuple):
    """A line that this worker holds."""

    number: int
    until: datetime


class Lines:
    """The lines that the connections of one worker hold, by the number of the connection."""

    def __init__(self, node: str, limit: int) -> None:
        self._node = node
        self._limit = limit
        self._held: dict[int, Held] = {}

    def hold(self, connection: int, now: datetime) -> bool:
        """Whether *connection* has a line, an own one that is renewed or a free one that is taken."""
        held = self._held.get(connection)
        if held is not None and held.until - now > LEASE - RENEW:
            return True
        is_ours = held is not None and self._renew(held.number, now)
        number = held.number if held is not None and is_ours else self._take(now)
        if not number:
            self._held.pop(connection, None)
            return False
        self._held[connection] = Held(number, now + LEASE)
        return True

    def give_back(self) -> None:
        """Free what this worker holds: its connections are closed."""
        held, self._held = self._held, {}
        Line.objects.filter(number__in=[each.number for each in held.values()], node=self._node).delete()

    def take_over(self) -> None:
        """Free what a predecessor of this name held."""
        own = [each.number for each in self._held.values()]
        Line.objects.filter(node=self._node).exclude(number__in=own).delete()

    def _renew(self, number: int, now: datetime) -> bool:
        return bool(Line.objects.filter(number=number, node=self._node).update(until=now + LEASE))

    def _take(self, now: datetime) -> int:
        """The number of a free line, now ours; 0 when there is none."""
        with transaction.atomic():
            Line.objects.filter(until__lte=now).delete()
            taken = set(Line.objects.values_list("number", flat=True))
        for number in sorted(set(range(1, self._limit + 1)) - taken):
            try:
                with transaction.atomic():
                    Line.objects.create(number=number, node=self._node, until=now + LEASE)
            except IntegrityError:
                continue  # another worker was faster
            return number
        return 0
