"""Checks that hang or stumble are findings, not the end of the check."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest

from presstime.base.configuration import Problem
from presstime.base.configuration_fields import Configuration
from presstime.preflight import inspection
from presstime.preflight.context import Check, Context
from presstime.preflight.inspection import Wish, inspect_all


@pytest.fixture
def hanging() -> Iterator[threading.Event]:
    """Lets what hangs go on at the end."""
    event = threading.Event()
    yield event
    event.set()


def nothing() -> None:
    """Django is set up already."""


def test_a_check_that_hangs_is_given_up(hanging: threading.Event, now: datetime) -> None:
    def hang(_: Context) -> list[Problem]:
        hanging.wait()
        return []

    context = Context(Configuration(), {}, now=now)
    result = inspection._run(Check("server", hang, seconds=0.01), context, Wish(), nothing, sound=True)
    assert (result.status, result.problems[0].message) == ("fail", "No answer within 0.01 seconds.")


def test_a_check_that_stumbles_says_over_what(now: datetime) -> None:
    def stumble(_: Context) -> list[Problem]:
        raise ZeroDivisionError("division by zero")

    context = Context(Configuration(), {}, now=now)
    result = inspection._run(Check("sum", stumble), context, Wish(), nothing, sound=True)
    assert "division by zero" in result.problems[0].message


def test_thresholds_in_the_wrong_order_leave_the_other_settings_in_force(tmp_path: Path, now: datetime) -> None:
    given = {
        "PRESSTIME_DATA_DIR": str(tmp_path),
        "PRESSTIME_DISK_WARNING_BYTES": "5",
        "PRESSTIME_DISK_CRITICAL_BYTES": "6",
        "PRESSTIME_REPORTS_DIR": str(tmp_path / "nowhere"),
    }
    found = inspect_all(now, Wish(), set_up_django=nothing, environment=given, folder=tmp_path)
    assert [problem.name for problem in found.problems] == ["PRESSTIME_DISK_CRITICAL_BYTES", "PRESSTIME_REPORTS_DIR"]
