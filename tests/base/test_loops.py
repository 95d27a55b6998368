"""The loop runner repeats, waits, backs off and stops."""

from __future__ import annotations

import logging
import threading
from datetime import datetime, timedelta

import pytest

from presstime.base.loops import Loop

LONG = timedelta(hours=1)
SOON = timedelta(seconds=10)


def test_a_step_that_has_more_is_called_again_at_once() -> None:
    calls: list[datetime] = []
    done = threading.Event()

    def step(now: datetime) -> bool:
        calls.append(now)
        if len(calls) == 3:
            done.set()
        return len(calls) < 3

    loop = Loop("test", step, interval=LONG)
    loop.start()
    assert done.wait(10)
    loop.stop()
    assert loop.join(SOON)
    assert len(calls) == 3
    assert all(moment.utcoffset() == timedelta(0) for moment in calls)


def test_waking_ends_the_pause() -> None:
    steps = threading.Semaphore(0)

    def step(now: datetime) -> bool:
        steps.release()
        return False

    loop = Loop("test", step, interval=LONG)
    loop.start()
    assert steps.acquire(timeout=10)
    loop.wake()
    assert steps.acquire(timeout=10)
    loop.stop()
    assert loop.join(SOON)


def test_a_step_that_fails_is_logged_and_tried_again(caplog: pytest.LogCaptureFixture) -> None:
    recovered = threading.Event()
    calls: list[int] = []

    def step(now: datetime) -> bool:
        calls.append(1)
        if len(calls) == 1:
            raise RuntimeError("the disk is full")
        recovered.set()
        return False

    loop = Loop("fragile", step, interval=timedelta(milliseconds=1))
    with caplog.at_level(logging.ERROR):
        loop.start()
        assert recovered.wait(20)
    loop.stop()
    assert loop.join(SOON)
    assert "loop fragile: step failed (1 in a row)" in caplog.text
    assert loop.beat_at is not None


def test_a_step_that_does_not_end_can_be_found() -> None:
    begun, may_end = threading.Event(), threading.Event()

    def step(now: datetime) -> bool:
        begun.set()
        return not may_end.wait(10)

    loop = Loop("test", step, interval=LONG)
    assert not loop.place()
    loop.start()
    assert begun.wait(10)
    loop.stop()
    assert not loop.join(timedelta())
    assert "may_end.wait(10)" in loop.place()
    may_end.set()
    assert loop.join(SOON)
    assert not loop.place()
