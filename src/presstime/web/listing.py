"""Lists whose address is their state: filters as chips, pages by cursor, defaults left out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple

from django import forms
from django.http import HttpRequest
from django.utils.http import urlencode


class Chip(NamedTuple):
    """An active filter in words, and the address of the list without it."""

    label: str
    remove: str


@dataclass(frozen=True, slots=True)
class Listing:
    """One page of a list, as templates need it."""

    items: Sequence[Any]
    total: int
    chips: Sequence[Chip]
    clear: str
    newer: str | None  # the address of the first page when this is not it
    older: str | None

    @property
    def is_filtered(self) -> bool:
        return bool(self.chips)


def listing(
    request: HttpRequest, form: forms.Form, items: Sequence[Any], *, total: int, next_cursor: str | None
) -> Listing:
    """One page of a list with the filters of *form*, which has been validated."""
    has_cursor = "cursor" in request.GET
    return Listing(
        items=items,
        total=total,
        chips=[_chip(request, form, name) for name in active(form)],
        clear=request.path,
        newer=address(request, form, cursor=None) if has_cursor else None,
        older=address(request, form, cursor=next_cursor) if next_cursor else None,
    )


def active(form: forms.Form) -> list[str]:
    """The filters in use, in the form's order."""
    return [name for name in form.fields if form.cleaned_data.get(name) not in (None, "", [])]


def address(request: HttpRequest, form: forms.Form, *, without: str = "", cursor: str | None = None) -> str:
    """The list's address with the active filters in a stable order; the same state always has the same address."""
    query = {name: str(form.data[form.add_prefix(name)]) for name in active(form) if name != without}
    if cursor:
        query["cursor"] = cursor
    return f"{request.path}?{urlencode(query)}" if query else request.path


def _chip(request: HttpRequest, form: forms.Form, name: str) -> Chip:
    field = form.fields[name]
    return Chip(f"{field.label}: {_words(field, form.cleaned_data[name])}", address(request, form, without=name))


def _words(field: forms.Field, value: Any) -> str:
    if isinstance(field, forms.ChoiceField):
        return str(dict(field.choices).get(value, value))  # type: ignore[arg-type]  # no groups in these forms
    if isinstance(value, date):
        return f"{value.day} {value:%b %Y}"
    return str(value)
