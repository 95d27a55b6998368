"""From pydantic's errors to fields and sentences: dotted paths, what was read, the nearest right name."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Sequence
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from ninja.errors import ValidationError, ValidationErrorContext
from pydantic import BaseModel

# What stands in these is not repeated in an answer: it may be a secret, or a whole report.
UNREPEATED = frozenset({"password", "url", "token", "secret", "definition"})
LONGEST_REPEATED = 60
_MOMENT = "Input should be a moment such as 2026-11-24T09:00:00Z"
_DAY = "Input should be a day such as 2026-11-24"
# Where pydantic says what is wrong with the text and not what is right.
_MOMENTS = {
    "datetime_parsing": _MOMENT,
    "datetime_from_date_parsing": _MOMENT,
    "timezone_aware": f"{_MOMENT}, with an offset",
    "date_parsing": _DAY,
    "date_from_datetime_parsing": _DAY,
}


def readable(contexts: Sequence[ValidationErrorContext[Any]]) -> ValidationError:
    """One error for all that is wrong with a request, each as `{"field", "message"}`."""
    return ValidationError([found for context in contexts for found in _of(context)])


def unknown(name: str, known: Sequence[str], what: str = "field") -> str:
    """Say that *name* is not one of the *known* names, with the nearest of them."""
    nearest = difflib.get_close_matches(name, known, n=1, cutoff=0.6)
    if nearest:
        return f'There is no {what} "{name}". Did you mean "{nearest[0]}"?'
    return f'There is no {what} "{name}". Known: {", ".join(sorted(known)) or "none"}.'


def _of(context: ValidationErrorContext[Any]) -> Iterator[dict[str, str]]:
    model: type[BaseModel] = context.model
    seen = set()
    for error in context.pydantic_validation_error.errors(include_url=False):
        path = _path(model, error["loc"])
        field = ".".join(str(part) for part in path)
        if field not in seen:  # each arm of a union reports the same field
            yield {"field": field, "message": _message(model, error["loc"], dict(error))}
        seen.add(field)


def _path(model: Any, place: tuple[int | str, ...]) -> tuple[int | str, ...]:
    """*place* as the caller knows it: without the parameter's name in our code, which carries the whole body or query."""
    source = model.__ninja_param_source__
    if source == "body":
        return place[1:] if getattr(model, "__read_from_single_attr__", None) else place
    flat: tuple[int | str, ...] = model.__ninja_flatten_map_reverse__.get(place, ())
    if flat or not place:
        return flat
    annotation = model.model_fields[str(place[0])].annotation if str(place[0]) in model.model_fields else None
    return place[1:] if _models(annotation) else place


def _message(model: type[BaseModel], place: tuple[int | str, ...], error: dict[str, Any]) -> str:
    if error["type"] == "extra_forbidden":
        return unknown(str(place[-1]), _known(model, place[:-1]))
    if error["type"] == "missing":
        return "This field is missing."
    message = _MOMENTS.get(str(error["type"])) or str(error["msg"]).removeprefix("Value error, ").removesuffix(".")
    return f"{message}{_read(place, error.get('input'))}."


def _read(place: tuple[int | str, ...], value: Any) -> str:
    """What was read, where it is short and no secret."""
    if any(str(part) in UNREPEATED for part in place) or not isinstance(value, (str, int, float, bool)):
        return ""
    text = f'"{value}"' if isinstance(value, str) else str(value).lower() if isinstance(value, bool) else str(value)
    return f"; read {text}" if len(text) <= LONGEST_REPEATED else ""


def _known(model: type[BaseModel], place: tuple[int | str, ...]) -> list[str]:
    """The names of the fields of the object at *place*."""
    at: list[type[BaseModel]] = [model]
    for part in place:
        annotations = [each.model_fields[part].annotation for each in at if part in each.model_fields]
        if annotations:  # a list's index and a union's arm lead nowhere new
            at = [found for annotation in annotations for found in _models(annotation)]
    return [field.alias or name for each in at for name, field in each.model_fields.items()]


def _models(annotation: Any) -> list[type[BaseModel]]:
    """The models inside *annotation*: `list[A | None]` holds A."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    if get_origin(annotation) in (Annotated, Union, UnionType, list, tuple, dict, Sequence):
        return [found for argument in get_args(annotation) for found in _models(argument)]
    return []
