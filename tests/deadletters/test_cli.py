"""`presstime dead-letters` does what the page and the API do."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime, timedelta

from typer.testing import Result

from presstime.deadletters.models import DeadLetter
from presstime.executions.models import Execution
from tests.commands import command
from tests.deadletters.conftest import WRONG_SQL, Die


def call(*arguments: str) -> Result:
    return command("dead-letters", *arguments)


def test_the_command_shows_one_with_its_history_and_time_in_the_queue(die: Die) -> None:
    letter = die()
    shown = json.loads(call("show", str(letter.pk)).stdout)
    assert (shown["id"], len(shown["attempts"])) == (str(letter.pk), 1)
    assert shown["seconds_in_queue"] > 0
    assert "(tries: 1, in the queue: " in call("list").stdout


def test_the_command_narrows_by_date_and_text(die: Die, now: datetime) -> None:
    old, new = die(at=now - timedelta(days=3)), die(at=now)
    day = f"{now:%Y-%m-%d}"
    wanted: list[tuple[list[str], list[DeadLetter]]] = [
        (["--from", day], [new]),
        (["--to", f"{now - timedelta(days=2):%Y-%m-%d}"], [old]),
        (["--text", "nothing of that"], []),
        (["--text", "stok"], [new, old]),
    ]
    for narrowed, found in wanted:
        rows = json.loads(call("list", "--json", *narrowed).stdout)
        assert [row["id"] for row in rows] == [str(letter.pk) for letter in found]
    assert call("retry", "--all", "--from", day).stdout == "1 queued.\n"
    wrong = call("list", "--from", "yesterday")
    assert (wrong.exit_code, '"yesterday" is no moment' in wrong.stderr) == (1, True)


def test_the_command_deletes_all_that_match_and_only_when_they_are_as_many(die: Die) -> None:
    die()
    die(fault=replace(WRONG_SQL, code="other"), trigger="manual")
    asked = call("delete", "--all")
    assert (asked.exit_code, "2 would be deleted" in " ".join(asked.stderr.split())) == (2, True)
    several = call("delete", "--all", "--code", "other", "--expected", "2")
    assert (several.exit_code, "There is 1 such dead letter now, not 2" in several.stderr) == (1, True)
    assert call("delete", "--all", "--code", "other", "--expected", "1").stdout == "1 deleted.\n"
    assert call("delete", "--all", "--yes").stdout == "1 deleted.\n"
    assert json.loads(call("list", "--json").stdout) == []
    assert DeadLetter.objects.filter(removed_at__isnull=False).count() == 2


def test_the_command_retries_one_later_and_with_another_limit(die: Die) -> None:
    letter = die()
    assert call("retry", str(letter.pk), "--timeout", "60", "--at", "soon").exit_code == 1
    assert call("retry", "--all", "--timeout", "60").exit_code == 2
    assert call("retry", str(letter.pk), "--code", "x").exit_code == 2
    done = call("retry", str(letter.pk), "--timeout", "9000")
    assert done.exit_code == 0
    assert "presstime: warning: A report that hangs keeps others waiting for 150 minutes." in done.stderr
    assert Execution.objects.get(trigger="retry").timeout_seconds == 9000
