"""Questions about a report's data that are answered without making it: is it right, what can be chosen."""

from __future__ import annotations

import hashlib
import threading
import time
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from pressroom.choices import choice_queries
from pressroom.definition import Definition
from pressroom.lint import Finding, Severity, in_order
from pressroom.parameters import Parameter
from presstime.base.errors import Conflict, Invalid
from presstime.executions import inquiry_child, nursery, preview
from presstime.executions.inquiry_child import Choice
from presstime.executions.isolation import ask_isolated
from presstime.executions.job import Failed
from presstime.sources import queries as sources

TIMEOUT = timedelta(seconds=20)
REMEMBERED = timedelta(seconds=60)  # a person fills in a form; the choices of a minute ago will do
MOST_REMEMBERED = 64

Choices = Mapping[str, Sequence[Choice]]
Shown = Mapping[str, Sequence[tuple[str, str]]]  # as a form shows them: texts
_remembered: OrderedDict[str, tuple[float, Choices]] = OrderedDict()
_shown: OrderedDict[str, Shown] = OrderedDict()
_lock = threading.Lock()


def lint(definition: Definition, text: str, *, file: str, parameters: Mapping[str, Any], at: datetime) -> list[Finding]:
    """What the queries of the report show to be wrong with it; a note when they could not be asked."""
    try:
        with preview.place() as folder:
            job = preview.job_of(definition, text, file, "json", parameters, at, folder)
            said = ask_isolated(job, TIMEOUT, inquiry_child.lint, start_method=nursery.start_method())
    except (Invalid, Conflict) as error:
        return [_unchecked(str(error), "")]
    if isinstance(said, Failed):
        return [_unchecked(said.fault.message, said.fault.hint)]
    return in_order(said.value)


def _unchecked(reason: str, remedy: str) -> Finding:
    return Finding(Severity.NOTE, "unchecked", f"The queries were not checked: {reason}", remedy)


def choices(definition: Definition, text: str, *, file: str, at: datetime) -> Choices:
    """The choices that queries give, by parameter, remembered for a minute; Invalid or Conflict when they cannot be had."""
    if not choice_queries(definition):
        return {}
    key = _key(definition)
    with _lock:
        found = _remembered.get(key)
    if found is not None and time.monotonic() - found[0] < REMEMBERED.total_seconds():
        return found[1]
    with preview.place() as folder:
        job = preview.job_of(definition, text, file, "json", {}, at, folder)
        said = ask_isolated(job, TIMEOUT, inquiry_child.choices, start_method=nursery.start_method())
    if isinstance(said, Failed):
        raise preview.refusal(said.fault)
    answer: Choices = said.value
    with _lock:
        _remembered[key] = (time.monotonic(), answer)
        while len(_remembered) > MOST_REMEMBERED:
            _remembered.popitem(last=False)
    return answer


def note_shown(definition: Definition, shown: Shown) -> None:
    """Remember the choices that a preview of *definition* has met, for its form."""
    if not shown:
        return
    with _lock:
        _shown[_key(definition)] = shown
        while len(_shown) > MOST_REMEMBERED:
            _shown.popitem(last=False)


def parameters_as_shown(definition: Definition) -> list[Parameter]:
    """The parameters with the choices of the last preview whose queries of choices were these; no query is run."""
    with _lock:
        shown = _shown.get(_key(definition), {})
    if not set(definition.source_names()) <= set(sources.names()):
        shown = {}  # somebody else was allowed to ask
    return [
        replace(each, choices=tuple(value for value, _ in shown[each.name]), choice_labels=dict(shown[each.name]))
        if each.name in shown
        else each
        for each in definition.parameters
    ]


def _key(definition: Definition) -> str:
    """What decides about the choices: the queries that give them and how they are read, wherever in the text they stand."""
    asked = [
        (each.name, each.type, given.query, given.value, given.label)
        for each in definition.parameters
        if (given := each.choices_query)
    ]
    first = choice_queries(definition)
    queries = [(query.name, query.source, query.sql) for query in definition.queries if query.name in first]
    return hashlib.sha256(repr((asked, queries)).encode()).hexdigest()


def parameters_with_choices(definition: Definition, text: str, *, file: str, at: datetime) -> list[Parameter]:
    """The parameters as a form offers them; those whose choices cannot be had now take any value and say why."""
    try:
        found = choices(definition, text, file=file, at=at)
    except (Invalid, Conflict) as error:
        reason = f"The choices cannot be read now; what is given is checked at the run. {error}"
        return [replace(each, description=reason) if each.choices_query else each for each in definition.parameters]
    return [
        replace(each, choices=tuple(value for value, _ in found[each.name]), choice_labels=dict(found[each.name]))
        if each.name in found
        else each
        for each in definition.parameters
    ]
