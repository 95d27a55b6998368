"""The document: what a report says once its queries have run, the same for every format.

`evaluate` makes it from a definition and the query results; each writer turns it into a file. It is plain data: no
template, no SQL and no markup is left in it, so that a writer cannot be made to execute what stands in a cell.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol

from pressroom.appearance import Margins, Picture, Running, Side, Theme
from pressroom.dialect import Dialect
from pressroom.errors import Place


class Kind(StrEnum):
    """What a column holds; decided from its DuckDB type."""

    INTEGER = "integer"
    DECIMAL = "decimal"
    FLOAT = "float"
    BOOLEAN = "boolean"
    DATE = "date"
    TIMESTAMP = "timestamp"  # without a zone, or converted to the report's zone
    TIME = "time"
    TEXT = "text"  # and everything that is shown as text: UUID, JSON, lists, binary as hex

    @property
    def is_number(self) -> bool:
        return self in (Kind.INTEGER, Kind.DECIMAL, Kind.FLOAT)


class Total(StrEnum):
    """How a column is summed up in the last row of its table."""

    SUM = "sum"
    AVG = "avg"
    MIN = "min"
    MAX = "max"
    COUNT = "count"


@dataclass(frozen=True, slots=True)
class Field:
    """A column of a query result."""

    name: str
    kind: Kind
    type: str  # DuckDB's name, e.g. DECIMAL(18,4)


@dataclass(frozen=True, slots=True)
class Subtotal:
    """The totals of one group."""

    key: tuple[Any, ...]  # the values of the columns by which rows are grouped
    rows: int
    values: tuple[Any, ...]


class Results(Protocol):
    """The query results of one run, kept in an in-process DuckDB (`pressroom.workspace.Workspace` is the one there is)."""

    def names(self) -> Sequence[str]:
        """Queries that have run, in the order of the report file."""

    def fields(self, name: str) -> Sequence[Field]:
        """Columns of the result *name*, in order; LayoutError when there is no such query."""

    def count(self, name: str) -> int:
        """Number of rows of the result *name*."""

    def is_cut(self, name: str) -> bool:
        """Whether a row or byte cap stopped the result before its end."""

    def stopped_at_bytes(self, name: str) -> int | None:
        """The byte cap, if that and not the row cap stopped the result."""

    def rows(self, name: str, limit: int | None = None) -> Iterator[tuple[Any, ...]]:
        """Rows of the result *name* in query order, as Python values (int, Decimal, float, bool, date, datetime, str, None)."""

    def scalar(self, name: str, expression: Total, column: str) -> Any:
        """A total over all rows of *column*, NULLs left out; None for an empty result."""

    def extent(self, name: str, column: str) -> tuple[float, float] | None:
        """The lowest and the highest finite number in *column*; None when there is none."""

    def grouped(self, name: str, by: Sequence[str], limit: int | None = None) -> Iterator[tuple[Any, ...]]:
        """All columns of the rows, those of a group together; groups in the order in which the query first names them."""

    def subtotals(self, name: str, by: Sequence[str], totals: Sequence[tuple[Total, str]]) -> Iterator[Subtotal]:
        """The totals of each group of *by*, in the order of `grouped`, over all rows of the group."""


# ---- text -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Span:
    """A run of text with one style. `link` is an absolute http(s) or mailto address."""

    text: str
    bold: bool = False
    italic: bool = False
    code: bool = False
    strike: bool = False
    link: str | None = None


Spans = tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class Heading:
    level: int  # 1-4; the report's title is not a heading of its body
    spans: Spans


@dataclass(frozen=True, slots=True)
class Paragraph:
    spans: Spans


@dataclass(frozen=True, slots=True)
class ListItem:
    spans: Spans
    level: int = 0  # nesting, from 0


@dataclass(frozen=True, slots=True)
class TextList:
    items: tuple[ListItem, ...]
    ordered: bool = False


@dataclass(frozen=True, slots=True)
class Quote:
    spans: Spans


@dataclass(frozen=True, slots=True)
class Rule:
    """A thematic break."""


# ---- data -----------------------------------------------------------------------------------------------------------


class Tone(StrEnum):
    """How a comparison or a cell reads: the author says what is good."""

    GOOD = "good"
    BAD = "bad"
    NEUTRAL = "neutral"
    ACCENT = "accent"  # neither: set off only


@dataclass(frozen=True, slots=True)
class Target:
    """How far a figure is from what was wanted; `filled` and `mark` are parts of the whole length of a bar."""

    text: str  # e.g. "3.0 pp below target 80.0%"
    value: Any
    tone: Tone
    filled: float | None = None  # None where a bar would say nothing
    mark: float | None = None


@dataclass(frozen=True, slots=True)
class Tile:
    label: str
    text: str  # the value as shown
    value: Any  # the value itself, for workbook and JSON
    format: str  # the format name as in the report file, e.g. "percent"
    delta: str = ""  # the comparison as shown, e.g. "+12.4%"
    delta_tone: Tone = Tone.NEUTRAL
    caption: str = ""  # what it is compared with, e.g. "vs June"
    previous: Any = None  # the value it is compared with
    target: Target | None = None
    spark: tuple[float | None, ...] = ()  # the course of the figure, oldest first


@dataclass(frozen=True, slots=True)
class Kpis:
    tiles: tuple[Tile, ...]


@dataclass(frozen=True, slots=True)
class Chart:
    """A chart as a complete Vega-Lite specification with its data inside.

    `spec` has neither `url` nor image marks (they would be fetched) and no `config`: the theme belongs to the writers.
    """

    id: str  # unique in the document, usable as a file name
    title: str
    alt: str  # one sentence for those who cannot see it
    spec: Mapping[str, Any]
    data: str  # the query it shows
    note: str = ""  # e.g. "The first 5,000 of 12,000 points."
    type: str = ""  # the short form's type ("line", "bar", …); "" when the author wrote the specification
    x: str = ""  # columns of the query, for writers that draw charts of their own (a workbook does)
    y: tuple[str, ...] = ()
    series: str = ""
    format: str = ""  # of the values, as in the report file
    place: Place | None = field(default=None, compare=False)  # for what only the drawing finds wrong
    # Expressions, parameters and formats of the author's specification, each with its key and its line.
    spoken: tuple[tuple[str, str, Place], ...] = field(default=(), compare=False)


@dataclass(frozen=True, slots=True)
class ColourRule:
    """Which cells of a column are set off; `mark` stands before them, since colour alone would not reach everybody."""

    operator: str  # "<", "<=", ">", ">=", "=", "!=", ".." (from low to high, both included) or "empty"
    low: Any  # a Decimal, a date or a text; None for "empty"
    high: Any
    tone: Tone
    mark: str = ""  # e.g. "▲"; may be empty where the sign of the number says it


@dataclass(frozen=True, slots=True)
class Scale:
    """From where to where a bar or a shade of a cell goes."""

    low: float
    high: float
    tone: Tone = Tone.ACCENT


@dataclass(frozen=True, slots=True)
class Width:
    """How wide the author wants a column."""

    value: float
    unit: str  # "%" of the table, "pt" or "ch" (characters)


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table as it is shown."""

    field: Field
    label: str
    format: str  # as in the report file: "number", "percent", "0.0", "money(EUR)", "%d %b"; "" is the kind's own
    align: str  # "left", "right" or "center"
    total: Total | None = None
    total_text: str = ""  # the total as shown
    total_value: Any = None
    rules: tuple[ColourRule, ...] = ()  # the first that holds counts
    heat: Scale | None = None
    bar: Scale | None = None
    width: Width | None = None
    wrap: bool = True
    heading: str = ""  # stands over this column and its neighbours that have the same


@dataclass(frozen=True, slots=True)
class Table:
    id: str
    title: str
    data: str  # the query; all its rows belong to files
    columns: tuple[Column, ...]
    limit: int  # rows shown in page, PDF and e-mail
    rows: int  # rows there are
    note: str = ""  # said under the table when it is cut, e.g. "The first 50 of 1,204 rows."
    groups: tuple[
        Column, ...
    ] = ()  # the columns by which rows are grouped, outermost first; they are not among `columns`

    @property
    def has_totals(self) -> bool:
        return any(column.total for column in self.columns)


# ---- layout ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Image:
    """A picture in the report. Of `width` and `share` at most one is given; without either it has its own width."""

    id: str  # unique in the document, usable as a file name
    picture: Picture
    alt: str  # for those who cannot see it
    caption: str = ""
    align: Side = Side.LEFT
    width: float = 0.0  # CSS pixels
    share: float = 0.0  # of the room there is, from 0 to 1


@dataclass(frozen=True, slots=True)
class Lane:
    """One of the columns of a page that stand beside each other."""

    blocks: tuple[Block, ...]
    share: float  # of the width; those of all lanes add up to 1


@dataclass(frozen=True, slots=True)
class SideBySide:
    """Blocks beside each other; below each other where there is no room: on a phone, in a text, in a workbook."""

    lanes: tuple[Lane, ...]


@dataclass(frozen=True, slots=True)
class Together:
    """Blocks that stand on one page if they fit on one."""

    blocks: tuple[Block, ...]


@dataclass(frozen=True, slots=True)
class Notice:
    """Something the reader must know about the data: a cap was reached, a query gave nothing."""

    text: str


@dataclass(frozen=True, slots=True)
class PageBreak:
    """A new page in PDF; nothing elsewhere."""


Block = (
    Heading
    | Paragraph
    | TextList
    | Quote
    | Rule
    | Kpis
    | Chart
    | Table
    | Image
    | SideBySide
    | Together
    | Notice
    | PageBreak
)


@dataclass(frozen=True, slots=True)
class Document:
    """A whole report, ready to be written."""

    title: str
    subtitle: str  # e.g. "July 2013 · JFK"; may be empty
    blocks: tuple[Block, ...]
    prepared_at: datetime  # aware, in the report's zone: the planned instant
    timezone: str
    locale: str  # BCP 47, e.g. "en" or "de-DE"
    parameters: Mapping[str, Any] = field(default_factory=dict)  # as evaluated, for the footer and the files' metadata
    author: str = ""
    page: str = "a4"  # a name of PAPERS
    landscape: bool = False
    margins: Margins = field(default_factory=Margins)
    header: Running | None = None
    footer: Running | None = None  # None: title, time and page number
    contents: bool = False  # whether a table of contents stands before the first block
    theme: Theme = field(default_factory=Theme)
    csv: Dialect = field(default_factory=Dialect)
    carrier: str = ""  # the name of the file that has all that is cut elsewhere; empty when none has

    def leaves(self) -> Iterator[Block]:
        """Every block that holds no others, in reading order."""
        return leaves(self.blocks)

    def tables(self) -> list[Table]:
        return [block for block in self.leaves() if isinstance(block, Table)]

    def charts(self) -> list[Chart]:
        return [block for block in self.leaves() if isinstance(block, Chart)]

    def images(self) -> list[Image]:
        return [block for block in self.leaves() if isinstance(block, Image)]


def leaves(blocks: Iterable[Block]) -> Iterator[Block]:
    """Every block among *blocks* and within them that holds no others, in reading order."""
    for block in blocks:
        if isinstance(block, SideBySide):
            yield from leaves(inner for lane in block.lanes for inner in lane.blocks)
        elif isinstance(block, Together):
            yield from leaves(block.blocks)
        else:
            yield block
