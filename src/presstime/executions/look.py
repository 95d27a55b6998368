"""What an author sees beside the text, made in a child process: page, e-mail, pages of the PDF, data. Imports no Django.

Queries run once, with few rows; each of the four views is one HTML file that needs nothing else, for a frame without rights.
"""

from __future__ import annotations

import base64
import json
import re
import tempfile
import time
from collections.abc import Callable
from functools import partial
from multiprocessing.connection import Connection
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from presstime.executions import child
from presstime.executions.job import Done, Job

if TYPE_CHECKING:
    from pressroom.definition import Definition
    from pressroom.document import Document
    from pressroom.workspace import Workspace

FACTS_FILE = "facts.json"
VIEWS = ("page", "email", "pdf", "data")
# Enough to judge a layout by; a query that gives more is cut, and the page says so.
MOST_ROWS = 2_000
SHOWN_ROWS = 100
MOST_CHOICES = 500
MOST_CHARACTERS = 300
PICTURED_CELLS = 4_000
PICTURE_PPI = 96.0
_CID = re.compile(r"cid:([^\"'\s>)@]+)@[^\"'\s>)]+")

Make = Callable[["Document", "Workspace"], str]


def main(job: Job, pipe: Connection) -> None:
    """Make the views of *job* and say so over *pipe*."""
    child.main(job, pipe, _work)


def _work(job: Job, telling: child.Telling) -> Done:
    from pressroom.assets import Assets
    from pressroom.render import render

    job.files.mkdir(parents=True, exist_ok=True)
    job.work.mkdir(exist_ok=True)
    tempfile.tempdir = str(job.work)
    child.draw_elsewhere(job)
    watch = Stopwatch(telling)
    facts: dict[str, Any] = {}

    def look(definition: Definition, document: Document, workspace: Workspace) -> None:
        watch("rendering")
        facts.update(
            _facts(document, workspace, watch.seconds),
            choices=_choices(definition),
            views=_views(document, workspace, job.files),
        )

    rendered = render(
        job.definition,
        sources=child.resolver(job),
        parameters=job.parameters,
        formats=(),
        at=job.at,
        zone=ZoneInfo(job.zone),
        out=job.files,
        progress=watch,
        row_limit=MOST_ROWS,
        byte_limit=job.result_bytes,
        file=job.file,
        email=False,
        look=look,
        assets=Assets(job.assets),
    )
    telling.end()
    (job.files / FACTS_FILE).write_text(json.dumps(facts), "utf-8")
    return Done((), rendered.rows, None, telling.timings)


class Stopwatch:
    """Passes the stages on, and remembers how long each has taken."""

    def __init__(self, heard: Callable[[str], None]) -> None:
        self._heard = heard
        self._stage, self._since = "", 0.0
        self.seconds: dict[str, float] = {}

    def __call__(self, stage: str) -> None:
        now = time.monotonic()
        if self._stage:
            self.seconds[self._stage] = round(now - self._since, 4)
        self._stage, self._since = stage, now
        self._heard(stage)


def _facts(document: Document, workspace: Workspace, seconds: dict[str, float]) -> dict[str, Any]:
    """What the run has cost, query by query, and the columns that there are."""
    queries = [
        {
            "name": name,
            "rows": workspace.count(name),
            "is_cut": workspace.is_cut(name),
            "seconds": seconds.get(f"query {name}", 0.0),
            "columns": [{"name": field.name, "type": field.kind.value} for field in workspace.fields(name)],
        }
        for name in workspace.names()
    ]
    return {"title": document.title, "subtitle": document.subtitle, "queries": queries}


def _choices(definition: Definition) -> dict[str, list[tuple[str, str]]]:
    """What can be chosen for each parameter whose choices a query gives: values and their labels."""
    return {
        parameter.name: [
            (str(value), str(parameter.choice_labels.get(value, value))) for value in parameter.choices[:MOST_CHOICES]
        ]
        for parameter in definition.parameters
        if parameter.choices_query
    }


def _views(document: Document, workspace: Workspace, folder: Path) -> dict[str, dict[str, Any]]:
    """Write each view; one that cannot be made takes no other along and says why."""
    from pressroom.errors import PressroomError

    made: dict[str, dict[str, Any]] = {}
    makers: dict[str, Make] = {"page": partial(_page, folder=folder), "email": _email, "pdf": _pdf, "data": _data}
    for name, make in makers.items():
        since = time.monotonic()
        try:
            (folder / f"{name}.html").write_text(make(document, workspace), "utf-8")
            made[name] = {"seconds": round(time.monotonic() - since, 4)}
        except PressroomError as error:
            made[name] = {"problem": str(error)}
    return made


def _page(document: Document, workspace: Workspace, *, folder: Path) -> str:
    from pressroom.writers import FORMATS

    return FORMATS["html"].write(document, workspace, folder).read_text("utf-8")


def _email(document: Document, workspace: Workspace) -> str:
    from pressroom.writers.email import email_body

    body = email_body(document, workspace)
    pictures = {image.cid_key: _data_url(image.content) for image in body.images}
    return _CID.sub(lambda match: pictures.get(match[1], ""), body.html)


def _pdf(document: Document, workspace: Workspace) -> str:
    from pressroom.writers.pdf import pictures

    pages, is_all = pictures(document, workspace, ppi=PICTURE_PPI, cells=PICTURED_CELLS)
    sources = [_data_url(page) for page in pages]
    return _filled("look_pdf.html.jinja", pages=sources, is_all=is_all, title=document.title)


def _data(document: Document, workspace: Workspace) -> str:
    tables = [
        {
            "name": name,
            "fields": workspace.fields(name),
            "rows": [[_text(value) for value in row] for row in workspace.rows(name, SHOWN_ROWS)],
            "count": workspace.count(name),
            "is_cut": workspace.is_cut(name),
        }
        for name in workspace.names()
    ]
    return _filled("look_data.html.jinja", tables=tables, shown=SHOWN_ROWS, title=document.title)


def _text(value: Any) -> str | None:
    """A value as it came from the source; None stays None, so that a page tells it from an empty text."""
    if value is None:
        return None
    text = str(value).lower() if isinstance(value, bool) else str(value)
    return text if len(text) <= MOST_CHARACTERS else f"{text[:MOST_CHARACTERS]}…"


def _data_url(png: bytes) -> str:
    return f"data:image/png;base64,{base64.b64encode(png).decode()}"


def _filled(template: str, **values: Any) -> str:
    from jinja2 import Environment, PackageLoader, StrictUndefined

    loader = PackageLoader("presstime.executions", "frames")
    environment = Environment(loader=loader, autoescape=True, undefined=StrictUndefined)
    return environment.get_template(template).render(**values)
