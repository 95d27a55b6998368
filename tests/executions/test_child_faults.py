"""A child that misbehaves, seen through to the end: every attempt, its dead letter, the figures, and that nothing of it is left."""

from __future__ import annotations

import threading
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connections

from presstime.base import clock
from presstime.base.configuration_fields import Configuration
from presstime.deadletters.models import DeadLetter
from presstime.executions import service
from presstime.executions.child import main
from presstime.executions.isolation import Entry, prepare
from presstime.executions.models import Attempt, Execution
from presstime.executions.states import AttemptStatus, Category, Status
from presstime.executions.supervise import Rhythm, Supervisor
from presstime.failures.models import FailureCount
from presstime.metrics import exposition, registry
from tests.executions import entries
from tests.executions.conftest import Make
from tests.machine import is_alive, wait_until

QUICK = Rhythm(look=timedelta(seconds=0.05), renew=timedelta(seconds=0.2), grace=timedelta(seconds=0.3))
SYSTEM_RETRIES, TIMEOUT_RETRIES = 3, 1


@pytest.fixture(scope="module", autouse=True)
def fork_server() -> None:
    prepare("forkserver")


@pytest.fixture
def now() -> datetime:
    """These executions run in real time."""
    return clock.now()


@pytest.fixture
def supervisor(configuration: Configuration) -> Supervisor:
    changed = configuration.model_copy(update={"memory_limit_bytes": 320 * 1024**2})
    return Supervisor("one", changed, QUICK)


def metric(name: str, **labels: str) -> float:
    """The value of one sample, as the API gives it."""
    told: Any = exposition.as_json(registry.collect(clock.now()))
    (value,) = [each["value"] for each in told["metrics"] if each["name"] == name and each["labels"] == labels]
    return float(value)


def run_to_its_death(supervisor: Supervisor, execution: Execution, retries: int) -> list[Attempt]:
    """Attempt after attempt, each pause looked at and then cut short, until it is dead; its attempts."""
    for number in range(1, retries + 2):
        assert supervisor.claim_and_run(clock.now())
        execution.refresh_from_db()
        last = execution.attempts.get(number=number)
        if number <= retries:
            assert execution.status == Status.RETRYING
            assert last.finished_at is not None
            pause = (execution.run_at - last.finished_at).total_seconds()
            assert 0.79 * 30 * 2 ** (number - 1) < pause < 1.21 * 30 * 2 ** (number - 1)
            assert not supervisor.claim_and_run(clock.now())  # not before its time
            service.retry_now(execution.pk, clock.now())
    assert execution.status == Status.DEAD
    assert not supervisor.claim_and_run(clock.now())
    return list(execution.attempts.order_by("number"))


def assert_all_is_told(execution: Execution, attempts: list[Attempt], code: str) -> None:
    """The same error in history, dead letter, trend and metrics."""
    number = len(attempts)
    assert [(each.status, each.error_category, each.error_code) for each in attempts] == [
        (AttemptStatus.FAILED, Category.SYSTEM, code)
    ] * number
    letter = DeadLetter.objects.get(execution=execution)
    assert (letter.status, letter.error_category, letter.error_code) == ("open", "system", code)
    assert letter.error_message == attempts[-1].error_message != ""
    assert letter.error_hint != ""
    counted = FailureCount.objects.values_list("category", "code", "count")
    assert sum(count for category, found, count in counted if (category, found) == ("system", code)) == number
    assert metric("presstime_execution_errors_total", category="system") == number
    assert metric("presstime_execution_retries_total") == number - 1
    assert metric("presstime_executions_total", status="dead") == 1
    assert metric("presstime_dead_letters", status="open") == 1
    assert metric("presstime_executions_running") == 0


def assert_nothing_is_left(supervisor: Supervisor, make: Make) -> None:
    """No file of it, and its slot runs the next execution."""
    configuration = supervisor.configuration
    left = [path for path in configuration.scratch_path.glob("*") if path.name != "pids"]
    assert left == []
    assert not configuration.reports_path.exists() or not any(configuration.reports_path.rglob("*.csv"))
    supervisor.entry = main
    sound = make()
    assert supervisor.claim_and_run(clock.now())
    sound.refresh_from_db()
    assert sound.status == Status.SUCCEEDED


@pytest.mark.parametrize(
    ("entry", "code"),
    [
        (entries.crash, "child_died"),
        (entries.say_nothing_and_exit, "child_died"),
        (entries.fork_and_crash, "child_died"),
        (entries.abort, "out_of_memory"),
        (entries.leak_to_the_end, "out_of_memory"),
    ],
)
def test_a_child_that_dies_is_tried_four_times_and_then_a_dead_letter(
    make: Make, supervisor: Supervisor, entry: Entry, code: str, caplog: pytest.LogCaptureFixture
) -> None:
    execution = make(timeout_seconds=60)
    supervisor.entry = entry
    attempts = run_to_its_death(supervisor, execution, SYSTEM_RETRIES)
    pids = supervisor.configuration.scratch_path / "pids"
    if pids.exists():
        wait_until(lambda: not any(is_alive(int(pid)) for pid in pids.read_text().split()))
    assert_all_is_told(execution, attempts, code)
    said = [record.getMessage() for record in caplog.records if record.name == "presstime.executions"]
    told = [line for line in said if str(execution.pk) in line]
    assert [line.split(": ")[1] for line in told] == ["retrying"] * SYSTEM_RETRIES + ["dead"]
    assert_nothing_is_left(supervisor, make)


def test_memory_that_a_child_leaks_is_its_own(make: Make, supervisor: Supervisor) -> None:
    make()
    supervisor.entry = entries.leak_to_the_end
    before = _resident_bytes()
    assert supervisor.claim_and_run(clock.now())
    assert _resident_bytes() - before < 32 * 1024**2  # of the 320 MB that it held


def _resident_bytes() -> int:
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmRSS:"))


@pytest.mark.parametrize("entry", [entries.ignore_every_signal_and_hang, entries.fork_and_hang])
def test_a_child_that_will_not_end_is_killed_at_its_limit_with_all_that_it_has_forked(
    make: Make, supervisor: Supervisor, entry: Entry, caplog: pytest.LogCaptureFixture
) -> None:
    execution = make(timeout_seconds=60)
    supervisor.entry = entry
    attempts = _limited_to_its_death(supervisor, execution)
    assert_all_is_told(execution, attempts, "timeout")
    assert [each.timeout_seconds for each in attempts] == [1, 1]
    assert metric("presstime_execution_timeouts_total") == 2
    lines = [record.getMessage() for record in caplog.records if record.getMessage().startswith("time limit: ")]
    assert [f"execution {execution.pk}, attempt {number} of" in lines[number - 1] for number in (1, 2)] == [True, True]
    assert_nothing_is_left(supervisor, make)


def _limited_to_its_death(supervisor: Supervisor, execution: Execution) -> list[Attempt]:
    """As `run_to_its_death`, with a limit of a second; after each attempt none of its processes is left."""
    pids = supervisor.configuration.scratch_path / "pids"
    seen: list[list[int]] = []
    ended = threading.Event()

    def look() -> None:
        """Note every set of processes while it is alive, and give the execution its limit then."""
        try:
            while not ended.wait(0.01):
                found = [int(pid) for pid in pids.read_text().split()] if pids.exists() else []
                if found and found not in seen:
                    assert all(is_alive(pid) for pid in found)
                    seen.append(found)
                    service.change_timeout(execution.pk, 1)
        finally:
            connections.close_all()

    thread = threading.Thread(target=look, name="looks")
    thread.start()
    try:
        attempts = run_to_its_death(supervisor, execution, TIMEOUT_RETRIES)
    finally:
        ended.set()
        thread.join()
    assert len(seen) == len(attempts)
    assert min(len(each) for each in seen) >= 2
    wait_until(lambda: not any(is_alive(pid) for each in seen for pid in each))
    return attempts
