"""What a source gives: the result of one query on its way, as Arrow."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import TracebackType
from typing import TYPE_CHECKING, Any, Final, Protocol, Self

from pressroom.errors import PressroomError

if TYPE_CHECKING:
    from arro3.core import RecordBatchReader, Table

# Declared of a column of which the database says nothing: its texts are dates or moments if every one is written as such.
GUESSED: Final = "DATE or TIMESTAMP"


@dataclass(frozen=True, slots=True)
class Hints:
    """What a source knows of its columns beyond their Arrow types; keys are column positions from 0.

    `declared` are DuckDB types that the database declares but does not enforce, or that only the data can settle
    (`DECIMAL` without digits): they hold when every value fits. `mended` are SQL expressions over `{}`, the column, that
    every value passes through. `are_types_fixed` promises that no column changes its type between tables. What `is_quick`
    comes from this machine, faster than one thread writes it.
    """

    declared: Mapping[int, str] = field(default_factory=dict)
    mended: Mapping[int, str] = field(default_factory=dict)
    are_types_fixed: bool = False
    is_quick: bool = False

    def cast(self) -> dict[int, str]:
        """`mended` with every column cast to its declared type, which fails for a value beyond it."""
        casts = {at: f"({self.mended.get(at, '{}')})::{wanted}" for at, wanted in self.declared.items()}
        return {**self.mended, **casts}


class ArrowStream:
    """The result of one query as Arrow tables of some thousand rows, in query order; to be read once and closed.

    There is always at least one table, so that an empty result has its columns. A column may change its type between
    tables where the database allows that (SQLite); the reader widens.
    """

    def __init__(self, tables: Iterator[Table], *, close: Callable[[], None], hints: Hints | None = None) -> None:
        self.hints = hints or Hints()
        self._tables = tables
        self._close = close

    def __iter__(self) -> Iterator[Table]:
        return self._tables

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._close()


class Source(Protocol):
    """Where a report's data come from; one query at a time, read-only."""

    @property
    def kind(self) -> str:
        """Its scheme: `sqlite`, `duckdb`, `files`, `postgresql`, `mysql`."""

    @property
    def name(self) -> str:
        """Its URL without secrets."""

    def stream(
        self, sql: str, parameters: Mapping[str, Any] | None = None, *, limit_rows: int | None = None
    ) -> ArrowStream:
        """Run one SELECT with its named parameters bound; reading stops after *limit_rows* rows.

        DataError when the database refuses the query, SourceError when the source fails.
        """

    def interrupt(self) -> None:
        """Cancel what runs, from any thread; the reader then gets a SourceError with the code `interrupted`."""

    def test(self) -> list[str]:
        """Connect and read something; what should be mended although it works, in sentences.

        SourceUnreachable or SourceMisconfigured when it does not work.
        """

    def close(self) -> None:
        """Let go of everything; harmless when done twice."""


def tables_of(reader: RecordBatchReader, failed: Callable[[Exception], PressroomError]) -> Iterator[Table]:
    """The batches of *reader* as tables, at least one; its failures as what *failed* makes of them."""
    from arro3.core import Table

    iterator, is_empty = iter(reader), True
    while True:
        try:
            batch = next(iterator, None)
        except Exception as error:  # noqa: BLE001 - arro3 raises nothing finer when the driver behind a stream fails
            raise failed(error) from error.__cause__
        if batch is None:
            break
        is_empty = False
        yield Table.from_batches([batch])
    if is_empty:
        yield Table.from_batches([], schema=reader.schema)


def limited(tables: Iterator[Table], limit_rows: int | None) -> Iterator[Table]:
    """*tables* until they had *limit_rows* rows together."""
    left = limit_rows
    for table in tables:
        if left is None:
            yield table
            continue
        yield table.slice(0, left) if table.num_rows > left else table
        left -= table.num_rows
        if left <= 0:
            return


def distinct(names: Sequence[str]) -> list[str]:
    """*names* made distinct without regard to case, as DuckDB needs them: `a, A` becomes `a, A_2`."""
    taken: set[str] = set()
    result = []
    for position, name in enumerate(names, start=1):
        wanted = name or f"column_{position}"
        candidate, number = wanted, 2
        while candidate.casefold() in taken:
            candidate, number = f"{wanted}_{number}", number + 1
        taken.add(candidate.casefold())
        result.append(candidate)
    return result
