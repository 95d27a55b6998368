"""DuckDB's types that Arrow does not carry over as they are."""

from __future__ import annotations

import re

import duckdb

from pressroom.columns import identifier
from pressroom.sources.stream import Hints

# Arrow has them as bytes, without their offset, or (UHUGEINT) with a sign that makes -1 of the largest.
_TEXT_ONLY = re.compile(r"\b(?:BIT|UHUGEINT|GEOMETRY|TIME WITH TIME ZONE|TIMETZ)\b")
_FINE_INSTANT = "TIMESTAMPTZ_NS"
_INSTANT = "TIMESTAMPTZ"
_LONG_WHOLE = "UHUGEINT"


def carried(rows: duckdb.DuckDBPyRelation) -> tuple[duckdb.DuckDBPyRelation, Hints]:
    """*rows* with casts where Arrow needs them, and what is to be known of their columns."""
    types = [str(type_) for type_ in rows.types]
    casts = {position: cast for position, type_ in enumerate(types) if (cast := _cast(type_))}
    declared = {position: "DECIMAL(38,0)" for position, type_ in enumerate(types) if type_ == _LONG_WHOLE}
    hints = Hints(declared=declared, are_types_fixed=True, is_quick=True)
    if not casts:
        return rows, hints
    items = (
        f"#{position + 1}{casts.get(position, '')} as {identifier(name)}" for position, name in enumerate(rows.columns)
    )
    return rows.project(", ".join(items)), hints


def _cast(type_: str) -> str:
    if type_ == _FINE_INSTANT:
        return f"::{_INSTANT}"
    return "::varchar" if _TEXT_ONLY.search(type_) else ""
