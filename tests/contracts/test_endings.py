"""How a query ends, at every kind of source: when it is interrupted, at its limit, left early or wrong; nothing of it runs on."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator

import pytest

from pressroom.errors import DataError, SourceError
from pressroom.sources import Source, open_source
from pressroom.workspace import Workspace
from tests.contracts.conftest import SERVERS, Place


def test_an_interrupted_query_ends_at_once(place: Place, source: Source, workspace: Workspace) -> None:
    timer = threading.Timer(0.3, source.interrupt)
    timer.start()
    with pytest.raises(SourceError) as caught:
        workspace.load("slow", source, place.slow)
    timer.join()
    assert caught.value.code == "interrupted"
    assert_nothing_runs(place)


@pytest.fixture
def _signal() -> Iterator[None]:
    """Python raises at SIGINT, also where the tests were started in the background, whose shell has it ignored."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("_signal")
@pytest.mark.parametrize("place", ["sqlite", "duckdb", "mysql"], indirect=True)
def test_a_signal_to_the_process_ends_the_query(place: Place, source: Source, workspace: Workspace) -> None:
    """As Ctrl+C does for `python -m pressroom`; ADBC has a way of its own for that."""
    timer = threading.Timer(0.3, signal.pthread_kill, [threading.main_thread().ident, signal.SIGINT])
    timer.start()
    with pytest.raises((SourceError, KeyboardInterrupt)) as caught:
        workspace.load("slow", source, place.slow)
    timer.join()
    assert getattr(caught.value, "code", "interrupted") == "interrupted"
    assert_nothing_runs(place)


def assert_nothing_runs(place: Place) -> None:
    """The server's own list of what it runs has nothing of a source; the look itself takes 20 ms."""
    assert any(place.running() == 0 for _ in range(100))


@pytest.mark.parametrize("place", SERVERS, indirect=True)
def test_a_query_ends_on_its_server_at_the_limit_of_the_address(place: Place, workspace: Workspace) -> None:
    source = open_source(f"{place.url}?statement_timeout_seconds=1")
    with pytest.raises(SourceError) as caught:
        workspace.load("slow", source, place.slow)
    assert caught.value.code == "statement_timeout"
    assert_nothing_runs(place)


@pytest.mark.parametrize("place", SERVERS, indirect=True)
def test_a_result_that_is_left_early_ends_on_its_server(place: Place, source: Source) -> None:
    with source.stream(place.series, {"n": 1_000_000}, limit_rows=10) as stream:
        assert [table.num_rows for table in stream] == [10]
    assert_nothing_runs(place)


def test_a_source_works_again_after_an_error(source: Source, workspace: Workspace) -> None:
    with pytest.raises(DataError):
        workspace.load("flights", source, "select nothing from nowhere")
    workspace.load("flights", source, "select id from flights order by id")
    assert [row[0] for row in workspace.rows("flights")] == [1, 2, 3, 4]


def test_closing_twice_is_harmless(source: Source) -> None:
    source.test()
    source.close()
    source.close()
