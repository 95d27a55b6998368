"""The shell around the commands: help without loading them, refusals in sentences, exit codes."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from importlib import import_module
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner, Result

import presstime as package
from presstime.cli import app
from presstime.cli.commands import COMMANDS, Command
from presstime.cli.shell import load

Run = Callable[..., Result]
Call = Callable[..., subprocess.CompletedProcess[str]]


def test_a_first_administrator_is_made_and_gets_a_token(presstime: Call, tmp_path: Path) -> None:
    assert presstime("migrate").stdout == "Made the tables.\n"
    added = presstime(
        "user",
        "add",
        "dana",
        "--email",
        "d@example.com",
        "--role",
        "admin",
        "--password-stdin",
        given="a long phrase\n",
    )
    assert (added.stdout, added.stderr, added.returncode) == ('Added "dana" as admin.\n', "", 0)
    made = presstime("token", "create", "--user", "dana", "--name", "script", "--scopes", "all", "--json")
    assert json.loads(made.stdout)["token"].startswith("pt_")
    assert (tmp_path / "data" / "presstime.sqlite3").stat().st_mode & 0o077 == 0


def test_help_lists_every_command_without_loading_any() -> None:
    code = "import sys; from presstime.cli import main; sys.argv = ['presstime', '--help']\ntry: main()\nexcept SystemExit: pass\n"
    code += "print(sorted(m for m in sys.modules if m.split('.')[0] in ('django', 'ninja', 'duckdb', 'pressroom')))"
    printed = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert printed.splitlines()[-1] == "[]"
    for command in COMMANDS:
        assert f"  {command.name} " in printed


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.name)
def test_every_command_exists_and_explains_itself(command: Command, run: Run) -> None:
    module, _, name = command.where.partition(":")
    assert hasattr(import_module(module), name)
    result = run(command.name, "--help")
    assert result.exit_code == 0
    assert "Usage: presstime " + command.name in result.output


def test_every_command_says_what_its_help_says_once_loaded() -> None:
    for command in COMMANDS:
        assert load(command).name == command.name


def test_the_version_is_printed() -> None:
    assert CliRunner().invoke(app, ["--version"]).output == f"presstime {package.__version__}\n"


@pytest.mark.parametrize(
    "arguments", [["frobnicate"], ["user", "frobnicate"], ["user", "add"], ["config", "show", "--x"]]
)
def test_misuse_ends_with_2(run: Run, arguments: list[str]) -> None:
    result = run(*arguments)
    assert result.exit_code == 2
    assert "Traceback" not in result.output


def test_a_refusal_is_one_sentence_on_standard_error_and_ends_with_1(run: Run) -> None:
    result = run("user", "password", "nobody", "--password-stdin", given="x\n")
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr == 'presstime: There is no user "nobody".\n'


def test_a_database_without_tables_is_explained(presstime: Call) -> None:
    called = presstime("user", "list")
    assert called.returncode == 1
    assert "Run `presstime migrate`" in called.stderr
    assert "Traceback" not in called.stderr


def test_a_report_is_checked_without_an_installation_and_none_is_made(presstime: Call, tmp_path: Path) -> None:
    (tmp_path / "r.md").write_text(
        "---\ntitle: T\nsource: s\n---\n```sql a\nselect 1 as x\n```\n```table\ndata: a\n```\n"
    )
    checked, made = presstime("report", "lint", "r.md"), presstime("report", "preview", "r.md")
    assert (checked.returncode, made.returncode) == (0, 1)
    for called in (checked, made):
        assert "there is no installation here that knows it" in called.stderr
        assert "--source s=sqlite:///file.db" in called.stderr
    assert not (tmp_path / "data").exists()


def test_wrong_settings_are_all_told_without_a_traceback(presstime: Call) -> None:
    called = presstime("user", "list", PRESSTIME_BIND="nowhere", PRESSTIME_CONCURENCY="4")
    assert called.returncode == 1
    assert "PRESSTIME_BIND" in called.stderr
    assert "Did you mean PRESSTIME_CONCURRENCY?" in called.stderr
    assert "Traceback" not in called.stderr


def test_a_function_is_a_command_too() -> None:
    assert isinstance(load(Command("migrate", "presstime.cli.migrate:migrate", "")), typer.core.TyperCommand)
