"""Whom the end of an execution concerns: the owner of its schedule and, for what is configured wrongly, administrators.

Called last in the transaction that ends the execution.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from presstime.accounts.models import User
from presstime.alerts.kinds import Kind
from presstime.alerts.service import clear, raise_alert
from presstime.executions.faults import Fault
from presstime.executions.models import Execution
from presstime.executions.states import Category


def after_death(execution: Execution, fault: Fault, now: datetime) -> None:
    """Raise what a failure for good means; repeated failures of one schedule are one alert."""
    name, detail, link = _name(execution), _detail(execution, fault), f"/executions/{execution.pk}"
    if fault.category is Category.CONFIGURATION:
        title = f"“{name}” is configured wrongly"
        raise_alert(Kind.CONFIGURATION_ERROR, _thing(execution), title=title, detail=detail, link=link, now=now)
    if execution.schedule_id is not None:
        raise_alert(
            Kind.SCHEDULE_FAILING,
            str(execution.schedule_id),
            title=f"The schedule “{name}” fails",
            detail=detail,
            link=link,
            recipients=addresses_of(execution.schedule.owner if execution.schedule is not None else None),
            now=now,
        )


def after_success(execution: Execution, now: datetime) -> None:
    """Clear what earlier failures of the same schedule, or of the same report run by hand, have raised."""
    clear(Kind.CONFIGURATION_ERROR, _thing(execution), now=now)
    if execution.schedule_id is not None:
        clear(Kind.SCHEDULE_FAILING, str(execution.schedule_id), now=now)


def after_deletion(schedule_id: UUID, now: datetime) -> None:
    """Clear what the failures of a schedule have raised that is no more."""
    clear(Kind.CONFIGURATION_ERROR, f"schedule:{schedule_id}", now=now)
    clear(Kind.SCHEDULE_FAILING, str(schedule_id), now=now)


def _thing(execution: Execution) -> str:
    if execution.schedule_id is not None:
        return f"schedule:{execution.schedule_id}"
    return f"report:{execution.report_id}"


def _name(execution: Execution) -> str:
    return execution.schedule.name if execution.schedule is not None else execution.report.name


def addresses_of(owner: User | None) -> list[str]:
    """The owner's address; nobody's when there is no owner who can read it, and then administrators are told."""
    return [owner.email] if owner is not None and owner.is_active and owner.email else []


def _detail(execution: Execution, fault: Fault) -> str:
    planned = f"{execution.scheduled_for:%Y-%m-%d %H:%M} UTC"
    return f"The run planned for {planned} has given up: {fault.message} {fault.hint}".strip()
