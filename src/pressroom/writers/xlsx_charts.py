"""Charts that Excel can draw itself, read from their Vega-Lite specification; the others stay pictures."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final

from xlsxwriter import Workbook
from xlsxwriter.utility import xl_range_abs
from xlsxwriter.worksheet import Worksheet

from pressroom.document import Chart, Document, Kind
from pressroom.formats import MAX_DECIMALS, excel_format
from pressroom.phrases import phrase
from pressroom.writers import charts, theme
from pressroom.writers.shown import clean
from pressroom.writers.xlsx_look import Look
from pressroom.writers.xlsx_page import set_page

WIDTH: Final = 824
HEIGHT: Final = 300
_COMPOSED: Final = frozenset(("layer", "hconcat", "vconcat", "concat", "facet", "repeat", "transform", "params"))
_CHANNELS: Final = frozenset(("x", "y", "color", "theta", "xOffset", "yOffset", "tooltip", "order"))
_COMPUTED: Final = ("aggregate", "bin", "condition")
_TYPES: Final = {"line": "line", "area": "area", "bar": "column", "point": "scatter", "circle": "scatter", "arc": "pie"}
_MOST_SERIES: Final = 24
_DAYS_OF_MONTHS: Final = 100  # longer axes are labelled by month
_MOST_CATEGORIES: Final = 2_000
_NARROWEST: Final = 14  # characters, of a column of figures
_WIDEST: Final = 60
_HEAD_EDGES: Final = 5  # characters: indents, and bold letters being wider


@dataclass(frozen=True, slots=True)
class NativeChart:
    """A chart as Excel has it: categories down, a column of numbers for each series."""

    type: str
    subtype: str  # "stacked", "percent_stacked" or ""
    categories: tuple[Any, ...]  # datetime, number or text
    series: tuple[tuple[str, tuple[Any, ...]], ...]
    category_title: str
    value_title: str
    from_zero: bool
    value_format: str = "General"

    @property
    def is_time(self) -> bool:
        return bool(self.categories) and all(isinstance(value, datetime) for value in self.categories)


def native(chart: Chart, locale: str = "en") -> NativeChart | None:
    """*chart* as Excel can draw it, None when its specification says more than that."""
    spec = chart.spec
    encoding = spec.get("encoding")
    if _COMPOSED & spec.keys() or not isinstance(encoding, Mapping) or encoding.keys() - _CHANNELS:
        return None
    channels = {name: channel for name, channel in encoding.items() if isinstance(channel, Mapping)}
    if any(key in channel for channel in channels.values() for key in _COMPUTED):
        return None
    mark = spec.get("mark")
    kind = _TYPES.get(str(mark.get("type") if isinstance(mark, Mapping) else mark), "")
    rows = spec.get("data", {}).get("values")
    axes = _axes(kind, channels)
    if axes is None or not isinstance(rows, Sequence) or not rows:
        return None
    drawn = _pivoted(axes, channels, rows)
    return drawn and replace(drawn, value_format=_number_format(axes.value, chart, locale))


@dataclass(frozen=True, slots=True)
class _Axes:
    type: str
    category: Mapping[str, Any]
    value: Mapping[str, Any]


def _axes(kind: str, channels: Mapping[str, Mapping[str, Any]]) -> _Axes | None:
    """Which channel holds the categories and which the values."""
    across, along = ("color", "theta") if kind == "pie" else ("x", "y")
    category, value = channels.get(across), channels.get(along)
    if not kind or category is None or value is None:
        return None
    if kind == "column" and _is_measure(category) and not _is_measure(value):
        return _Axes("bar", value, category)
    return _Axes(kind, category, value) if _is_measure(value) and "field" in category else None


def _is_measure(channel: Mapping[str, Any]) -> bool:
    return channel.get("type") == "quantitative" and "field" in channel


def _pivoted(axes: _Axes, channels: Mapping[str, Mapping[str, Any]], rows: Sequence[Any]) -> NativeChart | None:
    category, value = _field(axes.category), _field(axes.value)
    color = channels.get("color") if axes.type != "pie" else None
    name = _field(color) if color and "field" in color else None
    cells: dict[Any, dict[str, Any]] = {}
    for row in rows:
        series = "" if name is None else str(row.get(name))
        column = cells.setdefault(row.get(category), {})
        if series in column:  # several values at one place: an aggregate that Excel does not make
            return None
        column[series] = row.get(value)
    names = _ordered(list(dict.fromkeys(series for column in cells.values() for series in column)), color or {})
    if len(names) > _MOST_SERIES or len(cells) > _MOST_CATEGORIES:
        return None
    keys = _sorted(axes, cells)
    return NativeChart(
        type=axes.type,
        subtype=_subtype(axes, channels),
        categories=tuple(_categories(keys, axes.category)),
        series=tuple((series, tuple(cells[key].get(series) for key in keys)) for series in names),
        category_title=str(axes.category.get("title") or ""),
        value_title=str(axes.value.get("title") or ""),
        from_zero=axes.type in ("bar", "column", "area") or axes.value.get("scale", {}).get("zero", True) is not False,
    )


def _field(channel: Mapping[str, Any]) -> str:
    """The column of a channel; Vega-Lite escapes dots and brackets."""
    return re.sub(r"\\(.)", r"\1", str(channel["field"]))


def _ordered(names: list[str], color: Mapping[str, Any]) -> list[str]:
    wanted = color.get("sort") or color.get("scale", {}).get("domain")
    if not isinstance(wanted, list):
        return names
    order = [str(name) for name in wanted]
    return sorted(names, key=lambda name: order.index(name) if name in order else len(order))


def _sorted(axes: _Axes, cells: Mapping[Any, Mapping[str, Any]]) -> list[Any]:
    """Categories in the order that the specification asks for."""
    keys = list(cells)
    sort = axes.category.get("sort", "ascending")
    if axes.category.get("type") in ("temporal", "quantitative"):
        return sorted(keys, key=lambda key: (key is None, key))
    if sort in ("x", "y", "-x", "-y"):
        return sorted(keys, key=lambda key: sum(v or 0 for v in cells[key].values()), reverse=sort.startswith("-"))
    if isinstance(sort, list):
        return sorted(keys, key=lambda key: sort.index(key) if key in sort else len(sort))
    return keys if sort is None else sorted(keys, key=str, reverse=sort == "descending")


def _subtype(axes: _Axes, channels: Mapping[str, Mapping[str, Any]]) -> str:
    if (
        axes.type not in ("bar", "column", "area")
        or "color" not in channels
        or {"xOffset", "yOffset"} & channels.keys()
    ):
        return ""
    stack = axes.value.get("stack", "zero")
    return {"zero": "stacked", True: "stacked", "normalize": "percent_stacked"}.get(stack, "")


def _categories(keys: Sequence[Any], channel: Mapping[str, Any]) -> list[Any]:
    if channel.get("type") != "temporal":
        return [key if isinstance(key, int | float) and not isinstance(key, bool) else clean(str(key)) for key in keys]
    try:
        return [datetime.fromisoformat(str(key)).replace(tzinfo=None) for key in keys]
    except ValueError:
        return [str(key) for key in keys]


def _number_format(channel: Mapping[str, Any], chart: Chart, locale: str) -> str:
    """The workbook's number format for a d3 format on an axis."""
    pattern = str((channel.get("axis") or {}).get("format", ""))
    if "$" in pattern:
        exact = re.search(r"\.(\d+)(?!\d|~)", pattern)
        kept = int(exact[1]) if exact else 0
        return excel_format(f"money({charts.currency_of(chart)}, {min(kept, MAX_DECIMALS)})", Kind.DECIMAL, locale)
    digits = re.search(r"\.(\d+)", pattern)
    decimals = "." + "0" * int(digits[1]) if digits and int(digits[1]) and "~" not in pattern else ""
    return f"0{decimals}%" if "%" in pattern else f"#,##0{decimals}" if pattern else "General"


# ---- drawing --------------------------------------------------------------------------------------------------------


class ChartData:
    """The sheet that holds the numbers behind the charts, side by side; made when there are any."""

    def __init__(self, workbook: Workbook, look: Look, document: Document) -> None:
        self._workbook = workbook
        self._document = document
        self._look = look
        self._made: Worksheet | None = None
        self._column = 0

    @property
    def _sheet(self) -> Worksheet:
        if self._made is None:
            self._made = self._workbook.add_worksheet(phrase(self._document.locale, "chart_data"))
            set_page(self._made, self._document)
            self._made.freeze_panes(2, 0)
            self._made.hide_gridlines(1)
        return self._made

    def draw(self, chart: Chart, drawn: NativeChart) -> Any:
        """Excel's chart of *drawn*, whose numbers now stand in the sheet."""
        first, rows = self._column, len(drawn.categories)
        self._write(chart, drawn)
        options = {"type": drawn.type, **({"subtype": drawn.subtype} if drawn.subtype else {})}
        if drawn.type == "scatter":
            options["subtype"] = "marker_only" if drawn.is_time else ""
        picture = self._workbook.add_chart({key: value for key, value in options.items() if value})
        for number in range(len(drawn.series)):
            at = first + 1 + number
            picture.add_series(
                {
                    "name": [self._sheet.name, 1, at],
                    "categories": [self._sheet.name, 2, first, 1 + rows, first],
                    "values": [self._sheet.name, 2, at, 1 + rows, at],
                    **_paint(drawn, number, self._look.colours.series),
                }
            )
        _dress(picture, chart, drawn)
        return picture

    def spark(self, label: str, points: Sequence[float | None], number_format: str) -> str:
        """The range where *points* now stand, for a line in a cell."""
        first, self._column = self._column, self._column + 2
        self._head(first, label)
        plain = self._look.cell(number_format, "right")
        for row, point in enumerate(points, start=2):
            if point is not None:
                self._sheet.write_number(row, first, point, plain)
        return f"'{self._sheet.name}'!{xl_range_abs(2, first, 1 + len(points), first)}"

    def _write(self, chart: Chart, drawn: NativeChart) -> None:
        first = self._column
        moment = self._look.format(num_format=_moment_format(drawn), align="left", indent=1, font_color=theme.INK)
        plain = self._look.format(font_color=theme.INK, indent=1)
        shown = excel_format(chart.format, Kind.FLOAT, self._document.locale) if chart.format else drawn.value_format
        figure = self._look.cell("" if shown == "General" else shown, "right")
        self._sheet.set_column(first, first, 22)
        self._sheet.write_string(0, first, clean(chart.title or chart.id), self._look.heading(3))
        self._sheet.write_string(1, first, clean(drawn.category_title), self._look.header("left"))
        for number, (name, values) in enumerate(drawn.series, start=1):
            self._head(first + number, name or drawn.value_title or chart.title)
            for row, value in enumerate(values, start=2):
                if isinstance(value, int | float):
                    self._sheet.write_number(row, first + number, value, figure)
        for row, category in enumerate(drawn.categories, start=2):
            if isinstance(category, datetime):
                self._sheet.write_datetime(row, first, category, moment)
            elif isinstance(category, str):
                self._sheet.write_string(row, first, category, plain)
            else:
                self._sheet.write_number(row, first, category, plain)
        self._column += len(drawn.series) + 2

    def _head(self, column: int, label: str) -> None:
        """The head of a column of figures, which is as wide as its label."""
        text = clean(label)
        self._sheet.set_column(column, column, min(max(_NARROWEST, len(text) + _HEAD_EDGES), _WIDEST))
        self._sheet.write_string(1, column, text, self._look.header("right"))


def _paint(drawn: NativeChart, number: int, palette: Sequence[str]) -> dict[str, Any]:
    color = palette[number % len(palette)]
    if drawn.type == "pie":
        points = [{"fill": {"color": palette[n % len(palette)]}} for n in range(len(drawn.categories))]
        return {"points": points, "data_labels": {"percentage": True, "font": {"color": theme.INK}}}
    if drawn.type == "line":
        return {"line": {"color": color, "width": 2.25}, "smooth": False}
    if drawn.type == "scatter":
        marker = {"type": "circle", "size": 5, "fill": {"color": color}, "border": {"color": color}}
        return {"marker": marker, "line": {"none": True}}
    if drawn.type == "area" and not drawn.subtype:
        return {"fill": {"color": color, "transparency": 70}, "line": {"color": color, "width": 1.75}}
    return {"fill": {"color": color}, "border": {"none": True}, "gap": 45}


def _dress(picture: Any, chart: Chart, drawn: NativeChart) -> None:
    """Titles, axes and legend in the look of the other writers."""
    font = {"name": "Calibri", "size": 9, "color": theme.MUTED}
    # XlsxWriter takes a title that begins with = for a reference to a cell.
    text = f" {chart.title}" if chart.title.startswith("=") else chart.title
    title = {"name": clean(text), "overlay": False, "name_font": {"size": 12, "bold": True, "color": theme.INK}}
    picture.set_title(title if chart.title else {"none": True})
    shows_legend = len(drawn.series) > 1 or drawn.type == "pie"
    picture.set_legend({"position": "top", "font": font} if shows_legend else {"none": True})
    picture.set_chartarea({"border": {"none": True}})
    picture.show_blanks_as("gap")
    if drawn.type == "pie":
        return
    categories: dict[str, Any] = {
        "name": drawn.category_title,
        "name_font": {**font, "bold": False},
        "num_font": font,
        "line": {"color": theme.FAINT},
        "major_tick_mark": "none",
        "label_position": "low",
        "major_gridlines": {"visible": False},
    }
    if drawn.is_time:
        categories |= _time_axis(drawn)
    if drawn.type == "bar":
        categories["reverse"] = True  # Excel stacks bars from below, readers read from above
    values: dict[str, Any] = {
        "name": drawn.value_title,
        "name_font": {**font, "bold": False},
        "num_font": font,
        "num_format": drawn.value_format,
        "line": {"none": True},
        "major_tick_mark": "none",
        "major_gridlines": {"visible": True, "line": {"color": theme.LINE, "width": 0.75}},
    }
    if drawn.from_zero and all(value is None or value >= 0 for _, column in drawn.series for value in column):
        values["min"] = 0
    if drawn.type == "bar":  # lying: XlsxWriter's x axis is the horizontal one
        picture.set_x_axis(values | {"label_position": "high"})
        picture.set_y_axis(categories)
    else:
        picture.set_x_axis(categories)
        picture.set_y_axis(values)


def _is_daily(drawn: NativeChart) -> bool:
    """Whether no moment has a time of day: Excel's time axis counts days."""
    return all(moment == moment.replace(hour=0, minute=0, second=0, microsecond=0) for moment in drawn.categories)


def _time_axis(drawn: NativeChart) -> dict[str, Any]:
    """Labels of a time axis, about a dozen of them; Excel's own axis counts days, so that times of day are labels."""
    if not _is_daily(drawn):
        return {"num_format": _moment_format(drawn), "text_axis": True, "interval_unit": _every(len(drawn.categories))}
    days = (max(drawn.categories) - min(drawn.categories)).days
    unit = {"major_unit": _every(days), "major_unit_type": "days"}
    if days > _DAYS_OF_MONTHS:
        unit = {"major_unit": _every(days // 30), "major_unit_type": "months"}
    return {"num_format": _moment_format(drawn), "date_axis": True, **unit}


def _every(count: int) -> int:
    """The step that leaves about a dozen of *count* labels."""
    return max(1, math.ceil(count / 12))


def _moment_format(drawn: NativeChart) -> str:
    if not drawn.is_time:
        return "General"
    span: timedelta = max(drawn.categories) - min(drawn.categories)
    if not _is_daily(drawn):
        return "d mmm hh:mm" if span > timedelta(days=1) else "hh:mm"
    if span > timedelta(days=365 * 4):
        return "yyyy"
    return "mmm yy" if span > timedelta(days=_DAYS_OF_MONTHS) else "d mmm"
