"""The command `presstime`, run in the process of the tests."""

from __future__ import annotations

from typer.testing import CliRunner, Result

from presstime.cli import app


def command(*arguments: str, given: str | None = None) -> Result:
    """`command("user", "list")`; *given* is its standard input."""
    return CliRunner().invoke(app, list(arguments), input=given, prog_name="presstime")
