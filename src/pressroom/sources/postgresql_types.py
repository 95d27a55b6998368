"""PostgreSQL's types that Arrow does not carry over as they are."""

from __future__ import annotations

import json

from arro3.core import Field, Schema

from pressroom.errors import DataError
from pressroom.sources.stream import Hints

_MOST_DIGITS = 38
_TYPMOD_HEADER = 4
# ADBC gives these as whole numbers of cents (money) or in PostgreSQL's inner binary form (the rest).
_TEXT_ONLY = ("money", "record")
# ADBC shifts 'infinity' and '-infinity' from PostgreSQL's epoch (2000) to 1970 and wraps around; no true instant is there.
_INFINITE_MICROSECONDS = (-9222425352054775809, -9222425352054775808)
_INFINITE_DAYS = (-2147472692, -2147472691)


def hints_of(schema: Schema) -> Hints:
    """What DuckDB must know of the columns of *schema*; DataError for none, and for a type that has to be cast in the query."""
    if not schema.names:
        raise DataError("The query gives no columns.", code="sql_syntax")
    declared: dict[int, str] = {}
    mended: dict[int, str] = {}
    for position, field in enumerate(schema.field(number) for number in range(len(schema.names))):
        kind = _metadata(field).get("POSTGRESQL:type", "")
        if kind == "numeric":
            declared[position] = _decimal(field)
        elif kind in ("timestamp", "timestamptz"):
            mended[position] = _without("epoch_us({})", _INFINITE_MICROSECONDS)
        elif kind == "date":
            mended[position] = _without("({} - date '1970-01-01')", _INFINITE_DAYS)
        elif _is_unreadable(field, kind):
            raise DataError(
                f'The column "{field.name}" has the type {_shown(field, kind)}, which a report cannot read.',
                remedy="Cast it in the query, for example with ::text or ::numeric.",
                code="conversion",
            )
    return Hints(declared=declared, mended=mended, are_types_fixed=True)


def _metadata(field: Field) -> dict[str, str]:
    return dict(field.metadata_str)


def _decimal(field: Field) -> str:
    """`DECIMAL(p,s)` when the column has digits, `DECIMAL` when only its values have them."""
    typmod = int(_metadata(field).get("POSTGRESQL:typmod", "-1"))
    if typmod < _TYPMOD_HEADER:
        return "DECIMAL"
    digits, scale = (typmod - _TYPMOD_HEADER) >> 16, (typmod - _TYPMOD_HEADER) & 0x7FF
    return f"DECIMAL({digits},{scale})" if digits <= _MOST_DIGITS and scale <= digits else "DECIMAL"


def _without(number: str, infinite: tuple[int, ...]) -> str:
    """An expression over `{}` that is NULL for the infinite values."""
    return f"case when {number} in {infinite} then null else {{}} end"


def _is_unreadable(field: Field, kind: str) -> bool:
    is_opaque = _metadata(field).get("ARROW:extension:name") == "arrow.opaque"
    return is_opaque or kind in _TEXT_ONLY


def _shown(field: Field, kind: str) -> str:
    name = json.loads(_metadata(field).get("ARROW:extension:metadata", "{}")).get("type_name", kind)
    return "of its own" if name.startswith("unnamed") else str(name)
