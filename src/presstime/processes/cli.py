"""The commands `serve`, `web` and `worker`."""

from __future__ import annotations

import logging
import os
import sys
from contextlib import closing
from typing import Annotated, NoReturn

import typer

from presstime.base.errors import ConfigurationError
from presstime.base.occupancy import occupy
from presstime.processes.serve import EXIT_CONFIGURATION

OWN_FILES = 0o027

Bind = Annotated[
    str | None, typer.Option("--bind", metavar="HOST:PORT", help="Where to listen; PRESSTIME_BIND by default.")
]


Checked = Annotated[bool, typer.Option("--checked", hidden=True, help="`presstime serve` has checked the settings.")]


def serve(bind: Bind = None) -> None:
    """Run the web server and the worker, after bringing the database up to date."""
    from presstime.processes.serve import replace_process

    replace_process(bind)


def web(bind: Bind = None, checked: Checked = False) -> None:
    """Run the web server alone."""
    _set_up(checked)
    from django.conf import settings

    from presstime.processes.web import run

    _keep_others_out()
    try:
        with closing(occupy(settings.CONFIGURATION.data_path)):
            run(bind or settings.CONFIGURATION.bind)
    except ConfigurationError as error:
        typer.echo(error.message, err=True)
        raise typer.Exit(EXIT_CONFIGURATION) from None


def worker(checked: Checked = False) -> None:
    """Run a worker alone; several may run, on one host or on many."""
    _set_up(checked)
    from django.conf import settings

    from presstime.processes.worker import run

    _keep_others_out()
    try:
        with closing(occupy(settings.CONFIGURATION.data_path)):
            code = run(settings.CONFIGURATION)
    except ConfigurationError as error:
        typer.echo(error.message, err=True)
        raise typer.Exit(EXIT_CONFIGURATION) from None
    _leave(code)


def _leave(code: int) -> NoReturn:
    """End the process without the interpreter's farewell, which waits for ever for threads and children that do not end.

    What it holds the kernel gives back; what it was doing the next worker takes over, as after a kill.
    """
    logging.shutdown()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


def _set_up(checked: bool) -> None:
    """Refuse to start with any problem, all of them named; then load the models."""
    from presstime.cli.shell import set_up_django

    if not checked:
        from presstime.preflight.cli import refuse_unless_sound

        refuse_unless_sound()
    set_up_django()


def _keep_others_out() -> None:
    """Reports and mail are confidential: what these processes write is read by their user and group alone."""
    os.umask(OWN_FILES)
