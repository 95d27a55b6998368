"""The commands `serve`, `web` and `worker`."""

from __future__ import annotations

import os
from contextlib import closing
from typing import Annotated

import typer

from presstime.base.errors import ConfigurationError
from presstime.base.occupancy import occupy
from presstime.processes.serve import EXIT_CONFIGURATION

OWN_FILES = 0o027

Bind = Annotated[
    str | None, typer.Option("--bind", metavar="HOST:PORT", help="Where to listen; PRESSTIME_BIND by default.")
]


def serve(bind: Bind = None) -> None:
    """Run the web server and the worker, after bringing the database up to date."""
    from presstime.processes.serve import replace_process

    replace_process(bind)


def web(bind: Bind = None) -> None:
    """Run the web server alone."""
    from django.conf import settings

    from presstime.processes.web import run

    _keep_others_out()
    try:
        with closing(occupy(settings.CONFIGURATION.data_path)):
            run(bind or settings.CONFIGURATION.bind)
    except ConfigurationError as error:
        typer.echo(error.message, err=True)
        raise typer.Exit(EXIT_CONFIGURATION) from None


def worker() -> None:
    """Run a worker alone; several may run, on one host or on many."""
    from django.conf import settings

    from presstime.processes.worker import run

    _keep_others_out()
    try:
        with closing(occupy(settings.CONFIGURATION.data_path)):
            code = run(settings.CONFIGURATION)
    except ConfigurationError as error:
        typer.echo(error.message, err=True)
        raise typer.Exit(EXIT_CONFIGURATION) from None
    raise typer.Exit(code)


def _keep_others_out() -> None:
    """Reports and mail are confidential: what these processes write is read by their user and group alone."""
    os.umask(OWN_FILES)
