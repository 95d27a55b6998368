"""Whether what is given for the parameters of a report fits them: every problem at once, each at its parameter."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from pressroom.definition import Definition
from pressroom.errors import ParameterError
from pressroom.parameters import View, convert, describe_type
from pressroom.wording import shown, suggest
from presstime.base.errors import FieldProblem


def check_parameters(
    given: Mapping[str, Any], definition: Definition, now: datetime, zone: ZoneInfo
) -> list[FieldProblem]:
    """Each parameter is one of the report's and of its type, and none without a default is missing."""
    declared = {parameter.name: parameter for parameter in definition.parameters}
    view = View(now.astimezone(zone).date(), definition.locale, definition.calendar)
    problems = []
    for name, value in given.items():
        place = f"parameters.{name}"
        if name not in declared:
            hint = suggest(name, declared, what="Its parameters")
            problems.append(FieldProblem(place, f"The report has no parameter {shown(name)}. {hint}"))
        elif value is not None:
            try:
                convert(declared[name], value, view)
            except ParameterError as error:
                problems.append(FieldProblem(place, f"{error.message} {error.remedy}".rstrip()))
    for name, parameter in declared.items():
        if parameter.is_required and given.get(name) is None:
            problems.append(
                FieldProblem(f"parameters.{name}", f"The report needs a value: {describe_type(parameter)}.")
            )
    return problems
