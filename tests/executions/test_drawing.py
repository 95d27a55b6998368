"""The process that draws charts: the same pictures, refusals told, and no execution that waits for one that is gone."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from pressroom.writers import charts
from presstime.executions import drawing
from presstime.executions.drawing import DrawingProcess, drawn_at
from presstime.executions.isolation import prepare
from tests.machine import wait_until
from tests.pressroom.documents import bar_chart, line_chart

SPEC = json.dumps({"data": {"values": [{"a": 1}]}, "mark": "bar", "encoding": {"x": {"field": "a"}}})


@pytest.fixture
def process() -> Iterator[DrawingProcess]:
    prepare("forkserver")
    process = DrawingProcess("forkserver", 1024**3)
    yield process
    process.end()


@pytest.fixture
def elsewhere(process: DrawingProcess) -> Iterator[None]:
    charts._converted.cache_clear()
    token = charts.ELSEWHERE.set(drawn_at(process.address()))
    yield
    charts.ELSEWHERE.reset(token)
    charts._converted.cache_clear()


def test_a_chart_drawn_elsewhere_is_the_same(elsewhere: None) -> None:
    there = charts.svg(line_chart(), "de")
    charts.ELSEWHERE.set(None)
    charts._converted.cache_clear()
    assert charts.svg(line_chart(), "de") == there


def test_what_is_no_chart_is_refused_in_the_same_words(process: DrawingProcess) -> None:
    wrong = json.dumps({"mark": "point", "encoding": {"x": {"field": "a", "type": "nonsense"}}, "data": 5})
    with pytest.raises(ValueError) as there:  # noqa: PT011 - the words are compared
        drawn_at(process.address())(wrong, "en-US", "USD", {})
    with pytest.raises(ValueError) as here:  # noqa: PT011
        charts.convert(wrong, "en-US", "USD", {})
    assert str(there.value) == str(here.value)


def test_one_process_draws_for_all_until_it_ends(process: DrawingProcess) -> None:
    address = process.address()
    draw = drawn_at(address)
    assert draw(SPEC, "en-US", "USD", {}) == draw(SPEC, "en-US", "USD", {})
    assert process.address() == address
    process.end()
    assert draw(SPEC, "en-US", "USD", {}) is None
    another = process.address()
    assert another != address
    assert drawn_at(another)(SPEC, "en-US", "USD", {})


def test_large_specifications_and_silence_leave_the_chart_to_the_execution(process: DrawingProcess) -> None:
    assert drawn_at(process.address())(" " * drawing.MOST_BYTES, "en-US", "USD", {}) is None
    assert drawn_at("/nowhere")(SPEC, "en-US", "USD", {}) is None


def test_a_chart_that_takes_too_long_ends_the_process_and_not_the_execution() -> None:
    process = DrawingProcess("forkserver", 1024**3, chart_seconds=1)
    rows = {"sequence": {"start": 0, "stop": 1_000_000_000}}
    endless = json.dumps({"data": rows, "mark": "point", "encoding": {"x": {"field": "data"}}})
    address = process.address()
    assert drawn_at(address)(endless, "en-US", "USD", {}) is None
    wait_until(lambda: process.address() != address)
    process.end()


def test_charts_in_other_fonts_are_drawn_here(elsewhere: None) -> None:
    asked = []
    charts.ELSEWHERE.set(lambda *wish: asked.append(wish))
    charts.svg(bar_chart(), "en")
    assert len(asked) == 1


def test_the_folder_of_one_that_was_killed_goes_when_the_next_begins_and_those_in_use_stay() -> None:
    prepare("forkserver")
    killed, other, next_one = (DrawingProcess("forkserver", 1024**3) for _ in range(3))
    try:
        left, used = (Path(each.address()).parent for each in (killed, other))
        assert killed._process is not None
        killed._process.kill()  # as the kernel does with it when its worker is killed
        killed._process.join()
        assert left.exists()
        assert next_one.address()
        assert (left.exists(), used.exists()) == (False, True)
        assert drawn_at(other.address())(SPEC, "en-US", "USD", {})
    finally:
        for each in (killed, other, next_one):
            each.end()
