"""One look at a time, shared by all who ask, and never a long wait."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import pytest

from presstime.health.monitor import Monitor
from presstime.health.registry import Check
from presstime.health.states import Finding, Level, graded, slot_of, worst

GOOD = Finding(Level.PASS, "Fine.")


class Slow:
    """A check that ends when it is let go."""

    def __init__(self, finding: Finding = GOOD) -> None:
        self.finding = finding
        self.runs = 0
        self.gate = threading.Event()

    def __call__(self, now: datetime) -> Finding:
        self.runs += 1
        self.gate.wait(20)
        return self.finding


@pytest.fixture
def slow() -> Iterator[Slow]:
    check = Slow()
    yield check
    check.gate.set()


def monitor_of(*looks: Callable[[datetime], Finding], **settings: timedelta) -> Monitor:
    checks = [Check(f"check-{number}", "Check", look, **settings) for number, look in enumerate(looks)]  # type: ignore[arg-type]
    return Monitor(lambda: checks)


def test_a_hundred_who_ask_at_once_cause_one_look() -> None:
    runs: list[datetime] = []

    def look(now: datetime) -> Finding:
        runs.append(now)
        threading.Event().wait(0.05)
        return GOOD

    monitor = monitor_of(look, look)
    with ThreadPoolExecutor(100) as pool:
        reports = list(pool.map(lambda _: monitor.report(), range(100)))
    assert len(runs) == 2
    assert {report.level for report in reports} == {Level.PASS}


def test_a_reading_is_good_for_its_time_and_no_longer() -> None:
    look = Slow()
    look.gate.set()
    monitor = monitor_of(look, every=timedelta(hours=1))
    monitor.report()
    monitor.report()
    assert look.runs == 1
    monitor = monitor_of(look, every=timedelta())
    monitor.report()
    monitor.report()
    assert look.runs == 3


def test_what_is_wrong_is_looked_at_again_sooner() -> None:
    look = Slow(Finding(Level.FAIL, "Broken."))
    look.gate.set()
    monitor = monitor_of(look, every=timedelta(hours=1), again=timedelta())
    assert monitor.report().level is Level.FAIL
    look.finding = GOOD
    assert monitor.report().level is Level.PASS


def test_a_check_that_hangs_fails_is_started_once_and_is_waited_for_once(slow: Slow) -> None:
    monitor = monitor_of(slow, lambda _: GOOD, limit=timedelta(seconds=0.1))
    began = time.monotonic()
    report = monitor.report(timedelta(seconds=0.3))
    waited = time.monotonic() - began
    assert report.readings["check-0"].level is Level.FAIL
    assert report.readings["check-0"].finding.output == "The check has not answered in time."
    assert report.readings["check-1"].level is Level.PASS
    assert waited >= 0.3
    for _ in range(20):  # no wait any more: twenty times would be six seconds
        assert monitor.report(timedelta(seconds=0.3)).level is Level.FAIL
    assert time.monotonic() - began < 5
    assert slow.runs == 1
    slow.gate.set()
    assert monitor.report(timedelta(seconds=20)).level is Level.PASS


def test_the_last_reading_counts_while_a_slow_check_looks_again(slow: Slow) -> None:
    slow.gate.set()
    monitor = monitor_of(slow, every=timedelta(), limit=timedelta(minutes=1))
    assert monitor.report().level is Level.PASS
    slow.gate.clear()
    assert monitor.report(timedelta(seconds=0.05)).level is Level.PASS
    assert slow.runs == 2


def test_before_the_first_reading_nothing_is_claimed(slow: Slow) -> None:
    monitor = monitor_of(slow, limit=timedelta(minutes=1))
    reading = monitor.report(timedelta(seconds=0.05)).readings["check-0"]
    assert (reading.level, reading.finding.output) == (Level.WARN, "The first look is still under way.")


def test_what_a_check_stumbles_over_is_told_without_its_words(caplog: pytest.LogCaptureFixture) -> None:
    def look(_: datetime) -> Finding:
        raise ConnectionError("smtp://user:hunter2@mail.corp.example refused")

    finding = monitor_of(look).report().readings["check-0"].finding
    assert finding.level is Level.FAIL
    assert "ConnectionError" in finding.output
    assert "hunter2" not in finding.output
    assert "corp" not in finding.output
    assert "in look" in caplog.text
    assert "hunter2" not in caplog.text


def test_levels() -> None:
    assert worst([]) is Level.PASS
    assert worst([Level.PASS, Level.FAIL, Level.WARN]) is Level.FAIL
    assert [graded(value, warn=20, fail=60) for value in (20, 21, 61)] == [Level.PASS, Level.WARN, Level.FAIL]


def test_a_slot_is_half_a_minute(now: datetime) -> None:
    assert slot_of(now + timedelta(seconds=59.9)) == now + timedelta(seconds=30)
    assert slot_of(now + timedelta(seconds=29.9)) == now
