"""How one cell of a table looks: which rule holds for its value, how deep its shade is, where its bar goes."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

from pressroom.document import ColourRule, Scale

SHADES = 8  # steps from nothing to the full shade


def matching(value: Any, rules: Sequence[ColourRule]) -> ColourRule | None:
    """The first of *rules* that holds for *value*; a NULL, and what is no number, meets only `empty`."""
    if not rules:
        return None
    known = _comparable(value)
    return next((rule for rule in rules if _holds(known, rule)), None)


def _comparable(value: Any) -> Any:
    if isinstance(value, float):
        return Decimal(repr(value)) if not math.isnan(value) else None
    return Decimal(value) if isinstance(value, int) and not isinstance(value, bool) else value


def _holds(value: Any, rule: ColourRule) -> bool:
    if value is None or rule.operator == "empty":
        return value is None and rule.operator == "empty"
    low, high = rule.low, rule.high
    if isinstance(value, datetime):
        low, high = _midnight(low), _midnight(high)
    match rule.operator:
        case "=" | "!=":
            holds = (value == low) is (rule.operator == "=")
        case "..":
            holds = low <= value <= high
        case "<" | "<=":
            holds = value < low or (rule.operator == "<=" and value == low)
        case _:
            holds = value > low or (rule.operator == ">=" and value == low)
    return bool(holds)


def _midnight(day: date | None) -> datetime | None:
    return datetime.combine(day, time.min) if day else None


def shade_of(value: Any, scale: Scale) -> int:
    """How deep the shade of *value* is, 0 to 8; none for what has no place on the scale."""
    place = _place(value, scale)
    return 0 if place is None else round(place * SHADES)


def bar_of(value: Any, scale: Scale) -> tuple[float, float] | None:
    """Where the bar of *value* begins and ends, as parts of the whole width; it begins at zero, where zero is on the scale."""
    place, zero = _place(value, scale), _place(0, scale)
    if place is None or zero is None:
        return None
    return (min(place, zero), max(place, zero))


def _place(value: Any, scale: Scale) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        return None
    number = float(value)
    if math.isnan(number) or scale.high <= scale.low:
        return None
    # Halves: the difference of two very large numbers would be infinite.
    return min(1.0, max(0.0, (number / 2 - scale.low / 2) / (scale.high / 2 - scale.low / 2)))
