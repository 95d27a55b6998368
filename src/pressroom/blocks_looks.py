"""How the cells of a column are set off, read and checked: conditional colour, shades, bars and widths."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final

from yaml.nodes import MappingNode, ScalarNode

from pressroom.document import ColourRule, Tone, Width
from pressroom.errors import Place
from pressroom.schema import Section, plain
from pressroom.wording import shown

TONES: Final = ("good", "bad", "accent", "neutral")
SHADES: Final = ("good", "bad", "accent")  # there is no shade of grey that says more than none
MARKS: Final[Mapping[str, str]] = {"up": "▲", "down": "▼", "dot": "●", "none": ""}
RULE_KEYS: Final = ("when", "tone", "mark")
HEAT_KEYS: Final = ("low", "high", "tone")
BAR_KEYS: Final = ("min", "max", "tone")
ALLOWED_CONDITIONS: Final = '"< 0", ">= 90%", "10..20", "= cancelled", "!= 0", ">= 2013-07-01", empty'
MAX_RULES: Final = 20

_CONDITION = re.compile(r"(<=|>=|!=|<|>|=)\s*(.+)", re.DOTALL)
_NUMBER = re.compile(r"([+-]?\d{1,40}(?:\.\d{1,40})?)\s*(%?)")
_WIDTH = re.compile(r"(\d{1,4}(?:\.\d{1,2})?)\s*(%|pt|ch|)")
_WIDEST: Final = {"%": 100, "pt": 2000, "ch": 250}


@dataclass(frozen=True, slots=True)
class RuleSpec:
    """A rule and where it stands: whether it fits its column is known when the query has run."""

    rule: ColourRule
    place: Place


@dataclass(frozen=True, slots=True)
class ScaleSpec:
    """The ends of a shade or a bar; an end that the author leaves open is that of the column's values."""

    low: Decimal | None
    high: Decimal | None
    tone: Tone
    place: Place


def read_rules(section: Section) -> tuple[RuleSpec, ...]:
    """`color: {when: "< 0", tone: bad}`, or a list of these."""
    if not section.has("color"):
        return ()
    if isinstance(section.entries["color"], MappingNode):
        one = section.section("color", RULE_KEYS, f"the color of {section.what}")
        found = [one] if one else []
    else:
        found = section.sections("color", RULE_KEYS, "rule")
    if len(found) > MAX_RULES:
        section.wrong("color", f"at most {MAX_RULES} rules")
    rules = [_read_rule(rule) for rule in found[:MAX_RULES]]
    return tuple(rule for rule in rules if rule is not None)


def _read_rule(section: Section) -> RuleSpec | None:
    text = section.text("when", required='"< 0"')
    tone = section.one_of("tone", TONES, required="bad")
    mark = section.one_of("mark", list(MARKS))
    if not text or not tone:
        return None
    try:
        operator, low, high = read_condition(text)
    except ValueError as error:
        section.problems.add(section.line_of("when"), f"{shown(text)} is no condition: {error}", _remedy())
        return None
    sign = MARKS[mark] if mark else usual_mark(operator, low)
    return RuleSpec(ColourRule(operator, low, high, Tone(tone), sign), section.problems.place(section.line_of("when")))


def _remedy() -> str:
    return f"Allowed, in quotes: {ALLOWED_CONDITIONS}."


def read_condition(text: str) -> tuple[str, Any, Any]:
    """Operator, value and upper end of a condition; ValueError with what is wrong."""
    if text in ("empty", "null"):
        return "empty", None, None
    low, dots, high = text.partition("..")
    if dots:
        return "..", *_ends(read_operand(low.strip()), read_operand(high.strip()))
    match = _CONDITION.fullmatch(text)
    if match is None:
        operand = read_operand(text)
        if isinstance(operand, str):
            raise ValueError("it begins with none of < <= > >= = !=.")
        return "=", operand, None
    operand = read_operand(match[2].strip())
    if isinstance(operand, str) and match[1] not in ("=", "!="):
        raise ValueError(f"{match[1]} compares numbers or dates.")
    return match[1], operand, None


def _ends(low: Decimal | date | str, high: Decimal | date | str) -> tuple[Any, Any]:
    are_numbers = isinstance(low, Decimal) and isinstance(high, Decimal) and low <= high
    if are_numbers or (isinstance(low, date) and isinstance(high, date) and low <= high):
        return low, high
    raise ValueError("`..` stands between two numbers or two dates, the lower one first.")


def read_operand(text: str) -> Decimal | date | str:
    """A number, a percentage as its part of one, a date, else the text itself; ValueError for no day of the calendar."""
    if match := _NUMBER.fullmatch(text):
        return Decimal(match[1]) / 100 if match[2] else Decimal(match[1])
    if re.fullmatch(r"\d{4}-\d\d-\d\d", text):
        try:
            return date.fromisoformat(text)
        except ValueError:
            raise ValueError(f"there is no day {text}.") from None
    return text.strip("\"'")


def usual_mark(operator: str, value: Any) -> str:
    """What stands before a cell that is set off: on which side of the threshold it is.

    Above or below zero the number's own sign says it.
    """
    if operator in ("<", ">") and value == 0:
        return ""
    return MARKS["down" if "<" in operator else "up" if ">" in operator else "dot"]


# ---- scales ---------------------------------------------------------------------------------------------------------


def read_heat(section: Section) -> ScaleSpec | None:
    """`heat: true` or `heat: {low: 60%, high: 95%, tone: accent}`."""
    return _read_scale(section, "heat", HEAT_KEYS)


def read_bar(section: Section) -> ScaleSpec | None:
    """`bar: true` or `bar: {min: 0, max: 100, tone: accent}`."""
    return _read_scale(section, "bar", BAR_KEYS)


def _read_scale(section: Section, key: str, keys: tuple[str, str, str]) -> ScaleSpec | None:
    if not section.has(key):
        return None
    place = section.problems.place(section.line_of(key))
    if isinstance(section.entries[key], ScalarNode):
        return ScaleSpec(None, None, Tone.ACCENT, place) if section.boolean(key) else None
    inner = section.section(key, keys, f"the {key} of {section.what}")
    if inner is None:
        return None
    low, high = (_read_number(inner, name) for name in keys[:2])
    if low is not None and high is not None and low >= high:
        inner.wrong(keys[0], f"less than `{keys[1]}`, which is {high}")
    return ScaleSpec(low, high, Tone(inner.one_of("tone", SHADES, default="accent")), place)


def _read_number(section: Section, key: str) -> Decimal | None:
    if not section.has(key):
        return None
    value = plain(section.entries[key])
    if isinstance(value, int | Decimal) and not isinstance(value, bool):
        return Decimal(value)
    operand = read_operand(value) if isinstance(value, str) and _NUMBER.fullmatch(value) else None
    if isinstance(operand, Decimal):
        return operand
    section.wrong(key, "a number or a percentage such as 60%")
    return None


def read_width(section: Section) -> Width | None:
    """`width: 30%`, `width: 120pt` or `width: 24` (characters)."""
    text = section.text("width")
    if not text:
        return None
    match = _WIDTH.fullmatch(text)
    unit = (match[2] or "ch") if match else ""
    if match is None or not 1 <= float(match[1]) <= _WIDEST[unit]:
        section.wrong("width", "30%, 120pt, or a number of characters such as 24")
        return None
    return Width(float(match[1]), unit)
