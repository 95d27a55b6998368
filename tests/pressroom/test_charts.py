import hashlib
import itertools
import math
import os
import re
import struct
import subprocess
import sys
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal

import pytest

from pressroom import vega
from pressroom.blocks import ChartSpec
from pressroom.document import Chart, Field, Kind
from pressroom.errors import Place, RenderError
from pressroom.writers import charts, theme
from pressroom.writers.charts_spec import prepared
from tests.pressroom.documents import MemoryResults, bar_chart, line_chart

X = {"field": "x", "type": "temporal", "title": None}
Y = {"field": "y", "type": "quantitative", "title": None}


def chart(spec: dict, identifier: str = "c") -> Chart:
    return Chart(id=identifier, title="", alt="", data="d", spec=spec)


def texts(picture: str) -> list[str]:
    return re.findall(r"<text[^>]*>([^<]*)</text>", picture)


def line(values: list[dict]) -> Chart:
    return chart({"data": {"values": values}, "mark": "line", "encoding": {"x": X, "y": Y}})


def test_the_words_of_a_chart_are_drawn():
    picture = charts.svg(bar_chart(), "en")
    assert "JetBlue Airways" in texts(picture)
    assert "Minutes" in texts(picture)
    without = re.sub(r"<text.*?</text>", "", picture)
    assert charts._rasterised(without, "en") != charts.png(bar_chart(), "en")


def test_a_png_has_two_pixels_for_each_of_css():
    content = charts.png(line_chart(), "en")
    width, _ = struct.unpack(">II", content[16:24])
    assert content.startswith(b"\x89PNG")
    assert width == 2 * theme.CHART_WIDTH


def test_a_picture_drawn_small_and_shown_large_is_as_sharp():
    content = charts.png(line_chart(), "en", width=480, shown=592)
    assert struct.unpack(">II", content[16:24])[0] == pytest.approx(2 * 592, abs=2)


def test_names_beside_bars_leave_room_on_a_narrow_screen():
    narrow = prepared(bar_chart().spec, 320)
    assert narrow["encoding"]["y"]["axis"]["labelLimit"] < 150
    assert "axis" not in prepared(bar_chart().spec)["encoding"]["y"]


def test_a_chart_fills_the_width_of_the_page():
    assert charts.size(charts.svg(line_chart(), "en")) == (theme.CHART_WIDTH, theme.CHART_HEIGHT)


def test_a_size_given_by_the_author_is_kept():
    spec = {**line_chart().spec, "width": 300, "height": 100, "autosize": "pad"}
    width, height = charts.size(charts.svg(chart(spec), "en"))
    assert 300 < width < 400
    assert 100 < height < 200


@pytest.mark.parametrize("zone", ["America/New_York", "Pacific/Auckland"])
def test_a_chart_is_the_same_in_every_time_zone(zone):
    code = (
        "import hashlib; from tests.pressroom.documents import line_chart; from pressroom.writers import charts;"
        "print(hashlib.sha256(charts.svg(line_chart(), 'en').encode()).hexdigest())"
    )
    path = os.pathsep.join(["src", "."])
    made = subprocess.run(
        [sys.executable, "-c", code], env={"TZ": zone, "PYTHONPATH": path}, capture_output=True, text=True, check=True
    )
    assert made.stdout.strip() == hashlib.sha256(charts.svg(line_chart(), "en").encode()).hexdigest()


@pytest.mark.parametrize("suffix", ["", "Z", "+02:00", "-0500"])
def test_a_moment_is_shown_as_the_wall_clock_it_was_given_as(suffix):
    values = [{"x": f"2013-07-01T{hour:02}:00:00{suffix}", "y": hour} for hour in range(9, 18)]
    assert {"09:00", "17:00"} <= set(texts(charts.svg(line(values), "en")))


def test_dates_and_decimals_of_python_are_taken():
    values = [{"x": date(2013, 7, day), "y": Decimal("1.5") * day} for day in range(1, 9)]
    assert "1 Jul" in texts(charts.svg(line(values), "en"))
    moments = [{"x": datetime(2013, 7, 1, hour), "y": hour} for hour in range(9)]  # noqa: DTZ001 - a wall clock
    assert "08:00" in texts(charts.svg(line(moments), "en"))


def test_numbers_that_are_none_leave_a_gap():
    values = [{"x": f"2013-07-0{day}", "y": value} for day, value in enumerate([1.0, math.nan, math.inf, None, 3], 1)]
    assert "NaN" not in charts.svg(line(values), "en")


def test_numbers_and_months_follow_the_locale():
    values = [{"x": f"2013-0{month}-01", "y": 2000 * month} for month in range(1, 10)]
    labels = texts(charts.svg(line(values), "de-DE"))
    assert "10.000" in labels
    assert "Mai 2013" in labels


def amounts(shown: str, pattern: str = "$,.2~f") -> Chart:
    axis = {"field": "y", "type": "quantitative", "axis": {"format": pattern}}
    values = [{"x": place, "y": 2500 * place} for place in range(-1, 5)]
    encoding = {"x": {"field": "x", "type": "ordinal"}, "y": axis}
    return replace(chart({"data": {"values": values}, "mark": "line", "encoding": encoding}), format=shown)


@pytest.mark.parametrize(
    ("locale", "labels"),
    [
        ("en", {"€10,000", "€2,000", "\u2212€2,000"}),
        ("de", {"10.000\u00a0€", "2.000\u00a0€", "\u22122.000\u00a0€"}),
        ("pt-BR", {"€\u00a010.000", "€\u00a02.000", "\u2212€\u00a02.000"}),
        ("es", {"10.000\u00a0€", "2000\u00a0€", "\u22122000\u00a0€"}),
        ("pl", {"10\u00a0000\u00a0€", "2000\u00a0€", "\u22122000\u00a0€"}),
    ],
)
def test_amounts_beside_an_axis_are_written_as_in_the_report(locale, labels):
    assert labels <= set(texts(charts.svg(amounts("money(EUR)"), locale)))


def test_a_chart_whose_format_names_no_currency_writes_dollars_for_a_dollar():
    assert "$10,000" in texts(charts.svg(amounts(""), "en"))
    assert "10.000\u00a0$" in texts(charts.svg(amounts("number"), "de"))


def test_four_digits_are_grouped_beside_an_axis_only_where_the_language_groups_them():
    assert {"10.000,0", "2000,0", "\u22122000,0"} <= set(texts(charts.svg(amounts("", ",.1f"), "es")))
    assert {"10.000,0", "2.000,0"} <= set(texts(charts.svg(amounts("", ",.1f"), "es-AR")))
    spec = amounts("").spec
    layered = {"data": spec.pop("data"), "layer": [spec]}
    assert "2000\u00a0US$" in texts(charts.svg(chart(layered), "es"))


def test_a_label_that_its_author_writes_stays():
    spec = amounts("").spec
    spec["encoding"]["y"]["axis"] = {"labelExpr": "'about ' + datum.label"}
    assert "about 2.000" in texts(charts.svg(chart(spec), "es"))


def test_a_chart_without_points_is_drawn_empty():
    assert charts.svg(line([]), "en").startswith("<svg")


def test_markup_in_the_data_stays_text():
    spec = {
        "data": {"values": [{"x": "<script>alert(1)</script>", "y": 1}]},
        "mark": "bar",
        "encoding": {"x": {"field": "x", "type": "nominal"}, "y": Y},
    }
    picture = charts.svg(chart(spec), "en")
    assert "<script" not in picture
    assert "&lt;script" in picture


@pytest.mark.parametrize(
    "spec",
    [
        {"data": {"url": "http://127.0.0.1:9/d.csv"}, "mark": "bar"},
        {"data": {"values": []}, "mark": "image"},
        {"data": {"values": []}, "mark": {"type": "image", "aspect": False}},
        {"data": {"values": []}, "layer": [{"mark": "bar", "encoding": {"href": {"field": "a"}}}]},
        {"data": {"values": []}, "mark": "bar", "transform": [{"lookup": "a", "from": {"data": {"url": "x"}}}]},
    ],
)
def test_what_would_be_fetched_or_followed_is_refused(spec):
    with pytest.raises(RenderError, match="Chart sales"):
        charts.svg(chart(spec, "sales"), "en")


def test_a_column_may_be_named_url():
    spec = {
        "data": {"values": [{"url": "a", "y": 1}]},
        "mark": "bar",
        "encoding": {"x": {"field": "url", "type": "nominal"}, "y": Y},
    }
    assert "<svg" in charts.svg(chart(spec), "en")


def test_a_specification_that_is_none_is_named():
    with pytest.raises(RenderError, match=r"Chart sales is not a valid Vega-Lite specification") as caught:
        charts.svg(chart({"mark": "nonsense"}, "sales"), "en")
    assert caught.value.remedy


def test_two_charts_in_one_page_do_not_share_identifiers():
    both = charts.svg(line_chart("one"), "en") + charts.svg(line_chart("two"), "en")
    identifiers = re.findall(r'\bid="([^"]+)"', both)
    assert len(identifiers) == len(set(identifiers))
    assert set(re.findall(r"url\(#([^)]+)\)", both)) <= set(identifiers)


def test_a_long_legend_is_broken_into_lines():
    values = [{"x": "2013-07-01", "y": n, "kind": f"A rather long name {n}"} for n in range(12)]
    colour = {"field": "kind", "type": "nominal"}
    spec = {"data": {"values": values}, "mark": "line", "encoding": {"x": X, "y": Y, "color": colour}}
    assert 1 < prepared(spec)["encoding"]["color"]["legend"]["columns"] < 6
    assert charts.size(charts.svg(chart(spec), "en"))[0] == theme.CHART_WIDTH


def test_the_specification_given_is_not_changed():
    given = line_chart()
    before = repr(given.spec)
    charts.svg(replace(given, id="other"), "en")
    assert repr(given.spec) == before


def test_series_of_a_chart_have_a_colour_each():
    names = [f"Series {number}" for number in range(24)]
    encoding = {"x": {"field": "x", "type": "nominal"}, "y": Y, "color": {"field": "x", "type": "nominal"}}
    spec = {"data": {"values": [{"x": name, "y": 1} for name in names]}, "mark": "bar", "encoding": encoding}
    drawn = re.findall(r'aria-roledescription="bar" d="[^"]*" fill="([^"]*)"', charts.svg(chart(spec), "en"))
    assert len(set(drawn)) == len(drawn) == 24


@pytest.mark.parametrize(
    ("values", "is_marked"),
    [([1], True), ([1, 2, 3], False), ([1, None, 2, 3], True), ([None, None], False), ([1, 2, None, 3, 4], False)],
)
def test_a_value_alone_is_marked_for_a_line_through_it_cannot_be_seen(values, is_marked):
    rows = [{"day": day, "v": value} for day, value in enumerate(values)]
    chart = ChartSpec("q", Place("r.md", 1), type="line", x="day", y=("v",))
    assert ("size" in str(vega._mark(chart, rows)["point"])) is is_marked


def below(labels: list[str], **changes: object) -> dict:
    axis = {"field": "name", "type": "nominal", "sort": None, **changes}
    values = {"values": [{"name": label, "v": 1} for label in labels]}
    return {"data": values, "mark": "bar", "encoding": {"x": axis, "y": {"field": "v", "type": "quantitative"}}}


def test_labels_below_columns_are_turned_when_they_have_no_room():
    def angle(labels):
        made = prepared(below(labels))["encoding"]["x"].get("axis", {})
        return made.get("labelAngle"), made.get("labelOverlap")

    long = "A long label of a product {}"
    assert angle(["a", "b"]) == (None, None)
    assert angle([long.format(n) for n in range(8)]) == (-40, False)
    assert angle([long.format(n) for n in range(33)]) == (-90, False)


@pytest.mark.parametrize("width", [theme.CHART_WIDTH, theme.NARROW_WIDTH])
@pytest.mark.parametrize("name", ["20{:02}", "Shop {}", "Department {} of the north", "東京都千代田区{}"])
@pytest.mark.parametrize("count", [25, 33, 40, 200])
def test_lines_of_labels_below_an_axis_never_touch(count, name, width):
    labels = [name.format(number) for number in range(count)]
    picture = charts.svg(chart(below(labels)), "en", width=width)
    found = re.findall(r'text-anchor="\w+" transform="translate\(([\d.]+),[\d.]+\)([^"]*)"[^>]*>([^<]+)', picture)
    at = [float(x) for x, _, text in found if text in labels or text.endswith("…")]
    angles = {abs(float(turn[1])) for _, turned, text in found if (turn := re.search(r"rotate\((-?\d+)", turned))}
    across = 11 / math.sin(math.radians(angles.pop())) if angles else 6 * len(labels[0])
    assert len(at) >= min(count, width // 52)
    assert min(b - a for a, b in itertools.pairwise(at)) > across


def test_an_author_turns_labels_as_they_like():
    labels = [f"A long label of a product {number}" for number in range(60)]
    axis = prepared(below(labels, axis={"labelAngle": -60, "labelExpr": "datum.label"}))["encoding"]["x"]["axis"]
    assert (axis["labelAngle"], axis["labelExpr"]) == (-60, "datum.label")


@pytest.mark.parametrize(
    ("locale", "form"), [("en", "%-d %b"), ("de-AT", "%-d. %b"), ("ja", "%-m月%-d日"), ("ar", "%-d %b")]
)
def test_days_of_an_axis_are_written_as_in_the_language_of_the_report(locale, form):
    rows = [{"day": f"2013-07-{day:02}", "v": day} for day in range(1, 31)]
    axis = {"field": "day", "type": "temporal"}
    spec = {
        "data": {"values": rows},
        "mark": "line",
        "encoding": {"x": axis, "y": {"field": "v", "type": "quantitative"}},
    }
    assert prepared(spec, locale=locale)["encoding"]["x"]["axis"]["format"] == form


@pytest.mark.parametrize(
    ("values", "axis"),
    [
        (
            ["2013-07-01T00:00:00", "2013-07-03T00:00:00"],
            {"format": "%-d %b", "tickCount": {"interval": "day", "step": 1}},
        ),
        (["2013-07-01T06:00:00", "2013-07-03T00:00:00"], {"format": "%H:%M"}),
        (["2013-07-01T00:00:00"], {"format": "%-d %b %Y"}),
    ],
)
def test_an_axis_of_days_has_no_hours_between_them(values: list[str], axis: dict[str, object]) -> None:
    encoding = {"x": {"field": "day", "type": "temporal"}, "y": {"field": "n", "type": "quantitative"}}
    spec = {"data": {"values": [{"day": day, "n": 1} for day in values]}, "mark": "line", "encoding": encoding}
    assert prepared(spec)["encoding"]["x"]["axis"] == axis


# ---- nothing is left out without a word -----------------------------------------------------------------------------


def short_form(kind: str, rows: list[tuple[object, ...]], value: Kind = Kind.INTEGER) -> str:
    """The picture of a chart in the short form, of a name and a value."""
    fields = [Field("name", Kind.TEXT, "VARCHAR"), Field("n", value, "BIGINT")]
    block = ChartSpec("q", Place("report.md", 1), type=kind, x="name", y=("n",))
    return charts.svg(chart(vega.build(block, MemoryResults({"q": (fields, rows)}))), "en")


@pytest.mark.parametrize("kind", ["bar", "column"])
def test_a_category_without_a_value_keeps_its_place(kind: str) -> None:
    rows = [("first", None), ("second", 4), ("third", None), ("fourth", 9)]
    labels = [text for text in texts(short_form(kind, rows)) if text in {name for name, _ in rows}]
    assert labels == [name for name, _ in rows]


@pytest.mark.parametrize("most", [1, 2, 3])
def test_an_axis_of_whole_numbers_never_shows_one_twice(most: int) -> None:
    labels = [text for text in texts(short_form("bar", [("a", 1), ("b", most)])) if text.isdecimal()]
    assert labels == [str(number) for number in range(most + 1)]


@pytest.mark.parametrize("count", [5, 14, 29])
def test_the_legend_beside_a_pie_stands_within_the_picture(count: int) -> None:
    picture = short_form("pie", [(f"Slice {number}", number + 1) for number in range(count)])
    assert {f"Slice {number}" for number in range(count)} <= set(texts(picture))
    _, height = charts.size(picture)
    entries = re.findall(r"role-legend-entry.*", picture, re.DOTALL)[0]
    tops = [float(top) for top in re.findall(r'<g transform="translate\(0,(\d+\.?\d*)\)"', entries)]
    assert tops
    assert max(tops) + 12 < height


# ---- order ----------------------------------------------------------------------------------------------------------

UNSORTED = ("Zulu", "Mike", "Alpha", "Yankee")


def slices(picture: str) -> list[str]:
    """The names of the slices, clockwise from the top."""
    found = re.findall(r'aria-label="[^"]*[Nn]ame: (\w+)[^"]*"[^>]* d="M(-?[\d.]+),(-?[\d.]+)A', picture)
    ends = {name: math.atan2(float(x), -float(y)) % math.tau or math.tau for name, x, y in found}
    return sorted(ends, key=lambda name: ends[name])


def test_slices_stand_clockwise_in_the_order_of_the_data_as_the_legend_does() -> None:
    picture = short_form("pie", [(name, number) for number, name in enumerate(UNSORTED, 4)])
    assert [text for text in texts(picture) if text in UNSORTED] == list(UNSORTED)
    assert slices(picture) == list(UNSORTED)


@pytest.mark.parametrize(("kind", "edge"), [("stacked", "y"), ("bar", "x"), ("column", "x")])
def test_parts_of_a_bar_stand_in_the_order_of_the_data(kind: str, edge: str) -> None:
    fields = [Field("place", Kind.TEXT, "V"), Field("name", Kind.TEXT, "V"), Field("order", Kind.INTEGER, "I")]
    rows = [(place, name, 4) for place in ("b", "a") for name in UNSORTED]
    block = ChartSpec("q", Place("report.md", 1), type=kind, x="place", y=("order",), color="name")
    spec = vega.build(block, MemoryResults({"q": (fields, rows)}))
    found = re.findall(
        r'aria-label="[^"]*[Nn]ame: (\w+)[^"]*"[^>]* d="M(-?[\d.]+),(-?[\d.]+)', charts.svg(chart(spec), "en")
    )
    parts = [(float(x) if edge == "x" else -float(y), name) for name, x, y in found[: len(UNSORTED)]]
    assert [name for _, name in sorted(parts)] == list(UNSORTED)


def test_a_specification_of_the_author_keeps_its_order() -> None:
    encoding = {"theta": {"field": "n", "type": "quantitative"}, "color": {"field": "name", "type": "nominal"}}
    mark = {"type": "arc", "innerRadius": 40}
    spec = {"data": {"values": [{"name": name, "n": 4} for name in UNSORTED]}, "mark": mark, "encoding": encoding}
    assert slices(charts.svg(chart(spec), "en")) == sorted(UNSORTED)
