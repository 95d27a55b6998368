"""What a report's author should know about the schedules that run it: those of this installation, and those in files."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from pressroom.definition import Definition
from pressroom.errors import Place
from pressroom.lint import Finding, Severity
from pressroom.schema import Problems, Section, read_mapping
from presstime.base.errors import FieldProblem
from presstime.executions.limits import LONG_TIMEOUT_SECONDS
from presstime.reports.arguments import check_parameters
from presstime.schedules import queries
from presstime.schedules.checks import Checked, Limits, check_fields, field_names
from presstime.schedules.models import Schedule
from presstime.schedules.outlook import outlook

_LARGEST_FILE = 1_000_000


@dataclass
class _Written:
    """A schedule in a file, as far as its outlook needs it."""

    cron: str
    timezone: str
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    recipients: Mapping[str, Sequence[str]] = field(default_factory=dict)
    timeout_seconds: int = LONG_TIMEOUT_SECONDS


def of_installation(report: str, definition: Definition, now: datetime) -> list[Finding]:
    """Findings about the schedules here that run the report of that name, as if it had the text of *definition*."""
    schedules = queries.list_schedules().filter(report__name=report)
    return [finding for schedule in schedules for finding in _of_schedule(schedule, definition, now)]


def _of_schedule(schedule: Schedule, definition: Definition, now: datetime) -> Iterator[Finding]:
    for problem in check_parameters(schedule.parameters, definition, now, ZoneInfo(schedule.timezone)):
        yield _finding(Severity.ERROR, "schedule", schedule.name, problem, None)
    if schedule.enabled and not outlook(schedule, now).next_runs:
        problem = FieldProblem("ends_at", "It never runs again.")
        yield _finding(Severity.WARNING, "never_runs", schedule.name, problem, None)


def of_folder(folder: Path, report: str, definition: Definition, now: datetime) -> list[Finding]:
    """Findings about the schedules in the YAML files of *folder* that run the report of that name."""
    files = sorted(path for path in folder.rglob("*") if path.suffix in (".yaml", ".yml") and path.is_file())
    return [finding for path in files for finding in _of_file(path, report, definition, now)]


def _of_file(path: Path, report: str, definition: Definition, now: datetime) -> list[Finding]:
    problems = Problems(path.name)
    if path.stat().st_size > _LARGEST_FILE:
        return [Finding(Severity.NOTE, "unchecked", f"{path.name} is too large for a schedule.")]
    text = path.read_text(encoding="utf-8", errors="replace")
    section = read_mapping(text, 1, field_names(), "the schedule", problems)
    if section is None or section.value("report") != report:
        return []
    unreadable = [
        Finding(Severity.ERROR, "schedule", problem.message, problem.remedy, problem.place)
        for problem in problems.in_order()
    ]
    return unreadable + list(_of_section(section, path, definition, now))


def _of_section(section: Section, path: Path, definition: Definition, now: datetime) -> Iterator[Finding]:
    given = {name: section.value(name) for name in section.entries if section.has(name)}
    checked = check_fields(
        {name: value for name, value in given.items() if name not in ("recipients", "output_path")},
        Limits((), Path()),
    )
    problems = list(checked.problems)
    zone = ZoneInfo(checked.values.get("timezone", "UTC"))
    if "parameters" in checked.values or "parameters" not in given:
        problems += check_parameters(checked.values.get("parameters", {}), definition, now, zone)
    for problem in problems:
        line = section.line_of(problem.field.split(".")[0])
        yield _finding(Severity.ERROR, _code(problem), path.name, problem, Place(path.name, line))
    if not problems and "cron" in checked.values and not _runs(checked, zone, now):
        problem = FieldProblem("ends_at", "It never runs: there is no planned moment before its end.")
        yield _finding(Severity.WARNING, "never_runs", path.name, problem, Place(path.name, section.line_of("ends_at")))


def _code(problem: FieldProblem) -> str:
    return "cron" if problem.field == "cron" else "schedule"


def _runs(checked: Checked, zone: ZoneInfo, now: datetime) -> bool:
    values: dict[str, Any] = {name: checked.values.get(name) for name in ("starts_at", "ends_at")}
    aware = {name: at.replace(tzinfo=UTC) if at and at.tzinfo is None else at for name, at in values.items()}
    return bool(outlook(_Written(checked.values["cron"], zone.key, **aware), now).next_runs)


def _finding(severity: Severity, code: str, schedule: str, problem: FieldProblem, place: Place | None) -> Finding:
    return Finding(severity, code, f'The schedule "{schedule}", {problem.field}: {problem.message}', "", place)
