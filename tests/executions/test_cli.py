from __future__ import annotations

import json
from datetime import datetime

from typer.testing import Result

from presstime.executions.states import Status
from tests.commands import command
from tests.executions.conftest import Make
from tests.executions.test_api import retrying


def call(*arguments: str) -> Result:
    return command("execution", *arguments)


def test_executions_are_listed_shown_and_cancelled(make: Make) -> None:
    execution = make()
    assert f"{execution.pk}  " in call("list").stdout
    assert json.loads(call("list", "--status", "dead", "--json").stdout) == []
    assert json.loads(call("list", "--trigger", "retry", "--json").stdout) == []
    assert json.loads(call("list", "--to", "2020-01-01", "--json").stdout) == []
    assert len(json.loads(call("list", "--from", "2020-01-01", "--trigger", "manual", "--json").stdout)) == 1
    assert json.loads(call("show", str(execution.pk)).stdout)["status"] == "queued"
    assert call("cancel", str(execution.pk)).stdout == f"{execution.pk} cancelled\n"
    again = call("cancel", str(execution.pk))
    assert again.exit_code == 1
    assert "has ended already" in str(again.exception) + again.stderr


def test_one_that_waits_is_tried_at_once_and_gets_another_limit(make: Make, now: datetime) -> None:
    execution = retrying(make(), now)
    assert call("retry", str(execution.pk)).exit_code == 0
    execution.refresh_from_db()
    assert execution.status == Status.RETRYING
    long = call("timeout", str(execution.pk), "9000")
    assert "warning: A report that hangs keeps others waiting for 150 minutes." in long.stderr
    assert call("timeout", str(execution.pk), "60").stderr == ""
    execution.refresh_from_db()
    assert execution.timeout_seconds == 60
    wrong = call("timeout", str(execution.pk), "86401")
    assert wrong.exit_code == 1
    assert "86401 is not between 1 and 86400" in str(wrong.exception) + wrong.stderr
