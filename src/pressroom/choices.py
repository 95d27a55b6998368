"""Choices that a query gives: read from its result once it has run, before the parameters have values."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from pressroom.definition import Definition
from pressroom.document import Results
from pressroom.errors import DataError, LayoutError
from pressroom.parameters import ChoicesQuery, Parameter, Type
from pressroom.wording import suggest

if TYPE_CHECKING:
    from pressroom.sources import Source

MAX_CHOICES: Final = 10_000


def choice_queries(definition: Definition) -> list[str]:
    """The queries that give choices, each once, in the order of the file."""
    wanted = {parameter.choices_query.query for parameter in definition.parameters if parameter.choices_query}
    return [query.name for query in definition.queries if query.name in wanted]


def choices_of(
    definition: Definition, source_of: Callable[[str], Source], scratch: Path
) -> dict[str, list[tuple[Any, str]]]:
    """Value and label of each choice that queries give, by parameter; *scratch* is a folder for their results."""
    from pressroom.workspace import Workspace

    wanted = choice_queries(definition)
    with Workspace(scratch, row_limit=MAX_CHOICES + 1) as workspace:
        for query in definition.queries:
            if query.name in wanted:
                workspace.load(query.name, source_of(query.source), query.sql)
        filled = with_choices(definition, workspace)
    return {
        parameter.name: [(value, parameter.choice_labels.get(value, str(value))) for value in parameter.choices]
        for parameter in filled.parameters
        if parameter.choices_query
    }


def with_choices(definition: Definition, results: Results) -> Definition:
    """*definition* with the choices that its queries gave.

    LayoutError for a column that a query does not give, DataError for more choices than anyone can choose from.
    """
    parameters = tuple(_filled(parameter, results) for parameter in definition.parameters)
    return replace(definition, parameters=parameters)


def _filled(parameter: Parameter, results: Results) -> Parameter:
    wanted = parameter.choices_query
    if wanted is None:
        return parameter
    if results.count(wanted.query) > MAX_CHOICES or results.is_cut(wanted.query):
        raise DataError(
            f"The query {wanted.query} gives {results.count(wanted.query):,} choices of {parameter.name}; "
            f"at most {MAX_CHOICES:,} can be chosen from.",
            remedy="Narrow it, or make the parameter a text.", place=wanted.place, code="too_many_choices",
        )  # fmt: skip
    labels = _labels(parameter, wanted, results)
    has_labels = bool(wanted.label)
    return replace(parameter, choices=tuple(labels), choice_labels=labels if has_labels else {})


def _labels(parameter: Parameter, wanted: ChoicesQuery, results: Results) -> Mapping[Any, str]:
    """Label by value, in the query's order; NULL is no choice."""
    names = [field.name for field in results.fields(wanted.query)]
    value = _position(wanted.value or names[0], names, wanted)
    label = _position(wanted.label, names, wanted) if wanted.label else value
    rows = results.rows(wanted.query)
    return {_value(row[value], parameter.type): str(row[label]) for row in rows if row[value] is not None}


def _position(column: str, names: Sequence[str], wanted: ChoicesQuery) -> int:
    if column in names:
        return names.index(column)
    raise LayoutError(
        f"The query {wanted.query} has no column {column}.",
        remedy=suggest(column, names, what=f"Columns of {wanted.query}"),
        place=wanted.place,
    )


def _value(value: Any, type_: Type) -> Any:
    """*value* as one writes a choice of that type."""
    if type_ is Type.NUMBER:
        return value
    return str(value)[:10] if type_ is Type.DATE else str(value)
