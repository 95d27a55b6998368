"""Where the things that entries speak of have their pages."""

from __future__ import annotations

from typing import Final

from django.urls import NoReverseMatch, reverse

_PAGES: Final = {
    "schedule": "schedules:show",
    "report": "reports:show",
    "execution": "executions:show",
    "dead_letter": "deadletters:show",
    "email": "emails:show",
    "alert": "alerts:show",
    "user": "users:detail",
}
_LISTS: Final = {
    "source": "sources:list",
    "asset": "assets:list",
    "backup": "backups:list",
    "restoration": "backups:list",
    "cleanup": "disk:storage",
    "setting": "settings:index",
    "email_queue": "emails:list",
    "recipient": "schedules:people",
}


def address_of(kind: str, identity: str) -> str:
    """The page of that thing, or of all of its kind; empty where there is none. It may have been deleted since."""
    try:
        if kind in _PAGES and identity:
            return reverse(_PAGES[kind], args=[identity])
        return reverse(_LISTS[kind]) if kind in _LISTS else ""
    except NoReverseMatch:
        return ""
