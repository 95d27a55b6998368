"""A folder below `published` is for the groups whose schedule was there first.

Names of files come from titles, which every author may choose: in one folder the files of two reports replace each other. So reports
that groups limit do not share a folder with those that others see and write.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any
from uuid import UUID

from django.conf import settings

from presstime.base.errors import FieldProblem, Invalid
from presstime.executions.files import published_folder
from presstime.executions.models import Execution
from presstime.reports.models import Report
from presstime.schedules import queries
from presstime.schedules.models import Schedule


def check(schedule: Schedule, output_path: str, report: Report) -> list[FieldProblem]:
    """What is wrong with *output_path* for *schedule* over *report*: it may be the folder of other groups."""
    if not _is_taken(output_path, report, queries.list_publishing(but=schedule)):
        return []
    sentence = f'The folder "{output_path}" is that of reports which other groups may see than this one. Write a folder of its own.'
    return [FieldProblem("output_path", sentence)]


def objection(execution: Execution, **_: Any) -> str:
    """Receiver: why the files of *execution* are not to be copied to its output path; empty when nothing is against it.

    Groups may have changed since the schedule was saved: then those whose schedule is older keep the folder.
    """
    others = queries.list_publishing(but=execution.schedule, older=True)
    if not _is_taken(execution.output_path, execution.report, others):
        return ""
    return "it is the folder of reports which other groups may see. Give the schedule another one."


def _is_taken(output_path: str, report: Report, others: Iterable[Schedule]) -> bool:
    folder, own = _folder(output_path), _groups(report)
    return folder is not None and any(
        _folder(other.output_path) == folder and _groups(other.report) != own for other in others
    )


def _folder(output_path: str) -> Path | None:
    """The folder that is meant, links resolved; None when there is none or it cannot be used anyway."""
    try:
        return published_folder(output_path, settings.CONFIGURATION.reports_path) if output_path else None
    except (Invalid, OSError, RuntimeError):
        return None


def _groups(report: Report) -> set[UUID]:
    return {group.pk for group in report.groups.all()}
