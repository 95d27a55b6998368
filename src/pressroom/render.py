"""From a report's text to its files: run the queries, evaluate, write each format."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from pressroom.assets import Assets
from pressroom.blocks import Query
from pressroom.choices import choice_queries, with_choices
from pressroom.definition import Definition, parse
from pressroom.document import Document
from pressroom.errors import Place, PressroomError, RenderError, SourceMisconfigured
from pressroom.evaluate import evaluate
from pressroom.exports import ways
from pressroom.lookup import cut_note
from pressroom.names import file_name, slug
from pressroom.parameters import ResolvedParameters, resolve
from pressroom.periods import Period
from pressroom.previous import previous_bindings, reruns
from pressroom.sql import line_of_word
from pressroom.wording import shown, suggest
from pressroom.writers import CARRIERS, FORMATS

if TYPE_CHECKING:
    from pressroom.sources import Source
    from pressroom.workspace import Straight, Workspace
    from pressroom.writers.email import EmailBody

Resolver = Callable[[str], "Source"]
Progress = Callable[[str], None]
Ways = Callable[["Definition", "Workspace", "ResolvedParameters"], "Mapping[str, Straight]"]
Look = Callable[["Definition", "Document", "Workspace"], None]


@dataclass(frozen=True, slots=True)
class RenderedFile:
    """A file of the report; `name` is ASCII and unique among its siblings."""

    name: str
    format: str
    path: Path
    bytes: int
    sha256: str  # hexadecimal
    rows: int


@dataclass(frozen=True, slots=True)
class Rendered:
    """A report that is ready to be delivered."""

    artifacts: tuple[RenderedFile, ...]
    document: Document
    rows: int  # of the queries shown in tables; of all queries when there is no table
    email: EmailBody | None = None
    cuts: tuple[str, ...] = ()  # a sentence for each query that a cap ended, in English
    stem: str = ""  # of the names of its files


def render(
    report: str | Definition,
    *,
    sources: Mapping[str, Source] | Resolver,
    parameters: Mapping[str, Any],
    at: datetime,
    out: Path,
    formats: Sequence[str] | None = None,
    zone: ZoneInfo | None = None,
    progress: Progress = lambda _stage: None,
    row_limit: int | None = None,
    byte_limit: int | None = None,
    file: str = "report.md",
    email: bool = True,
    link: str | None = None,
    look: Look | None = None,
    assets: Assets | None = None,
) -> Rendered:
    """Write the report planned for the aware instant *at* into *out*, one file a format; every error is a PressroomError.

    *formats* default to the report's, *zone* to the report's and then UTC. A query gives at most *row_limit* rows and
    *byte_limit* bytes. Sources that a resolver opens are closed at the
    end. *progress* hears of each stage: "query NAME", "rendering FORMAT". `Rendered.email` is the body of a message unless
    *email* is false; *link* is where it says that the report can be seen. *assets* are the files that the report may
    show. *look* is shown the report with its choices, the document and its results while they are there, before any
    file is written.
    """
    definition = report if isinstance(report, Definition) else parse(report, file=file)
    wanted = _known_formats(definition.formats if formats is None else formats)
    zone = zone or ZoneInfo(definition.timezone or "UTC")
    if not choice_queries(definition):
        resolve(definition, parameters, at, zone)  # what does not fit is told before a query runs
    out.mkdir(parents=True, exist_ok=True)
    with ExitStack() as stack:
        scratch = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="pressroom-")))
        workspace = stack.enter_context(_workspace(scratch, definition, row_limit, byte_limit, zone))
        folder = partial(_own_folder, stack, out)
        straight = partial(ways, formats=wanted, folder=folder, at=at, zone=zone)
        definition, resolved = load(
            definition, workspace, opened(sources, stack), parameters, at, zone, progress, straight
        )
        document = evaluate(definition, workspace, resolved, at=at, zone=zone, assets=assets)
        if look is not None:
            look(definition, document, workspace)
        return _write(
            document, workspace, wanted, out, _stem(document, resolved), progress,
            choices=choice_queries(definition), email=email, link=link,
        )  # fmt: skip


def _own_folder(stack: ExitStack, out: Path) -> Path:
    """A folder in *out*, so that the last step is a rename on one file system, until *stack* ends."""
    return Path(stack.enter_context(tempfile.TemporaryDirectory(prefix=".results-", dir=out)))


def _known_formats(formats: Iterable[str]) -> list[str]:
    names = list(dict.fromkeys(formats))
    for name in names:
        if name not in FORMATS:
            raise RenderError(
                f"{shown(name)} is not a format of reports.", remedy=suggest(name, FORMATS), code="unknown_format"
            )
    return names


def _workspace(
    scratch: Path, definition: Definition, row_limit: int | None, byte_limit: int | None, zone: ZoneInfo
) -> Workspace:
    from pressroom.workspace import BYTE_LIMIT, ROW_LIMIT, Workspace

    limits = [limit for limit in (row_limit, definition.row_limit) if limit is not None]
    return Workspace(scratch, row_limit=min(limits, default=ROW_LIMIT), byte_limit=byte_limit or BYTE_LIMIT, zone=zone)


def opened(sources: Mapping[str, Source] | Resolver, stack: ExitStack) -> Resolver:
    """Sources by name, each opened once; the stack closes those that are ours to close."""
    if isinstance(sources, Mapping):
        return lambda name: _named(sources, name)
    opened: dict[str, Source] = {}

    def find(name: str) -> Source:
        if name not in opened:
            opened[name] = sources(name)
            stack.callback(opened[name].close)
        return opened[name]

    return find


def _named(sources: Mapping[str, Source], name: str) -> Source:
    if name in sources:
        return sources[name]
    raise SourceMisconfigured(
        f"There is no source {shown(name)}.", remedy=suggest(name, sources, what="Sources"), code="unknown_source"
    )


def load(
    definition: Definition,
    workspace: Workspace,
    source_of: Resolver,
    parameters: Mapping[str, Any],
    at: datetime,
    zone: ZoneInfo,
    progress: Progress,
    straight: Ways | None = None,
) -> tuple[Definition, ResolvedParameters]:
    """Run every query into *workspace*, those first that give choices; the definition then knows its choices.

    *straight* tells of the others which may go to their file without being kept.
    """
    first = choice_queries(definition)
    _run_queries([query for query in definition.queries if query.name in first], workspace, source_of, {}, progress, {})
    definition = with_choices(definition, workspace) if first else definition
    resolved = resolve(definition, parameters, at, zone)
    others = [query for query in definition.queries if query.name not in first]
    going = straight(definition, workspace, resolved) if straight else {}
    _run_queries(others, workspace, source_of, resolved.bindings, progress, going)
    again = reruns(definition.every_block(), definition.queries)
    if again:
        before = previous_bindings(resolved, definition.locale)
        _run_queries(again, workspace, source_of, before, progress, {}, is_aside=True)
    return definition, resolved


def _run_queries(
    queries: Iterable[Query],
    workspace: Workspace,
    source_of: Resolver,
    bindings: Mapping[str, Any],
    progress: Progress,
    straight: Mapping[str, Straight],
    *,
    is_aside: bool = False,
) -> None:
    for query in queries:
        progress(f"query {query.name}")
        bound = {name: bindings[name] for name in query.parameters}
        try:
            source = source_of(query.source)
            workspace.load(query.name, source, query.sql, bound, straight=straight.get(query.name), is_aside=is_aside)
        except PressroomError as error:
            of_source = query.source_place if isinstance(error, SourceMisconfigured) else None
            error.place = error.place or of_source or place_in(query, error, bound)
            error.source = query.source
            raise


def place_in(query: Query, error: PressroomError, bound: Mapping[str, Any]) -> Place:
    """The line of *query* that a database named in *error*; that of its block where it named none."""
    # A value is written into the text where a driver cannot bind it, and lines within one would be counted as well.
    has_lines = any("\n" in value for value in bound.values() if isinstance(value, str))
    line = None if has_lines else error.query_line
    line = line or line_of_word(query.sql, error.query_word) or 0
    count = query.sql.count("\n") + 1
    return replace(query.place, line=query.place.line + (line if line <= count else 0))


def _write(
    document: Document,
    workspace: Workspace,
    formats: Iterable[str],
    out: Path,
    stem: str,
    progress: Progress,
    *,
    choices: Iterable[str],
    email: bool,
    link: str | None,
) -> Rendered:
    rows = rows_shown(document, workspace, choices)
    wanted = list(formats)
    made: dict[str, RenderedFile] = {}
    # First those that carry everything: the others say where to find what they cut.
    for name in sorted(wanted, key=lambda name: CARRIERS.index(name) if name in CARRIERS else len(CARRIERS)):
        progress(f"rendering {name}")
        made[name] = _artifact(document, workspace, name, out, stem, rows)
        if not document.carrier and name in CARRIERS:
            document = replace(document, carrier=made[name].name)
    artifacts = tuple(made[name] for name in wanted)
    body = None
    if email:
        from pressroom.writers.email import email_body

        progress("rendering e-mail")
        body = email_body(document, workspace, link=link, files=[artifact.name for artifact in artifacts])
    cuts = tuple(note for name in workspace.names() if (note := cut_note(name, workspace, "en")))
    return Rendered(artifacts, document, rows, body, cuts, stem)


def _artifact(
    document: Document, workspace: Workspace, format_name: str, out: Path, stem: str, rows: int
) -> RenderedFile:
    # A folder of its own within *out*: writers choose their names, and the last step is a rename on one file system.
    with tempfile.TemporaryDirectory(prefix=f".{format_name}-", dir=out) as folder:
        made = FORMATS[format_name].write(document, workspace, Path(folder))
        path = made.rename(out / file_name(stem, format_name, made))
    return RenderedFile(path.name, format_name, path, path.stat().st_size, workspace.sha256(path), rows)


def rows_shown(document: Document, workspace: Workspace, choices: Iterable[str]) -> int:
    """Rows of the queries shown in tables; without a table, of all queries but those that only give *choices*."""
    shown_queries = {table.data for table in document.tables()} or set(workspace.names()) - set(choices)
    return sum(workspace.count(name) for name in shown_queries)


def _stem(document: Document, resolved: ResolvedParameters) -> str:
    """Title and period, which a title may name itself; the day, when the report has no period."""
    periods = [resolved.labels[name] for name, value in resolved.values.items() if isinstance(value, Period)]
    title, when = slug(document.title), slug(periods[0] if periods else document.prepared_at.date().isoformat())
    return title if f"-{title}-".find(f"-{when}-") >= 0 else slug(f"{title[:60]} {when}")
