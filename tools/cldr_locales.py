"""Put how languages write numbers, dates and money beside the code that reads it, from Unicode's CLDR.

    npm pack cldr-core@48.2.0 cldr-dates-full@48.2.0 cldr-numbers-full@48.2.0
    python -m tools.cldr_locales FOLDER

FOLDER holds the three archives. Users never run this: its output is committed, a line for each language and each region that
differs from its language. Digits are the Latin ones everywhere.
"""

from __future__ import annotations

import hashlib
import json
import re
import sys
import tarfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final

FOLDER: Final = Path(__file__).resolve().parent.parent / "src" / "pressroom" / "cldr"
VERSION: Final = "48.2.0"
SHA256: Final = {
    "core": "5310e0c7a06c1feb83dc8e54c8584bbe0b9c2ea8320172a18d541986b124585d",
    "dates-full": "0256f1cefeca14f7d515be4872dda48fcdd7e75381430f25aafd0143eae5b430",
    "numbers-full": "2d17a1453c559a62112caeed52e0bcfe3cb8539c99d239ae7b7ed4d0827679d9",
}
# A report in plain English is read in many countries: the currencies of CLDR's English, the dates of its world English.
WORLD_DATES: Final = (
    "day",
    "day_short",
    "day_month",
    "month_of_year",
    "month_of_year_short",
    "quarter_of_year",
    "year",
)
DAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
PLACES: Final = {
    "d": "{d}", "dd": "{dd}", "M": "{m}", "MM": "{mm}", "L": "{m}", "LL": "{mm}", "MMM": "{short}", "MMMM": "{month}",
    "LLL": "{lone_short}", "LLLL": "{lone_month}", "y": "{year}", "Y": "{year}", "G": "", "Q": "{q}", "QQQ": "{quarter}", "QQQQ": "{quarter}",
}  # fmt: skip
PIECE: Final = re.compile(r"'((?:[^']|'')*)'|([A-Za-z])\2*|[^A-Za-z']+")
LEVEL: Final = "modern"


def template(pattern: str) -> str:
    """CLDR's date *pattern* (UTS 35) with a named place for each of its fields."""
    pieces = []
    for match in PIECE.finditer(pattern):
        if match[2]:
            pieces.append(PLACES[match[0]])
        else:
            literal = match[0] if match[1] is None else match[1].replace("''", "'") or "'"
            pieces.append(literal.replace("{", "{{").replace("}", "}}"))
    return re.sub(" +", " ", "".join(pieces)).strip()  # the era leaves a gap


def numbers_of(numbers: Mapping[str, Any], currencies: Mapping[str, Any]) -> dict[str, Any]:
    """Separators, and where signs of percent and money stand."""
    symbols = numbers["symbols-numberSystem-latn"]
    decimals = numbers["decimalFormats-numberSystem-latn"]["standard"].partition(";")[0]
    groups = [len(group) for group in decimals.partition(".")[0].split(",")[1:]]
    percent = numbers["percentFormats-numberSystem-latn"]["standard"].partition(";")[0]
    money = numbers["currencyFormats-numberSystem-latn"]["standard"].partition(";")[0]
    return {
        "decimal": symbols["decimal"],
        "group": symbols["group"],
        "has_lakhs": groups == [2, 3],
        "least_grouped": int(numbers["minimumGroupingDigits"]),
        "percent": _sides(percent, "%"),
        "money": _sides(money, "¤"),
        "symbols": {
            code: one["symbol"]
            for code, one in sorted(currencies.items())
            if one.get("symbol", code) != code and code != "XXX" and any(map(str.isprintable, one["symbol"]))
        },
    }


def _sides(pattern: str, sign: str) -> list[str]:
    """What stands before and after the figures of *pattern*: one of them holds its *sign*."""
    before, _, after = re.sub(r"[#0][#0,.]*", "\0", pattern, count=1).partition("\0")
    sides = [re.sub("[\u200e\u200f\u061c]", "", side) for side in (before, after)]
    assert sum(sign in side for side in sides) == 1, pattern
    return sides


def dates_of(calendar: Mapping[str, Any]) -> dict[str, Any]:
    """Names of months, days and quarters, and the order of a date."""
    months, days, quarters = calendar["months"], calendar["days"], calendar["quarters"]
    formats = calendar["dateTimeFormats"]["availableFormats"]

    def named(names: Mapping[str, str], keys: Iterator[Any]) -> list[str]:
        return [names[str(key)] for key in keys]

    return {
        "months": named(months["format"]["wide"], iter(range(1, 13))),
        "lone_months": named(months["stand-alone"]["wide"], iter(range(1, 13))),
        "short_months": named(months["format"]["abbreviated"], iter(range(1, 13))),
        "lone_short_months": named(months["stand-alone"]["abbreviated"], iter(range(1, 13))),
        "weekdays": named(days["stand-alone"]["wide"], iter(DAYS)),
        "short_weekdays": named(days["stand-alone"]["abbreviated"], iter(DAYS)),
        "quarters": named(quarters["format"]["abbreviated"], iter(range(1, 5))),
        "day": template(calendar["dateFormats"]["long"]),
        "day_short": template(formats["yMMMd"]),
        "day_month": template(formats["MMMd"]),
        "month_of_year": template(formats["yMMMM"]),
        "month_of_year_short": template(formats["yMMM"]),
        "quarter_of_year": template(formats["yQQQ"]),
        "year": template(formats["y"]),
    }


class Archives:
    """The packages of CLDR as JSON."""

    def __init__(self, folder: Path) -> None:
        self._packages = {
            name: self._open(folder / f"cldr-{name}-{VERSION}.tgz", digest) for name, digest in SHA256.items()
        }

    def _open(self, archive: Path, known: str) -> tarfile.TarFile:
        digest = hashlib.sha256(archive.read_bytes()).hexdigest()
        if digest != known:
            raise SystemExit(
                f"{archive.name} has the SHA-256 {digest}, and {known} is known. Look at it, then write it here."
            )
        return tarfile.open(archive)

    def text(self, package: str, path: str) -> str:
        file = self._packages[package].extractfile(f"package/{path}")
        assert file, path
        return file.read().decode()

    def json(self, package: str, path: str) -> Any:
        return json.loads(self.text(package, path))

    def locale(self, tag: str) -> dict[str, Any]:
        """All that is taken of the locale *tag*."""

        def main(package: str, file: str) -> Any:
            return self.json(package, f"main/{tag}/{file}.json")["main"][tag]

        numbers = main("numbers-full", "numbers")["numbers"]
        currencies = main("numbers-full", "currencies")["numbers"]["currencies"]
        calendar = main("dates-full", "ca-gregorian")["dates"]["calendars"]["gregorian"]
        return numbers_of(numbers, currencies) | dates_of(calendar)


def tags(archives: Archives) -> dict[str, str]:
    """The tags that a report may name, each with the locale of CLDR that it means; languages before their regions."""
    levels = archives.json("core", "coverageLevels.json")["effectiveCoverageLevels"]
    likely = archives.json("core", "supplemental/likelySubtags.json")["supplemental"]["likelySubtags"]
    available = archives.json("core", "availableLocales.json")["availableLocales"]["full"]
    usual = {tag: tag.rpartition("-")[0] for tag in archives.json("core", "defaultContent.json")["defaultContent"]}
    found = {"en-US": "en"}
    for tag in sorted({*available, *usual}):
        language, *rest = tag.split("-")
        if language == "und" or (levels.get(language) != LEVEL and language != "nb"):
            continue
        if tag in available:
            found[tag] = tag
        # zh-TW stands for zh-Hant-TW, since Taiwan writes that, and has what zh-Hant has.
        if len(rest) == 2 and likely.get(f"{language}-{rest[1]}", "").split("-")[1:2] == rest[:1]:
            found[f"{language}-{rest[1]}"] = usual.get(tag, tag)
    return dict(sorted(found.items(), key=lambda item: (item[0].count("-"), item[0])))


def lines(archives: Archives) -> Iterator[tuple[str, dict[str, Any]]]:
    """A tag and what it has, for a region only what is not as in its language (or in its language and script)."""
    known: dict[str, dict[str, Any]] = {}
    for tag, locale in tags(archives).items():
        whole = archives.locale(locale)
        if tag == "en":
            world = archives.locale("en-001")
            whole |= {key: world[key] for key in WORLD_DATES}
        known[tag] = whole
        above = tag.rpartition("-")[0]
        base = known.get(above) or known.get(tag.partition("-")[0]) if above else None
        own = whole if base is None else {key: value for key, value in whole.items() if base[key] != value}
        if own:
            yield tag, own


def main(folder: Path, write: Callable[[str], object] = print) -> None:
    archives = Archives(folder)
    FOLDER.mkdir(exist_ok=True)
    found = [f"{tag}\t{json.dumps(own, ensure_ascii=False, separators=(',', ':'))}\n" for tag, own in lines(archives)]
    (FOLDER / "locales.tsv").write_text("".join(found), encoding="utf-8")
    (FOLDER / "LICENSE.txt").write_text(archives.text("numbers-full", "LICENSE"), encoding="utf-8")
    write(f"{len(found)} locales of CLDR {VERSION}")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
