"""The commands, one line each: its name, where it is, what `presstime --help` says of it."""

from __future__ import annotations

from typing import NamedTuple


class Command(NamedTuple):
    """A command or a group of commands; `where` is "module:name" of a `typer.Typer` or of a function."""

    name: str
    where: str
    help: str
    needs_django: bool = True


COMMANDS: tuple[Command, ...] = (
    Command("config", "presstime.cli.config:app", "Show the settings that are in force.", needs_django=False),
    Command("migrate", "presstime.cli.migrate:migrate", "Bring the database's tables to this version."),
    Command("user", "presstime.accounts.cli:user_app", "Add and list users, set passwords and roles."),
    Command("source", "presstime.sources.cli:app", "Add, test and list data sources."),
    Command("token", "presstime.accounts.cli:token_app", "Create, list and revoke API tokens."),
)
