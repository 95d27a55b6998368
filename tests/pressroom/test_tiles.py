"""Tiles: comparison with another query and with the period before, targets, courses."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from pressroom.document import Kpis, Target, Tile, Tone
from pressroom.errors import LayoutError
from pressroom.render import Rendered, render
from pressroom.sources import open_source
from pressroom.writers import spark
from tests.pressroom.reports import make_flights, only_problem_of

AT = datetime(2013, 8, 2, 6, tzinfo=UTC)
FRONT = """---
title: Flights
source: flights
parameters:
  period: {type: period, default: 2013-07}
formats: [json]
---
"""
MONTH = """```sql d
select count(*) as n, avg(dep_delay <= 15) as on_time from flights
where day >= :period_start and day < :period_end
```
"""
ALL = """```sql whole
select count(*) as n, 3 as few from flights
```
```sql by_day
select day, count(*) as n, min(airline) as airline from flights group by day order by day
```
"""


def made(
    tile: str, folder: Path, *, queries: str = MONTH + ALL, at: datetime = AT, **given: Any
) -> tuple[Tile, Rendered]:
    source = open_source(make_flights(folder))
    rendered = render(
        f"{FRONT}{queries}```kpi\ndata: d\ntiles:\n  - {{{tile}}}\n```\n",
        sources={"flights": source},
        parameters=given,
        at=at,
        out=folder / "out",
        email=False,
    )
    source.close()
    (tile_block,) = (block for block in rendered.document.blocks if isinstance(block, Kpis))
    return tile_block.tiles[0], rendered


def test_the_period_before_is_asked_for_with_the_same_query(tmp_path: Path) -> None:
    tile, rendered = made("value: n, compare: previous, good: up", tmp_path)
    assert (tile.value, tile.previous, tile.delta, tile.delta_tone) == (5, 1, "+400.0%", Tone.GOOD)
    assert tile.caption == "vs June 2013"
    content = rendered.artifacts[0].path.read_text(encoding="utf-8")
    assert '"previous": 1' in content
    assert "(previous)" not in content  # the second run belongs to no file


def test_the_period_before_may_have_nothing(tmp_path: Path) -> None:
    tile, _ = made("value: on_time, format: percent, compare: previous", tmp_path, period="2013-06")
    assert (tile.text, tile.delta, tile.caption) == ("0.0%", "\u2013", "vs May 2013")
    tile, _ = made("value: n, compare: previous, good: down", tmp_path, period="2013-06")
    assert (tile.delta, tile.delta_tone) == ("new", Tone.BAD)


def test_the_beginning_of_the_calendar_has_no_period_before(tmp_path: Path) -> None:
    tile, _ = made("value: on_time, compare: previous", tmp_path, period="0001-01")
    assert (tile.delta, tile.caption) == ("\u2013", "vs \u2013")


def test_a_query_without_a_period_has_no_period_before() -> None:
    text = f"{FRONT}```sql d\nselect 1 as n\n```\n```kpi\ndata: d\ntiles:\n  - {{value: n, compare: previous}}\n```\n"
    problem = only_problem_of(text)
    assert problem.message == "The query d binds no period, so there is none before it to compare with."
    assert problem.remedy.startswith("Bind :period_start and :period_end")
    assert problem.place is not None
    assert problem.place.line == 14


def test_a_tile_is_compared_with_another_query(tmp_path: Path) -> None:
    tile, _ = made("value: n, compare: {data: whole}, caption: of all", tmp_path)
    assert (tile.previous, tile.delta, tile.caption) == (7, "\u221228.6%", "of all")
    tile, _ = made("value: n, compare: {data: whole, value: few}, delta: absolute", tmp_path)
    assert (tile.previous, tile.delta) == (3, "+2")


@pytest.mark.parametrize(("key", "value"), [("compare", "{data: wole}"), ("spark", "wole.n")])
def test_a_tile_that_names_no_query_is_told(key: str, value: str) -> None:
    text = f"{FRONT}{MONTH}{ALL}```kpi\ndata: d\ntiles:\n  - {{value: n, {key}: {value}}}\n```\n"
    assert "'wole', which is not a query." in only_problem_of(text.replace("n, compare", "n, compare")).message


@pytest.mark.parametrize(
    ("tile", "target"),
    [
        ("value: n, target: 4", Target("Target 4 met", 4, Tone.GOOD, 1.0, 0.8)),
        ("value: n, target: 10", Target("5 below target 10", 10, Tone.BAD, 0.5, 1.0)),
        ("value: n, target: 4, good: down", Target("1 above target 4", 4, Tone.BAD, 1.0, 0.8)),
        ("value: n, target: 10, good: down", Target("Target 10 met", 10, Tone.GOOD, 0.5, 1.0)),
        ("value: n, target: -1", Target("Target \u22121 met", -1, Tone.GOOD, None, None)),
        ("value: on_time, format: percent, target: 80%", Target("5.0 pp below target 80.0%", None, Tone.BAD)),
    ],
)
def test_a_target_says_in_words_how_far_it_is(tile: str, target: Target, tmp_path: Path) -> None:
    found = made(tile, tmp_path)[0].target
    assert found is not None
    assert (found.text, found.tone) == (target.text, target.tone)
    if target.value is not None:
        assert found == target


def test_a_course_is_the_column_of_a_query(tmp_path: Path) -> None:
    tile, _ = made("value: n, spark: by_day.n", tmp_path)
    assert tile.spark == (1, 1, 2, 1, 1, 1)
    assert spark.blocks(tile.spark) == "▁▁█▁▁▁"
    with pytest.raises(LayoutError, match="airline, which holds text"):
        made("value: n, spark: by_day.airline", tmp_path)


def test_a_course_with_gaps_and_extremes_is_drawn() -> None:
    assert spark.blocks((None, -1e308, 1e308)) == " ▁█"
    assert spark.blocks((5.0, 5.0)) == "▅▅"
    assert spark.svg((1.0, None, 2.0, 3.0), "#000000").count("<polyline") == 2
