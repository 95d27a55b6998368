"""The entries of alerts in the audit log: what people do to them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from presstime.alerts.models import Alert
from presstime.audit import journal as audit
from presstime.audit.targets import Target


def target_of(alert: Alert) -> Target:
    return Target("alert", str(alert.pk), alert.title)


def acknowledged(alert: Alert, now: datetime) -> None:
    new = {"status": "acknowledged", "kind": alert.kind}
    audit.record("alert.acknowledged", target_of(alert), old={"status": alert.status}, new=new, now=now)


def channels_tried(channels: Sequence[str], now: datetime) -> None:
    """A trial alert goes through every channel."""
    audit.record("alert.channels_tried", Target("alert", "trial", "Trial"), new={"channels": list(channels)}, now=now)


def reopened(alert: Alert) -> None:
    new = {"status": "open", "kind": alert.kind}
    audit.record("alert.reopened", target_of(alert), old={"status": alert.status}, new=new)
