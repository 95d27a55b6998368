"""Lists whose address is their state: filters as chips, pages by cursor, defaults left out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, ClassVar, NamedTuple, TypeVar

from django import forms
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.utils.http import urlencode

from presstime.api.paging import page

Row = TypeVar("Row", bound=Model)


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


class FilterForm(forms.Form):
    """The filters of a list, read from its address. A value that cannot be read filters nothing and is named."""

    use_required_attribute = False
    tabs: ClassVar[tuple[str, ...]] = ()  # filters that the page shows as tabs: no chips, and clearing keeps them

    @property
    def chosen(self) -> dict[str, Any]:
        """The filters in use, in the form's order."""
        self.is_valid()
        return {name: value for name in self.fields if (value := self.cleaned_data.get(name)) not in (None, "", [])}


def listing(request: HttpRequest, form: FilterForm, rows: QuerySet[Row], *, order: str) -> Listing:
    """One page of *rows*, which *form* has filtered."""
    found = page(rows, order=order, cursor=request.GET.get("cursor"))
    return listed(request, form, found["items"], found["total"], found["next_cursor"])


def listed(request: HttpRequest, form: FilterForm, items: Sequence[Any], total: int, following: str | None) -> Listing:
    """One page of a list that was found in another way; *following* is the cursor of the next page."""
    return Listing(
        items=items,
        total=total,
        chips=[_chip(request, form, name, value) for name, value in form.chosen.items() if name not in form.tabs],
        clear=address(request, form, only=form.tabs),
        newer=address(request, form) if request.GET.get("cursor") else None,
        older=address(request, form, cursor=following) if following else None,
    )


def address(
    request: HttpRequest, form: FilterForm, *, without: str = "", cursor: str = "", only: Sequence[str] | None = None
) -> str:
    """The list's address with the filters in a stable order; the same state always has the same address."""
    query = {name: str(form.data[name]) for name in form.chosen if name != without and (only is None or name in only)}
    if cursor:
        query["cursor"] = cursor
    return f"{request.path}?{urlencode(query)}" if query else request.path


def choice(label: str, words: Sequence[tuple[str, str]], anything: str) -> forms.ChoiceField:
    """A filter that is one of *words* (value, word) or *anything*."""
    return forms.ChoiceField(label=label, required=False, choices=[("", anything), *words], widget=select())


def select() -> forms.Select:
    return forms.Select(attrs={"class": "form-select"})


def day(label: str) -> forms.DateField:
    """A filter that is a day."""
    widget = forms.DateInput(attrs={"type": "date", "class": "form-control"}, format="%Y-%m-%d")
    return forms.DateField(label=label, required=False, widget=widget)


def start_of(value: date | None) -> datetime | None:
    """The instant at which that day begins, in UTC."""
    return None if value is None else datetime.combine(value, time(), UTC)


def end_of(value: date | None) -> datetime | None:
    """The instant at which that day is over, in UTC."""
    return None if value is None else datetime.combine(value, time(), UTC) + timedelta(days=1)


def _chip(request: HttpRequest, form: FilterForm, name: str, value: Any) -> Chip:
    field = form.fields[name]
    return Chip(f"{field.label}: {_words(field, value)}", address(request, form, without=name))


def _words(field: forms.Field, value: Any) -> str:
    if isinstance(field, forms.ChoiceField):
        return str(dict(field.choices).get(value, value))  # type: ignore[arg-type]  # no groups in these forms
    if isinstance(value, date):
        return f"{value.day} {value:%b %Y}"
    return str(value)
