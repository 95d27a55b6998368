"""How numbers, dates and money are written in the languages that reports speak, after Unicode's CLDR.

`cldr/locales.tsv` has a line for each language, and for each region what it writes otherwise; `tools/cldr_locales.py` makes it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from pressroom.phrases import phrase

FILE: Final = Path(__file__).parent / "cldr" / "locales.tsv"
SPACE: Final = "\u00a0"
ENGLISH: Final = "en"


@dataclass(frozen=True, slots=True)
class Locale:
    """One language's ways of writing, or a region's; dates are templates for `str.format`."""

    group: str
    decimal: str
    has_lakhs: bool  # 12,34,567
    least_grouped: (
        int  # digits that stand before a separator where there is only one: 2 where 1234 stands beside 12.345
    )
    percent: tuple[str, str]  # what stands before and after the figures
    money: tuple[str, str]  # the same, with `¤` for the symbol
    symbols: Mapping[str, str]  # of currencies by their codes, where they have one
    months: tuple[str, ...]
    lone_months: tuple[str, ...]  # where no day stands before them
    short_months: tuple[str, ...]
    lone_short_months: tuple[str, ...]
    weekdays: tuple[str, ...]  # from Monday
    short_weekdays: tuple[str, ...]
    quarters: tuple[str, ...]
    day: str
    day_short: str
    day_month: str
    month_of_year: str
    month_of_year_short: str
    quarter_of_year: str
    year: str
    yes: str
    no: str

    def month_name(self, month: int, *, with_day: bool = False) -> str:
        return (self.months if with_day else self.lone_months)[month - 1]

    def short_month_name(self, month: int, *, with_day: bool = False) -> str:
        return (self.short_months if with_day else self.lone_short_months)[month - 1]

    def date_text(self, day: date) -> str:
        """*day* in full, e.g. 4 July 2013."""
        return self._filled(self.day, day)

    def short_date_text(self, day: date) -> str:
        """*day* as it stands in a table, e.g. 4 Jul 2013."""
        return self._filled(self.day_short, day)

    def month_text(self, day: date) -> str:
        """The month of *day*, e.g. July 2013."""
        return self._filled(self.month_of_year, day)

    def quarter_text(self, day: date) -> str:
        """The quarter of *day*, e.g. Q3 2013."""
        return self._filled(self.quarter_of_year, day)

    def year_text(self, day: date) -> str:
        """The year of *day*, e.g. 2013."""
        return self._filled(self.year, day)

    def _filled(self, template: str, day: date) -> str:
        quarter = (day.month + 2) // 3
        return template.format(
            d=day.day, dd=f"{day:%d}", m=day.month, mm=f"{day:%m}", year=day.year, q=quarter, quarter=self.quarters[quarter - 1],
            month=self.months[day.month - 1], lone_month=self.lone_months[day.month - 1],
            short=self.short_months[day.month - 1], lone_short=self.lone_short_months[day.month - 1],
        )  # fmt: skip


@lru_cache(maxsize=64)  # asked for every cell
def find_locale(tag: str) -> Locale:
    """How to write in the language and region of the BCP 47 *tag* (`de`, `de-CH`); English when CLDR lacks it."""
    language, *others = tag.replace("_", "-").lower().split("-")
    wanted = {"-".join([language, *others[:count]]) for count in range(len(others) + 1)}
    # A script that nobody needs to name may stand between language and region.
    wanted |= {f"{language}-{other}" for other in others}
    lines = _lines(wanted | {ENGLISH})
    base = lines.get(language) or lines[ENGLISH]
    found = dict(base)
    if language in lines:
        for name in sorted(wanted - {language}, key=len):
            found |= lines.get(name, {})
    fields: dict[str, Any] = {key: tuple(value) if isinstance(value, list) else value for key, value in found.items()}
    return Locale(**fields, yes=phrase(tag, "yes"), no=phrase(tag, "no"))


def _lines(tags: set[str]) -> dict[str, dict[str, Any]]:
    """What the file says of *tags*, which are in lower case."""
    found = {}
    with FILE.open(encoding="utf-8") as file:
        for line in file:
            tag, _, own = line.partition("\t")
            if tag.lower() in tags:
                found[tag.lower()] = json.loads(own)
    return found


def tags() -> list[str]:
    """The languages and regions that are known."""
    with FILE.open(encoding="utf-8") as file:
        return [line.partition("\t")[0] for line in file]


def languages() -> list[str]:
    """The languages that are known, each by its shortest tag."""
    return [tag for tag in tags() if "-" not in tag]
