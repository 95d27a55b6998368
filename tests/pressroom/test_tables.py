"""Groups, subtotals and looks of tables: what is computed, whatever the data are."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pressroom.blocks_looks import read_condition
from pressroom.blocks_tables import TableSpec
from pressroom.cells import bar_of, matching, shade_of
from pressroom.definition import parse
from pressroom.document import ColourRule, Kind, Scale, Table, Tone, Total
from pressroom.errors import LayoutError
from pressroom.sources import open_source
from pressroom.tables import table_blocks
from pressroom.workspace import Workspace
from pressroom.writers import theme
from pressroom.writers.shown_tables import RowKind, shown_table
from tests.pressroom.documents import MemoryResults, document, table_of
from tests.pressroom.reports import only_problem_of, run

Row = tuple[str | None, int | None, Decimal | None, int | None]
FRONT = "---\ntitle: Sales\nsource: s\n---\n"

decimals = st.decimals(min_value=-10_000, max_value=10_000, places=2, allow_nan=False)
rows_of_groups = st.lists(
    st.tuples(
        st.sampled_from(["North", "South", "", None]),
        st.none() | st.integers(1, 3),
        st.none() | decimals,
        st.none() | st.integers(-(10**12), 10**12),
    ),
    min_size=1,
    max_size=25,
)


@contextmanager
def workspace_of(rows: Sequence[Row]) -> Iterator[Workspace]:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "data.duckdb"
        with duckdb.connect(str(file)) as connection:
            connection.execute("create table t (region varchar, shop integer, amount decimal(18, 2), units bigint)")
            connection.executemany("insert into t values (?, ?, ?, ?)", rows)
        with Workspace(Path(folder) / "scratch") as workspace:
            source = open_source(f"duckdb:///{file}")
            workspace.load("d", source, "select * from t")
            source.close()
            yield workspace


def table_from(workspace: Workspace, block: str) -> Table:
    spec = next(
        block
        for block in parse(f"{FRONT}```sql d\nselect 1\n```\n```table\ndata: d\n{block}\n```\n").blocks
        if isinstance(block, TableSpec)
    )
    (table,) = table_blocks(spec, workspace, "en", "table-1")
    return table


GROUPED = "group: [region, shop]\ncolumns: {amount: {total: sum}, units: {total: count}}"


@given(rows_of_groups)
@settings(max_examples=12, deadline=None)
def test_subtotals_of_each_level_add_up_to_the_total(rows: list[Row]) -> None:
    with workspace_of(rows) as workspace:
        totals = [(Total.SUM, "amount"), (Total.COUNT, "units")]
        amount, units = (workspace.scalar("d", total, column) for total, column in totals)
        for by in (["region"], ["region", "shop"]):
            found = list(workspace.subtotals("d", by, totals))
            assert sum(group.rows for group in found) == len(rows)
            amounts = [group.values[0] for group in found if group.values[0] is not None]
            assert (sum(amounts) if amounts else None) == amount
            assert sum(group.values[1] for group in found) == units


@given(rows_of_groups)
@settings(max_examples=12, deadline=None)
def test_groups_are_those_of_a_plain_reading_and_stand_once_in_order_of_appearance(rows: list[Row]) -> None:
    plain = MemoryResults()
    kinds = {"region": Kind.TEXT, "shop": Kind.INTEGER, "amount": Kind.DECIMAL, "units": Kind.INTEGER}
    table_of(plain, "d", kinds, list(rows))
    totals = [(Total.AVG, "amount"), (Total.MAX, "units"), (Total.MIN, "region")]
    with workspace_of(rows) as workspace:
        for by in (["region"], ["region", "shop"]):
            assert list(workspace.grouped("d", by)) == list(plain.grouped("d", by))
            assert list(workspace.subtotals("d", by, totals)) == list(plain.subtotals("d", by, totals))


@given(rows_of_groups, st.integers(1, 8))
@settings(max_examples=12, deadline=None)
def test_a_limit_counts_rows_of_data_and_leaves_subtotals_whole(rows: list[Row], limit: int) -> None:
    with workspace_of(rows) as workspace:
        cut = shown_table(table_from(workspace, f"{GROUPED}\nlimit: {limit}"), workspace, document())
        whole = shown_table(table_from(workspace, GROUPED), workspace, document())
    shown = [row for row in cut.rows if row.kind is RowKind.ROW]
    assert len(shown) == min(limit, len(rows))
    assert shown == [row for row in whole.rows if row.kind is RowKind.ROW][:limit]
    for kind in (RowKind.GROUP, RowKind.SUBTOTAL):
        assert {row for row in cut.rows if row.kind is kind} <= {row for row in whole.rows if row.kind is kind}
    assert sum(row.kind is RowKind.GROUP for row in cut.rows) == sum(row.kind is RowKind.SUBTOTAL for row in cut.rows)
    assert cut.totals == whole.totals
    if limit < len(rows):
        assert "Subtotals are of all rows of a group." in " ".join(cut.notes)


def test_a_grouped_table_reads_from_top_to_bottom() -> None:
    rows: list[Row] = [
        ("South", 1, Decimal("1.50"), 1),
        ("North", 2, Decimal("-2.25"), 2),
        ("South", 1, None, 3),
        (None, None, Decimal(4), 4),
    ]
    with workspace_of(rows) as workspace:
        shown = shown_table(table_from(workspace, GROUPED), workspace, document())
    assert [(row.kind.value, row.level, row.cells) for row in shown.rows] == [
        ("group", 1, ("South", "")),
        ("group", 2, ("Shop: 1", "")),
        ("row", 1, ("1.50", "1")),
        ("row", 1, ("\u2013", "3")),
        ("subtotal", 2, ("1.50", "2")),
        ("subtotal", 1, ("1.50", "2")),
        ("group", 1, ("North", "")),
        ("group", 2, ("Shop: 2", "")),
        ("row", 1, ("\u22122.25", "2")),
        ("subtotal", 2, ("\u22122.25", "1")),
        ("subtotal", 1, ("\u22122.25", "1")),
        ("group", 1, ("Region: \u2013", "")),
        ("group", 2, ("Shop: \u2013", "")),
        ("row", 1, ("4.00", "4")),
        ("subtotal", 2, ("4.00", "1")),
        ("subtotal", 1, ("4.00", "1")),
    ]
    assert shown.totals == ("3.25", "4")


# ---- looks


@pytest.mark.parametrize(
    ("condition", "holds", "fails"),
    [
        ("< 0", [-1, Decimal("-0.1"), -1e-9], [0, 1, None, float("nan")]),
        (">= 90%", [0.9, Decimal("0.95")], [0.8999, None]),
        ("10..20", [10, 15.5, 20], [9.99, 20.01, None]),
        ("= cancelled", ["cancelled"], ["flown", None]),
        ("!= 0", [1, -1], [0, 0.0, None]),
        (">= 2013-07-01", [date(2013, 7, 1), datetime(2013, 7, 1, 5)], [date(2013, 6, 30), None]),  # noqa: DTZ001 - as results are
        ("= 2013-07-01", [datetime(2013, 7, 1)], [datetime(2013, 7, 1, 5)]),  # noqa: DTZ001 - as results are
        ("empty", [None, float("nan")], [0, ""]),
        ("5", [5, 5.0], [4]),
    ],
)
def test_a_condition_holds_for_what_it_says(condition: str, holds: list[Any], fails: list[Any]) -> None:
    rule = ColourRule(*read_condition(condition), tone=Tone.BAD)
    assert [matching(value, [rule]) for value in holds] == [rule] * len(holds)
    assert [matching(value, [rule]) for value in fails] == [None] * len(fails)


@given(st.none() | st.floats() | st.integers() | decimals, st.floats(allow_nan=False), st.floats(allow_nan=False))
def test_bars_and_shades_stay_within_their_cell(value: Any, one: float, other: float) -> None:
    scale = Scale(min(one, other), max(one, other))
    bar = bar_of(value, scale)
    assert bar is None or 0 <= bar[0] <= bar[1] <= 1
    assert 0 <= shade_of(value, scale) <= 8


def test_negative_bars_end_where_positive_ones_begin() -> None:
    scale = Scale(-50, 100)
    assert bar_of(-50, scale) == (0, pytest.approx(1 / 3))
    assert bar_of(100, scale) == (pytest.approx(1 / 3), 1)
    assert bar_of(0, scale) == (pytest.approx(1 / 3), pytest.approx(1 / 3))


def luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def test_tones_and_shades_are_readable_on_every_ground() -> None:
    dark = {"good": "#5fd08a", "bad": "#f5a95b", "neutral": theme.DARK[theme.MUTED], "accent": theme.DARK[theme.BRAND]}
    for tone, colour in theme.TONES.items():
        assert min(contrast(colour, ground) for ground in ("#ffffff", theme.PAPER)) >= 4.5, tone
        assert (
            min(contrast(dark[tone], ground) for ground in (theme.DARK_PAGE, "#131c2e", theme.DARK[theme.PAPER])) >= 4.5
        )
    for tone in theme.SHADE_ENDS:
        for step in range(9):
            assert contrast(theme.INK, theme.PLAIN.shade(tone, step)) >= 4.5
            assert contrast(theme.DARK[theme.INK], theme.PLAIN.shade(tone, step, is_dark=True)) >= 4.5


@pytest.mark.parametrize(
    ("column", "message", "remedy"),
    [
        ("color: {when: '< soon', tone: bad}", "'< soon' is no condition: < compares numbers", "Allowed, in quotes:"),
        ("color: {when: '20..10', tone: bad}", "the lower one first", "Allowed, in quotes:"),
        ("color: {when: '< 0', tone: red}", "`tone` of the color of the column a is 'red'.", "good, bad, accent, neutral"),
        ("color: {when: '< 0'}", "has no `tone`", "Add `tone: bad`"),
        ("heat: true, bar: true", "`heat` and `bar` of the column a exclude each other.", "Keep one of the two."),
        ("bar: {min: 5, max: 5}", "`min` of the bar of the column a is 5.", "less than `max`"),
        ("width: wide", "`width` of the column a is 'wide'.", "30%, 120pt"),
        ("width: 140%", "`width` of the column a is '140%'.", "30%, 120pt"),
    ],
)  # fmt: skip
def test_a_wrong_look_is_told_with_its_line(column: str, message: str, remedy: str) -> None:
    text = f"{FRONT}```sql d\nselect 1 as a\n```\n```table\ndata: d\ncolumns:\n  a: {{{column}}}\n```\n"
    problem = only_problem_of(text)
    assert message in problem.message
    assert remedy in problem.remedy
    assert problem.place is not None
    assert problem.place.line == 11


def test_the_ends_of_shades_and_bars_may_be_percentages(tmp_path: Path) -> None:
    text = f"{FRONT}```sql d\nselect 1 as a, 2 as b\n```\n```table\ndata: d\ncolumns: {{a: {{heat: {{low: 60%, high: 95.5 %}}}}, b: {{bar: {{max: 1}}}}}}\n```\n"
    block = parse(text).blocks[0]
    assert isinstance(block, TableSpec)
    a, b = (column.heat or column.bar for column in block.columns)
    assert a is not None
    assert b is not None
    assert (a.low, a.high, b.low, b.high) == (Decimal("0.6"), Decimal("0.955"), None, Decimal(1))
    wrong = only_problem_of(text.replace("60%", "60 per cent"))
    assert "a number or a percentage such as 60%" in f"{wrong.message} {wrong.remedy}"


def test_groups_are_checked() -> None:
    text = f"{FRONT}```sql d\nselect 1 as a\n```\n```table\ndata: d\ngroup_by: a\n```\n"
    assert "Did you mean group?" in only_problem_of(text).remedy
    twice = text.replace("group_by: a", "group: [a, a]")
    assert "different columns" in only_problem_of(twice).remedy


@pytest.mark.parametrize(
    ("look", "message"),
    [
        ("color: {when: '< 1', tone: bad}", "compares with a number, but the column holds text"),
        ("bar: true", "no numbers, which a shade or a bar needs"),
    ],
)
def test_a_look_that_does_not_fit_its_column_names_the_line(look: str, message: str, tmp_path: Path) -> None:
    text = f"{FRONT}```sql d\nselect origin from flights\n```\n```table\ndata: d\ncolumns:\n  origin: {{{look}}}\n```\n"
    with pytest.raises(LayoutError, match=message) as caught:
        run(text, tmp_path)
    assert caught.value.place is not None
    assert caught.value.place.line == 11
