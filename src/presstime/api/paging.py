"""Lists page by keyset: a cursor holds the last row's place, so that rows added meanwhile move nothing."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable
from datetime import datetime
from typing import Any, TypeVar

from django.core.exceptions import ValidationError
from django.db.models import Field, Model, Q, QuerySet

from presstime.base.errors import Invalid

DEFAULT_LIMIT, MAXIMUM_LIMIT = 50, 500
Row = TypeVar("Row", bound=Model)


def page(
    queryset: QuerySet[Row],
    *,
    order: str,
    limit: int = DEFAULT_LIMIT,
    cursor: str | None = None,
    present: Callable[[Row], Any] = lambda row: row,
) -> dict[str, Any]:
    """One page of *queryset* as `{"items", "next_cursor", "total"}`, sorted by *order* and then by id.

    *order* is a column that is never null, "-queued_at" or "name". A cursor that did not come from this list in this
    order is Invalid. Rows that are added behind the reader are not seen, none is seen twice.
    """
    if not 1 <= limit <= MAXIMUM_LIMIT:
        raise Invalid.of("limit", f"{limit} is not a number from 1 to {MAXIMUM_LIMIT}.")
    sign, column = ("-", order[1:]) if order.startswith("-") else ("", order)
    rows = queryset.order_by(order, f"{sign}pk")
    if cursor:
        rows = rows.filter(_beyond(column, *_read(cursor, queryset, order), descending=bool(sign)))
    found = list(rows[: limit + 1])
    more = len(found) > limit
    return {
        "items": [present(row) for row in found[:limit]],
        "next_cursor": _write(order, found[limit - 1], column) if more else None,
        "total": queryset.order_by().count(),
    }


def _beyond(column: str, value: Any, key: Any, *, descending: bool) -> Q:
    """The rows after (value, key); the first condition lets the database start in the index."""
    side = "lt" if descending else "gt"
    return Q(**{f"{column}__{side}e": value}) & (Q(**{f"{column}__{side}": value}) | Q(**{f"pk__{side}": key}))


def _write(order: str, row: Model, column: str) -> str:
    value = getattr(row, column)
    written = value.isoformat() if isinstance(value, datetime) else value
    text = json.dumps([order, written, str(row.pk)], separators=(",", ":"), default=str)
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _read(cursor: str, queryset: QuerySet[Row], order: str) -> tuple[Any, Any]:
    """The value and the id that *cursor* holds, as the columns' types."""
    try:
        raw = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        of, value, key = json.loads(raw)
        place = _column(queryset, order.lstrip("-")).to_python(value), _column(queryset, "pk").to_python(key)
    except (binascii.Error, ValueError, TypeError, ValidationError, RecursionError):
        raise _broken() from None
    if of != order or None in place or (isinstance(place[0], datetime) and place[0].tzinfo is None):
        raise _broken()
    return place


def _column(queryset: QuerySet[Row], name: str) -> Field[Any, Any]:
    fields = queryset.model._meta  # noqa: SLF001 - Django's documented model API
    field = fields.pk if name == "pk" else fields.get_field(name)
    assert isinstance(field, Field), f"lists are sorted by columns; {name} is none"
    return field


def _broken() -> Invalid:
    return Invalid.of(
        "cursor", "This is not a cursor of this list. Take `next_cursor` of the page before, or leave it out to begin."
    )
