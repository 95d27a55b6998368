"""A value of the wrong kind is refused and not converted: `true` is no number, 1 is no switch, 0.5 is no moment."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, datetime
from typing import Any, get_args

from pydantic import BeforeValidator
from pydantic.fields import FieldInfo

_NUMBER = re.compile(r"[+-]?[0-9]*\.?[0-9]+")
_KINDS = {bool, int, float, str, datetime, date}


def guard(field: FieldInfo, *, from_text: bool) -> bool:
    """Let *field* take only what its annotation names; with *from_text* numbers and switches come as text, as in a query."""
    kinds = _kinds_of(field.annotation)
    if not kinds & {bool, int, float, datetime, date}:
        return False
    field.metadata.append(BeforeValidator(_check(kinds, from_text=from_text)))
    return True


def _check(kinds: set[type], *, from_text: bool) -> Callable[[Any], Any]:
    is_number, is_switch, is_text = bool(kinds & {int, float}), bool in kinds, str in kinds
    is_moment = bool(kinds & {datetime, date})

    def check(value: Any) -> Any:
        if isinstance(value, bool):
            if is_number and not is_switch:
                raise ValueError("Input should be a number")
        elif isinstance(value, int | float):
            if is_switch and not is_number:
                raise ValueError("Input should be true or false")
            if is_moment and not is_number:
                raise ValueError("Input should be a moment such as 2026-11-24T09:00:00Z")
        elif isinstance(value, str) and not is_text:
            if is_moment and _NUMBER.fullmatch(value):
                raise ValueError("Input should be a moment such as 2026-11-24T09:00:00Z")
            if not from_text and (is_number or is_switch):
                raise ValueError(f"Input should be {'a number' if is_number else 'true or false'}, without quotes")
        return value

    return check


def _kinds_of(annotation: Any) -> set[type]:
    """The plain kinds that *annotation* names outside of lists and mappings."""
    if annotation in _KINDS:
        return {annotation}
    origin = getattr(annotation, "__origin__", None)
    if origin in (list, dict, tuple, set):
        return set()
    return {kind for argument in get_args(annotation) for kind in _kinds_of(argument)}
