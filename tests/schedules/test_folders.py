"""Reports of different groups do not replace each other's files in one folder."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from presstime.accounts import groups, sight
from presstime.accounts.models import User
from presstime.base.errors import Invalid
from presstime.executions.endings import objection_to_publishing
from presstime.executions.models import Execution
from presstime.reports.models import Report, Revision
from presstime.schedules import service
from presstime.schedules.models import Schedule
from tests.schedules.conftest import DEFINITION

Make = Callable[..., Schedule]


@pytest.fixture
def other(report: Report, now: datetime) -> Report:
    """A report with the same title, which only Finance sees."""
    other = Report.objects.create(name="finance", title="Airport punctuality", created_at=now, updated_at=now)
    other.current = Revision.objects.create(
        report=other, number=1, definition=DEFINITION, sha256="0" * 64, created_at=now
    )
    other.save()
    other.groups.add(groups.create("Finance", now))
    return other


def given(**more: Any) -> dict[str, Any]:
    return {"name": "second", "report": "finance", "cron": "0 8 * * *", "timezone": "UTC", **more}


def refusal(act: Callable[[], object]) -> str:
    with pytest.raises(Invalid) as caught:
        act()
    (problem,) = caught.value.problems
    assert problem.field == "output_path"
    return problem.message


@pytest.mark.parametrize("path", ["shared", "shared/", "./shared", "/absolute/shared", "link"])
def test_the_folder_of_other_groups_is_refused_however_it_is_written(
    make_schedule: Make, other: Report, now: datetime, settings: Any, tmp_path: Path, path: str
) -> None:
    settings.CONFIGURATION = settings.CONFIGURATION.model_copy(update={"reports_dir": tmp_path})
    published = tmp_path / "published"
    (published / "shared").mkdir(parents=True)
    (published / "link").symlink_to(published / "shared")
    path = path.replace("/absolute", str(published))
    make_schedule(output_path="shared", enabled=False)
    said = refusal(lambda: service.create(given(output_path=path), None, now))
    assert f'The folder "{path}" is that of reports which other groups may see' in said
    verdict = service.validate(given(output_path=path), now)
    assert [problem.field for problem in verdict.errors] == ["output_path"]
    assert service.create(given(output_path="shared/finance"), None, now).output_path == "shared/finance"


def test_neither_a_change_of_the_folder_nor_of_the_report_leads_there(
    make_schedule: Make, other: Report, now: datetime
) -> None:
    make_schedule(output_path="shared")
    moving = service.create(given(output_path="own"), None, now)
    refusal(lambda: service.change(moving.pk, {"output_path": "shared"}, now))
    open_one = make_schedule("third", output_path="shared")
    refusal(lambda: service.change(open_one.pk, {"report": "finance"}, now))
    assert service.change(moving.pk, {"cron": "0 9 * * *"}, now).output_path == "own"


def test_a_person_who_cannot_see_the_other_schedule_is_told_no_more_than_that(
    make_schedule: Make, other: Report, alice: User, now: datetime
) -> None:
    service.create(given(output_path="shared", name="Takeover of Acme"), None, now)
    with sight.of(alice):
        said = refusal(lambda: service.create(given(report="punctuality", output_path="shared"), alice, now))
    assert "Acme" not in said
    assert "finance" not in said


def test_reports_of_the_same_groups_share_a_folder_and_a_deleted_schedule_gives_it_free(
    make_schedule: Make, other: Report, now: datetime
) -> None:
    first = make_schedule(output_path="shared")
    assert service.create(given(report="punctuality", output_path="shared"), None, now)
    service.delete("second", now)
    service.delete(first.pk, now)
    assert service.create(given(output_path="shared"), None, now)


def execution_of(schedule: Schedule) -> Execution:
    return Execution(schedule=schedule, report=schedule.report, output_path=schedule.output_path)


def test_when_groups_change_later_the_older_schedule_keeps_the_folder(
    make_schedule: Make, report: Report, now: datetime
) -> None:
    old = make_schedule("old", output_path="shared")
    young_report = Report.objects.create(name="young", title="x", created_at=now, updated_at=now)
    young = make_schedule("young", output_path="./shared", created_at=now + timedelta(seconds=1))
    Schedule.objects.filter(pk=young.pk).update(report=young_report)
    young.refresh_from_db()
    assert (objection_to_publishing(execution_of(old)), objection_to_publishing(execution_of(young))) == ("", "")
    young_report.groups.add(groups.create("Sales", now))
    assert objection_to_publishing(execution_of(old)) == ""
    assert "other groups" in objection_to_publishing(execution_of(young))
    assert "other groups" in objection_to_publishing(Execution(report=young_report, output_path="shared"))
    assert objection_to_publishing(Execution(report=young_report, output_path="")) == ""
