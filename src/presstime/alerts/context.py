"""What the navigation of every page shows of alerts."""

from __future__ import annotations

from django.http import HttpRequest

from presstime.accounts.models import User
from presstime.accounts.rights import Right
from presstime.alerts import queries


def badge(request: HttpRequest) -> dict[str, object]:
    """Context processor: how many alerts nobody has acknowledged, counted only where a page shows it."""

    def count() -> int:
        user = getattr(request, "user", None)
        return queries.count_open() if isinstance(user, User) and user.can(Right.ALERTS_READ) else 0

    return {"open_alerts": count}
