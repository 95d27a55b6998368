"""What a template sees of the data: rows whose only attributes are columns, and a budget for its loops."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, overload

from pressroom.document import Results
from pressroom.wording import suggest

MAX_ROWS = 1_000
MAX_STEPS = 100_000


class TemplateFault(Exception):  # noqa: N818 - never leaves this package; becomes a typed error with its line
    """What a template asked for is not there."""

    def __init__(self, message: str, remedy: str = "", code: str = "template") -> None:
        super().__init__(message)
        self.message = message
        self.remedy = remedy
        self.code = code


class Budget:
    """How many rounds all loops of one report may make together."""

    def __init__(self, steps: int = MAX_STEPS) -> None:
        self._left = steps
        self.shortened: dict[str, int] = {}  # query -> its rows, where a text has shown only the first of them

    def spend(self) -> None:
        self._left -= 1
        if self._left < 0:
            raise TemplateFault(
                f"The loops of this report make more than {MAX_STEPS:,} rounds.",
                "Show rows with a table block, or aggregate in SQL.",
            )

    def range(self, *bounds: int) -> Iterator[int]:
        """Python's range, counted."""
        for number in range(*bounds):
            self.spend()
            yield number


class RowValue:
    """A row; its attributes are its columns."""

    __slots__ = ("_name", "_values")

    def __init__(self, name: str, values: Mapping[str, Any]) -> None:
        self._name = name
        self._values = values

    def column(self, name: str) -> Any:
        if name not in self._values:
            raise TemplateFault(
                f"{self._name} has no column {name}.",
                suggest(name, self._values, what=f"Columns of {self._name}"),
                "missing_column",
            )
        return self._values[name]

    def __str__(self) -> str:
        raise TemplateFault(
            f"A row of {self._name} cannot be shown as text.", f"Name a column: {', '.join(self._values)}."
        )


class Rows(Sequence[RowValue]):
    """The first rows of a result; `length` is how many the result has in all."""

    def __init__(self, name: str, rows: Sequence[RowValue], count: int, budget: Budget) -> None:
        self._name = name
        self._rows = rows
        self._count = count
        self._budget = budget

    def __len__(self) -> int:
        return self._count

    def __iter__(self) -> Iterator[RowValue]:
        for row in self._rows:
            self._budget.spend()
            yield row
        if self._count > len(self._rows):
            self._budget.shortened[self._name] = self._count

    @overload
    def __getitem__(self, index: int) -> RowValue: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[RowValue]: ...
    def __getitem__(self, index: int | slice) -> RowValue | Sequence[RowValue]:
        return self._rows[index]


class QueryValue:
    """A query result: `name.column` is the first row's value, `name.rows` are its rows, as is `name` in a loop."""

    __slots__ = ("_budget", "_name", "_results", "_rows")

    def __init__(self, name: str, results: Results, budget: Budget) -> None:
        self._name = name
        self._results = results
        self._budget = budget
        self._rows: list[RowValue] | None = None

    def column(self, name: str) -> Any:
        """The first row's value of the column *name*; None when there are no rows."""
        columns = self._columns()
        if name not in columns:
            return RowValue(self._name, dict.fromkeys(columns)).column(name)
        rows = self._read(1)
        return rows[0].column(name) if rows else None

    def __iter__(self) -> Iterator[RowValue]:
        return iter(self.rows)

    def __len__(self) -> int:
        return len(self.rows)

    @property
    def rows(self) -> Rows:
        return Rows(self._name, self._read(MAX_ROWS), self._results.count(self._name), self._budget)

    def _columns(self) -> list[str]:
        return [field.name for field in self._results.fields(self._name)]

    def _read(self, limit: int) -> list[RowValue]:
        if self._rows is None or (limit > len(self._rows) == 1):
            columns = self._columns()
            rows = self._results.rows(self._name, limit)
            self._rows = [RowValue(self._name, dict(zip(columns, row, strict=True))) for row in rows]
        return self._rows

    def __str__(self) -> str:
        raise TemplateFault(
            f"{self._name} is a query and cannot be shown as text.",
            f"Name a column: {', '.join(f'{self._name}.{c}' for c in self._columns())}.",
        )
