"""The period before: which queries run again for it, with what values, and how it is called."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any, Final

from pressroom.blocks import BlockSpec, Query
from pressroom.blocks_tiles import KpiSpec
from pressroom.formats import NOTHING
from pressroom.parameters import PERIOD_ENDS, Parameter, ResolvedParameters, Type, bindings_of
from pressroom.periods import Period, previous
from pressroom.schema import Problems

_ITS_OWN: Final = ("start", "end", "start_at", "end_at")


def previous_name(query: str) -> str:
    """The name of the result of *query* for the period before; no author can give it to a query."""
    return f"{query} (previous)"


def reruns(blocks: Iterable[BlockSpec], queries: Iterable[Query]) -> list[Query]:
    """The queries that run again, under the names of their second results."""
    wanted = {block.data for block in blocks if isinstance(block, KpiSpec) and block.has_previous}
    return [replace(query, name=previous_name(query.name)) for query in queries if query.name in wanted]


def bound_periods(query: Query, parameters: Iterable[Parameter]) -> list[str]:
    """The periods of which *query* binds a beginning or an end."""
    return [
        parameter.name
        for parameter in parameters
        if parameter.type is Type.PERIOD and {f"{parameter.name}_{end}" for end in _ITS_OWN} & set(query.parameters)
    ]


def previous_bindings(resolved: ResolvedParameters, locale: str) -> Mapping[str, Any]:
    """What SQL binds for the period before; NULL where the calendar has none."""
    values = {name: _before(value, locale) for name, value in resolved.values.items()}
    missing = {name for name, value in resolved.values.items() if isinstance(value, Period) and values[name] is None}
    known = {name: value for name, value in values.items() if name not in missing}
    return bindings_of(known, locale, resolved.zone) | {
        f"{name}_{end}": None for name in missing for end in PERIOD_ENDS
    }


def _before(value: Any, locale: str) -> Any:
    """The period before *value*, None where the calendar has none; other values as they are."""
    if not isinstance(value, Period):
        return value
    try:
        return previous(value, locale)
    except OverflowError:
        return None


def previous_labels(
    queries: Iterable[Query], parameters: Iterable[Parameter], resolved: ResolvedParameters, locale: str
) -> dict[str, str]:
    """How the period before is called, for each query that binds one: `June 2013`."""
    declared = list(parameters)
    named = {query.name: bound_periods(query, declared) for query in queries}
    return {
        name: str(_before(resolved.values[periods[0]], locale) or NOTHING) for name, periods in named.items() if periods
    }


def check_previous(
    block: KpiSpec, queries: Iterable[Query], parameters: Iterable[Parameter], problems: Problems
) -> None:
    """Report each tile that asks for a period before where the query binds no period."""
    query = next((query for query in queries if query.name == block.data), None)
    if query is None or bound_periods(query, parameters):
        return
    for tile in block.tiles:
        if tile.compare and tile.compare.is_previous:
            problems.add(
                tile.place.line, f"The query {query.name} binds no period, so there is none before it to compare with.",
                "Bind :period_start and :period_end of a parameter of type period in it, or name a column: "
                "`compare: COLUMN`.",
            )  # fmt: skip
