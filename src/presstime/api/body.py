"""Reads a JSON body strictly: what a database cannot keep, or two readers would read differently, is refused."""

from __future__ import annotations

import json
import re
from typing import Any, NoReturn

from django.http import HttpRequest
from ninja.errors import HttpError
from ninja.parser import Parser
from ninja.types import DictStrAny

from presstime.base.errors import Invalid

# A NUL, or half of a surrogate pair: JSON can write both, no text column can keep them.
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


class StrictParser(Parser):
    """JSON by RFC 8259 without what it leaves open: no duplicate names, no NaN, no text that is not Unicode."""

    def parse_body(self, request: HttpRequest) -> DictStrAny:
        """The body's value; ValueError says in a sentence what is wrong and where, Invalid which field has an unstorable text."""
        try:
            text = request.body.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            raise ValueError(f"The body is not UTF-8 text: byte {error.start} cannot be read.") from None
        try:
            value = json.loads(text, object_pairs_hook=_object, parse_constant=_no_constant)
        except json.JSONDecodeError as error:
            place = f"line {error.lineno}, column {error.colno}"
            raise ValueError(f"The body is not JSON: {error.msg} at {place}.") from None
        except RecursionError:
            raise ValueError("The body is nested too deeply.") from None
        if "\\u" in text:
            _check_text(value, "")
        return value  # type: ignore[no-any-return]  # what is not an object is refused where the schema is known


def read(request: HttpRequest) -> Any:
    """The body of an operation that itself says what is wrong with it: as the parser reads it, 400 for what is no JSON."""
    try:
        return StrictParser().parse_body(request)
    except ValueError as error:
        raise HttpError(400, str(error)) from error


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise ValueError(f'The body names "{twice}" twice in one object. Leave one of them out.')
    return found


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"The body holds {name}, which is not JSON.")


def _check_text(value: Any, path: str) -> None:
    if isinstance(value, str) and _UNSTORABLE.search(value):
        raise Invalid.of(path, f"The text of {path or 'the body'} holds a NUL or half a character. Take it out.")
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, item in items:
        _check_text(str(name) if isinstance(value, dict) else "", f"the names in {path or 'the body'}")
        _check_text(item, f"{path}.{name}" if path else str(name))
