"""A report file, read and checked: everything that can be known before a query has run."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Final

from pressroom.arrangement import arranged, every_block
from pressroom.assets import is_asset_name
from pressroom.blocks import (
    BlockSpec,
    ChartSpec,
    ImageSpec,
    ProseSpec,
    Query,
    read_chart,
    read_page_break,
    unknown_block,
)
from pressroom.blocks_images import not_a_file, read_image
from pressroom.blocks_tables import TableSpec, read_table
from pressroom.blocks_tiles import KpiSpec, read_kpi
from pressroom.calendars import Calendar
from pressroom.dialect import Dialect
from pressroom.document import PageBreak
from pressroom.errors import DefinitionError, Place
from pressroom.fences import Fence, Marker, Part, Text, split_fences, split_front_matter
from pressroom.frontmatter import RESERVED, FrontMatter, is_name, read_front_matter
from pressroom.markdown import to_blocks
from pressroom.pages import Setup
from pressroom.parameters import Parameter
from pressroom.previous import check_previous
from pressroom.schema import MAX_YAML_CHARACTERS, Problems
from pressroom.sql import named_parameters
from pressroom.templates import check_template, names_in, template_names, wrap
from pressroom.wording import shown, suggest

_TOP: Final = Place("report.md", 1)
MAX_DEFINITION_BYTES: Final = 2_000_000
MAX_BLOCKS: Final = 500
MAX_PROSE_CHARACTERS: Final = 200_000
STAND_IN: Final = "https://value.invalid"  # for a value that is known at the run
_VALUE = re.compile(r"\{\{.*?\}\}", re.DOTALL)
BLOCKS: Final = ("sql", "kpi", "chart", "table", "image", "pagebreak")


@dataclass(frozen=True, slots=True)
class Definition:
    """A report as its author wrote it; what it names is known to exist, as far as the file can tell."""

    file: str
    title: str  # a template
    source: str
    parameters: tuple[Parameter, ...]
    formats: tuple[str, ...]
    queries: tuple[Query, ...]
    blocks: tuple[BlockSpec, ...]
    subtitle: str = ""  # a template
    author: str = ""
    description: str = ""
    locale: str = "en"
    timezone: str = ""  # the schedule's when empty
    row_limit: int | None = None
    setup: Setup = field(default_factory=Setup)
    calendar: Calendar = field(default_factory=Calendar)
    csv: Dialect = field(default_factory=Dialect)
    title_place: Place = _TOP
    subtitle_place: Place = _TOP
    source_place: Place = _TOP

    def every_block(self) -> list[BlockSpec]:
        """Every block that holds no others, in order."""
        return list(every_block(self.blocks))

    @property
    def has_charts(self) -> bool:
        return any(isinstance(block, ChartSpec) for block in self.every_block())

    def query_names(self) -> list[str]:
        return [query.name for query in self.queries]

    def source_names(self) -> list[str]:
        """Every source that the report's queries name, the report's own first."""
        return list(dict.fromkeys([self.source, *(query.source for query in self.queries)]))

    def unused_queries(self) -> list[Query]:
        """Queries that no block and no template shows."""
        used = {block.data for block in self.every_block() if isinstance(block, KpiSpec | ChartSpec | TableSpec)}
        used |= {
            name
            for block in self.every_block()
            if isinstance(block, KpiSpec | ChartSpec)
            for name, _ in block.other_queries()
        }
        used |= {parameter.choices_query.query for parameter in self.parameters if parameter.choices_query}
        used |= {name for text in self.texts() for name in names_in(text)}
        return [query for query in self.queries if query.name not in used]

    def texts(self) -> list[str]:
        """Every template of the report."""
        return [text for text, _ in self.templates()]

    def templates(self) -> list[tuple[str, Place]]:
        """Every template of the report with its place."""
        found = [(self.title, self.title_place), (self.subtitle, self.subtitle_place)]
        found += [(text, line.place) for line in self.setup.running() for text in line.texts()]
        for block in self.every_block():
            if isinstance(block, ProseSpec):
                found.append((block.text, block.place))
            elif isinstance(block, ImageSpec):
                found += [(block.alt, block.place), (block.caption, block.place)]
        return found


def read_definition(path: Path) -> str:
    """The text of the report file at *path*; DefinitionError when it is too big, missing or not UTF-8."""
    place = Place(path.name, 1)
    try:
        size = path.stat().st_size
        if size > MAX_DEFINITION_BYTES:
            raise _too_big(size, place)
        return path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = 1 + path.read_bytes()[: error.start].count(b"\n")
        raise DefinitionError(
            "The report file is not UTF-8.", remedy="Save it as UTF-8.", place=Place(path.name, line)
        ) from None
    except OSError as error:
        raise DefinitionError(
            f"The report file cannot be read: {error.strerror}.",
            remedy="Check the path and its permissions.",
            place=place,
        ) from None


def _too_big(size: int, place: Place) -> DefinitionError:
    return DefinitionError(
        f"The report file has {size:,} bytes; the limit is {MAX_DEFINITION_BYTES:,}.",
        remedy="A report holds queries and words; leave the data in the source.",
        place=place,
    )


def parse(text: str, *, file: str = "report.md") -> Definition:
    """The report in *text*; a DefinitionError with every problem found, each with its line and its remedy."""
    size = len(text.encode("utf-8", "surrogatepass")) if len(text) <= MAX_DEFINITION_BYTES else len(text)
    if size > MAX_DEFINITION_BYTES:
        raise _too_big(size, Place(file, 1))
    problems = Problems(file)
    front, body, first_line = split_front_matter(text.removeprefix("\ufeff").replace("\r\n", "\n"), problems)
    matter = read_front_matter(front, problems) if not problems.found else None
    parts = split_fences(body, first_line, problems)
    _check_sizes(parts, Place(file, first_line))
    definition = _assemble(file, matter, parts, problems) if matter else None
    if definition is not None:
        _check(definition, problems)
    if problems.found or definition is None:
        raise DefinitionError.of(problems.in_order())
    return definition


def _check_sizes(parts: Sequence[Part], place: Place) -> None:
    """Refuse what would take long to read: Markdown and YAML of megabytes. SQL may be as long as the file."""
    prose = sum(len(part.text) for part in parts if isinstance(part, Text))
    layout = sum(len(part.body) for part in parts if isinstance(part, Fence) and part.language != "sql")
    counts = (
        ("blocks", sum(isinstance(part, Fence | Marker) for part in parts), MAX_BLOCKS),
        ("characters of prose", prose, MAX_PROSE_CHARACTERS),
        ("characters in its kpi, chart and table blocks", layout, MAX_YAML_CHARACTERS),
    )
    for what, count, limit in counts:
        if count > limit:
            raise DefinitionError(
                f"The report has {count:,} {what}; the limit is {limit:,}.",
                remedy="Make two reports of it, or leave the data in the source.",
                place=place,
            )


def _assemble(file: str, matter: FrontMatter, parts: Sequence[Part], problems: Problems) -> Definition:
    queries = [
        query
        for part in parts
        if isinstance(part, Fence) and part.language == "sql" and (query := _read_query(part, matter, problems))
    ]
    blocks = arranged(parts, partial(_read_block, problems=problems), problems)
    return Definition(
        file=file,
        queries=tuple(queries),
        blocks=tuple(blocks),
        **{name: getattr(matter, name) for name in FrontMatter.__dataclass_fields__},
    )


_READERS: Final[dict[str, Callable[[Fence, Problems], BlockSpec | None]]] = {
    "kpi": read_kpi,
    "chart": read_chart,
    "table": read_table,
    "image": read_image,
    "pagebreak": read_page_break,
}


def _read_block(part: Text | Fence, problems: Problems) -> BlockSpec | None:
    if isinstance(part, Text):
        return ProseSpec(part.text, problems.place(part.line))
    if part.language == "sql":
        return None
    if part.language not in _READERS:
        problems.add(part.line, *unknown_block(part.language, BLOCKS))
        return None
    if part.words:
        problems.add(
            part.line,
            f"{shown(' '.join(part.words))} behind `{part.language}` is not understood.",
            "Write `data: QUERY` inside the block.",
        )
    return _READERS[part.language](part, problems)


def _read_query(fence: Fence, matter: FrontMatter, problems: Problems) -> Query | None:
    if not fence.words or not is_name(fence.words[0]) or fence.words[0] in RESERVED:
        read = shown(fence.words[0]) if fence.words else "nothing"
        problems.add(
            fence.line, f"The sql block has no name: {read} stands there.",
            f"Write ```sql totals: letters, digits and _; not {', '.join(sorted(RESERVED))}.",
        )  # fmt: skip
        return None
    name, *options = fence.words
    place = problems.place(fence.line)
    source, source_place = matter.source, matter.source_place
    for option in options:
        key, _, value = option.partition("=")
        if key != "source" or not value:
            problems.add(
                fence.line, f"{shown(option)} behind the query {name} is not understood.", "Allowed: source=NAME."
            )
        source, source_place = value or source, place
    if not fence.body.strip():
        problems.add(fence.line, f"The query {name} is empty.", "Write one SELECT statement.")
    return Query(name, fence.body, source, place, tuple(named_parameters(fence.body)), source_place)


# ---- checks ---------------------------------------------------------------------------------------------------------


def _check(definition: Definition, problems: Problems) -> None:
    _check_query_names(definition, problems)
    _check_bindings(definition, problems)
    _check_choices(definition, problems)
    for block in definition.every_block():
        if isinstance(block, KpiSpec | ChartSpec | TableSpec):
            _check_data(block, definition.query_names(), problems)
        if isinstance(block, KpiSpec | ChartSpec):
            _check_others(block, definition.query_names(), problems)
        if isinstance(block, KpiSpec):
            check_previous(block, definition.queries, definition.parameters, problems)
    _check_templates(definition, problems)


def _check_query_names(definition: Definition, problems: Problems) -> None:
    parameters = {parameter.name for parameter in definition.parameters}
    seen: dict[str, int] = {}
    for query in definition.queries:
        if query.name.lower() in seen:
            first = seen[query.name.lower()]
            problems.add(
                query.place.line, f"The query {query.name} stands twice; first on line {first}.", "Rename one."
            )
        if query.name in parameters:
            problems.add(query.place.line, f"{query.name} is the name of a query and of a parameter.", "Rename one.")
        seen.setdefault(query.name.lower(), query.place.line)


def _check_bindings(definition: Definition, problems: Problems) -> None:
    bound = [name for parameter in definition.parameters for name in parameter.bound_names()]
    for query in definition.queries:
        for name in query.parameters:
            if name not in bound:
                line = query.place.line + 1 + _line_of_binding(query.sql, name)
                problems.add(
                    line, f"The query {query.name} binds :{name}, which is not a parameter.",
                    suggest(name, bound, what="Parameters that can be bound") + " Declare it under `parameters:` to add it.",
                )  # fmt: skip


def _check_choices(definition: Definition, problems: Problems) -> None:
    """A query of choices runs before there are values, so it binds none."""
    queries = {query.name: query for query in definition.queries}
    for parameter in definition.parameters:
        wanted = parameter.choices_query
        if wanted is None or wanted.place is None:
            continue
        if wanted.query not in queries:
            problems.add(
                wanted.place.line, f"The choices of {parameter.name} come from {shown(wanted.query)}, which is not a query.",
                suggest(wanted.query, queries, what="Queries"),
            )  # fmt: skip
        elif queries[wanted.query].parameters:
            bound = queries[wanted.query].parameters[0]
            problems.add(
                wanted.place.line, f"The query {wanted.query} gives the choices of {parameter.name} and binds :{bound}.",
                "It runs before there are values: write it without parameters.",
            )  # fmt: skip


def _line_of_binding(sql: str, name: str) -> int:
    position = sql.find(f":{name}")
    return sql.count("\n", 0, max(position, 0))


def _check_data(block: KpiSpec | ChartSpec | TableSpec, queries: Sequence[str], problems: Problems) -> None:
    if not block.data or block.data in queries:
        return
    kind = {KpiSpec: "kpi", ChartSpec: "chart", TableSpec: "table"}[type(block)]
    problems.add(
        block.place.line, f"The {kind} block shows {shown(block.data)}, which is not a query.",
        suggest(block.data, queries, what="Queries"),
    )  # fmt: skip


def _check_others(block: KpiSpec | ChartSpec, queries: Sequence[str], problems: Problems) -> None:
    for name, place in block.other_queries():
        if name not in queries:
            problems.add(
                place.line, f"A {'tile' if isinstance(block, KpiSpec) else 'chart'} names {shown(name)}, which is not a query.",
                suggest(name, queries, what="Queries"),
            )  # fmt: skip


def _check_templates(definition: Definition, problems: Problems) -> None:
    names = template_names(definition.query_names(), definition.parameters)
    check_template(definition.title, definition.title_place, names - {"title"}, problems)
    check_template(definition.subtitle, definition.subtitle_place, names, problems)
    for line in definition.setup.running():
        for text in line.texts():
            check_template(text, line.place, names | {"page", "pages"}, problems)
    for block in definition.every_block():
        if isinstance(block, ProseSpec):
            found = len(problems.found)
            check_template(block.text, block.place, names, problems)
            if len(problems.found) == found:
                _check_markdown(block, problems)
        elif isinstance(block, ImageSpec):
            for text in (block.alt, block.caption):
                check_template(text, block.place, names, problems)


def with_stand_ins(text: str) -> str:
    """The template *text* with something in the place of each value, to be read as Markdown before there are values."""
    return _VALUE.sub(wrap(STAND_IN, "en"), text)


def _check_markdown(block: ProseSpec, problems: Problems) -> None:
    """Odd images and links show before any value is filled in."""

    def check(image: ImageSpec) -> PageBreak:
        # An address from the data is known only at the run.
        if not is_asset_name(image.file) and STAND_IN not in image.file:
            raise DefinitionError(not_a_file(image.file)[0], remedy=not_a_file(image.file)[1], place=image.place)
        return PageBreak()

    try:
        to_blocks(with_stand_ins(block.text), block.place, check)
    except DefinitionError as error:
        problems.found.extend(error.problems)
