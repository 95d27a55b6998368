"""Charts: the blocks that draw a query."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from functools import reduce
from typing import Any, Final

from pressroom.blocks import ChartSpec
from pressroom.blocks_tables import label_from
from pressroom.document import Chart, Notice, Results
from pressroom.errors import LayoutError
from pressroom.formats import format_value, kind_of
from pressroom.lookup import count_text, cut_note, find_field
from pressroom.phrases import phrase
from pressroom.vega import MAX_POINTS, build, complete
from pressroom.wording import shown, suggest

# The columns that transforms of Vega-Lite make where their author names none.
OF_TRANSFORMS: Final = ("key", "value", "density", "prob", "count")


def chart_block(block: ChartSpec, results: Results, locale: str, name: str) -> Chart | Notice:
    """The chart with its data and its description, or a notice when there is nothing to draw."""
    for column in (block.x, *block.y, block.color):
        if column:
            find_field(results, block.data, column, block.place)
    title = block.title or _chart_title(block, locale)
    if results.count(block.data) == 0:
        return Notice(phrase(locale, "nothing_to_draw" if title else "gave_nothing", title=title, query=block.data))
    block = _turned(block, results)
    _check_measures(block, results)
    _check_columns(block, results)
    return Chart(
        id=name,
        title=title,
        alt=block.alt or _describe(block, results, locale, title),
        spec=_without_title(complete(block, results) if block.spec is not None else build(block, results)),
        data=block.data,
        note=_notes(block, results, locale),
        type=block.type,
        x=block.x,
        y=block.y,
        series=block.color,
        format=block.format,
        place=block.place,
        spoken=tuple(block.found.spoken) if block.found else (),
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
        field = find_field(results, block.data, column, block.place)
        if not field.kind.is_number:
            raise LayoutError(
                f"The chart draws {column}, which holds {field.kind} and no numbers.",
                remedy="Name a column of numbers, or cast it in SQL.",
                place=block.place,
                code="conversion",
            )


def _chart_title(block: ChartSpec, locale: str) -> str:
    if block.spec is not None or not block.y:
        return ""
    first, *others = [block.color] if block.type == "heatmap" else block.y
    by = [block.x, block.y[0] if block.type == "heatmap" else block.color]
    return phrase(
        locale,
        "chart_by",
        measures=_joined([label_from(first), *(label_from(name).lower() for name in others)], locale),
        by=_joined([label_from(name).lower() for name in by if name], locale),
    )


def _joined(words: Sequence[str], locale: str) -> str:
    return reduce(lambda first, second: phrase(locale, "and", first=first, second=second), words)


def _check_columns(block: ChartSpec, results: Results) -> None:
    """Refuse columns that neither a query nor a transform of the specification gives: Vega-Lite would draw nothing."""
    if block.found is None:
        return
    queries = [block.data, *(name for name, _ in block.found.queries)]
    known = [field.name for query in queries for field in results.fields(query)]
    if block.found.has_transforms:
        known += [*block.found.made, *OF_TRANSFORMS]
    for name, place in block.found.columns:
        plain = re.split(r"(?<!\\)[.\[]", name)[0].replace("\\", "")
        if plain not in known and name not in known and not plain.startswith("__"):
            raise LayoutError(
                f"The chart names the column {shown(name)}, which {block.data} does not have.",
                remedy=suggest(name, known, what="Columns"),
                place=place,
            )


def _notes(block: ChartSpec, results: Results, locale: str) -> str:
    queries = dict.fromkeys([block.data, *(name for name, _ in block.other_queries())])
    return " ".join(filter(None, (_points_note(query, results, locale) for query in queries)))


def _points_note(query: str, results: Results, locale: str) -> str:
    count = results.count(query)
    if count <= MAX_POINTS:
        return cut_note(query, results, locale)
    points = phrase(locale, "first_points", shown=count_text(MAX_POINTS, locale), points=count_text(count, locale))
    return f"{points} {cut_note(query, results, locale)}".rstrip()


def _describe(block: ChartSpec, results: Results, locale: str, title: str) -> str:
    """One sentence for who cannot see the chart: what it shows, from where to where, its ends and its extremes."""
    count = results.count(block.data)
    if block.spec is not None or not block.y:
        said = {"title": title or phrase(locale, "chart"), "count": count_text(count, locale), "query": block.data}
        return phrase(locale, "chart_rows", **said)
    names = [field.name for field in results.fields(block.data)]
    measured = block.color if block.type == "heatmap" else block.y[0]
    sides = [names.index(name) for name in ((block.x, block.y[0]) if block.type == "heatmap" else (block.x,))]
    at = names.index(measured)
    points = [(tuple(row[side] for side in sides), row[at]) for row in results.rows(block.data, MAX_POINTS)]
    points = [point for point in points if point[1] is not None]
    if not points:
        return phrase(locale, "chart_empty", title=title)
    # English alone names the kind of the chart: elsewhere that word is not always one beside "chart".
    is_english = phrase(locale, "chart") == phrase("en", "chart")
    kind = f"{block.type.capitalize()} chart" if is_english else phrase(locale, "chart")
    return _sentence(f"{kind}, {title}", points, block.format, locale, measured)


def _sentence(title: str, points: Sequence[tuple[Any, Any]], shown_format: str, locale: str, measured: str) -> str:
    def say(point: tuple[Any, Any]) -> str:
        return f"{_say(point[1], shown_format, locale)} ({', '.join(_say(side, '', locale) for side in point[0])})"

    low = min(points, key=lambda point: point[1])
    high = max(points, key=lambda point: point[1])
    said = {"title": title, "measure": label_from(measured), "count": count_text(len(points), locale)}
    said |= {"first": say(points[0]), "last": say(points[-1]), "low": say(low), "high": say(high)}
    return phrase(locale, "chart_course" if len(points) > 1 else "chart_point", **said)


def _say(value: Any, shown_format: str, locale: str) -> str:
    if isinstance(value, int) and not isinstance(value, bool) and not shown_format:
        return str(value)
    return format_value(value, kind_of(value), shown_format, locale)
