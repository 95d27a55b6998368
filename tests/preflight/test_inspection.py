"""Checks that hang or stumble are findings, not the end of the check."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest

from presstime.base.configuration import Problem
from presstime.base.configuration_fields import Configuration
from presstime.preflight import addresses, inspection
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


def test_a_check_that_breaks_is_named_by_its_class_and_logged_without_secrets(
    now: datetime, caplog: pytest.LogCaptureFixture
) -> None:
    settings = Configuration(
        database_url="postgresql://presstime:s3cret%2Fhalf@db.example.com/presstime",
        alert_urls="slack://TokenA1/TokenB2/TokenC3",
        secret_key="k" * 40,
    )

    def stumble(_: Context) -> list[Problem]:
        # As libraries do: the whole address, a half of its password, an address of somebody else.
        raise ValueError(
            f"cannot read {settings.database_address}: port 'half', password s3cret/half, TokenB2, "
            f"{'k' * 40}; see mysql://reader:hunter2@db/x?ssl_key=pem99"
        )

    context = Context(settings, {}, now=now)
    result = inspection._run(Check("sum", stumble), context, Wish(), nothing, sound=True)
    (problem,) = result.problems
    assert (result.status, problem.message) == ("fail", "The check itself failed (ValueError).")
    assert "log" in problem.remedy
    (record,) = caplog.records
    told = record.getMessage()
    assert told.startswith("check sum failed:\nTraceback (most recent call last):")
    assert "in stumble" in told
    assert "ValueError: cannot read" in told
    for secret in ("s3cret", "TokenB2", "k" * 40, "hunter2", "pem99"):
        assert secret not in f"{told}{problem}"


def test_thresholds_in_the_wrong_order_leave_the_other_settings_in_force(tmp_path: Path, now: datetime) -> None:
    given = {
        "PRESSTIME_DATA_DIR": str(tmp_path),
        "PRESSTIME_DISK_WARNING_BYTES": "5",
        "PRESSTIME_DISK_CRITICAL_BYTES": "6",
        "PRESSTIME_REPORTS_DIR": str(tmp_path / "nowhere"),
    }
    found = inspect_all(now, Wish(), set_up_django=nothing, environment=given, folder=tmp_path)
    assert [problem.name for problem in found.problems] == ["PRESSTIME_DISK_CRITICAL_BYTES", "PRESSTIME_REPORTS_DIR"]


def test_https_without_a_trusted_proxy_is_warned_of(now: datetime) -> None:
    def warned(**settings: str) -> bool:
        found = addresses.check_addresses(Context(Configuration.model_validate(settings), {}, now=now))
        return "PRESSTIME_TRUSTED_PROXIES" in [problem.name for problem in found if problem.severity == "warning"]

    assert warned(base_url="https://reports.example.com")
    assert not warned(base_url="https://reports.example.com", trusted_proxies="127.0.0.1")
    assert not warned(base_url="http://127.0.0.1:8000")
