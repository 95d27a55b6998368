"""The pages in the navigation, in their order, each with the right that shows it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from django.urls import reverse

from presstime.accounts.models import User
from presstime.accounts.rights import Right


class Entry(NamedTuple):
    """A page: its address by name, its word, its icon, the letter after `g` that opens it."""

    name: str
    label: str
    icon: str
    right: Right
    key: str


@dataclass(frozen=True, slots=True)
class Link:
    """An entry as one person sees it on one page."""

    entry: Entry
    url: str
    is_current: bool


# An entry is added together with its page; nothing here leads nowhere.
GROUPS: tuple[tuple[str, tuple[Entry, ...]], ...] = (
    (
        "Monitor",
        (
            Entry("overview", "Overview", "layout-dashboard", Right.EXECUTIONS_READ, "o"),
            Entry("executions:list", "Executions", "player-play", Right.EXECUTIONS_READ, "e"),
            Entry("deadletters:list", "Dead letters", "inbox", Right.DEAD_LETTERS_READ, "x"),
            Entry("failures:list", "Errors", "chart-bar", Right.EXECUTIONS_READ, "f"),
            Entry("emails:list", "E-mails", "mail", Right.EMAILS_READ, "m"),
            Entry("alerts:list", "Alerts", "bell", Right.ALERTS_READ, "a"),
            Entry("backups:list", "Backups", "shield-check", Right.BACKUPS_READ, "b"),
        ),
    ),
    (
        "Build",
        (
            Entry("schedules:list", "Schedules", "calendar-time", Right.SCHEDULES_READ, "s"),
            Entry("schedules:people", "Recipients", "users", Right.SCHEDULES_READ, "p"),
            Entry("reports:list", "Reports", "report-analytics", Right.REPORTS_READ, "r"),
            Entry("assets:list", "Assets", "photo", Right.REPORTS_READ, "i"),
            Entry("sources:list", "Sources", "database", Right.SOURCES_READ, "d"),
        ),
    ),
    (
        "Operate",
        (
            Entry("health:index", "Health", "activity", Right.METRICS_READ, "h"),
            Entry("users:list", "Users", "user", Right.USERS_READ, "u"),
            Entry("audit:list", "Audit log", "history", Right.AUDIT_READ, "l"),
            Entry("disk:storage", "Storage", "server-2", Right.STORAGE_READ, "v"),
            Entry("settings:index", "Settings", "settings", Right.SETTINGS_READ, "c"),
        ),
    ),
)


def navigation_for(user: User, path: str) -> list[tuple[str, list[Link]]]:
    """The groups that have at least one page for *user*; the page that *path* lies under is the current one."""
    groups = ((title, [_link(entry, path) for entry in entries if user.can(entry.right)]) for title, entries in GROUPS)
    return [(title, links) for title, links in groups if links]


def _link(entry: Entry, path: str) -> Link:
    url = reverse(entry.name)
    return Link(entry, url, path == url or (url != "/" and path.startswith(url.rstrip("/") + "/")))
