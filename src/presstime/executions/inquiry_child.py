"""A child process that looks into a report's data and answers, instead of making files. Imports nothing of Django."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable
from contextlib import ExitStack
from multiprocessing.connection import Connection
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from pressroom.definition import parse
from presstime.executions.child import confine, resolver
from presstime.executions.faults import fault_of, secrets_of
from presstime.executions.job import Answer, Failed, Job, Said

if TYPE_CHECKING:
    from pressroom.lint import Finding

Choice = tuple[Any, str]  # value and label


def lint(job: Job, pipe: Connection) -> None:
    """Answer with what the report's queries show to be wrong with it."""
    answer(job, pipe, _findings)


def choices(job: Job, pipe: Connection) -> None:
    """Answer with the choices that queries give, by parameter."""
    answer(job, pipe, _choices)


def probe(job: Job, pipe: Connection) -> None:
    """Answer when all sources of the job can be read from."""
    answer(job, pipe, _read_something)


def answer(job: Job, pipe: Connection, ask: Callable[[Job], Any]) -> None:
    """Confine this process, let it *ask*, send the answer over *pipe*, and end."""
    confine(job.memory_limit_bytes)
    try:
        job.work.mkdir(parents=True, exist_ok=True)
        said: Said = Answer(ask(job))
    except Exception as error:  # noqa: BLE001 - the process boundary, as in `child.outcome`
        said = Failed(fault_of(error, secrets_of(job.sources.values())))
    with contextlib.suppress(BrokenPipeError):  # whoever asked has lost interest
        pipe.send(said)
    os._exit(0)


def _read_something(job: Job) -> None:
    resolve = resolver(job)
    for name in job.sources:
        source = resolve(name)
        try:
            source.test()
        finally:
            source.close()


def _findings(job: Job) -> list[Finding]:
    from pressroom.assets import Assets
    from pressroom.lint_data import lint_data
    from pressroom.render import opened

    with ExitStack() as stack:
        return lint_data(
            parse(job.definition, file=job.file),
            opened(resolver(job), stack),
            parameters=job.parameters,
            at=job.at,
            zone=ZoneInfo(job.zone),
            scratch=job.work,
            assets=Assets(job.assets),
        )


def _choices(job: Job) -> dict[str, list[Choice]]:
    from pressroom.choices import choices_of
    from pressroom.render import opened

    with ExitStack() as stack:
        return choices_of(parse(job.definition, file=job.file), opened(resolver(job), stack), job.work)
