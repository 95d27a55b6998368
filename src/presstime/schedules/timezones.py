"""Time zones: IANA names, the nearest right one for a wrong one, legacy names in their present form. Pure."""

from __future__ import annotations

import difflib
import zoneinfo
from functools import cache
from importlib.resources import files

_NOT_FOR_PEOPLE = frozenset({"Factory", "localtime", "posixrules"})


class ZoneError(ValueError):
    """There is no such zone; the message names the nearest right one."""


def canonical_zone(name: str) -> str:
    """*name* as it is written today (`US/Eastern` is `America/New_York`); ZoneError when there is no such zone."""
    name = name.strip()
    known = names()
    if name in known:
        return _legacy().get(name, name)
    by_lower = {zone.lower(): zone for zone in known}
    same = by_lower.get(name.lower().replace(" ", "_"))
    near = same or _nearest(name, by_lower)
    hint = f"Did you mean {near}?" if near else "Write an IANA name such as Europe/Berlin, America/New_York or UTC."
    raise ZoneError(f'"{name}" is not a time zone. {hint}')


@cache
def names() -> frozenset[str]:
    """Every IANA name that a schedule may use."""
    return frozenset(zoneinfo.available_timezones() - _NOT_FOR_PEOPLE)


def _nearest(name: str, by_lower: dict[str, str]) -> str:
    """The zone of which *name* is the city or a misspelling; empty when none is near."""
    wanted = name.lower().replace(" ", "_")
    cities = {zone.rpartition("/")[2]: zone for zone in sorted(by_lower) if by_lower[zone] in _places()}
    if wanted in cities:
        return by_lower[cities[wanted]]
    found = difflib.get_close_matches(wanted, by_lower, n=1, cutoff=0.75)
    if found:
        return _legacy().get(by_lower[found[0]], by_lower[found[0]])
    city = difflib.get_close_matches(wanted.rpartition("/")[2], cities, n=1, cutoff=0.8)
    return by_lower[cities[city[0]]] if city else ""


@cache
def _places() -> frozenset[str]:
    """The zones that the database lists for a country: names that people are meant to choose."""
    lines = (files("tzdata") / "zoneinfo" / "zone.tab").read_text(encoding="utf-8").splitlines()
    return frozenset(line.split("\t")[2] for line in lines if line and not line.startswith("#"))


@cache
def _legacy() -> dict[str, str]:
    """Names that only exist for old files, and today's name of each.

    A link between two places (Europe/Amsterdam, Europe/Brussels) is no such case: both are in use. Abbreviations (EST,
    NZ) stay what they are, since the place that stands behind them would surprise.
    """
    lines = (files("tzdata") / "zoneinfo" / "tzdata.zi").read_text(encoding="utf-8").splitlines()
    links = {line.split()[2]: line.split()[1] for line in lines if line.startswith("L ")}
    old = {name: target for name, target in links.items() if name not in _places() and not name.isupper()}
    return {name: target for name, target in old.items() if target in _places()}
