from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from pressroom.document import Chart, Heading, Kpis, Notice, PageBreak, Paragraph, Table, Tone
from pressroom.errors import DataError, LayoutError, Place
from pressroom.markdown import plain_text
from tests.pressroom.reports import FRONT, REPORT, run

DELAYS = """```sql d
select day, airline, origin, dep_delay as delay, 1 as n, 2013 as year from flights order by day, airline
```
"""


def chart(block: str, folder: Path, sql: str = DELAYS) -> Chart:
    (found,) = run(f"{FRONT}{sql}```chart\ndata: d\n{block}\n```\n", folder).blocks
    assert isinstance(found, Chart)
    return found


def table(block: str, folder: Path, sql: str = DELAYS) -> Table:
    (found,) = run(f"{FRONT}{sql}```table\ndata: d\n{block}\n```\n", folder).blocks
    assert isinstance(found, Table)
    return found


def kpis(sql: str, tile: str, folder: Path) -> Any:
    text = f"{FRONT}```sql d\n{sql}\n```\n```kpi\ndata: d\ntiles: [{{{tile}}}]\n```\n"
    return run(text, folder).blocks


def test_the_example_of_the_contract_becomes_a_document(tmp_path: Path) -> None:
    document = run(REPORT, tmp_path)
    assert (document.title, document.subtitle, document.timezone) == (
        "Airport punctuality",
        "July 2013 · JFK",
        "America/New_York",
    )
    assert document.prepared_at.isoformat() == "2013-08-02T02:00:00-04:00"
    prose, tiles, _, league = document.blocks
    assert isinstance(prose, Paragraph)
    assert plain_text(prose.spans) == "Of 4 flights from JFK, 75.0% left on time."
    assert isinstance(tiles, Kpis)
    assert [(tile.label, tile.text) for tile in tiles.tiles] == [("Flights", "4"), ("On time", "75.0%")]
    assert isinstance(league, Table)
    assert [(column.field.name, column.label) for column in league.columns] == [
        ("airline", "Airline"), ("flights", "Flights"), ("delay", "Mean delay"),
    ]  # fmt: skip
    assert (league.rows, league.note) == (3, "The first 2 of 3 rows.")


def test_given_parameters_override_the_defaults(tmp_path: Path) -> None:
    document = run(REPORT, tmp_path, given={"airport": "LGA", "period": "2013-07-04"})
    assert document.subtitle == "4 July 2013 · LGA"
    assert document.parameters == {"period": "4 July 2013", "airport": "LGA"}


def test_a_subtitle_names_what_says_nothing_alone(tmp_path: Path) -> None:
    text = (
        "---\ntitle: T\nsource: s\nparameters:\n"
        "  since: {type: date, default: 2013-01-01, label: From}\n  least: {type: number, default: 100.50}\n"
        "  detail: {type: boolean, default: false}\n  airports: {type: list, default: [JFK, LGA]}\n"
        "  size: {type: number, default: 2, choices: {1: small, 2: large}}\n---\nA text.\n"
    )
    assert run(text, tmp_path).subtitle == "From: 1 January 2013 · Least: 100.50 · Detail: No · JFK, LGA · large"


def test_title_and_subtitle_are_templates_and_a_repeated_title_is_left_out(tmp_path: Path) -> None:
    text = "---\ntitle: Flights of *{{ today | date('%Y') }}*\nsubtitle: by {{ author }}\nauthor: Desk\nsource: s\n---\n# {{ title }}\n# More\n"
    document = run(text, tmp_path)
    assert (document.title, document.subtitle, document.author) == ("Flights of *2013*", "by Desk", "Desk")
    (heading,) = document.blocks
    assert isinstance(heading, Heading)
    assert plain_text(heading.spans) == "More"


def test_page_and_breaks_reach_the_document(tmp_path: Path) -> None:
    text = FRONT.replace("source", "page: {size: letter, orientation: landscape}\nsource")
    document = run(f"{text}a\n```pagebreak\n```\nb\n", tmp_path)
    assert (document.page, document.landscape) == ("letter", True)
    assert isinstance(document.blocks[1], PageBreak)


# ---- tiles


@pytest.mark.parametrize(
    ("values", "tile", "delta", "tone"),
    [
        ("110 as a, 100 as b", "value: a, compare: b, good: up", "+10.0%", Tone.GOOD),
        ("90 as a, 100 as b", "value: a, compare: b, good: up", "\u221210.0%", Tone.BAD),
        ("90 as a, 100 as b", "value: a, compare: b, good: down", "\u221210.0%", Tone.GOOD),
        ("90 as a, 100 as b", "value: a, compare: b", "\u221210.0%", Tone.NEUTRAL),
        ("100 as a, 100 as b", "value: a, compare: b, good: up", "0.0%", Tone.NEUTRAL),
        ("0.82 as a, 0.8 as b", "value: a, compare: b, good: up, format: percent", "+2.0 pp", Tone.GOOD),
        ("5 as a, 0 as b", "value: a, compare: b, good: up", "new", Tone.GOOD),
        ("0 as a, 0 as b", "value: a, compare: b, good: up", "0.0%", Tone.NEUTRAL),
        ("5 as a, null as b", "value: a, compare: b, good: up", "\u2013", Tone.NEUTRAL),
        ("null as a, 5 as b", "value: a, compare: b, good: up", "\u2013", Tone.NEUTRAL),
        ("20 as a, -10 as b", "value: a, compare: b, good: up", "+30", Tone.GOOD),
        ("0 as a, 50 as b", "value: a, compare: b, good: up", "\u2212100.0%", Tone.BAD),
        ("90 as a, 100 as b", "value: a, compare: b, delta: absolute", "\u221210", Tone.NEUTRAL),
        ("0.82 as a, 0.8 as b", "value: a, compare: b, format: percent, delta: percent", "+2.5%", Tone.NEUTRAL),
        ("1.25 as a, 1 as b", "value: a, compare: b, format: 'money(EUR)', delta: absolute", "+€0.25", Tone.NEUTRAL),
        ("-50 as a, -100 as b", "value: a, compare: b, good: up", "+50.0%", Tone.GOOD),
    ],
)
def test_a_tile_says_how_its_value_changed(values: str, tile: str, delta: str, tone: Tone, tmp_path: Path) -> None:
    (tiles,) = kpis(f"select {values}", tile, tmp_path)
    assert (tiles.tiles[0].delta, tiles.tiles[0].delta_tone) == (delta, tone)


def test_tiles_of_an_empty_query_are_dashes_with_a_notice(tmp_path: Path) -> None:
    tiles, notice = kpis("select 1 as a where false", "value: a, format: number", tmp_path)
    assert tiles.tiles[0].text == "\u2013"
    assert notice == Notice("The query d gave no rows.")


def test_years_and_identifiers_are_not_grouped(tmp_path: Path) -> None:
    (tiles,) = kpis("select 2013 as year", "value: year", tmp_path)
    assert tiles.tiles[0].text == "2013"


# ---- charts


@pytest.mark.parametrize("kind", ["line", "area", "bar", "column", "scatter"])
def test_the_short_form_is_a_whole_specification(kind: str, tmp_path: Path) -> None:
    found = chart(f"type: {kind}\nx: day\ny: delay", tmp_path)
    assert found.spec["data"]["values"][0] == {"day": "2013-06-30T00:00:00", "delay": 99.0}
    assert {"x", "y"} <= set(found.spec["encoding"])
    assert not {"config", "title"} & set(found.spec)
    assert (found.id, found.type, found.x, found.y, found.title) == ("chart-1", kind, "day", ("delay",), "Delay by day")
    json.dumps(found.spec, allow_nan=False)


def test_a_column_chart_of_days_has_bands_of_days(tmp_path: Path) -> None:
    found = chart("type: column\nx: day\ny: delay", tmp_path)
    assert found.spec["encoding"]["x"]["timeUnit"] == "yearmonthdate"


def test_several_columns_become_series(tmp_path: Path) -> None:
    found = chart("type: line\nx: day\ny: [delay, n]", tmp_path)
    assert found.spec["data"]["values"][:2] == [
        {"day": "2013-06-30T00:00:00", "series": "Delay", "value": 99.0},
        {"day": "2013-06-30T00:00:00", "series": "N", "value": 1},
    ]
    assert found.spec["encoding"]["color"]["field"] == "series"
    assert found.title == "Delay and n by day"


def test_bars_lie_and_may_be_sorted(tmp_path: Path) -> None:
    found = chart("type: bar\nx: airline\ny: delay\nsort: descending\nformat: '0.0'", tmp_path)
    encoding = found.spec["encoding"]
    assert (encoding["y"]["field"], encoding["y"]["sort"], encoding["x"]["field"]) == ("airline", "-x", "delay")
    assert encoding["x"]["axis"]["format"] == ".1f"
    assert chart("type: bar\nx: delay\ny: airline", tmp_path).x == "airline"


def test_pies_heatmaps_and_stacks_have_their_channels(tmp_path: Path) -> None:
    assert set(chart("type: pie\nx: airline\ny: n", tmp_path).spec["encoding"]) == {"theta", "color", "order"}
    heat = chart("type: heatmap\nx: airline\ny: origin\ncolor: delay", tmp_path).spec["encoding"]
    assert (heat["color"]["field"], heat["y"]["field"]) == ("delay", "origin")
    assert chart("type: heatmap\nx: airline\ny: origin\ncolor: delay", tmp_path).title == "Delay by airline and origin"
    said = chart("type: heatmap\nx: airline\ny: origin\ncolor: delay", tmp_path).alt
    assert re.search(r"highest [\d.]+ \(\w+, \w+\)", said), said
    assert chart("type: stacked\nx: day\ny: n\ncolor: origin", tmp_path).spec["encoding"]["y"]["stack"] == "zero"


def test_the_description_names_ends_and_extremes(tmp_path: Path) -> None:
    alt = chart("type: line\nx: day\ny: delay\nformat: '0'", tmp_path).alt
    assert alt == (
        "Line chart, Delay by day: Delay of 6 points, first 99 (30 Jun 2013), last 99 (1 Aug 2013), "
        "lowest 0 (1 Jul 2013), highest 99 (30 Jun 2013)."
    )


def test_points_are_capped_with_a_note(tmp_path: Path) -> None:
    sql = "```sql d\nwith recursive c(x) as (select 1 union all select x + 1 from c where x < 6000) select x, x as y from c\n```\n"
    found = run(f"{FRONT}{sql}```chart\ndata: d\ntype: line\nx: x\ny: y\n```\n", tmp_path, row_limit=10_000).charts()[0]
    assert len(found.spec["data"]["values"]) == 5000
    assert found.note == "The first 5,000 of 6,000 points."


def test_a_whole_specification_gets_the_rows_of_its_query(tmp_path: Path) -> None:
    found = chart(
        "title: Mine\nspec:\n  mark: bar\n  encoding: {x: {field: airline, type: nominal}, opacity: {value: 0.5}}",
        tmp_path,
    )
    assert found.spec["mark"] == "bar"
    assert found.spec["encoding"]["opacity"] == {"value": 0.5}
    assert len(found.spec["data"]["values"]) == 7
    json.dumps(found.spec, allow_nan=False)


def test_an_empty_chart_is_a_notice(tmp_path: Path) -> None:
    sql = "```sql d\nselect 1 as a, 2 as b where false\n```\n"
    (notice,) = run(f"{FRONT}{sql}```chart\ndata: d\ntype: line\nx: a\ny: b\n```\n", tmp_path).blocks
    assert notice == Notice("B by a: the query d gave no rows.")


def test_a_chart_of_words_is_refused(tmp_path: Path) -> None:
    with pytest.raises(LayoutError, match="holds text and no numbers"):
        chart("type: line\nx: day\ny: airline", tmp_path)


# ---- tables


def test_a_mapping_describes_columns_and_a_list_selects_them(tmp_path: Path) -> None:
    described = table("columns: {delay: '0.0', n: {hide: true}}", tmp_path)
    assert [column.field.name for column in described.columns] == ["day", "airline", "origin", "delay", "year"]
    assert [column.format for column in described.columns] == ["", "", "", "0.0", "0"]
    selected = table("columns: [delay, {airline: {label: Carrier, align: right}}]", tmp_path)
    assert [(column.label, column.align) for column in selected.columns] == [("Delay", "right"), ("Carrier", "right")]


@pytest.mark.parametrize(
    ("total", "text"), [("sum", "248"), ("avg", "41"), ("min", "0"), ("max", "99"), ("count", "6")]
)  # fmt: skip
def test_totals_are_of_all_rows(total: str, text: str, tmp_path: Path) -> None:
    found = table(f"limit: 1\ncolumns: {{delay: {{format: '0', total: {total}}}}}", tmp_path)
    column = next(column for column in found.columns if column.total)
    assert column.total_text == text


def test_a_sum_of_words_is_refused(tmp_path: Path) -> None:
    with pytest.raises(LayoutError, match="holds text, which has no sum"):
        table("columns: {airline: {total: sum}}", tmp_path)


def test_an_empty_table_says_so_and_keeps_its_columns(tmp_path: Path) -> None:
    found = table("title: None", tmp_path, "```sql d\nselect 1 as a where false\n```\n")
    assert (found.rows, found.note, [column.label for column in found.columns]) == (0, "No rows.", ["A"])


def test_a_cut_result_is_told(tmp_path: Path) -> None:
    (found,) = run(f"{FRONT}{DELAYS}```table\ndata: d\n```\n", tmp_path, row_limit=3).blocks
    assert isinstance(found, Table)
    assert found.note == "The query d was stopped at 3 rows: the row limit was reached."


@pytest.mark.parametrize(
    ("block", "line"),
    [
        ("```table\ndata: d\ncolumns:\n  dely: {total: sum}\n```\n", 11),
        ("```table\ndata: d\ncolumns:\n  - day\n  - dely\n```\n", 12),
        ("```chart\ndata: d\ntype: line\nx: day\ny: dely\n```\n", 8),
        ("```kpi\ndata: d\ntiles:\n  - {value: dely}\n```\n", 11),
        ("```kpi\ndata: d\ntiles:\n  - {value: delay, compare: dely}\n```\n", 11),
    ],
)
def test_a_missing_column_names_the_line_and_the_columns_there_are(block: str, line: int, tmp_path: Path) -> None:
    with pytest.raises(LayoutError) as caught:
        run(FRONT + DELAYS + block, tmp_path)
    assert caught.value.place == Place("report.md", line)
    assert caught.value.message == "The query d has no column dely."
    assert caught.value.remedy == "Did you mean delay? Columns of d: day, airline, origin, delay, n, year."


def test_a_loop_budget_is_shared_by_the_whole_report(tmp_path: Path) -> None:
    text = FRONT + DELAYS + ("{% for i in range(60000) %}{% endfor %}\n```pagebreak\n```\n" * 2)
    with pytest.raises(DataError, match="100,000 rounds"):
        run(text, tmp_path)
