"""Use cases of schedules: one transaction each; input is checked as a whole, nothing is half-saved."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction

from pressroom.wording import suggest
from presstime.accounts.models import User
from presstime.base.configuration_fields import Configuration
from presstime.base.errors import Conflict, FieldProblem, Invalid
from presstime.base.moments import planned_at
from presstime.executions import alarms
from presstime.executions import service as executions
from presstime.executions.history import recent_runs
from presstime.executions.models import Execution
from presstime.executions.service import NewExecution
from presstime.executions.states import Trigger
from presstime.reports import queries as reports
from presstime.reports import service as report_service
from presstime.reports.arguments import check_parameters
from presstime.reports.models import Report
from presstime.schedules import audited, checks, firing, folders, latest, outlook, ownership, pausing, queries, watchdog
from presstime.schedules.checks import Checked, Limits
from presstime.schedules.models import Schedule
from presstime.schedules.outlook import Outlook
from presstime.schedules.recipients import check_recipients
from presstime.schedules.recurrence import Run, next_runs
from presstime.schedules.states import SendWhen

_REQUIRED = {
    "name": "A schedule needs a name.",
    "report": "A schedule needs a report.",
    "cron": "A schedule needs a cron expression.",
}
# What moves the next planned instant when it is changed; anything else leaves a due one alone.
_TIMING = frozenset({"cron", "timezone", "enabled", "starts_at", "ends_at"})


@dataclass(frozen=True, slots=True)
class Verdict:
    """What would become of a schedule if it were saved; without an outlook when the timing itself is wrong."""

    errors: list[FieldProblem]
    outlook: Outlook | None

    @property
    def is_valid(self) -> bool:
        return not self.errors


def create(given: Mapping[str, Any], by: User | None, now: datetime) -> Schedule:
    """Save a new schedule from *given*, values by field name; Invalid lists every problem at once."""
    with transaction.atomic():
        schedule = Schedule(owner=by, created_at=now)
        _fill(schedule, given, now)
        _plan(schedule, now)
        queries.save(schedule)
        audited.created(schedule, now)
    return schedule


def change(reference: str | UUID, given: Mapping[str, Any], now: datetime) -> Schedule:
    """Change the fields in *given*, leave the others; Invalid lists every problem at once and nothing is changed."""
    with transaction.atomic():
        schedule = queries.get_schedule_to_change(reference)
        before = {name: getattr(schedule, name) for name in _TIMING}
        kept = audited.kept(schedule)
        _fill(schedule, given, now)
        if any(getattr(schedule, name) != value for name, value in before.items()):
            _plan(schedule, now)
            watchdog.give_up(schedule.pk, now)
        is_on_again = schedule.enabled and not before["enabled"]
        if is_on_again:
            ownership.refuse_orphan(schedule)
            pausing.forget(schedule)
        queries.save(schedule)
        audited.changed(schedule, kept, now)
        if is_on_again:
            pausing.clear_alert(schedule.pk, now)
    return schedule


def hand_over(reference: str | UUID, owner: User, now: datetime) -> Schedule:
    """Make *owner* the one who is told of failures."""
    with transaction.atomic():
        schedule = queries.get_schedule_to_change(reference)
        ownership.hand_over(schedule, owner, now)
    return schedule


def delete(reference: str | UUID, now: datetime) -> None:
    """Delete a schedule; its executions stay."""
    with transaction.atomic():
        schedule = queries.get_schedule_to_change(reference)
        audited.deleted(schedule, audited.kept(schedule), now)
        schedule.deleted_at = schedule.updated_at = now
        schedule.next_run_at = schedule.watch_at = None
        queries.save(schedule)
        watchdog.give_up(schedule.pk, now)
        pausing.clear_alert(schedule.pk, now)
        alarms.after_deletion(schedule.pk, now)


def enable(reference: str | UUID, now: datetime) -> Schedule:
    """Switch a schedule on; what passed while it was off is not made up for, failures are counted anew."""
    return change(reference, {"enabled": True}, now)


def disable(reference: str | UUID, now: datetime) -> Schedule:
    """Switch a schedule off; what is queued already runs."""
    return change(reference, {"enabled": False}, now)


def pause_all(reason: str, now: datetime) -> list[UUID]:
    """Switch every schedule off for *reason*, in the caller's transaction; the ids of those that were on."""
    paused = queries.switch_all_off(reason, now)
    for schedule in paused:
        audited.paused(schedule, reason, now)
    return [schedule.pk for schedule in paused]


def run(
    reference: str | UUID,
    by: User | None,
    now: datetime,
    *,
    timeout_seconds: int | None = None,
    parameters: Mapping[str, Any] | None = None,
    recipients: Mapping[str, Any] | None = None,
    as_of: datetime | None = None,
    is_test: bool = False,
) -> Execution:
    """Queue an execution now, whether the schedule is on or off; the schedule itself stays as it is.

    *parameters* override the schedule's one by one, *recipients* as a whole; periods are evaluated at *as_of*. A limit
    outside 300-7200 seconds is Forbidden to those without the right to override; *by* is None on the command line.
    """
    with transaction.atomic():
        schedule = queries.get_schedule(reference)
        values = _checked_run(schedule, by, now, timeout_seconds, parameters, recipients, as_of)
        assert schedule.report.current is not None  # a report is saved together with its first text
        execution = executions.enqueue(
            NewExecution(
                report=schedule.report,
                revision=schedule.report.current,
                trigger=Trigger.MANUAL,
                timezone=schedule.timezone,
                timeout_seconds=timeout_seconds or schedule.timeout_seconds,
                formats=schedule.formats,
                reply_to=schedule.reply_to,
                is_test=is_test,
                # Whoever tries it wants to see the mail.
                send_when=SendWhen.ALWAYS if is_test else schedule.send_when,
                schedule_id=schedule.pk,
                output_path="" if is_test else schedule.output_path,
                retries=schedule.retries,
                requested_by_id=by.pk if by else None,
                **values,
            ),
            now,
        )
        assert execution is not None  # only planned firings can be there already
        audited.executed(schedule, execution, now)
    return execution


def test(reference: str | UUID, by: User | None, now: datetime) -> Execution:
    """Queue an execution whose mail goes to *by* alone, marked as a test; Conflict when *by* has no address."""
    if by is None or not by.email:
        raise Conflict("Your account has no e-mail address to which a test could be sent.")
    return run(reference, by, now, recipients={"to": [by.email]}, is_test=True)


def validate(given: Mapping[str, Any], now: datetime, *, of: str | UUID | None = None) -> Verdict:
    """What is wrong with *given* for a new schedule, or for a change of the schedule *of*; nothing is saved."""
    schedule = queries.get_schedule(of) if of else Schedule(created_at=now)
    checked = _check(schedule, given, now)
    wrong = {problem.field.split(".")[0] for problem in checked.problems}
    _assign(schedule, checked)
    if wrong & {"cron", "timezone", "starts_at", "ends_at"} or not schedule.cron:
        return Verdict(checked.problems, None)
    found = outlook.outlook(schedule, now, () if schedule._state.adding else recent_runs(schedule.pk))  # noqa: SLF001
    warnings = [warning for warning in found.warnings if warning.field not in wrong]  # of what is wrong, only that
    return Verdict(checked.problems, replace(found, warnings=warnings))


def outlook_of(schedule: Schedule, now: datetime) -> Outlook:
    """The sentence, the next runs (none of a schedule that is off) and the warnings of *schedule*."""
    return outlooks_of([schedule], now)[schedule.pk]


def outlooks_of(schedules: Collection[Schedule], now: datetime) -> dict[UUID, Outlook]:
    """As `outlook_of`, of each of *schedules*."""
    recent = latest.recent_runs(each.pk for each in schedules)
    runs_of = cache(next_runs)  # many schedules run at the same instants
    return {each.pk: _outlook(each, now, recent.get(each.pk, []), runs_of) for each in schedules}


def _outlook(schedule: Schedule, now: datetime, recent: list[float], runs_of: Callable[..., list[Run]]) -> Outlook:
    found = outlook.outlook(schedule, now, recent, runs_of)
    problems = _parameter_problems(schedule, now)
    runs = found.next_runs if schedule.enabled else []
    return Outlook(found.cron_description, runs, found.warnings + problems)


# ---- checking -------------------------------------------------------------------------------------------------------


def _fill(schedule: Schedule, given: Mapping[str, Any], now: datetime) -> None:
    """Put *given* into *schedule*; Invalid lists every problem at once."""
    checked = _check(schedule, given, now)
    if checked.problems:
        raise Invalid(checked.problems, _summary(len(checked.problems)))
    _assign(schedule, checked)
    schedule.updated_at = now


def _assign(schedule: Schedule, checked: Checked) -> None:
    for name, value in checked.values.items():
        setattr(schedule, name, value)


def _check(schedule: Schedule, given: Mapping[str, Any], now: datetime) -> Checked:
    """What *given* makes of *schedule*, with everything that is wrong about it."""
    is_new = schedule._state.adding  # noqa: SLF001 - Django documents it
    configuration = _configuration()
    wanted = (_defaults(configuration) | dict(given)) if is_new else dict(given)
    checked = checks.check_fields(wanted, Limits(configuration.allowed_recipient_domains, configuration.reports_path))
    if "report" in wanted:
        checked.take("report", lambda: _report(wanted["report"]))
    if is_new:
        checked.problems += [FieldProblem(name, text) for name, text in _REQUIRED.items() if name not in wanted]
    _check_name(schedule, checked)
    _check_together(schedule, given, checked, now)
    return checked


def _defaults(configuration: Configuration) -> dict[str, Any]:
    return {
        "timezone": configuration.time_zone,
        "timeout_seconds": configuration.default_timeout_seconds,
        "recipients": {},
    }


def _report(reference: Any) -> Report:
    report = reports.find_report(reference) if isinstance(reference, str | UUID) else None
    if report is None:
        raise checks.Wrong(
            f'There is no report "{reference}". {suggest(str(reference), reports.names(), what="Reports")}'
        )
    return report


def _check_name(schedule: Schedule, checked: Checked) -> None:
    name = checked.values.get("name")
    if name is not None and queries.is_name_taken(name, except_for=schedule.pk):
        checked.problems.append(FieldProblem("name", f'There is a schedule "{name}" already.'))


def _check_together(schedule: Schedule, given: Mapping[str, Any], checked: Checked, now: datetime) -> None:
    """What can only be judged of several fields at once: the order of the ends, formats and parameters of the report."""
    values = checked.values
    if values.keys() & {"starts_at", "ends_at"}:
        starts_at, ends_at = (values.get(name, getattr(schedule, name)) for name in ("starts_at", "ends_at"))
        checked.problems += checks.check_order(starts_at, ends_at)
    if "report" in values:
        definition = report_service.definition_of(values["report"])
        if "formats" not in given and not schedule.formats:
            values["formats"] = list(definition.formats)
    if values.keys() & {"report", "parameters"} and _has_report(schedule, checked):
        report = values.get("report") or schedule.report
        parameters = values.get("parameters", schedule.parameters)
        zone = ZoneInfo(values.get("timezone") or schedule.timezone or "UTC")
        checked.problems += check_parameters(parameters, report_service.definition_of(report), now, zone)
    if _has_report(schedule, checked):
        path, report = values.get("output_path", schedule.output_path), values.get("report") or schedule.report
        if (path, report.pk) != (schedule.output_path, schedule.report_id):
            checked.problems += folders.check(schedule, path, report)


def _has_report(schedule: Schedule, checked: Checked) -> bool:
    return "report" in checked.values or schedule.report_id is not None


def _parameter_problems(schedule: Schedule, now: datetime) -> list[FieldProblem]:
    """What the report's present text no longer takes of the schedule's parameters."""
    definition = report_service.find_definition(schedule.report)
    if definition is None:
        return [FieldProblem("report", "The report's text cannot be read any more. Open it to see what is wrong.")]
    return check_parameters(schedule.parameters, definition, now, ZoneInfo(schedule.timezone))


def _checked_run(
    schedule: Schedule,
    by: User | None,
    now: datetime,
    timeout_seconds: int | None,
    parameters: Mapping[str, Any] | None,
    recipients: Mapping[str, Any] | None,
    as_of: datetime | None,
) -> dict[str, Any]:
    """Planned instant, parameters and recipients of a manual run; Invalid lists every problem at once."""
    checked = Checked(values={"recipients": schedule.recipients, "scheduled_for": now})
    checked.take("scheduled_for", lambda: planned_at(as_of, now))
    _check_limit(timeout_seconds, by, checked)
    merged = schedule.parameters | dict(parameters or {})
    definition = report_service.definition_of(schedule.report)
    checked.problems += check_parameters(
        merged, definition, checked.values["scheduled_for"], ZoneInfo(schedule.timezone)
    )
    if recipients is not None:
        domains = _configuration().allowed_recipient_domains
        checked.take("recipients", lambda: check_recipients(recipients, domains))
    if checked.problems:
        raise Invalid(checked.problems, _summary(len(checked.problems)))
    return checked.values | {"parameters": merged}


def _check_limit(timeout_seconds: int | None, by: User | None, checked: Checked) -> None:
    if timeout_seconds is None:
        return
    try:
        executions.check_timeout(timeout_seconds, by)
    except Invalid as error:
        checked.problems += error.problems


def _plan(schedule: Schedule, now: datetime) -> None:
    """Plan from *now* on: what passed before is neither made up for nor missed."""
    schedule.next_run_at = schedule.watch_at = firing.next_run_at(schedule, now) if schedule.enabled else None


def _summary(count: int) -> str:
    return "The schedule has a problem." if count == 1 else f"The schedule has {count} problems."


def _configuration() -> Configuration:
    configuration: Configuration = settings.CONFIGURATION
    return configuration
