"""What stands in a cell of a total: Excel's own function where it comes to the report's total, else that total itself."""

from __future__ import annotations

import math
from dataclasses import dataclass
from decimal import Decimal
from enum import Enum
from typing import Any, Final

from pressroom.document import Column, Kind, Total
from pressroom.formats import NOTHING
from pressroom.tables import total_text
from pressroom.workspace import Workspace
from pressroom.writers.shown import clean
from pressroom.writers.xlsx_rows import EXACT_INTEGERS, has_errors, has_long_numbers

ERROR: Final = "#NUM!"  # what a function comes to over a cell that is no number


class Way(Enum):
    """How a total is written."""

    FORMULA = "formula"
    NUMBER = "number"
    TEXT = "text"


@dataclass(frozen=True, slots=True)
class TotalCell:
    """A total; `value` is that of a formula before Excel computes it anew."""

    way: Way
    value: int | float | Decimal | str


@dataclass(frozen=True, slots=True)
class ColumnTotals:
    """Makes the totals of one column."""

    column: Column
    locale: str
    has_texts: bool  # long numbers among its cells, which Excel leaves out
    has_errors: bool  # cells that are no numbers

    def cell(self, value: Any) -> TotalCell:
        """The cell of a total that the report knows to be *value*."""
        total = self.column.total
        if total is Total.COUNT:
            return TotalCell(Way.FORMULA, int(value or 0))
        if not self.column.field.kind.is_number:
            return TotalCell(Way.TEXT, clean(total_text(self.column, value, self.locale)))
        if value is None:
            return TotalCell(Way.TEXT, NOTHING)
        if not math.isfinite(value):
            return TotalCell(Way.FORMULA, ERROR)
        if self.has_errors or self.has_texts:
            return TotalCell(Way.NUMBER, value) if _is_exact(value) else TotalCell(Way.TEXT, digits(value))
        return TotalCell(Way.FORMULA, value)


def totals_of(column: Column, query: str, workspace: Workspace, locale: str) -> ColumnTotals:
    """The totals of *column*, of the rows of *query*."""
    field = column.field
    # Only these pass over what is no number: a sum or a mean is none then.
    is_asked = field.kind is Kind.FLOAT and column.total in (Total.MIN, Total.MAX)
    return ColumnTotals(
        column, locale, has_long_numbers(workspace, query, field), is_asked and has_errors(workspace, query, field)
    )


def _is_exact(value: float | Decimal) -> bool:
    """Whether Excel's number for *value* has all its digits."""
    if isinstance(value, int):
        return abs(value) <= EXACT_INTEGERS
    return isinstance(value, float) or Decimal(repr(float(value))) == value


def digits(value: float | Decimal | str) -> str:
    """A number as a file has it, with all its digits."""
    return format(value, "f") if isinstance(value, Decimal) else str(value)
