"""The root of the command line: loads late, speaks in sentences, and ends with 0 done, 1 refused or failed, 2 misused."""

from __future__ import annotations

import os
import pwd
import sys
from collections.abc import Sequence
from importlib import import_module
from typing import Annotated, Any

import typer
import typer.core
import typer.main

import presstime
from presstime.audit.actors import Actor, acting
from presstime.base.errors import PresstimeError
from presstime.cli.commands import COMMANDS, Command


class Later(typer.core.TyperCommand):
    """Stands for a command in the list of commands; the command itself is imported when it is called.

    Importing all features takes ten times as long as printing `--help`, and a completion must answer while one types.
    """

    def __init__(self, command: Command) -> None:
        super().__init__(name=command.name, help=command.help, rich_markup_mode=None, add_help_option=False)
        self._command = command

    def make_context(self, *args: Any, **named: Any) -> Any:
        """The context of the real command, so that everything after this is its own."""
        return load(self._command).make_context(*args, **named)


def load(command: Command) -> Any:
    """Import the real command, with Django set up where it needs that."""
    if command.needs_django:
        set_up_django()
    module, _, name = command.where.partition(":")
    found = getattr(import_module(module), name)
    # One plain look for all, which survives a pipe.
    outer = typer.Typer(add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)
    if not isinstance(found, typer.Typer):
        outer.command(name=command.name)(found)
        return typer.main.get_command(outer)
    outer.add_typer(found, name=command.name)
    group = typer.main.get_command(outer)
    assert isinstance(group, typer.core.TyperGroup)
    return group.commands[command.name]


def set_up_django() -> None:
    """Read the settings and load the models; ConfigurationError lists all that is wrong with the settings."""
    import django
    from django.apps import apps

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "presstime.project.settings")
    if not apps.ready:
        django.setup()


def is_installed() -> bool:
    """Whether there is an installation to ask; looking makes none, while `set_up_django` would make its keys."""
    from django.apps import apps

    from presstime.base.configuration import load as load_settings

    if apps.ready:
        return True
    configuration = load_settings().configuration
    return configuration.database_url is not None or configuration.database_path.exists()


class Root(typer.core.TyperGroup):
    """All commands of `commands.py`, and the one place where a refusal becomes text and an exit code."""

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ARG002 - typer's signature
        return [command.name for command in COMMANDS]

    def get_command(self, ctx: Any, cmd_name: str) -> Any:  # noqa: ARG002
        return next((Later(command) for command in COMMANDS if command.name == cmd_name), None)

    def main(self, args: Sequence[str] | None = None, **named: Any) -> Any:  # type: ignore[override]
        try:
            with acting(_operator()):
                return super().main(args=args, **named)
        except PresstimeError as error:
            _refuse(str(error))
        except _database_errors() as error:
            _refuse(_about_the_database(error))


def _operator() -> Actor:
    """The operating system's user who runs a command; under sudo also who that was before."""
    try:
        name = pwd.getpwuid(os.getuid()).pw_name
    except KeyError:  # a container's user without a name
        name = str(os.getuid())
    before = os.environ.get("SUDO_USER", "")
    return Actor("command", f"os:{name}", f"{before} as {name}" if before and before != name else name)


def _refuse(text: str) -> None:
    typer.echo(f"presstime: {text}", err=True)
    sys.exit(1)


def _database_errors() -> tuple[type[Exception], ...]:
    """What Django's databases raise; nothing as long as no command has loaded Django."""
    loaded = sys.modules.get("django.db.utils")
    return (loaded.OperationalError, loaded.ProgrammingError) if loaded else ()


def _about_the_database(error: Exception) -> str:
    text = str(error).strip()
    if "no such table" in text or "no such column" in text or "does not exist" in text:
        return f"The database's tables are missing or of an older version ({text}). Run `presstime migrate`."
    return f"The database cannot be used: {text}. PRESSTIME_DATABASE_URL says which it is; `presstime config show`."


app = typer.Typer(
    cls=Root,
    name="presstime",
    help="Scheduled reports that arrive.",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,  # its tracebacks print local variables, and those may be secrets
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"presstime {presstime.__version__}")
        raise typer.Exit


@app.callback()
def root(
    version: Annotated[
        bool, typer.Option("--version", help="Print the version.", callback=_print_version, is_eager=True)
    ] = False,
) -> None:
    """Scheduled reports that arrive."""


def main() -> None:
    """The console script `presstime`."""
    app(prog_name="presstime")
