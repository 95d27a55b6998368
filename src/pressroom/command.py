"""Rendering a report file from a command line: options in, files and plain sentences out."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from rich.console import Console

from pressroom.assets import Assets
from pressroom.definition import Definition, parse, read_definition
from pressroom.errors import PressroomError, RenderError, SourceMisconfigured
from pressroom.frontmatter import is_zone
from pressroom.render import Rendered, render
from pressroom.sources import Source, open_source
from pressroom.wording import shown, suggest
from pressroom.writers import FORMATS

if TYPE_CHECKING:
    from pressroom.writers.email import EmailBody

_NAMED_URL = re.compile(r"(?P<name>[A-Za-z_][A-Za-z0-9_-]*)=(?P<url>[a-z][a-z0-9+]*:.*)", re.DOTALL)
FAILED = 1
EMAIL = "email"
FORMAT_NAMES = ", ".join((*FORMATS, EMAIL))  # that an option may name


class UsageError(ValueError):
    """An option cannot be understood."""


@dataclass(frozen=True, slots=True)
class Request:
    """What to render, as the options of a command line say it."""

    file: Path
    sources: Sequence[str] = ()  # URL, or NAME=URL
    parameters: Sequence[str] = ()  # NAME=VALUE
    formats: Sequence[str] = ()  # of reports, and "email" for the body of the mail
    out: Path = Path()
    as_of: str = ""
    timezone: str = ""


def render_command(
    request: Request,
    *,
    now: datetime,
    named_source: Callable[[str], Source] | None = None,
    out: Console | None = None,
    err: Console | None = None,
) -> int:
    """Render *request* and print the files made; problems go to *err* as `file:line: message`. Gives the exit code.

    *named_source* opens a source that the report names and no option gives; without it such a source is an error.
    UsageError when an option cannot be understood.
    """
    output = out or Console(soft_wrap=True, highlight=False)
    errors = err or Console(stderr=True, soft_wrap=True, highlight=False)
    parameters = read_pairs(request.parameters, "--param")
    urls = read_sources(request.sources)
    try:
        definition = parse(read_definition(request.file), file=request.file.name)
        zone = read_zone(request.timezone or definition.timezone or "UTC")
        formats = read_formats(request.formats)
        with errors.status("reading the report") as status:
            rendered = render(
                definition,
                sources=resolver(definition, urls, request.file.parent, named_source),
                parameters=parameters,
                formats=[name for name in formats if name != EMAIL] if formats else None,
                at=read_instant(request.as_of, zone) if request.as_of else now,
                zone=zone,
                out=request.out,
                progress=status.update,
                email=EMAIL in formats,
                assets=Assets(request.file.parent),
            )
    except PressroomError as error:
        report_error(error, errors)
        return FAILED
    _list_files(rendered, output)
    if rendered.email:
        path = _written(rendered, rendered.email, request.out)
        output.print(f"{path}  {path.stat().st_size:,} bytes", markup=False)
    return 0


def report_error(error: PressroomError, console: Console) -> None:
    """Print *error*, each problem on a line of its own with its place, the remedy below it."""
    for problem in error.problems:
        where = f"{problem.place}: " if problem.place else ""
        console.print(f"{where}{problem.message}", style="bold", markup=False)
        if problem.remedy:
            console.print(f"    {problem.remedy}", markup=False)


def _written(rendered: Rendered, body: EmailBody, out: Path) -> Path:
    """The file that now holds the HTML of the mail, with its pictures."""
    from pressroom.writers.email import standalone

    path = out / f"{rendered.stem}-{EMAIL}.html"
    path.write_text(standalone(body), encoding="utf-8")
    return path


def _list_files(rendered: Rendered, console: Console) -> None:
    for artifact in rendered.artifacts:
        console.print(f"{artifact.path}  {artifact.bytes:,} bytes  {artifact.rows:,} rows", markup=False)


def resolver(
    definition: Definition, urls: dict[str, str], folder: Path, named_source: Callable[[str], Source] | None
) -> Callable[[str], Source]:
    """Sources by the names that *definition* gives them: from *urls*, from *named_source*, relative to *folder*."""

    def find(name: str) -> Source:
        if name in urls:
            return open_source(urls[name], base=Path.cwd())
        if name == definition.source and "" in urls:
            return open_source(urls[""], base=Path.cwd())
        if "://" in name:
            return open_source(name, base=folder)
        if named_source is not None:
            return named_source(name)
        raise SourceMisconfigured(
            f"The report reads from the source {shown(name)}, and no URL is given for it.",
            remedy=f"Add --source {name}=sqlite:///file.db, or the URL of another kind of source.",
            code="unknown_source",
        )

    return find


# ---- options --------------------------------------------------------------------------------------------------------


def read_formats(names: Sequence[str]) -> list[str]:
    """The formats of those *names*; RenderError for one that is none."""
    allowed = (*FORMATS, EMAIL)
    for name in names:
        if name not in allowed:
            raise RenderError(
                f"{shown(name)} is not a format of reports.", remedy=suggest(name, allowed), code="unknown_format"
            )
    return list(names)


def read_pairs(options: Iterable[str], option: str) -> dict[str, str]:
    """`NAME=VALUE` options as a mapping."""
    pairs = {}
    for text in options:
        name, equals, value = text.partition("=")
        if not equals or not name.strip():
            raise UsageError(f"{option} {shown(text)} is not NAME=VALUE, e.g. {option} period=2013-07.")
        pairs[name.strip()] = value
    return pairs


def read_sources(options: Iterable[str]) -> dict[str, str]:
    """`URL` and `NAME=URL` options as a mapping; the empty name is the report's own source."""
    urls = {}
    for text in options:
        if match := _NAMED_URL.fullmatch(text):
            urls[match["name"]] = match["url"]
        elif "://" in text:
            urls[""] = text
        else:
            # The text itself is not repeated: it may be a URL with a password, badly typed.
            raise UsageError("--source takes a URL or NAME=URL, e.g. --source flights=sqlite:///flights.db.")
    return urls


def read_zone(name: str) -> ZoneInfo:
    """The zone of that name."""
    if not is_zone(name):
        raise UsageError(
            f"--timezone {shown(name)} is not known. {suggest(name, ['UTC', 'Europe/Berlin'], what='For example')}"
        )
    return ZoneInfo(name)


def read_instant(text: str, zone: ZoneInfo, what: str = "--as-of") -> datetime:
    """An RFC 3339 instant, or a local time or a day of *zone*; *what* names it when it is none."""
    try:
        if re.fullmatch(r"\d{4}-\d\d-\d\d", text):
            return datetime.combine(date.fromisoformat(text), time(), tzinfo=zone)
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise UsageError(f"{what} {shown(text)} is not a time, e.g. 2013-08-01 or 2013-08-01T06:00:00Z.") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=zone)
