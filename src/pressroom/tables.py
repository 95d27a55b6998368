"""Tables: columns with their formats, totals and looks, and the columns by which rows are grouped."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Final

from pressroom.blocks_looks import RuleSpec, ScaleSpec
from pressroom.blocks_tables import ColumnSpec, TableSpec, label_from
from pressroom.document import ColourRule, Column, Field, Kind, Results, Scale, Table, Total
from pressroom.errors import LayoutError, Place
from pressroom.formats import format_value
from pressroom.lookup import count_text, cut_note, find_field, own_format
from pressroom.phrases import phrase

_MOMENTS: Final = (Kind.DATE, Kind.TIMESTAMP)


def table_blocks(block: TableSpec, results: Results, locale: str, name: str) -> Iterator[Table]:
    """The table's columns with their labels, formats, totals and looks; the rows stay in the results."""
    specs = [spec for spec in _columns(block, results) if spec.name not in block.groups]
    columns = tuple(_column(spec, block, results, locale) for spec in specs if not spec.hide)
    if not columns:
        raise LayoutError(f"The table of {block.data} hides all its columns.", remedy="Show one.", place=block.place)
    rows = results.count(block.data)
    yield Table(
        id=name,
        title=block.title,
        data=block.data,
        columns=columns,
        limit=block.limit,
        rows=rows,
        note=_table_note(block, rows, results, locale, has_totals=any(column.total for column in columns)),
        groups=tuple(_group(group, block, results) for group in block.groups),
    )


def _columns(block: TableSpec, results: Results) -> Iterable[ColumnSpec]:
    for spec in block.columns:
        find_field(results, block.data, spec.name, spec.place)
    if block.is_selection:
        return block.columns
    described = {spec.name: spec for spec in block.columns}
    names = [field.name for field in results.fields(block.data)]
    return [described.get(name) or ColumnSpec(name, block.place) for name in names]


def _group(name: str, block: TableSpec, results: Results) -> Column:
    """A column by which rows are grouped; what `columns` says of it counts for the headings."""
    field = find_field(results, block.data, name, block.place)
    spec = next((spec for spec in block.columns if spec.name == name), ColumnSpec(name, block.place))
    return Column(field, spec.label or label_from(name), spec.format or own_format(field), "left")


def _column(spec: ColumnSpec, block: TableSpec, results: Results, locale: str) -> Column:
    field = find_field(results, block.data, spec.name, spec.place)
    column = Column(
        field=field,
        label=spec.label or label_from(spec.name),
        format=spec.format or own_format(field),
        align=spec.align or ("right" if field.kind.is_number else "left"),
        rules=tuple(_rule(rule, field) for rule in spec.rules),
        heat=_scale(spec.heat, field, results, block.data) if spec.heat else None,
        bar=_bar(spec.bar, field, results, block.data) if spec.bar else None,
        width=spec.width,
        wrap=spec.wrap,
        heading=spec.heading,
    )
    return _with_total(column, spec.total, spec.place, block.data, results, locale) if spec.total else column


# ---- totals ---------------------------------------------------------------------------------------------------------


def _with_total(column: Column, total: Total, place: Place, query: str, results: Results, locale: str) -> Column:
    field = column.field
    if total in (Total.SUM, Total.AVG) and not field.kind.is_number:
        raise LayoutError(
            f"The column {field.name} holds {field.kind}, which has no {total}.",
            remedy="Allowed: min, max, count.",
            place=place,
            code="conversion",
        )
    column = replace(column, total=total, total_value=results.scalar(query, total, field.name))
    return replace(column, total_text=total_text(column, column.total_value, locale))


def total_text(column: Column, value: object, locale: str) -> str:
    """A total or a subtotal of *column* as a reader is shown it."""
    if column.total is Total.COUNT:
        return format_value(value, Kind.INTEGER, "integer", locale)
    is_mean = column.total is Total.AVG and column.field.kind.is_number
    return format_value(value, Kind.FLOAT if is_mean else column.field.kind, column.format, locale)


# ---- looks ----------------------------------------------------------------------------------------------------------


def _rule(spec: RuleSpec, field: Field) -> ColourRule:
    """The rule of *spec*, once it is known to fit what the column holds."""
    rule = spec.rule
    if isinstance(rule.low, Decimal) and field.kind is Kind.TEXT and rule.operator in ("=", "!="):
        return replace(rule, low=_as_written(rule.low))
    fits = (
        rule.operator == "empty"
        or (isinstance(rule.low, Decimal) and field.kind.is_number)
        or (isinstance(rule.low, date) and field.kind in _MOMENTS)
        or (isinstance(rule.low, str) and field.kind is Kind.TEXT)
    )
    if not fits:
        what = {Decimal: "a number", date: "a date"}.get(type(rule.low), "a text")
        raise LayoutError(
            f"A rule of the column {field.name} compares with {what}, but the column holds {field.kind}.",
            remedy="Compare with what the column holds, or cast it in SQL.",
            place=spec.place,
            code="conversion",
        )
    return rule


def _as_written(number: Decimal) -> str:
    return format(number, "f")


def _scale(spec: ScaleSpec, field: Field, results: Results, query: str) -> Scale:
    """From the author's ends, or those of the values of all rows."""
    if not field.kind.is_number:
        raise LayoutError(
            f"The column {field.name} holds {field.kind} and no numbers, which a shade or a bar needs.",
            remedy="Leave `heat` and `bar` out, or cast the column in SQL.",
            place=spec.place,
            code="conversion",
        )
    low, high = results.extent(query, field.name) or (0.0, 0.0)
    return Scale(
        low if spec.low is None else float(spec.low), high if spec.high is None else float(spec.high), spec.tone
    )


def _bar(spec: ScaleSpec, field: Field, results: Results, query: str) -> Scale:
    """As a scale, but begun at zero: a bar from elsewhere would lie about proportions."""
    scale = _scale(spec, field, results, query)
    low = min(scale.low, 0.0) if spec.low is None else scale.low
    return replace(scale, low=low, high=max(scale.high, 0.0) if spec.high is None else scale.high)


# ---- notes ----------------------------------------------------------------------------------------------------------


def _table_note(block: TableSpec, rows: int, results: Results, locale: str, *, has_totals: bool) -> str:
    if rows == 0:
        return phrase(locale, "no_rows")
    notes = []
    if rows > block.limit:
        counts = {"shown": count_text(block.limit, locale), "rows": count_text(rows, locale)}
        notes.append(phrase(locale, "first_rows", **counts))
        if block.groups and has_totals:
            notes.append(phrase(locale, "all_of_group"))
    notes.append(cut_note(block.data, results, locale))
    return " ".join(note for note in notes if note)
