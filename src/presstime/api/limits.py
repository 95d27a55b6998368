"""How many requests a caller may make, so that one script cannot keep the others waiting."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from django.http import HttpRequest
from ninja.throttling import BaseThrottle

WINDOW_SECONDS = 60.0
MOST_CALLERS = 10_000
UNCOUNTED: Final = "is_uncounted"  # set on a request by the guard of what is open to everybody


@dataclass(slots=True)
class _Count:
    window: int
    now: int = 0
    before: int = 0


class CallerLimit(BaseThrottle):
    """At most *per_minute* requests of one user within any minute, in each process that serves; 0 sets no limit.

    A sliding window: what was asked in the minute before counts by the share of it that is still within the last 60 s.
    What is open to everybody, such as health, is not counted: it costs next to nothing.
    """

    def __init__(self, per_minute: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._limit = per_minute
        self._clock = clock
        self._counts: dict[object, _Count] = {}
        self._lock = threading.Lock()

    def allow_request(self, request: HttpRequest) -> bool:
        if not self._limit or getattr(request, UNCOUNTED, False) or not request.user.is_authenticated:
            return True
        caller = request.user.pk
        window, share = divmod(self._clock(), WINDOW_SECONDS)
        with self._lock:
            count = self._count_of(caller, int(window))
            if count.now + count.before * (1 - share / WINDOW_SECONDS) >= self._limit:
                return False
            count.now += 1
            return True

    def wait(self) -> float:
        """Seconds after which another try makes sense, for Retry-After."""
        return WINDOW_SECONDS / 10

    def _count_of(self, caller: object, window: int) -> _Count:
        if len(self._counts) > MOST_CALLERS:
            self._counts = {key: count for key, count in self._counts.items() if count.window >= window - 1}
        count = self._counts.setdefault(caller, _Count(window))
        if count.window != window:
            count.before = count.now if count.window == window - 1 else 0
            count.window, count.now = window, 0
        return count
