"""Writing values for readers: one grammar of formats for prose, tiles, tables and the workbook.

number, number(1)      grouped; whole numbers without decimals, others with two or as many as asked for
integer                grouped, rounded
percent, percent(0)    0.813 is 81.3%
money(EUR), money(EUR, 0)
bytes, duration        1.2 MB; 1 h 23 min (from seconds)
date, datetime, time, month
%d %b %Y               a date pattern, month and day names in the report's language
0, 0.0, #,##0.00, +0.0%    a number pattern as in a workbook
text                   as it is
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import ROUND_HALF_UP, Context, Decimal, InvalidOperation
from functools import lru_cache
from typing import Any, Final

from pressroom.document import Kind
from pressroom.locales import SPACE, Locale, find_locale
from pressroom.wording import suggest

NOTHING: Final = "\u2013"  # an en dash
MINUS: Final = "\u2212"  # as wide as the plus, which keeps columns of numbers straight
NAMES: Final = (
    "number",
    "integer",
    "percent",
    "money(EUR)",
    "bytes",
    "duration",
    "date",
    "datetime",
    "time",
    "month",
    "text",
)
MAX_DECIMALS = 12

_CALL = re.compile(r"(?P<name>[a-z]+)(?:\((?P<arguments>[^()]*)\))?")
_PATTERN = re.compile(r"(?P<plus>\+?)(?P<whole>#,##0|0)(?:\.(?P<decimals>0{1,12}))?(?P<percent>%?)")
_DATE_DIRECTIVES: Final = "dmyYbBaAHIMSpjVGu%"
_DATE_DIRECTIVE = re.compile(r"%(-?)(.?)")
_WITHOUT_CENTS: Final = frozenset({"JPY", "KRW", "CLP", "ISK", "VND"})
_EXACT = Context(prec=80, rounding=ROUND_HALF_UP)


@dataclass(frozen=True, slots=True)
class Format:
    """A format that was read: its name, how many decimals, and what else its name needs."""

    name: str
    decimals: int | None = None
    currency: str = ""
    pattern: str = ""
    group: bool = True
    plus: bool = False

    @property
    def is_date(self) -> bool:
        return self.name in ("date", "datetime", "time", "month", "date pattern")

    @property
    def is_number(self) -> bool:
        return self.name in ("number", "integer", "percent", "money", "bytes", "duration", "pattern")


@lru_cache(maxsize=512)
def read_format(text: str) -> Format:
    """The format that *text* names; ValueError with what is allowed."""
    if "%" in text and not _PATTERN.fullmatch(text):
        return _read_date_pattern(text)
    if match := _PATTERN.fullmatch(text):
        return _read_number_pattern(match)
    match = _CALL.fullmatch(text)
    if match is None or match["name"] not in _READERS:
        raise ValueError(suggest(text, (*NAMES, "0.0", "#,##0.00", "%d %b %Y")))
    arguments = [part.strip() for part in match["arguments"].split(",")] if match["arguments"] else []
    return _READERS[match["name"]](match["name"], arguments)


def _read_number_pattern(match: re.Match[str]) -> Format:
    decimals = len(match["decimals"] or "")
    name = "percent" if match["percent"] else "pattern"
    return Format(name, decimals, group=match["whole"] != "0", plus=bool(match["plus"]))


def _read_date_pattern(text: str) -> Format:
    for _, letter in _DATE_DIRECTIVE.findall(text):
        if not letter or letter not in _DATE_DIRECTIVES:
            raise ValueError(
                f"%{letter} is not known in a date pattern. Allowed: {' '.join('%' + c for c in _DATE_DIRECTIVES)}."
            )
    return Format("date pattern", pattern=text)


def _read_with_decimals(name: str, arguments: list[str]) -> Format:
    if len(arguments) > 1:
        raise ValueError(f"{name} takes one number of decimals, e.g. {name}(1).")
    return Format(name, _read_decimals(arguments[0], name) if arguments else None)


def _read_money(name: str, arguments: list[str]) -> Format:
    currency = arguments[0].strip("\"'") if arguments else ""
    if not re.fullmatch(r"[A-Z]{3}", currency) or len(arguments) > 2:
        raise ValueError(
            "money takes a currency of three capital letters (ISO 4217), e.g. money(EUR) or money(EUR, 0)."
        )
    usual = 0 if currency in _WITHOUT_CENTS else 2
    return Format(name, _read_decimals(arguments[1], name) if len(arguments) > 1 else usual, currency)


def _read_plain(name: str, arguments: list[str]) -> Format:
    if arguments:
        raise ValueError(f"{name} takes nothing in brackets.")
    return Format(name)


def _read_decimals(text: str, name: str) -> int:
    if not re.fullmatch(r"\d{1,2}", text) or int(text) > MAX_DECIMALS:
        raise ValueError(f"{name} takes a number of decimals from 0 to {MAX_DECIMALS}.")
    return int(text)


_READERS: Final[dict[str, Callable[[str, list[str]], Format]]] = {
    "number": _read_with_decimals,
    "percent": _read_with_decimals,
    "money": _read_money,
    **dict.fromkeys(("integer", "bytes", "duration", "date", "datetime", "time", "month", "text"), _read_plain),
}


# ---- values ---------------------------------------------------------------------------------------------------------


def kind_of(value: Any) -> Kind:
    """The kind of a Python value."""
    for kind, types in _KINDS:
        if isinstance(value, types):
            return kind
    return Kind.TEXT


# bool before int and datetime before date: each is a subclass of the other.
_KINDS: Final[tuple[tuple[Kind, type], ...]] = (
    (Kind.BOOLEAN, bool),
    (Kind.INTEGER, int),
    (Kind.DECIMAL, Decimal),
    (Kind.FLOAT, float),
    (Kind.TIMESTAMP, datetime),
    (Kind.DATE, date),
    (Kind.TIME, time),
)


def format_value(value: Any, kind: Kind, format: str = "", locale: str = "en") -> str:  # noqa: A002 - the word of the report file
    """*value* as a reader is shown it; a NULL is a dash, and so is what is not a number.

    A format that does not fit the value (a date pattern for a text) shows the value in its own way: a report is not lost
    over a cell. ValueError when *format* is no format at all.
    """
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return NOTHING
    if isinstance(value, str) and not format:  # most cells of most tables
        return value
    language = find_locale(locale)
    wanted = read_format(format) if format else Format("")
    if isinstance(value, timedelta):
        value, wanted = value.total_seconds(), Format("duration") if not wanted.is_number else wanted
    if wanted.is_date and isinstance(value, date | time):
        return _write_date(value, wanted, language)
    if wanted.is_number and isinstance(value, int | float | Decimal) and not isinstance(value, bool):
        return _write_number(value, kind, wanted, language)
    return str(value) if wanted.name == "text" else _write_plainly(value, kind, language)


def _write_plainly(value: Any, kind: Kind, language: Locale) -> str:
    if isinstance(value, bool):
        return language.yes if value else language.no
    if isinstance(value, int | float | Decimal):
        return _write_number(value, kind, Format("number", _own_decimals(value)), language)
    if isinstance(value, datetime):
        return _write_date(value, Format("datetime"), language)
    if isinstance(value, date | time):
        return _write_date(value, Format("date" if isinstance(value, date) else "time"), language)
    return str(value)


def _own_decimals(value: float | Decimal) -> int | None:
    if isinstance(value, Decimal) and value.is_finite():
        return min(MAX_DECIMALS, max(0, -int(value.as_tuple().exponent)))
    return None


def _write_number(value: float | Decimal, kind: Kind, wanted: Format, language: Locale) -> str:
    exact = Decimal(repr(value)) if isinstance(value, float) else Decimal(value)
    if not exact.is_finite():
        return NOTHING if exact.is_nan() else ("∞" if exact > 0 else MINUS + "∞")
    if wanted.name == "percent":
        digits = write_digits(
            _EXACT.multiply(exact, 100), 1 if wanted.decimals is None else wanted.decimals, language, plus=wanted.plus
        )
        return percent_text(digits, language)
    if wanted.name == "money":
        return _write_money(exact, wanted, language)
    if wanted.name in ("bytes", "duration"):
        return _write_bytes(exact, language) if wanted.name == "bytes" else _write_duration(exact)
    return write_digits(exact, _decimals(exact, kind, wanted), language, group=wanted.group, plus=wanted.plus)


def _decimals(value: Decimal, kind: Kind, wanted: Format) -> int:
    if wanted.decimals is not None:
        return wanted.decimals
    whole = wanted.name == "integer" or kind is Kind.INTEGER
    return 0 if whole or value.as_tuple().exponent == 0 else 2


def write_digits(value: Decimal, decimals: int, locale: Locale, *, group: bool = True, plus: bool = False) -> str:
    """*value* rounded half up to *decimals*, with the separators of *locale* and a real minus sign."""
    try:
        rounded = value.quantize(Decimal(1).scaleb(-decimals), context=_EXACT)
    except InvalidOperation:  # more digits than anybody reads
        return f"{value:.6e}"
    sign = MINUS if rounded < 0 else ("+" if plus and rounded > 0 else "")
    is_grouped = group and abs(rounded) >= 10 ** (locale.least_grouped + 2)
    # Not `abs`: it would round to 28 digits.
    digits = f"{rounded.copy_abs():{',' if is_grouped else ''}.{decimals}f}"
    if is_grouped and locale.has_lakhs:
        digits = _in_lakhs(digits)
    return sign + digits.translate({ord(","): locale.group, ord("."): locale.decimal})


def _in_lakhs(digits: str) -> str:
    """*digits* in groups of two above the thousands, as India writes them."""
    whole, point, rest = digits.replace(",", "").partition(".")
    high, low = whole[:-3], whole[-3:]
    return re.sub(r"(?<=\d)(?=(\d\d)+$)", ",", high) + ("," if high else "") + low + point + rest


def _write_money(value: Decimal, wanted: Format, language: Locale) -> str:
    digits = write_digits(value.copy_abs(), wanted.decimals or 0, language)
    is_negative = value < 0 and any(character in "123456789" for character in digits)
    before, after = money_sides(wanted.currency, language)
    return f"{MINUS if is_negative else ''}{before}{digits}{after}"


def money_sides(currency: str, language: Locale) -> tuple[str, str]:
    """What stands before and after the figures of an amount in *currency*."""
    symbol = language.symbols.get(currency, currency)
    before, after = (side.replace("¤", symbol) for side in language.money)
    # Letters keep their distance from figures.
    return before + (SPACE if before and before[-1].isalpha() else ""), after


def percent_text(digits: str, language: Locale) -> str:
    """*digits*, which may have a sign, as a percentage."""
    before, after = language.percent
    sign = digits[:1] if before and digits[:1] in (MINUS, "+") else ""
    return sign + before + digits.removeprefix(sign) + after


def _write_bytes(value: Decimal, language: Locale) -> str:
    size, unit = value, 0
    units = ("B", "kB", "MB", "GB", "TB", "PB")
    while abs(size) >= 1000 and unit < len(units) - 1:
        size, unit = size / 1000, unit + 1
    return write_digits(size, 0 if unit == 0 else 1, language) + SPACE + units[unit]


def _write_duration(value: Decimal) -> str:
    seconds = int(abs(value).quantize(Decimal(1), context=_EXACT)) if abs(value) >= 1 else 0
    days, rest = divmod(seconds, 86_400)
    hours, rest = divmod(rest, 3_600)
    minutes, rest = divmod(rest, 60)
    parts = [
        f"{count}{SPACE}{unit}" for count, unit in ((days, "d"), (hours, "h"), (minutes, "min"), (rest, "s")) if count
    ]
    return (MINUS if value <= -1 else "") + " ".join(parts[:2] or [f"0{SPACE}s"])


def _write_date(value: date | time, wanted: Format, language: Locale) -> str:
    if wanted.pattern:
        return _fill_date_pattern(value, wanted.pattern, language)
    clock = f"{value:%H:%M}" if isinstance(value, datetime | time) else ""
    if isinstance(value, time) or wanted.name == "time":
        return clock or NOTHING
    if wanted.name == "month":
        return language.month_text(value)
    day = language.short_date_text(value)
    return f"{day} {clock}" if wanted.name == "datetime" and clock else day


def _fill_date_pattern(value: date | time, pattern: str, language: Locale) -> str:
    with_day = "%d" in pattern or "%-d" in pattern

    def fill(match: re.Match[str]) -> str:
        if isinstance(value, date) and match[2] in "bBaA":
            return _name_of(value, match[2], language, with_day=with_day)
        text = value.strftime(f"%{match[2]}")
        return (text.lstrip("0") or "0") if match[1] else text

    return _DATE_DIRECTIVE.sub(fill, pattern)


def _name_of(day: date, letter: str, language: Locale, *, with_day: bool) -> str:
    if letter == "B":
        return language.month_name(day.month, with_day=with_day)
    if letter == "b":
        return language.short_months[day.month - 1]
    return (language.weekdays if letter == "A" else language.short_weekdays)[day.weekday()]


# ---- workbook -------------------------------------------------------------------------------------------------------

_EXCEL_DATES: Final = {
    "d": "dd", "m": "mm", "y": "yy", "Y": "yyyy", "b": "mmm", "B": "mmmm", "a": "ddd", "A": "dddd",
    "H": "hh", "I": "hh", "M": "mm", "S": "ss", "p": "AM/PM",
}  # fmt: skip
_EXCEL_KINDS: Final = {
    Kind.INTEGER: "#,##0", Kind.DECIMAL: "#,##0.00", Kind.FLOAT: "#,##0.00", Kind.DATE: "yyyy-mm-dd",
    Kind.TIMESTAMP: "yyyy-mm-dd hh:mm", Kind.TIME: "hh:mm",
}  # fmt: skip


def excel_format(format: str, kind: Kind, locale: str = "en") -> str:  # noqa: A002 - as above
    """The workbook's number format (ECMA-376 18.8.31) for *format*; "" is General. The value itself stays as it is.

    It says where a currency stands; separators are those of whoever opens the workbook.
    """
    wanted = read_format(format) if format else Format("")
    if wanted.is_date and kind in (Kind.DATE, Kind.TIMESTAMP, Kind.TIME):
        return _excel_date(wanted, kind)
    if wanted.is_number and kind.is_number:
        return _excel_number(wanted, kind, find_locale(locale))
    return "@" if wanted.name == "text" and kind is Kind.TEXT else _EXCEL_KINDS.get(kind, "")


def _excel_number(wanted: Format, kind: Kind, language: Locale) -> str:
    if wanted.name in ("bytes", "duration"):
        return "#,##0"
    usual = {"percent": 1, "integer": 0}.get(wanted.name, 0 if kind is Kind.INTEGER else 2)
    decimals = usual if wanted.decimals is None else wanted.decimals
    whole = "#,##0" if wanted.group else "0"
    digits = whole + ("." + "0" * decimals if decimals else "") + ("%" if wanted.name == "percent" else "")
    if wanted.name == "money":
        before, after = (f'"{side}"' if side else "" for side in money_sides(wanted.currency, language))
        return before + digits + after
    return f"+{digits};-{digits};{digits}" if wanted.plus else digits


def _excel_date(wanted: Format, kind: Kind) -> str:
    named = {"date": "yyyy-mm-dd", "datetime": "yyyy-mm-dd hh:mm", "time": "hh:mm", "month": "mmm yyyy"}
    if not wanted.pattern:
        return "hh:mm" if kind is Kind.TIME else named[wanted.name]
    parts = re.split(r"%-?(.)", wanted.pattern)
    texts = [
        f'"{text}"' if re.search(r"[A-Za-z]", text) else re.sub(r"([^\w/:,.\- ])", r"\\\1", text) for text in parts[::2]
    ]
    codes = [_EXCEL_DATES.get(letter, "") for letter in parts[1::2]]
    return "".join(text + code for text, code in zip(texts, [*codes, ""], strict=True))
