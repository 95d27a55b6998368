"""From a definition and the results of its queries to the document that the writers take."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from pressroom.appearance import NUMBER_MARKS, Running, pieces
from pressroom.assets import Assets
from pressroom.blocks import BlockSpec, ChartSpec, ImageSpec, LanesSpec, PageBreakSpec, ProseSpec, TogetherSpec
from pressroom.blocks_tables import TableSpec, label_from
from pressroom.blocks_tiles import KpiSpec
from pressroom.definition import Definition
from pressroom.document import Block, Document, Heading, Image, Lane, Notice, PageBreak, Results, SideBySide, Together
from pressroom.errors import Place
from pressroom.figures import chart_block
from pressroom.lookup import count_text, cut_note
from pressroom.markdown import plain_text, to_blocks
from pressroom.pages import RunningSpec
from pressroom.parameters import Parameter, ResolvedParameters, Type
from pressroom.phrases import phrase
from pressroom.previous import previous_labels
from pressroom.tables import table_blocks
from pressroom.templates import fill, names_in, unwrap
from pressroom.themes import theme_from
from pressroom.tiles import kpi_blocks
from pressroom.values import MAX_ROWS, Budget, QueryValue, RowValue

_BARE_TYPES: Final = (Type.NUMBER, Type.DATE, Type.BOOLEAN)


def evaluate(
    definition: Definition,
    results: Results,
    resolved: ResolvedParameters,
    *,
    at: datetime,
    zone: ZoneInfo,
    assets: Assets | None = None,
) -> Document:
    """The whole report for the planned instant *at* (aware), days and times being those of *zone*.

    LayoutError when a block or a template names a column that its query does not give, with the line and the columns
    there are; DataError when it shows a file that is not among *assets* or is no picture.
    """
    prepared_at = at.astimezone(zone)
    assets = assets or Assets()
    setup = definition.setup
    evaluation = _evaluation(definition, results, resolved, prepared_at, assets)
    title = evaluation.line(definition.title, definition.title_place)
    evaluation.names["title"] = title
    subtitle = evaluation.line(definition.subtitle, definition.subtitle_place) or " · ".join(
        _told(parameter, resolved) for parameter in definition.parameters if resolved.labels[parameter.name]
    )
    return Document(
        title=title,
        subtitle=subtitle,
        blocks=tuple(_without_title(evaluation.blocks(), title)),
        prepared_at=prepared_at,
        timezone=str(zone),
        locale=definition.locale,
        parameters=shown_parameters(definition, resolved),
        author=definition.author,
        page=setup.size,
        landscape=setup.landscape,
        margins=setup.margins,
        header=evaluation.running(setup.header),
        footer=evaluation.running(setup.footer),
        contents=setup.contents,
        theme=theme_from(setup.theme, assets, definition.locale),
        csv=definition.csv,
    )


def title_of(
    definition: Definition, results: Results, resolved: ResolvedParameters, *, at: datetime, zone: ZoneInfo
) -> str:
    """The title alone; of the results only those that it names must have been loaded."""
    evaluation = _evaluation(definition, results, resolved, at.astimezone(zone), Assets())
    return evaluation.line(definition.title, definition.title_place)


def _evaluation(
    definition: Definition, results: Results, resolved: ResolvedParameters, prepared_at: datetime, assets: Assets
) -> _Evaluation:
    budget = Budget()
    names = _names(definition, results, resolved, prepared_at, budget)
    before = previous_labels(definition.queries, definition.parameters, resolved, definition.locale)
    return _Evaluation(definition, results, names, assets, budget, before)


def _names(
    definition: Definition, results: Results, resolved: ResolvedParameters, prepared_at: datetime, budget: Budget
) -> dict[str, Any]:
    queries = {name: QueryValue(name, results, budget) for name in definition.query_names()}
    return {
        **queries,
        **resolved.values,
        "author": definition.author,
        "labels": RowValue("labels", resolved.labels),
        "prepared_at": prepared_at,
        "today": prepared_at.date(),
    }


def shown_parameters(definition: Definition, resolved: ResolvedParameters) -> Mapping[str, Any]:
    """What a footer or a sheet says: the label of each parameter and of its value."""
    return {parameter.name: resolved.labels[parameter.name] for parameter in definition.parameters}


def _told(parameter: Parameter, resolved: ResolvedParameters) -> str:
    """A parameter as a subtitle has it; a number, a date and yes or no say nothing without their name."""
    value = resolved.labels[parameter.name]
    is_bare = parameter.type in _BARE_TYPES and resolved.values[parameter.name] not in parameter.choice_labels
    return f"{parameter.label or label_from(parameter.name)}: {value}" if is_bare else value


@dataclass
class _Evaluation:
    definition: Definition
    results: Results
    names: dict[str, Any]
    assets: Assets
    budget: Budget
    previous: Mapping[str, str]  # how the period before is called, by query
    told: set[str] = field(default_factory=set)  # queries whose cap a text or a row of tiles has told
    numbers: Counter[type] = field(default_factory=Counter)
    images: int = 0

    def running(self, spec: RunningSpec | None) -> Running | None:
        """A header or footer, in which `page` and `pages` stand for numbers that are known when pages are made."""
        if spec is None:
            return None
        numbers = {number.value: mark for mark, number in NUMBER_MARKS.items()}
        return Running(*(pieces(self.line(text, spec.place, numbers)) for text in spec.texts()))

    def line(self, text: str, place: Place, more: Mapping[str, Any] | None = None) -> str:
        """A one-line template as plain text."""
        filled = fill(text, place, {**self.names, **(more or {})}, self.definition.locale, self.budget)
        return " ".join(unwrap(filled).split())

    def image(self, spec: ImageSpec) -> Image:
        self.images += 1
        picture = self.assets.picture(spec.file, spec.place, role="image")
        return Image(f"image-{self.images}", picture, spec.alt, spec.caption, spec.align, spec.width, spec.share)

    def blocks(self) -> Iterator[Block]:
        return self._flow(self.definition.blocks)

    def _flow(self, blocks: Iterable[BlockSpec]) -> Iterator[Block]:
        for block in blocks:
            match block:
                case LanesSpec():
                    lanes = zip(block.lanes, block.shares, strict=True)
                    yield SideBySide(tuple(Lane(tuple(self._flow(lane)), share) for lane, share in lanes))
                case TogetherSpec():
                    yield Together(tuple(self._flow(block.blocks)))
                case _:
                    self.numbers[type(block)] += 1
                    yield from self._block(block, self.numbers[type(block)])

    def _block(self, block: BlockSpec, number: int) -> Iterator[Block]:
        match block:
            case ProseSpec():
                text = fill(block.text, block.place, self.names, self.definition.locale, self.budget)
                yield from to_blocks(text, block.place, self.image)
                yield from self._shortened()
                yield from self._cut(names_in(block.text))
            case KpiSpec():
                yield from kpi_blocks(block, self.results, self.definition.locale, self.previous)
                yield from self._cut({block.data})
            case ChartSpec():
                yield chart_block(block, self.results, self.definition.locale, f"chart-{number}")
            case TableSpec():
                yield from table_blocks(block, self.results, self.definition.locale, f"table-{number}")
            case ImageSpec():
                alt, caption = (self.line(text, block.place) for text in (block.alt, block.caption))
                yield self.image(replace(block, alt=alt, caption=caption))
            case PageBreakSpec():
                yield PageBreak()

    def _shortened(self) -> Iterator[Notice]:
        """A loop over more rows than a text shows says so below the text."""
        for query, count in self.budget.shortened.items():
            first, all_ = (count_text(number, self.definition.locale) for number in (MAX_ROWS, count))
            yield Notice(phrase(self.definition.locale, "text_shortened", shown=first, rows=all_, query=query))
        self.budget.shortened.clear()

    def _cut(self, names: set[str]) -> Iterator[Notice]:
        """Values of a query that a cap ended are of a part of its rows; said once, tables and charts say it themselves."""
        for query in self.results.names():
            if query in names and query not in self.told and self.results.is_cut(query):
                self.told.add(query)
                locale = self.definition.locale
                said = cut_note(query, self.results, locale), phrase(locale, "may_be_incomplete")
                yield Notice(" ".join(said))


def _without_title(blocks: Iterator[Block], title: str) -> Iterator[Block]:
    """Leave out a first heading that only repeats the title: every format sets the title itself."""
    for number, block in enumerate(blocks):
        if number == 0 and isinstance(block, Heading) and plain_text(block.spans).strip() == title:
            continue
        yield block
