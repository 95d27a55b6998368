"""Schedules as the fields that their files hold."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.conf import settings

from presstime.api.schemas import instant
from presstime.reports import service as reports
from presstime.reports.models import Report
from presstime.schedules.checks import field_names
from presstime.schedules.models import Schedule

# The order in which a person reads a schedule; what is not named here comes behind, by name.
_ORDER = ("name", "report", "owner", "cron", "timezone", "enabled", "recipients", "reply_to", "formats", "parameters")
# Left out of a file it stays as it is: who pauses a schedule on call does not want the next apply to wake it.
_KEPT = frozenset({"name", "report", "enabled"})


def schedule_fields() -> list[str]:
    """Every field of a schedule's file, in order."""
    others = [name for name in [*field_names(), "owner"] if name not in _ORDER]
    return [*_ORDER, *sorted(others)]


def describe_schedule(schedule: Schedule) -> dict[str, Any]:
    """Every field with its value as YAML and JSON know it."""
    return {name: _value(schedule, name) for name in schedule_fields()}


def essence(schedule: Schedule) -> dict[str, Any]:
    """As `describe_schedule` without what a new schedule over the same report would have anyway."""
    usual = {name: _plain(name, value) for name, value in defaults(schedule.report).items()}
    described = describe_schedule(schedule)
    return {
        name: value
        for name, value in described.items()
        if not (name in usual and usual[name] == value) and not (name == "owner" and value is None)
    }


def defaults(report: Report | None) -> dict[str, Any]:
    """What a schedule's file leaves out, by field."""
    configuration = settings.CONFIGURATION
    wanted = set(field_names()) - _KEPT
    columns = Schedule._meta.concrete_fields  # noqa: SLF001 - Django documents it
    found = {column.name: column.get_default() for column in columns if column.name in wanted}
    found |= {"timezone": configuration.time_zone, "timeout_seconds": configuration.default_timeout_seconds}
    del found["cron"]
    definition = reports.find_definition(report) if report is not None else None
    if definition is not None:
        found["formats"] = list(definition.formats)
    else:
        del found["formats"]
    return found


def _value(schedule: Schedule, name: str) -> Any:
    if name == "owner":
        return schedule.owner.username if schedule.owner else None
    if name == "report":
        return schedule.report.name
    return _plain(name, getattr(schedule, name))


def _plain(name: str, value: Any) -> Any:
    if isinstance(value, datetime):
        return instant(value)
    if name == "recipients":
        return {role: list(addresses) for role, addresses in value.items() if addresses}
    return str(value) if isinstance(value, str) else value
