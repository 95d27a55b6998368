"""`presstime check` as a person calls it, and what refuses a start."""

from __future__ import annotations

import json
import sqlite3
import subprocess
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pyrage
import pytest

from tests.cli.conftest import presstime
from tests.mail.smtp_server import Mailbox, smtp_server

__all__ = ["presstime"]
Call = Callable[..., subprocess.CompletedProcess[str]]
SECRET = "hunter2-hunter2"


def checked(presstime: Call, *options: str, **environment: str) -> tuple[int, dict[str, Any]]:
    """Exit code and answer of `presstime check --json`."""
    called = presstime(
        "check", "--json", *options, **{f"PRESSTIME_{name}": value for name, value in environment.items()}
    )
    assert SECRET not in called.stdout + called.stderr
    return called.returncode, json.loads(called.stdout)


def names(problems: list[dict[str, str]]) -> list[str]:
    return [problem["name"].removeprefix("PRESSTIME_") for problem in problems]


def test_an_empty_folder_is_a_sound_beginning_and_stays_empty(presstime: Call, tmp_path: Path) -> None:
    code, answer = checked(presstime, DATA_DIR=str(tmp_path / "data"))
    assert (code, answer["ok"], answer["problems"]) == (0, True, [])
    assert names(answer["warnings"]) == ["ADMIN_EMAILS", "SMTP_URL", "DATABASE_URL", "BACKUP_URL"]
    assert not any(check["status"] in ("fail", "skipped") for check in answer["checks"])
    left = [path.name for path in (tmp_path / "data").rglob("*") if path.is_file()]
    assert left in ([], ["secret-key.txt"])


def test_every_problem_is_told_at_once_with_what_is_allowed_and_how_to_mend_it(presstime: Call, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    code, answer = checked(
        presstime,
        DATA_DIR=str(tmp_path / "data"),
        SMPT_URL=SECRET,
        CONCURRENCY="many",
        REPORTS_DIR=str(tmp_path / "nowhere"),
        BACKUP_URL=f"file://{tmp_path}/file/below",
        SMTP_URL=f"smtp://ann:{SECRET}@127.0.0.1:1",
        MAIL_FROM="Reports <reports@-wrong-.example>",
        BACKUP_RECIPIENT="ssh-rsa AAAA",
    )
    assert code == 1
    by_name = {problem["name"].removeprefix("PRESSTIME_"): problem for problem in answer["problems"]}
    assert sorted(by_name) == [
        "BACKUP_RECIPIENT",
        "BACKUP_URL",
        "CONCURRENCY",
        "MAIL_FROM",
        "REPORTS_DIR",
        "SMPT_URL",
        "SMTP_URL",
    ]
    assert by_name["SMPT_URL"]["remedy"] == "Did you mean PRESSTIME_SMTP_URL?"
    assert by_name["CONCURRENCY"]["read"] == "many"
    assert by_name["CONCURRENCY"]["allowed"].endswith("1 to 64.")
    assert by_name["REPORTS_DIR"]["message"] == "The folder does not exist."
    assert by_name["SMTP_URL"]["read"] == "(hidden)"
    assert all(problem["origin"] == "environment" for problem in by_name.values())
    assert not (tmp_path / "nowhere").exists()


def test_without_the_environment_only_the_settings_are_looked_at(presstime: Call, tmp_path: Path) -> None:
    given = {
        "DATA_DIR": str(tmp_path / "data"),
        "REPORTS_DIR": str(tmp_path / "nowhere"),
        "SMTP_URL": "smtp://127.0.0.1:1",
    }
    code, answer = checked(presstime, "--no-environment", **given)
    assert (code, answer["problems"]) == (0, [])
    assert [check["name"] for check in answer["checks"]] == [
        "settings",
        "addresses",
        "time zones",
        "alert channels",
        "single sign-on",
        "backup keys",
    ]
    code, answer = checked(presstime, "--no-environment", **given, SMTP_URL_FILE=str(tmp_path / "gone"))
    assert (code, names(answer["problems"])) == (1, ["SMTP_URL_FILE"])


def test_keys_of_backups_are_read_and_a_private_one_is_never_shown(presstime: Call, tmp_path: Path) -> None:
    private = str(pyrage.x25519.Identity.generate())
    given = {"DATA_DIR": str(tmp_path / "data"), "BACKUP_KEY": SECRET}
    public = str(pyrage.x25519.Identity.generate().to_public())
    mistyped = public[:-1] + ("q" if public[-1] != "q" else "p")
    recipients = f"{public},{mistyped},{private}"
    code, answer = checked(presstime, "--no-environment", **given, BACKUP_RECIPIENT=recipients)
    assert (code, names(answer["problems"])) == (1, ["BACKUP_RECIPIENT", "BACKUP_RECIPIENT", "BACKUP_KEY"])
    assert [problem["read"] for problem in answer["problems"]] == [mistyped, "(hidden)", "(hidden)"]
    assert private not in json.dumps(answer)
    started = presstime("worker", PRESSTIME_DATA_DIR=given["DATA_DIR"], PRESSTIME_BACKUP_RECIPIENT="age1nonsense")
    assert (started.returncode, "PRESSTIME_BACKUP_RECIPIENT" in started.stderr) == (1, True)


def test_the_place_of_the_backups_is_written_read_and_deleted_wherever_it_is(presstime: Call, tmp_path: Path) -> None:
    given = {"DATA_DIR": str(tmp_path / "data")}
    code, answer = checked(presstime, **given, BACKUP_URL="memory://backups")
    assert (code, {check["name"]: check["status"] for check in answer["checks"]}["backup location"]) == (0, "pass")
    for url, said in (
        ("nonsense://somewhere/backups", 'Addresses that begin with "nonsense:" cannot be used'),
        (f"ftp://ann:{SECRET}@127.0.0.1:1/backups", "Connection refused"),
    ):
        code, answer = checked(presstime, **given, BACKUP_URL=url)
        assert (code, names(answer["problems"])) == (1, ["BACKUP_URL"])
        assert said in answer["problems"][0]["message"]


def test_the_thresholds_of_an_administrator_count(presstime: Call, tmp_path: Path) -> None:
    data = {
        "PRESSTIME_DATA_DIR": str(tmp_path),
        "PRESSTIME_DISK_WARNING_BYTES": "0",
        "PRESSTIME_DISK_CRITICAL_BYTES": "0",
    }
    assert presstime("migrate", **data).returncode == 0
    with closing(sqlite3.connect(tmp_path / "presstime.sqlite3")) as connection, connection:
        connection.execute(
            "insert into disk_storedthresholds (id, warning_bytes, changed_at) values (1, ?, '2026-01-01')", [2**60]
        )
    code, answer = checked(presstime, DATA_DIR=str(tmp_path), DISK_WARNING_BYTES="0", DISK_CRITICAL_BYTES="0")
    found = [each for each in answer["warnings"] if each["name"] == "PRESSTIME_DISK_WARNING_BYTES"]
    assert [(each["origin"], each["read"]) for each in found] == [("set by an administrator", str(2**60))]
    assert code == 0


def test_the_mail_server_is_greeted_and_gets_no_mail(presstime: Call, tmp_path: Path) -> None:
    mailbox = Mailbox()
    with smtp_server(mailbox) as port:
        code, answer = checked(presstime, DATA_DIR=str(tmp_path / "data"), SMTP_URL=f"smtp://127.0.0.1:{port}")
    assert (code, mailbox.received) == (0, [])
    assert {check["name"]: check["status"] for check in answer["checks"]}["mail server"] == "pass"


def test_a_file_that_is_no_database_is_refused(presstime: Call, tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("These are notes and no database. " * 10)
    code, answer = checked(presstime, DATA_DIR=str(tmp_path), DATABASE_URL=f"sqlite:///{tmp_path}/notes.txt")
    assert code == 1
    assert "file is not a database" in answer["problems"][0]["message"]


def test_a_server_that_is_away_is_told_without_its_password(presstime: Call, tmp_path: Path) -> None:
    url = f"postgresql://ann:{SECRET}@127.0.0.1:1/presstime"
    code, answer = checked(presstime, DATA_DIR=str(tmp_path), DATABASE_URL=url)
    assert (code, names(answer["problems"])) == (1, ["DATABASE_URL"])
    assert "cannot be reached" in answer["problems"][0]["message"]


def test_keys_that_others_may_read_are_refused_and_other_files_with_secrets_warned_of(
    presstime: Call, tmp_path: Path
) -> None:
    keys = tmp_path / "data/keys"
    keys.mkdir(parents=True)
    (keys / "secret-key.txt").write_text("x" * 40)
    (keys / "secret-key.txt").chmod(0o640)
    (keys / "known_hosts").write_text("")
    (keys / "known_hosts").chmod(0o644)
    (tmp_path / "smtp").write_text(f"file://{tmp_path}/mail")
    (tmp_path / "smtp").chmod(0o644)
    code, answer = checked(presstime, DATA_DIR=str(tmp_path / "data"), SMTP_URL_FILE=str(tmp_path / "smtp"))
    assert (code, [problem["read"] for problem in answer["problems"]]) == (1, ["0640"])
    assert answer["problems"][0]["remedy"] == f"chmod 600 {keys / 'secret-key.txt'}"
    assert ("SMTP_URL_FILE", "0644") in [
        (problem["name"].removeprefix("PRESSTIME_"), problem["read"]) for problem in answer["warnings"]
    ]
    (keys / "secret-key.txt").chmod(0o600)
    (keys / "known_hosts").chmod(0o664)
    code, answer = checked(presstime, DATA_DIR=str(tmp_path / "data"))
    assert [(problem["read"], problem["allowed"]) for problem in answer["problems"]] == [("0664", "0644")]


def test_a_clock_behind_the_database_is_found(presstime: Call, tmp_path: Path) -> None:
    data = {"PRESSTIME_DATA_DIR": str(tmp_path)}
    assert presstime("migrate", **data).returncode == 0
    with sqlite3.connect(tmp_path / "presstime.sqlite3") as connection:
        connection.execute(
            "insert into executions_worker (node, pid, version, slots, started_at, seen_at, beats) "
            "values ('n', 1, '1', 1, ?, ?, '{}')",
            ["2099-01-01 00:00:00", "2099-01-01 00:00:00"],
        )
    connection.close()
    code, answer = checked(presstime, DATA_DIR=str(tmp_path))
    assert (code, names(answer["problems"])) == (1, ["clock"])
    assert "2099-01-01" in answer["problems"][0]["message"]


@pytest.mark.parametrize("command", ["serve", "web", "worker"])
def test_nothing_starts_with_a_wrong_configuration_and_all_of_it_is_told(
    command: str, presstime: Call, tmp_path: Path
) -> None:
    given = {"PRESSTIME_DATA_DIR": str(tmp_path / "data"), "PRESSTIME_REPORTS_DIR": str(tmp_path / "nowhere")}
    called = presstime(command, **given, PRESSTIME_TIME_ZONE="Mars/Olympus")
    assert called.returncode == 1
    assert "2 problems" in called.stderr
    assert "PRESSTIME_REPORTS_DIR (environment): The folder does not exist." in called.stderr
    assert 'PRESSTIME_TIME_ZONE (environment): "Mars/Olympus" is not a time zone' in called.stderr


def test_a_worker_alone_does_not_start_without_tables(presstime: Call, tmp_path: Path) -> None:
    called = presstime("worker", PRESSTIME_DATA_DIR=str(tmp_path / "data"))
    assert called.returncode == 1
    assert "presstime migrate" in called.stderr


def test_a_person_reads_the_same_list(presstime: Call, tmp_path: Path) -> None:
    called = presstime("check", PRESSTIME_DATA_DIR=str(tmp_path), PRESSTIME_CONCURRENCY="0")
    assert called.returncode == 1
    assert "problem  settings\n  error: PRESSTIME_CONCURRENCY (environment): " in called.stdout
    assert "      read:    0\n      allowed: executions at the same time" in called.stdout
    assert called.stdout.rstrip().endswith("1 problem, 3 warnings.")
