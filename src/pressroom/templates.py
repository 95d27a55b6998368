"""Filling values into prose: a sandboxed Jinja2 that sees data and nothing else.

A value never becomes markup. It leaves the template in a wrapping that Markdown cannot read (two private-use characters
around hexadecimal digits) and is unwrapped when the text has already been parsed, see `pressroom.markdown`.

What runs templates is imported when there is one: many an export has none.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any, Final

from pressroom.errors import Place
from pressroom.formats import NOTHING, format_value, kind_of
from pressroom.parameters import Parameter
from pressroom.schema import Problems
from pressroom.values import Budget, Rows, TemplateFault

MAX_REPEATED: Final = 10_000
_OPEN, _CLOSE = "\ue000", "\ue001"
_WRAPPED = re.compile(f"{_OPEN}([0-9a-fA-F]*){_CLOSE}")
_WRAPPED_IN_LINK = re.compile(r"%EE%80%80([0-9a-fA-F]*)%EE%80%81")


def wrap(value: Any, locale: str) -> str:
    """*value* as text that no markup reader can take for markup."""
    return f"{_OPEN}{_show(value, locale).encode('utf-8', 'surrogatepass').hex()}{_CLOSE}"


def unwrap(text: str) -> str:
    """*text* with its wrapped values put back as plain text."""
    while _WRAPPED.search(text):
        text = _WRAPPED.sub(lambda match: _decode(match[1]), text)
    return text


def unwrap_link(address: str, quote: Any) -> str:
    """*address*, percent-encoded by the Markdown reader, with its values quoted by *quote*."""
    return _WRAPPED_IN_LINK.sub(lambda match: quote(_decode(match[1])), address)


def _decode(digits: str) -> str:
    try:
        text = bytes.fromhex(digits).decode("utf-8", "replace")
    except ValueError:
        return ""
    return " ".join(text.split()) if "\n" in text or "\r" in text else text


def _show(value: Any, locale: str) -> str:
    if isinstance(value, Rows):
        raise TemplateFault("Rows cannot be shown as text.", "Write a loop: {% for row in name.rows %}…{% endfor %}.")
    if isinstance(value, list | tuple):
        return ", ".join(_show(item, locale) for item in value)
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value) if value.bit_length() < MAX_REPEATED else NOTHING
    return format_value(value, kind_of(value), "", locale)


# ---- templates ------------------------------------------------------------------------------------------------------


def is_template(text: str) -> bool:
    """Whether there may be anything to fill into *text*."""
    return "{" in text


def check_template(text: str, place: Place, names: Iterable[str], problems: Problems) -> None:
    """Report what is wrong with a template before it ever runs: syntax, unknown names, filters and formats."""
    if is_template(text):
        from pressroom import template_engine

        template_engine.check(text, place, names, problems)


def names_in(text: str) -> set[str]:
    """Every name that the template *text* reads, its own variables included; none when it cannot be read."""
    if not is_template(text):
        return set()
    from pressroom import template_engine

    return template_engine.names_in(text)


def columns_in(text: str, place: Place, queries: Iterable[str]) -> list[tuple[str, str, Place]]:
    """The columns that the template *text* reads from the first row of one of *queries*: query, column, place."""
    if not is_template(text):
        return []
    from pressroom import template_engine

    return template_engine.columns_in(text, place, queries)


def fill(text: str, place: Place, names: Mapping[str, Any], locale: str, budget: Budget) -> str:
    """*text* with its values wrapped in; LayoutError for a missing column, DataError for what cannot be computed."""
    if not is_template(text):
        return text
    from pressroom import template_engine

    return template_engine.fill(text, place, names, locale, budget)


def template_names(queries: Iterable[str], parameters: Iterable[Parameter]) -> set[str]:
    """Every name that a template of the report may use."""
    return {
        *queries,
        *(parameter.name for parameter in parameters),
        "title",
        "author",
        "today",
        "prepared_at",
        "labels",
    }
