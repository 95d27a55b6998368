"""The entries of data sources in the audit log; of an address its shown form and a fingerprint of the whole."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from presstime.audit import journal as audit
from presstime.audit.changes import differences
from presstime.audit.redaction import Secret
from presstime.audit.targets import Target
from presstime.sources.models import Source


def target_of(source: Source) -> Target:
    return Target("source", str(source.pk), source.name)


def kept(source: Source, shown_url: str, url: str) -> dict[str, Any]:
    """What the log keeps of *source* as it is now; *url* is the whole address, which is kept as a fingerprint."""
    return {"name": source.name, "kind": source.kind, "url": shown_url, "whole_url": Secret(url)}


def created(source: Source, values: Mapping[str, Any], now: datetime) -> None:
    audit.record("source.created", target_of(source), new=dict(values), now=now)


def changed(source: Source, before: Mapping[str, Any], after: Mapping[str, Any], now: datetime) -> None:
    old, new = differences(before, after)
    audit.record("source.updated", target_of(source), old=old, new=new, now=now)


def deleted(source: Source, values: Mapping[str, Any], now: datetime) -> None:
    audit.record("source.deleted", target_of(source), old=dict(values), now=now)
