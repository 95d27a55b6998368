"""Conditional formats of a data sheet: rules, shades and data bars as Excel has them, so that they follow edited cells."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any, Final

from xlsxwriter.format import Format
from xlsxwriter.utility import xl_range
from xlsxwriter.worksheet import Worksheet

from pressroom.document import ColourRule, Column, Scale
from pressroom.formats import excel_format
from pressroom.writers import theme
from pressroom.writers.xlsx_look import Look

Span = tuple[int, int]  # first and last row, counted from 0
MOST_SPANS: Final = 400  # of one format; beyond that it holds for the subtotals between them, too


def add_marks(sheet: Worksheet, column: Column, position: int, spans: Sequence[Span], look: Look) -> None:
    """Let *column* at *position* be set off as its author wants it, in the rows of *spans*."""
    if not spans:
        return
    # A rule that holds ends all that follow it: what has none comes first.
    formats = [_shade(column.heat)] if column.heat else []
    formats += [_bar(column.bar)] if column.bar else []
    formats += _rules(column, look)
    if len(spans) > MOST_SPANS:
        spans = [(spans[0][0], spans[-1][1])]
    ranges = " ".join(xl_range(first, position, last, position) for first, last in spans)
    for options in formats:
        first, last = spans[0][0], spans[-1][1]
        sheet.conditional_format(first, position, last, position, {**options, "multi_range": ranges})


def _rules(column: Column, look: Look) -> list[dict[str, Any]]:
    """The rules in their order; the first that holds ends it. Empty cells come first: Excel takes them for zeros."""
    if not column.rules:
        return []
    empty = next((rule for rule in column.rules if rule.operator == "empty"), None)
    shown = {"format": _format(empty, column, look)} if empty else {}
    blank = {"type": "blanks", "stop_if_true": True, **shown}
    others = [rule for rule in column.rules if rule.operator != "empty"]
    return [
        blank,
        *({**_condition(rule), "stop_if_true": True, "format": _format(rule, column, look)} for rule in others),
    ]


def _condition(rule: ColourRule) -> dict[str, Any]:
    kind = "date" if isinstance(rule.low, date) else "cell"
    if rule.operator == "..":
        return {"type": kind, "criteria": "between", "minimum": _operand(rule.low), "maximum": _operand(rule.high)}
    criteria = {"=": "==", "!=": "!="}.get(rule.operator, rule.operator)
    return {"type": kind, "criteria": criteria, "value": _operand(rule.low)}


def _operand(value: Any) -> Any:
    if isinstance(value, date):
        return datetime.combine(value, time.min)
    if isinstance(value, Decimal):
        return float(value)
    quoted = str(value).replace('"', '""')
    return f'"{quoted}"'


def _format(rule: ColourRule, column: Column, look: Look) -> Format:
    own = excel_format(column.format, column.field.kind, look.locale) or "General"
    marked = ";".join(f'"{rule.mark} "{part}' for part in own.split(";")) if rule.mark else ""
    return look.rule(theme.TONES[rule.tone.value], marked)


def _shade(scale: Scale) -> dict[str, Any]:
    return {
        "type": "2_color_scale",
        "min_type": "num",
        "max_type": "num",
        "min_value": scale.low,
        "max_value": scale.high,
        "min_color": "#FFFFFF",
        "max_color": theme.SHADE_ENDS[scale.tone.value][0],
    }


def _bar(scale: Scale) -> dict[str, Any]:
    """A bar under the figure: in the light shade of its tone, on which ink reads well."""
    ends = {"min_type": "num", "max_type": "num", "min_value": scale.low, "max_value": scale.high}
    return {
        "type": "data_bar",
        "data_bar_2010": True,
        "bar_solid": True,
        "bar_color": theme.SHADE_ENDS[scale.tone.value][0],
        "bar_negative_color": theme.FAINT,
        **(ends if scale.low < scale.high else {}),
    }
