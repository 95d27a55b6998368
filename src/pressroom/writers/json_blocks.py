"""The blocks of a document as JSON: what it says, its figures with their comparisons, its totals and its notes."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any, Final

from pressroom.document import (
    Block,
    Chart,
    Column,
    Document,
    Heading,
    Image,
    Kpis,
    Notice,
    Paragraph,
    Quote,
    Results,
    Table,
    TextList,
    Tile,
)
from pressroom.writers.shown import text_of

EXACT_INTEGERS: Final = 2**53  # whole numbers up to here survive a reader that keeps numbers as double


def values(document: Document, results: Results) -> list[dict[str, Any]]:
    """The blocks of *document* in reading order, those beside each other one after the other; looks are left out."""
    return list(_values(document, results))


def _values(document: Document, results: Results) -> Iterator[dict[str, Any]]:
    for block in document.leaves():
        value = _value(block, results)
        if value:
            yield value


def _value(block: Block, results: Results) -> dict[str, Any]:
    match block:
        case Heading():
            value: dict[str, Any] = {"kind": "heading", "level": block.level, "text": text_of(block.spans)}
        case Paragraph():
            value = {"kind": "paragraph", "text": text_of(block.spans)}
        case Quote():
            value = {"kind": "quote", "text": text_of(block.spans)}
        case TextList():
            items = [{"level": item.level, "text": text_of(item.spans)} for item in block.items]
            value = {"kind": "list", "ordered": block.ordered, "items": items}
        case Notice():
            value = {"kind": "notice", "text": block.text}
        case Kpis():
            value = {"kind": "kpi", "tiles": [_tile(tile) for tile in block.tiles]}
        case Chart():
            value = {"kind": "chart", "title": block.title, "query": block.data, "alt": block.alt, "note": block.note}
        case Table():
            value = _table(block, results)
        case Image():
            value = {"kind": "image", "alt": block.alt, "caption": block.caption}
        case _:  # a rule, a page break
            value = {}
    return value


def _tile(tile: Tile) -> dict[str, Any]:
    return {
        "label": tile.label,
        "value": plain(tile.value),
        "text": tile.text,
        "delta": tile.delta,
        "tone": tile.delta_tone.value,
        "caption": tile.caption,
        "previous": plain(tile.previous),
        "target": {"value": plain(tile.target.value), "text": tile.target.text} if tile.target else None,
    }


def _table(table: Table, results: Results) -> dict[str, Any]:
    return {
        "kind": "table",
        "title": table.title,
        "query": table.data,
        "groups": [column.field.name for column in table.groups],
        "columns": [_column(column) for column in table.columns],
        "subtotals": list(_subtotals(table, results)),
        "note": table.note,
    }


def _subtotals(table: Table, results: Results) -> Iterator[dict[str, Any]]:
    """The totals of each group, level by level; the key has the values of the columns in `groups`."""
    totals = [(column.total, column.field.name) for column in table.columns if column.total]
    by = [column.field.name for column in table.groups]
    for level in range(len(by) if totals else 0):
        for found in results.subtotals(table.data, by[: level + 1], totals):
            values = {name: plain(value) for (_, name), value in zip(totals, found.values, strict=True)}
            yield {"key": plain(found.key), "rows": found.rows, "totals": values}


def _column(column: Column) -> dict[str, Any]:
    value: dict[str, Any] = {"name": column.field.name, "label": column.label, "format": column.format}
    if column.heading:
        value["heading"] = column.heading
    if column.total:
        total = {"of": column.total.value, "value": plain(column.total_value), "text": column.total_text}
        value["total"] = total
    return value


def plain(value: Any) -> Any:
    """*value* as JSON has it: exact as far as its numbers go, text where a reader would round it."""
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if value is None or isinstance(value, bool | str):
        return value
    if isinstance(value, Decimal):
        return (
            _number(int(value) if value == value.to_integral_value() else float(value)) if value.is_finite() else None
        )
    if isinstance(value, int | float):
        return _number(value)
    return value.isoformat() if isinstance(value, datetime | date | time) else str(value)


def _number(value: float) -> Any:
    if isinstance(value, int):
        return value if abs(value) <= EXACT_INTEGERS else str(value)
    return value if math.isfinite(value) else None
