"""Values of parameters as the drivers take them."""

from __future__ import annotations

import difflib
import json
from collections.abc import Mapping
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any

from pressroom.errors import ParameterError
from pressroom.sql import Dialect, named_parameters

_SMALLEST_INTEGER, _LARGEST_INTEGER = -(2**63), 2**63 - 1


def wanted_values(
    sql: str, parameters: Mapping[str, Any] | None, dialect: Dialect = Dialect.STANDARD
) -> dict[str, Any]:
    """The values that *sql* binds out of *parameters*; ParameterError for one that is missing."""
    given = parameters or {}
    values = {}
    for name in named_parameters(sql, dialect):
        if name not in given:
            raise ParameterError(
                f"The query binds :{name}, and there is no such parameter.", remedy=_nearest(name, given)
            )
        values[name] = given[name]
    return values


def _nearest(name: str, given: Mapping[str, Any]) -> str:
    near = difflib.get_close_matches(name, given, n=1)
    if near:
        return f"Did you mean :{near[0]}?"
    return f"There are: {', '.join(f':{known}' for known in given)}." if given else "Declare it under parameters."


def for_sqlite(name: str, value: Any) -> Any:
    """*value* as SQLite stores such things: dates as ISO text, booleans as 0 and 1, lists as JSON for `json_each`."""
    match value:
        case None | str() | bytes() | float():
            plain: Any = value
        case int():
            plain = _integer(name, int(value))
        case Decimal():
            plain = int(value) if value == value.to_integral_value() else float(value)
        case datetime():  # an instant as SQLite's own functions write it: UTC, without a zone
            plain = (value.astimezone(UTC).replace(tzinfo=None) if value.tzinfo else value).isoformat(sep=" ")
        case date() | time():
            plain = value.isoformat()
        case list() | tuple():
            plain = json.dumps([for_sqlite(name, item) for item in value])
        case _:
            raise ParameterError(f"The parameter :{name} is a {type(value).__name__}, which SQLite cannot take.")
    return plain


def _integer(name: str, value: int) -> int:
    if not _SMALLEST_INTEGER <= value <= _LARGEST_INTEGER:
        raise ParameterError(f"The parameter :{name} is {value}, and SQLite's whole numbers have 64 bits.")
    return value
