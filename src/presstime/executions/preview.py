"""A look at a report without an execution: one format, rendered in a process of its own, nothing kept and nothing sent."""

from __future__ import annotations

import tempfile
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, BinaryIO
from zoneinfo import ZoneInfo

from django.conf import settings
from django.http import FileResponse

from pressroom.assets import Assets
from pressroom.definition import Definition
from pressroom.errors import PressroomError
from pressroom.wording import suggest
from pressroom.writers import FORMATS
from presstime.accounts import sight
from presstime.base.configuration_fields import Configuration
from presstime.base.errors import Conflict, Invalid
from presstime.executions import nursery
from presstime.executions.downloads import SANDBOX
from presstime.executions.faults import Fault
from presstime.executions.isolation import run_isolated
from presstime.executions.job import Failed, File, Job
from presstime.executions.states import Category
from presstime.reports import definitions
from presstime.reports.arguments import check_parameters
from presstime.sources import service as sources

TIMEOUT = timedelta(seconds=60)
# Each takes a processor and some hundred megabytes: the pages must stay quick while authors look.
PLACES = threading.BoundedSemaphore(2)
PATIENCE_SECONDS = 20.0


@dataclass(frozen=True, slots=True)
class Preview:
    """A finished file, open for reading; its name on the disk is gone already."""

    name: str
    media_type: str
    bytes: int
    content: BinaryIO


def render(
    text: str,
    *,
    file: str,
    format_name: str,
    parameters: Mapping[str, Any],
    at: datetime,
    timeout: timedelta = TIMEOUT,
) -> Preview:
    """The report in *text* as a file of one format, periods evaluated at *at*.

    Invalid when the report, its parameters or its source make it impossible; Conflict when it may work another time.
    """
    if format_name not in FORMATS:
        raise Invalid.of("format", f'There is no format "{format_name}". {suggest(format_name, FORMATS)}')
    definition = definitions.read(text)
    zone = ZoneInfo(definition.timezone or _configuration().time_zone)
    if problems := check_parameters(parameters, definition, at, zone):
        raise Invalid(problems)
    with place() as folder:
        return _run(job_of(definition, text, file, format_name, parameters, at, folder), timeout)


@contextmanager
def of_saved_text() -> Iterator[None]:
    """For a text that is saved: whoever may see the report may ask its sources by it, as its author was allowed to."""
    with sight.everything():
        yield


@contextmanager
def place() -> Iterator[Path]:
    """A folder for one look, for as long as it takes; Conflict when too many look at once."""
    if not PLACES.acquire(timeout=PATIENCE_SECONDS):
        raise Conflict("Other previews are being made. Try again in a moment.")
    try:
        with tempfile.TemporaryDirectory(prefix="preview-", dir=scratch()) as folder:
            yield Path(folder)
    finally:
        PLACES.release()


def as_attachment(preview: Preview) -> FileResponse:
    """The file as an answer that a browser saves and never runs in our name."""
    response = FileResponse(preview.content, as_attachment=True, filename=preview.name, content_type=preview.media_type)
    response["Content-Length"] = str(preview.bytes)
    response["Content-Security-Policy"] = SANDBOX
    response["Cache-Control"] = "no-store"
    return response


def _run(job: Job, timeout: timedelta) -> Preview:
    ended = run_isolated(job, timeout, start_method=nursery.start_method())
    if isinstance(ended, Failed):
        raise refusal(ended.fault)
    made: File = ended.files[0]
    return Preview(made.name, made.media_type, made.bytes, (job.files / made.name).open("rb"))


def job_of(
    definition: Definition,
    text: str,
    file: str,
    format_name: str,
    parameters: Mapping[str, Any],
    at: datetime,
    folder: Path,
) -> Job:
    """The job of a look; Invalid when a source is gone."""
    configuration = _configuration()
    try:
        addresses, base = sources.addresses_of(definition.source_names())
    except PressroomError as error:
        raise Invalid.of("definition", str(error)) from error
    return Job(
        definition=text,
        file=file,
        sources=addresses,
        base=base,
        assets=configuration.assets_path,
        parameters=parameters,
        formats=(format_name,),
        at=at,
        zone=definition.timezone or configuration.time_zone,
        folder=folder,
        memory_limit_bytes=configuration.memory_limit_bytes,
        row_limit=configuration.row_limit,
        result_bytes=configuration.result_bytes,
        has_charts=definition.has_charts,
        drawing=nursery.drawing() if definition.has_charts else "",
    )


def warm_up() -> None:
    """Have what a look needs loaded meanwhile, for somebody who begins to write."""
    nursery.warm_up()


def assets() -> Assets:
    """The files that reports of this installation may show."""
    return Assets(_configuration().assets_path)


def refusal(fault: Fault) -> Invalid | Conflict:
    """*fault* as whoever asked for a look is told of it."""
    sentence = f"{fault.message} {fault.hint}".rstrip()
    if fault.category in (Category.DATA, Category.CONFIGURATION):
        return Invalid.of("parameters" if fault.code == "parameter" else "definition", sentence)
    return Conflict(sentence)


def scratch() -> Path:
    """The folder for what is thrown away."""
    path = _configuration().scratch_path
    path.mkdir(parents=True, exist_ok=True, mode=0o700)
    return path


def _configuration() -> Configuration:
    configuration: Configuration = settings.CONFIGURATION
    return configuration
