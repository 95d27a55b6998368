"""What of a row is kept in an entry: named fields, and of a change only those that differ.

Each feature lists the fields of its rows that are kept (`audited.py`); what is not listed never gets into the log.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.db import models


def snapshot(row: models.Model, names: Iterable[str]) -> dict[str, Any]:
    """The *names* of *row* as they are now; another row is said by its id and name."""
    return {name: _said(getattr(row, name)) for name in names}


def differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """The old and the new values of what differs."""
    names = [name for name in {**before, **after} if before.get(name) != after.get(name)]
    return {name: before.get(name) for name in names}, {name: after.get(name) for name in names}


def _said(value: Any) -> Any:
    return {"id": str(value.pk), "name": str(value)} if isinstance(value, models.Model) else value
