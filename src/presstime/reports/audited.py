"""The entries of reports in the audit log. Of a text the log keeps number and SHA-256; the text is in its revision."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from presstime.audit import journal as audit
from presstime.audit.changes import differences
from presstime.audit.targets import Target
from presstime.reports.models import Report


def target_of(report: Report) -> Target:
    return Target("report", str(report.pk), report.name)


def kept(report: Report) -> dict[str, Any]:
    """What the log keeps of *report* as it is now."""
    current = report.current
    return {
        "name": report.name,
        "title": report.title,
        "revision": current.number if current else None,
        "sha256": current.sha256 if current else None,
        "note": current.note if current else None,
    }


def created(report: Report, now: datetime) -> None:
    audit.record("report.created", target_of(report), new=kept(report), now=now)


def changed(report: Report, before: Mapping[str, Any], now: datetime, *, restored: bool = False) -> None:
    """Another name, or another text as a new revision."""
    old, new = differences(before, kept(report))
    audit.record("report.restored" if restored else "report.updated", target_of(report), old=old, new=new, now=now)


def deleted(report: Report, now: datetime) -> None:
    audit.record("report.deleted", target_of(report), old=kept(report), now=now)
