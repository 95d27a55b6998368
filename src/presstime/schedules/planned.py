"""What a planned run is made of."""

from __future__ import annotations

from presstime.executions.service import NewExecution
from presstime.schedules.firing import Firing
from presstime.schedules.models import Schedule


def execution_of(schedule: Schedule, firing: Firing) -> NewExecution:
    """What runs: the schedule and the report's text as they are at this moment."""
    assert schedule.report.current is not None  # a report is saved together with its first text
    return NewExecution(
        report=schedule.report,
        revision=schedule.report.current,
        trigger=firing.trigger,
        scheduled_for=firing.scheduled_for,
        timezone=schedule.timezone,
        timeout_seconds=schedule.timeout_seconds,
        parameters=schedule.parameters,
        formats=schedule.formats,
        recipients=schedule.recipients,
        reply_to=schedule.reply_to,
        send_when=schedule.send_when,
        schedule_id=schedule.pk,
        output_path=schedule.output_path,
        retries=schedule.retries,
    )
