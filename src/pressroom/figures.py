"""Tiles, charts and tables: the blocks that show a query."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any, Final

from pressroom.blocks import ChartSpec, ColumnSpec, KpiSpec, TableSpec, TileSpec, label_from
from pressroom.document import Chart, Column, Field, Kind, Kpis, Notice, Results, Table, Tile, Tone, Total
from pressroom.errors import LayoutError, Place
from pressroom.formats import NOTHING, format_value, kind_of, read_format, write_digits
from pressroom.locales import find_locale
from pressroom.vega import MAX_POINTS, build, complete
from pressroom.wording import suggest

# Numbers that name something are not grouped: nobody wants to read 2,013 for a year.
_NAMES_SOMETHING = re.compile(r"(?:.*_)?(?:id|ids|year|jahr|no|nr|num|number|code|zip|plz|key)", re.IGNORECASE)
_UNGROUPED: Final = "0"


def _field(results: Results, query: str, column: str, place: Place) -> Field:
    fields = results.fields(query)
    for candidate in fields:
        if candidate.name == column:
            return candidate
    raise LayoutError(
        f"The query {query} has no column {column}.",
        remedy=suggest(column, [candidate.name for candidate in fields], what=f"Columns of {query}"),
        place=place,
    )


def own_format(field: Field) -> str:
    """The format of a column for which the author gave none."""
    is_name = field.kind is Kind.INTEGER and _NAMES_SOMETHING.fullmatch(field.name)
    return _UNGROUPED if is_name else ""


# ---- tiles ----------------------------------------------------------------------------------------------------------


def kpi_blocks(block: KpiSpec, results: Results, locale: str) -> Iterator[Kpis | Notice]:
    """A row of tiles from the first row of the query."""
    names = [field.name for field in results.fields(block.data)]
    first = next(iter(results.rows(block.data, 1)), None)
    values = dict(zip(names, first, strict=True)) if first is not None else dict.fromkeys(names)
    yield Kpis(tuple(_tile(tile, block, values, results, locale) for tile in block.tiles))
    if first is None:
        yield Notice(f"The query {block.data} gave no rows.")


def _tile(tile: TileSpec, block: KpiSpec, values: dict[str, Any], results: Results, locale: str) -> Tile:
    field = _field(results, block.data, tile.value, tile.place)
    value = values[tile.value]
    shown_format = tile.format or own_format(field)
    delta, tone = "", Tone.NEUTRAL
    if tile.compare:
        _field(results, block.data, tile.compare, tile.place)
        delta, tone = _compare(value, values[tile.compare], tile, locale)
    return Tile(
        label=tile.label,
        text=format_value(value, field.kind, shown_format, locale),
        value=value,
        format=shown_format,
        delta=delta,
        delta_tone=tone,
        caption=tile.caption,
    )


def _compare(value: Any, before: Any, tile: TileSpec, locale: str) -> tuple[str, Tone]:
    """How *value* changed: in percent, or in points where it is a percentage itself; nothing when that has no meaning."""
    now, then = _exact(value), _exact(before)
    if now is None or then is None:
        return "", Tone.NEUTRAL
    language = find_locale(locale)
    if tile.format and read_format(tile.format).name == "percent":
        text = write_digits((now - then) * 100, 1, language, plus=True) + " pp"
    elif then:
        text = write_digits((now - then) / abs(then) * 100, 1, language, plus=True) + language.percent
    else:
        return "", Tone.NEUTRAL
    return text, _tone(now - then, tile.good)


def _tone(change: Decimal, good: str) -> Tone:
    if not change or not good:
        return Tone.NEUTRAL
    return Tone.GOOD if (change > 0) == (good == "up") else Tone.BAD


def _exact(value: Any) -> Decimal | None:
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        return None
    exact = Decimal(repr(value)) if isinstance(value, float) else Decimal(value)
    return exact if exact.is_finite() else None


# ---- charts ---------------------------------------------------------------------------------------------------------


def chart_block(block: ChartSpec, results: Results, locale: str, name: str) -> Chart | Notice:
    """The chart with its data and its description, or a notice when there is nothing to draw."""
    for column in (block.x, *block.y, block.color):
        if column:
            _field(results, block.data, column, block.place)
    title = block.title or _chart_title(block)
    if results.count(block.data) == 0:
        return Notice(
            f"{title}: the query {block.data} gave no rows." if title else f"The query {block.data} gave no rows."
        )
    block = _turned(block, results)
    _check_measures(block, results)
    return Chart(
        id=name,
        title=title,
        alt=block.alt or _describe(block, results, locale, title),
        spec=_without_title(complete(block, results) if block.spec is not None else build(block, results)),
        data=block.data,
        note=_points_note(block.data, results, locale),
        type=block.type,
        x=block.x,
        y=block.y,
        series=block.color,
        format=block.format,
    )


def _without_title(spec: dict[str, Any]) -> dict[str, Any]:
    """Writers set the title as text, so that it can be read and found."""
    return {key: value for key, value in spec.items() if key != "title"}


def _turned(block: ChartSpec, results: Results) -> ChartSpec:
    """Bars lie; who thinks of their picture writes the value as x and the category as y, and means the same."""
    if block.type != "bar" or len(block.y) != 1 or block.spec is not None:
        return block
    kinds = {field.name: field.kind for field in results.fields(block.data)}
    if kinds[block.x].is_number and not kinds[block.y[0]].is_number:
        return replace(block, x=block.y[0], y=(block.x,), x_label=block.y_label, y_label=block.x_label)
    return block


def _check_measures(block: ChartSpec, results: Results) -> None:
    for column in [block.color] if block.type == "heatmap" else block.y:
        field = _field(results, block.data, column, block.place)
        if not field.kind.is_number:
            raise LayoutError(
                f"The chart draws {column}, which holds {field.kind} and no numbers.",
                remedy="Name a column of numbers, or cast it in SQL.",
                place=block.place,
                code="conversion",
            )


def _chart_title(block: ChartSpec) -> str:
    if block.spec is not None or not block.y:
        return ""
    first, *others = [block.color] if block.type == "heatmap" else block.y
    measures = " and ".join([label_from(first), *(label_from(name).lower() for name in others)])
    by = [block.x, block.y[0] if block.type == "heatmap" else block.color]
    return f"{measures} by {' and '.join(label_from(name).lower() for name in by if name)}"


def _points_note(query: str, results: Results, locale: str) -> str:
    count = results.count(query)
    if count <= MAX_POINTS:
        return _cut_note(query, results, locale)
    return f"The first {_number(MAX_POINTS, locale)} of {_number(count, locale)} points."


def _describe(block: ChartSpec, results: Results, locale: str, title: str) -> str:
    """One sentence for who cannot see the chart: what it shows, from where to where, its ends and its extremes."""
    count = results.count(block.data)
    if block.spec is not None or not block.y:
        return f"{title or 'Chart'}: {_number(count, locale)} rows of {block.data}."
    names = [field.name for field in results.fields(block.data)]
    measured = block.color if block.type == "heatmap" else block.y[0]
    points = [(row[names.index(block.x)], row[names.index(measured)]) for row in results.rows(block.data, MAX_POINTS)]
    points = [point for point in points if point[1] is not None]
    if not points:
        return f"{title}: no values."
    return _sentence(f"{block.type.capitalize()} chart, {title}", points, block.format, locale, measured)


def _sentence(title: str, points: Sequence[tuple[Any, Any]], shown_format: str, locale: str, measured: str) -> str:
    def say(point: tuple[Any, Any]) -> str:
        return f"{_say(point[1], shown_format, locale)} ({_say(point[0], '', locale)})"

    low = min(points, key=lambda point: point[1])
    high = max(points, key=lambda point: point[1])
    ends = f"first {say(points[0])}, last {say(points[-1])}, " if len(points) > 1 else ""
    return f"{title}: {label_from(measured)} of {len(points):,} points, {ends}lowest {say(low)}, highest {say(high)}."


def _say(value: Any, shown_format: str, locale: str) -> str:
    if isinstance(value, int) and not isinstance(value, bool) and not shown_format:
        return str(value)
    return format_value(value, kind_of(value), shown_format, locale)


# ---- tables ---------------------------------------------------------------------------------------------------------


def table_blocks(block: TableSpec, results: Results, locale: str, name: str) -> Iterator[Table]:
    """The table's columns with their labels, formats and totals; the rows stay in the results."""
    columns = tuple(_column(spec, block, results, locale) for spec in _columns(block, results) if not spec.hide)
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
        note=_table_note(block, rows, results, locale),
    )


def _columns(block: TableSpec, results: Results) -> Iterable[ColumnSpec]:
    for spec in block.columns:
        _field(results, block.data, spec.name, spec.place)
    if block.is_selection:
        return block.columns
    described = {spec.name: spec for spec in block.columns}
    names = [field.name for field in results.fields(block.data)]
    return [described.get(name) or ColumnSpec(name, block.place) for name in names]


def _column(spec: ColumnSpec, block: TableSpec, results: Results, locale: str) -> Column:
    field = _field(results, block.data, spec.name, spec.place)
    shown_format = spec.format or own_format(field)
    column = Column(
        field=field,
        label=spec.label or label_from(spec.name),
        format=shown_format,
        align=spec.align or ("right" if field.kind.is_number else "left"),
    )
    return _with_total(column, spec.total, spec.place, block.data, results, locale) if spec.total else column


def _with_total(column: Column, total: Total, place: Place, query: str, results: Results, locale: str) -> Column:
    field = column.field
    if total in (Total.SUM, Total.AVG) and not field.kind.is_number:
        raise LayoutError(
            f"The column {field.name} holds {field.kind}, which has no {total}.",
            remedy="Allowed: min, max, count.",
            place=place,
            code="conversion",
        )
    value = results.scalar(query, total, field.name)
    if total is Total.COUNT:
        text = format_value(value, Kind.INTEGER, "integer", locale)
    else:
        text = format_value(value, _total_kind(total, field.kind), column.format, locale)
    return replace(column, total=total, total_text=text, total_value=value)


def _total_kind(total: Total, kind: Kind) -> Kind:
    return Kind.FLOAT if total is Total.AVG and kind.is_number else kind


def _table_note(block: TableSpec, rows: int, results: Results, locale: str) -> str:
    if rows == 0:
        return "No rows."
    notes = [_cut_note(block.data, results, locale)]
    if rows > block.limit:
        notes.insert(
            0, f"The first {_number(block.limit, locale)} of {_number(rows, locale)} rows; the files carry all."
        )
    return " ".join(note for note in notes if note)


def _cut_note(query: str, results: Results, locale: str) -> str:
    if not results.is_cut(query):
        return ""
    return f"The query {query} was stopped at {_number(results.count(query), locale)} rows: a limit was reached."


def _number(count: int, locale: str) -> str:
    return format_value(count, Kind.INTEGER, "integer", locale) if count else NOTHING
