"""The workspace: query results of one run in a DuckDB database of their own, from where every writer reads.

Results keep the order of their queries: DuckDB preserves the order of insertion, and `rowid` counts it from 0. An author's SQL
never runs here, it runs in the sources.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass
from decimal import Decimal
from itertools import chain
from pathlib import Path
from typing import Any, Self
from zoneinfo import ZoneInfo

import duckdb
from arro3.core import RecordBatch, RecordBatchReader, Table

from pressroom.arriving import Arriving, Result
from pressroom.columns import Declared, identifier, is_fixed, kind_of, reading, settle, widen
from pressroom.database import Database, not_kept
from pressroom.digest import Following, sha256
from pressroom.document import Field, Kind, Subtotal, Total
from pressroom.errors import LayoutError, PressroomError, RenderError
from pressroom.grouping import grouped_sql, read_subtotal, subtotals_sql
from pressroom.sources.stream import ArrowStream, Hints, Source

ROW_LIMIT = 4 * 1_048_576  # four sheets of a workbook
BYTE_LIMIT = 4 << 30
_FETCHED_ROWS = 2_048
_BATCH = "arriving"
# A result of fewer rows and bytes is kept even if it could go straight to its file.
_HELD_ROWS = 100_000
_HELD_BYTES = 32 << 20
# Tiles and charts ask for the rows of a short result again and again.
_REMEMBERED_CELLS = 2_000


@dataclass(frozen=True, slots=True)
class Straight:
    """How a large result that only its file needs gets there without being kept: `copy` writes the rows of a relation.

    The first *head* rows can be read all the same.
    """

    copy: Callable[[Workspace, Sequence[Field], str, Path], None]
    path: Path
    head: int


class Workspace:
    """The results of one run; a context manager whose end lets go of its file, which lies in *scratch*.

    A result ends at *row_limit* rows or about *byte_limit* bytes, and then says so (`is_cut`). Instants are read in *zone*.
    """

    def __init__(
        self,
        scratch: Path,
        *,
        row_limit: int = ROW_LIMIT,
        byte_limit: int = BYTE_LIMIT,
        zone: ZoneInfo | None = None,
    ) -> None:
        self.zone = zone or ZoneInfo("UTC")
        self._row_limit = row_limit
        self._byte_limit = byte_limit
        self._results: dict[str, Result] = {}
        self._aside: set[str] = set()
        self._remembered: dict[str, list[tuple[Any, ...]]] = {}
        self._followed: list[Following] = []
        self._database = Database(scratch, zone=self.zone)
        self.connection = self._database.connection

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the database and remove its file, if it has one."""
        self._database.close()

    # ---- loading ----------------------------------------------------------------------------------------------------

    def load(
        self,
        name: str,
        source: Source,
        sql: str,
        parameters: Mapping[str, Any] | None = None,
        *,
        straight: Straight | None = None,
        is_aside: bool = False,
    ) -> None:
        """Run *sql* in *source* and keep its result as *name*; DataError or SourceError as the source says.

        A large result goes *straight* to its file; then `file` names it, and more than its first rows cannot be read.
        A result that is kept aside can be read, but `names` leaves it out: it belongs to no file.
        """
        if is_aside:
            self._aside.add(name)
        if name.casefold() in {known.casefold() for known in self._results}:
            raise LayoutError(f'There are two queries named "{name}".', remedy="Rename one.", code="sql_syntax")
        try:
            self._results[name] = self._taken(name, source, sql, parameters, straight)
        except duckdb.Error as error:
            raise not_kept(f'The result of "{name}" could not be kept', error) from error

    def _taken(
        self, name: str, source: Source, sql: str, parameters: Mapping[str, Any] | None, straight: Straight | None
    ) -> Result:
        misfits = (duckdb.ConversionException,) if straight else ()
        with source.stream(sql, parameters, limit_rows=self._row_limit + 1) as stream, suppress(*misfits):
            return self._take(name, stream, straight)
        # A value beyond its declared type, NaN in most cases: once more, and all are kept to settle on another.
        self.connection.execute("; ".join(f"drop table if exists {identifier(one)}" for one in (name, _head(name))))
        return self._taken(name, source, sql, parameters, None)

    def _take(self, name: str, stream: ArrowStream, straight: Straight | None) -> Result:
        declared = stream.hints.declared
        if not stream.hints.are_types_fixed or not all(map(is_fixed, declared.values())):
            straight = None
        arriving = Arriving(stream, self._row_limit, self._byte_limit)
        tables = arriving.tables()
        first = list(_until_large(arriving, tables, straight.head)) if straight else []
        if straight is None or not _is_large(arriving, straight.head):
            return arriving.result(self._kept(name, chain(first, tables), stream.hints))
        fields = self._kept(_head(name), _rows_of(first, straight.head), stream.hints)
        with self._database.paced(arriving.row_bytes, is_stream=True, is_quick=stream.hints.is_quick):
            self._pass_on(fields, chain(first, tables), stream.hints, straight)
        return arriving.result(fields, straight.path, straight.head)

    def _kept(self, name: str, tables: Iterable[Table], hints: Hints) -> tuple[Field, ...]:
        """Keep the rows of *tables* as the result *name*, and give its columns."""
        types = None
        for table in tables:
            types = self._append(name, table, hints.mended, types)
            self._database.keep(table.nbytes)
        return self._settle(name, hints.declared)

    def _pass_on(self, fields: Sequence[Field], tables: Iterator[Table], hints: Hints, straight: Straight) -> None:
        """Write all *tables*, which have *fields*, to the file."""
        failures: list[PressroomError] = []

        def batches(first: Table) -> Iterator[RecordBatch]:
            try:
                for table in chain([first], tables):
                    yield from table.to_batches()
            except PressroomError as error:
                failures.append(error)
                raise

        first = next(tables)
        self.connection.register(_BATCH, RecordBatchReader.from_batches(first.schema, batches(first)))
        self._followed.append(Following(straight.path))
        try:
            with self._followed[-1]:
                items = ", ".join(_items(first.column_names, hints.cast()))
                straight.copy(self, fields, f"(select {items} from {_BATCH})", straight.path)  # noqa: S608 - quoted
        except duckdb.Error:
            if failures:
                raise failures[0] from failures[0].__cause__
            raise
        finally:
            self.connection.unregister(_BATCH)

    @property
    def group_rows(self) -> int:
        """How many rows of what is being written a Parquet file may keep together."""
        return self._database.group_rows

    def writing(self, name: str) -> AbstractContextManager[None]:
        """While the rows of *name* are written to a file: as many at once as memory has room for."""
        return self._database.paced(self._get(name).row_bytes)

    def _append(self, name: str, table: Table, mended: Mapping[int, str], previous: list[str] | None) -> list[str]:
        """Put the rows of *table* to the end of the result *name*; gives the Arrow types that they have."""
        types = [str(table.field(position).type) for position in range(table.num_columns)]
        rows = self.connection.from_arrow(table)
        if mended:
            rows = rows.project(", ".join(_items(table.column_names, mended)))
        if previous is None:
            self._database.tables.add(name)
            rows.create(identifier(name))
            return types
        if types != previous:
            self._widen(name, map(str, rows.types))
        rows.insert_into(identifier(name))
        return types

    def _widen(self, name: str, arriving: Iterable[str]) -> None:
        for (column, old), new in zip(self._columns(name), arriving, strict=True):
            if old != new:
                widen(self.connection, name, column, old, new)

    def _settle(self, name: str, declared: Mapping[int, str]) -> tuple[Field, ...]:
        """The columns of the result *name*, those *declared* with their types where all values fit."""
        columns = self._columns(name)
        types = settle(
            self.connection, [Declared(name, *columns[position], wanted) for position, wanted in declared.items()]
        )
        for position, type_ in zip(declared, types, strict=True):
            columns[position] = (columns[position][0], type_)
        return tuple(Field(column, kind_of(type_), type_) for column, type_ in columns)

    def _columns(self, name: str) -> list[tuple[str, str]]:
        return [row[:2] for row in self.connection.execute(f"describe {identifier(name)}").fetchall()]

    # ---- Results ----------------------------------------------------------------------------------------------------

    def names(self) -> Sequence[str]:
        return [name for name in self._results if name not in self._aside]

    def fields(self, name: str) -> Sequence[Field]:
        return self._get(name).fields

    def count(self, name: str) -> int:
        return self._get(name).count

    def is_cut(self, name: str) -> bool:
        return self._get(name).is_cut

    def stopped_at_bytes(self, name: str) -> int | None:
        return self._get(name).stopped_at_bytes

    def file(self, name: str) -> Path | None:
        """The file where the rows of *name* are, if they went straight there."""
        return self._get(name).file

    def sha256(self, path: Path) -> str:
        """The digest of a report's file, hexadecimal; known already when a result went straight there."""
        return next(filter(None, (followed.sha256(path) for followed in self._followed)), None) or sha256(path)

    def rows(self, name: str, limit: int | None = None) -> Iterator[tuple[Any, ...]]:
        """Rows in query order; instants as local time of the zone, without offset."""
        result = self._get(name)
        if result.file is None and result.count * len(result.fields) <= _REMEMBERED_CELLS:
            if name not in self._remembered:
                self._remembered[name] = list(self._read(name))
            return iter(self._remembered[name][:limit])
        return self._read(name, limit)

    def _read(self, name: str, limit: int | None = None) -> Iterator[tuple[Any, ...]]:
        items = ", ".join(reading(field, self.zone) for field in self.fields(name))
        end = "" if limit is None else f"limit {int(limit)}"
        return self.fetched(f"select {items} from {self._relation(name, limit)} {end}")  # noqa: S608 - quoted

    def grouped(self, name: str, by: Sequence[str], limit: int | None = None) -> Iterator[tuple[Any, ...]]:
        """Rows in groups: groups in the order of their first row, rows of a group in query order."""
        return self.fetched(grouped_sql(name, self._known(name, by), by, self.zone, limit))

    def subtotals(self, name: str, by: Sequence[str], totals: Sequence[tuple[Total, str]]) -> Iterator[Subtotal]:
        """The totals of each group over all its rows, in the order of `grouped`."""
        fields = self._known(name, [*by, *(column for _, column in totals)])
        for row in self.fetched(subtotals_sql(name, fields, by, totals, self.zone)):
            yield read_subtotal(row, len(by))

    def _known(self, name: str, columns: Sequence[str]) -> Sequence[Field]:
        """The columns of the result *name*, once it is sure that *columns* are among them."""
        for column in columns:
            self.field(name, column)
        return self.fields(name)

    def fetched(self, sql: str) -> Iterator[tuple[Any, ...]]:
        """The rows of *sql*, which is ours and never an author's, as they come."""
        with self.cursor() as cursor:
            cursor.execute(sql)
            while rows := cursor.fetchmany(_FETCHED_ROWS):
                yield from rows

    def cursor(self) -> AbstractContextManager[duckdb.DuckDBPyConnection]:
        """A cursor that nobody else reads from: another query on it would end the one before."""
        return self._database.cursor()

    def extent(self, name: str, column: str) -> tuple[float, float] | None:
        """The lowest and the highest finite number of *column*."""
        value = f"{reading(self.field(name, column), self.zone)}::double"
        sql = f"select min({value}), max({value}) from {identifier(name)} where isfinite({value})"  # noqa: S608 - quoted
        low, high = self.connection.execute(sql).fetchall()[0]
        return None if low is None else (low, high)

    def scalar(self, name: str, expression: Total, column: str) -> Any:
        field = self.field(name, column)
        if expression in (Total.SUM, Total.AVG) and not field.kind.is_number:
            raise LayoutError(
                f'The column "{column}" of "{name}" is {field.kind.value}, and {expression.value} needs numbers.',
                remedy="Use min, max or count.",
                code="conversion",
            )
        if expression is Total.AVG and field.kind is Kind.DECIMAL:
            return self._mean(name, field)
        sql = f"select {expression.value}({reading(field, self.zone)}) from {self._relation(name)}"  # noqa: S608 - quoted
        return self.connection.execute(sql).fetchall()[0][0]

    def _mean(self, name: str, field: Field) -> Decimal | None:
        """The mean of decimals as a decimal; DuckDB's own would be a binary fraction."""
        value = identifier(field.name)
        sql = f"select sum({value}), count({value}) from {identifier(name)}"  # noqa: S608 - quoted
        total, count = self.connection.execute(sql).fetchall()[0]
        return Decimal(total) / count if count else None

    def field(self, name: str, column: str) -> Field:
        """The column *column* of the result *name*; LayoutError names the columns that there are."""
        fields = self.fields(name)
        for field in fields:
            if field.name == column:
                return field
        raise LayoutError(
            f'The query "{name}" has no column "{column}".', remedy=_nearest(column, [f.name for f in fields])
        )

    def _relation(self, name: str, limit: int | None = None) -> str:
        """What *limit* rows of *name* can be read from; RenderError when they are not kept."""
        result = self._get(name)
        if result.file is None:
            return identifier(name)
        if limit is None or limit > result.held:
            raise RenderError(f'Of the result of "{name}" only the first {result.held:,} rows are kept.')
        return identifier(_head(name))

    def _get(self, name: str) -> Result:
        if name not in self._results:
            remedy = _nearest(name, list(self._results))
            raise LayoutError(f'There is no query named "{name}".', remedy=remedy, code="missing_query")
        return self._results[name]


def _is_large(arriving: Arriving, head: int) -> bool:
    """Whether so much has come that the result goes to its file without being kept, but for its *head*."""
    return arriving.count >= head and (arriving.count >= _HELD_ROWS or arriving.size >= _HELD_BYTES)


def _until_large(arriving: Arriving, tables: Iterator[Table], head: int) -> Iterator[Table]:
    for table in tables:
        yield table
        if _is_large(arriving, head):
            return


def _rows_of(tables: Iterable[Table], count: int) -> Iterator[Table]:
    """The first *count* rows of *tables*, at least one table, so that there are columns."""
    left = count
    for table in tables:
        yield table.slice(0, min(left, table.num_rows))
        left -= table.num_rows
        if left <= 0:
            return


def _items(columns: Sequence[str], mended: Mapping[int, str]) -> list[str]:
    """SQL for each of the *columns* as it arrives."""
    return [
        f"{mended.get(position, '{}').replace('{}', identifier(column))} as {identifier(column)}"
        for position, column in enumerate(columns)
    ]


def _head(name: str) -> str:
    return f"first rows of {name}"


def _nearest(name: str, known: Sequence[str]) -> str:
    near = difflib.get_close_matches(name, known, n=1)
    if near:
        return f'Did you mean "{near[0]}"?'
    return f"There are: {', '.join(known)}." if known else "There are none."
