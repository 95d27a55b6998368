"""`presstime audit`: exit 1 and the first broken entry; exports that prove themselves elsewhere."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import Result

from presstime.audit.models import Entry
from presstime.base.configuration_fields import Configuration
from tests.audit.conftest import Write, forge, sql, unguarded
from tests.commands import command

pytestmark = pytest.mark.django_db
Run = Callable[..., Result]


@pytest.fixture
def run(configuration: Configuration) -> Run:
    return lambda *arguments: command("audit", *map(str, arguments))


@pytest.fixture
def key(run: Run) -> str:
    return run("key").stdout.strip()


def test_a_whole_log_verifies(run: Run, write: Write) -> None:
    write(40)
    result = run("verify")
    assert result.exit_code == 0
    assert result.stdout.startswith("The audit log is whole: 40 entries, root ")


def test_the_first_broken_entry_is_named_with_exit_1(run: Run, write: Write) -> None:
    write(40)
    with unguarded():
        forge(30)
        forge(17)
    result = run("verify")
    assert result.exit_code == 1
    assert "First broken entry: 17." in result.stderr
    assert json.loads(run("verify", "--json").stdout)["first_broken"] == 17


def test_a_cut_tail_fails_plainly(run: Run, write: Write) -> None:
    write(40)
    with unguarded():
        sql("DELETE FROM audit_logs WHERE sequence > 35")
    result = run("verify")
    assert result.exit_code == 1
    assert "entries 36 to 40 missing: the end of the log was cut off" in result.stderr


def test_a_checkpoint_that_was_kept_is_compared(run: Run, write: Write, tmp_path: Path) -> None:
    write(40)
    kept = tmp_path / "kept.txt"
    kept.write_text(run("checkpoint").stdout)
    write(5)
    assert run("verify", "--checkpoint", kept).exit_code == 0
    kept.write_text(kept.read_text().replace("\n40\n", "\n41\n"))
    result = run("verify", "--checkpoint", kept)
    assert result.exit_code == 1
    assert "its signature does not fit" in result.stderr
    assert run("verify", "--checkpoint", tmp_path / "none").exit_code == 1


@pytest.mark.parametrize(
    "period", [[], ["--from", "2026-11-24T09:20:00Z", "--to", "2026-11-24T14:00:00Z"]], ids=["all", "period"]
)
def test_an_export_verifies_without_the_database(
    period: list[str], run: Run, key: str, write: Write, tmp_path: Path
) -> None:
    write(700)
    out = tmp_path / "audit.jsonl"
    assert run("export", "--out", out, *period).exit_code == 0
    beside = tmp_path / "audit.jsonl.checkpoint"
    result = run("verify", "--export", out, "--key", key, "--checkpoint", beside)
    assert (result.exit_code, result.stderr) == (0, "")
    assert Entry.objects.order_by("-sequence").first().action == "audit.exported"
    lines = out.read_text().splitlines()
    assert len(lines) == (702 if not period else 281)

    lines[101] = lines[101].replace("192.0.2.1", "192.0.2.9")
    out.write_text("\n".join(lines) + "\n")
    assert "not all what was signed" in run("verify", "--export", out, "--key", key).stderr
    out.write_text("\n".join(lines[:-1]) + "\n")
    assert "missing" in run("verify", "--export", out, "--key", key).stderr


def test_entries_picked_by_a_filter_are_each_proven(run: Run, key: str, write: Write, tmp_path: Path) -> None:
    write(300)
    out = tmp_path / "alice.jsonl"
    run("export", "--out", out, "--user", "alice")
    result = run("verify", "--export", out, "--key", key)
    assert (result.exit_code, result.stderr) == (0, "")
    assert "that none was left out is not" in result.stdout
    out.write_text(out.read_text().replace('"name":"alice"', '"name":"bob"', 1))
    assert run("verify", "--export", out, "--key", key).exit_code == 1


def test_an_export_of_another_log_is_refused(run: Run, key: str, write: Write, tmp_path: Path) -> None:
    write(10)
    out = tmp_path / "audit.jsonl"
    run("export", "--out", out)
    other = f"other.example.com/audit/1{key[key.index('+') :]}"
    assert run("verify", "--export", out, "--key", other).exit_code == 1
    assert "(name+id+key)" in run("verify", "--export", out, "--key", other).stderr
    assert run("verify", "--export", tmp_path / "none", "--key", key).exit_code == 1
    assert "Compare it with yours" in run("verify", "--export", out).stdout


def test_a_table_is_written_for_spreadsheets(run: Run, write: Write, tmp_path: Path) -> None:
    write(10)
    assert run("export", "--out", tmp_path / "audit.csv", "--to", "2026-11-24").exit_code == 0
    text = (tmp_path / "audit.csv").read_text()
    assert text.startswith("sequence,time,user_type,")
    assert text.count("\n") in (11, 12)  # the export's own entry is of today
    assert run("export", "--out", tmp_path / "no/where.csv").exit_code == 1
    assert run("export", "--out", tmp_path / "a.csv", "--from", "yesterday").exit_code == 1
