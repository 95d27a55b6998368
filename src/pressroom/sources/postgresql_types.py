"""PostgreSQL's types that Arrow does not carry over as they are."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from arro3.core import Field, Schema

from pressroom.columns import identifier
from pressroom.errors import DataError
from pressroom.sources.stream import Hints

_MOST_DIGITS = 38
_TYPMOD_HEADER = 4
# What the server itself must write: ADBC gives money as whole numbers of cents, a record as it pleases, and what Arrow does not
# know in PostgreSQL's inner binary form.
_WRITTEN = {"money": "{}::numeric", "inet": "abbrev({})"}  # `::text` would end each address with /32
_AS_TEXT = "{}::text"
_AS_JSON = "to_json({})::text"
_HIDDEN_COLUMN = "ctid"  # of each row of a table; ADBC counts the hidden ones too and then stumbles over the row
_LARGEST_OID = 2**32 - 1  # ADBC reads it with a sign
# ADBC shifts 'infinity' and '-infinity' from PostgreSQL's epoch (2000) to 1970 and wraps around; no true instant is there.
_INFINITE_MICROSECONDS = (-9222425352054775809, -9222425352054775808)
_INFINITE_DAYS = (-2147472692, -2147472691)


def casts_of(schema: Schema) -> dict[int, str]:
    """By its position each column that the server must write in another type, as an expression over `{}`, the column."""
    columns = (schema.field(position) for position in range(len(schema.names)))
    return {position: cast for position, column in enumerate(columns) if (cast := _cast(column))}


def with_casts(sql: str, names: list[str], casts: Mapping[int, str]) -> str:
    """*sql*, one statement without a semicolon that gives columns with *names*, with *casts*; its lines keep their numbers."""
    inner = [identifier(f"c{position}") for position in range(len(names))]
    items = (
        f"{casts.get(position, '{}').format(column)} as {identifier(name)}"
        for position, (column, name) in enumerate(zip(inner, names, strict=True))
    )
    return f"select {', '.join(items)} from ({sql}\n) as answer({', '.join(inner)})"  # noqa: S608 - quoted


def hints_of(schema: Schema) -> Hints:
    """What DuckDB must know of the columns of *schema*; DataError for none."""
    if not schema.names:
        raise DataError("The query gives no columns.", code="sql_syntax")
    declared: dict[int, str] = {}
    mended: dict[int, str] = {}
    for position, field in enumerate(schema.field(number) for number in range(len(schema.names))):
        kind = _kind(field)
        if kind == "numeric":
            declared[position] = _decimal(field)
        elif kind in ("timestamp", "timestamptz"):
            mended[position] = _without("epoch_us({})", _INFINITE_MICROSECONDS)
        elif kind == "date":
            mended[position] = _without("({} - date '1970-01-01')", _INFINITE_DAYS)
        elif kind == "oid":
            mended[position] = f"({{}}::bigint & {_LARGEST_OID})"
    return Hints(declared=declared, mended=mended, are_types_fixed=True)


def _cast(column: Field) -> str:
    parts = list(_parts(column))
    if _kind(column) in _WRITTEN:
        return _WRITTEN[_kind(column)]
    if any(part.name == _HIDDEN_COLUMN for part in parts[1:]):
        return _AS_JSON
    return _AS_TEXT if any(_is_foreign(part, is_nested=part is not column) for part in parts) else ""


def _parts(field: Field) -> Iterator[Field]:
    """*field* and all fields within it."""
    yield field
    element = field.type.value_field
    for part in [element] if element is not None else field.type.fields or ():
        yield from _parts(part)


def _is_foreign(field: Field, *, is_nested: bool) -> bool:
    """Whether Arrow does not have the type of *field* as it is."""
    if _metadata(field).get("ARROW:extension:name") == "arrow.opaque":
        return _kind(field) != "numeric"  # which comes as text
    return _kind(field) == "record" or (is_nested and _kind(field) in ("money", "oid"))


def _kind(field: Field) -> str:
    return _metadata(field).get("POSTGRESQL:type", "")


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
