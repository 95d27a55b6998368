"""The entries of schedules in the audit log."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from presstime.audit import journal as audit
from presstime.audit.changes import differences, snapshot
from presstime.audit.targets import Target
from presstime.executions.models import Execution
from presstime.schedules.models import Schedule

FIELDS: Final = (
    "name",
    "report",
    "owner",
    "cron",
    "timezone",
    "enabled",
    "recipients",
    "reply_to",
    "formats",
    "parameters",
    "timeout_seconds",
    "catch_up",
    "catch_up_max_age_seconds",
    "send_when",
    "output_path",
    "retries",
    "retention_days",
    "starts_at",
    "ends_at",
    "paused_reason",
)
_SWITCH: Final = ("enabled", "paused_reason")
_RUN: Final = ("scheduled_for", "timeout_seconds", "parameters", "recipients", "formats", "revision")


def target_of(schedule: Schedule) -> Target:
    return Target("schedule", str(schedule.pk), schedule.name)


def kept(schedule: Schedule) -> dict[str, Any]:
    """What the log keeps of *schedule* as it is now."""
    return snapshot(schedule, FIELDS)


def created(schedule: Schedule, now: datetime) -> None:
    audit.record("schedule.created", target_of(schedule), new=kept(schedule), now=now)


def changed(schedule: Schedule, before: Mapping[str, Any], now: datetime) -> None:
    """Switching on and off has an entry of its own, what else is changed another one."""
    old, new = differences(before, kept(schedule))
    switched = "enabled" in new
    if switched:
        switch: dict[str, Any] = {name: new.pop(name) for name in _SWITCH if name in new}
        was: dict[str, Any] = {name: old.pop(name) for name in switch}
        action = "schedule.enabled" if schedule.enabled else "schedule.disabled"
        audit.record(action, target_of(schedule), old=was, new=switch, now=now)
    if new or not switched:
        audit.record("schedule.updated", target_of(schedule), old=old, new=new, now=now)


def handed_over(schedule: Schedule, before: Mapping[str, Any], now: datetime) -> None:
    old, new = differences(before, kept(schedule))
    audit.record("schedule.handed_over", target_of(schedule), old=old, new=new, now=now)


def deleted(schedule: Schedule, before: Mapping[str, Any], now: datetime) -> None:
    audit.record("schedule.deleted", target_of(schedule), old=dict(before), now=now)


def executed(schedule: Schedule, execution: Execution, now: datetime) -> None:
    """By hand; what the scheduler starts stands in the list of executions."""
    action = "schedule.tested" if execution.is_test else "schedule.executed"
    new = {"execution": str(execution.pk)} | snapshot(execution, _RUN)
    audit.record(action, target_of(schedule), new=new, now=now)


def missed_acknowledged(schedule: Schedule, instants: Sequence[datetime], now: datetime) -> None:
    planned_for = [at.isoformat() for at in instants]
    audit.record("schedule.missed_acknowledged", target_of(schedule), new={"planned_for": planned_for}, now=now)


def paused(schedule: Schedule, reason: str, now: datetime) -> None:
    """The server has switched it off."""
    new = {"enabled": False, "paused_reason": reason}
    audit.record("schedule.disabled", target_of(schedule), old={"enabled": True}, new=new, now=now)


def told(schedule: Schedule, to: Sequence[str], what: str, now: datetime) -> None:
    """The server writes to the owner."""
    audit.record("schedule.owner_notified", target_of(schedule), new={"to": list(to), "about": what}, now=now)


def unsubscribed(schedule: Schedule, address: str, before: Mapping[str, Any], now: datetime) -> None:
    old, new = differences(before, kept(schedule))
    audit.record("schedule.unsubscribed", target_of(schedule), old=old, new=new | {"address": address}, now=now)


def replaced(old: str, new: str | None, schedules: Sequence[Schedule], now: datetime) -> None:
    """Somebody stands in the place of somebody else; what that changes on each schedule has its entry as well."""
    names = [schedule.name for schedule in schedules]
    values = {"address": new, "schedules": names}
    audit.record("recipient.replaced", Target("recipient", old, old), old={"address": old}, new=values, now=now)
