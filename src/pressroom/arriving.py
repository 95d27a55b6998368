"""A query's result on its way into the workspace: as far as the limits let it, and counted."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from arro3.core import Table

from pressroom.document import Field
from pressroom.errors import DataError
from pressroom.sources.stream import ArrowStream, distinct


@dataclass(frozen=True, slots=True)
class Result:
    """What is known of a loaded query result."""

    fields: tuple[Field, ...]
    count: int
    is_cut: bool
    stopped_at_bytes: int | None = None  # None also where it was cut at its limit of rows
    file: Path | None = None  # where its rows are when they went straight there
    held: int = 0  # of those, the first that are kept here as well
    row_bytes: int = 0  # of a row, on average


class Arriving:
    """The tables of a stream as far as the limits let them, counted."""

    def __init__(self, stream: ArrowStream, row_limit: int, byte_limit: int) -> None:
        self._stream = stream
        self._row_limit = row_limit
        self._byte_limit = byte_limit
        self.count = 0
        self.size = 0
        self.is_cut = False
        self.stopped_at_bytes: int | None = None

    def tables(self) -> Iterator[Table]:
        for table in self._stream:
            if not table.num_columns:  # PostgreSQL takes `select from orders`
                raise DataError("The query gives no column.", remedy="Select at least one.", code="missing_column")
            arriving = self._within_limits(table)
            self.count += arriving.num_rows
            self.size += table.nbytes
            yield arriving.rename_columns(distinct(arriving.column_names))
            if self.is_cut:
                break

    def result(self, fields: tuple[Field, ...], file: Path | None = None, held: int = 0) -> Result:
        """What is known of the stream once it has ended."""
        return Result(fields, self.count, self.is_cut, self.stopped_at_bytes, file, held, self.row_bytes)

    @property
    def row_bytes(self) -> int:
        return self.size // max(1, self.count)

    def _within_limits(self, table: Table) -> Table:
        """As many rows of *table* as the limits leave."""
        left = self._row_limit - self.count
        if table.nbytes and self.size + table.nbytes > self._byte_limit:
            fitting = table.num_rows * max(self._byte_limit - self.size, 0) // table.nbytes
            if fitting < left:
                left, self.stopped_at_bytes = fitting, self._byte_limit
        if table.num_rows <= left:
            return table
        self.is_cut = True
        return table.slice(0, max(left, 0))
