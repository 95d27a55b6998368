"""Limits failed sign-ins, for the whole installation: the counts lie in the cache that all processes share.

An attempt takes a place before the password is looked at and gives it back when it was right. Taking a place is one
INSERT under a unique key, so that a hundred attempts at the same moment get no more places than one after another.
"""

from __future__ import annotations

import hashlib
import random
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.core.cache import cache

WINDOW = timedelta(minutes=15)
# For one name from one address: enough for a person who tries their passwords.
PLACES = 5
# From one address for any name: against one password tried on many names. An office behind one address fits in.
PLACES_OF_AN_ADDRESS = 50


@dataclass(frozen=True, slots=True)
class Attempt:
    """A place taken by an attempt to sign in; `wait` is None when it may go on, else how long there are no places."""

    keys: tuple[str, ...] = ()
    wait: timedelta | None = None


def begin(username: str, ip: str | None, now: datetime) -> Attempt:
    """Take a place for an attempt on *username* from *ip*."""
    window, passed = divmod(now.timestamp(), WINDOW.total_seconds())
    address = ip or "local"
    limits = {f"{window:.0f}|{address}|{username.casefold()}": PLACES, f"{window:.0f}|{address}": PLACES_OF_AN_ADDRESS}
    taken: list[str] = []
    for subject, places in limits.items():
        key = _take(subject, places)
        if key is None:
            cache.delete_many(taken)
            return Attempt(wait=WINDOW - timedelta(seconds=passed))
        taken.append(key)
    return Attempt(tuple(taken))


def allow(what: str, of: str, now: datetime, *, places: int) -> bool:
    """Take one of *places* that *of* has for *what* in this quarter of an hour; False when none is left."""
    window = now.timestamp() // WINDOW.total_seconds()
    return _take(f"{window:.0f}|{what}|{of}", places) is not None


def succeed(attempt: Attempt) -> None:
    """Give back the places of an attempt whose password was right."""
    cache.delete_many(attempt.keys)


def _take(subject: str, places: int) -> str | None:
    name = hashlib.sha256(subject.encode("utf-8", "surrogatepass")).hexdigest()  # keys are short and hold no names
    keys = [f"sign-in:{name}:{place}" for place in range(places)]
    free = sorted(set(keys) - set(cache.get_many(keys)))
    random.shuffle(free)  # so that attempts of the same moment seldom want the same place
    return next((key for key in free if cache.add(key, 1, timeout=WINDOW.total_seconds())), None)
