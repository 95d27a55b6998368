from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from presstime.accounts.models import User
from presstime.base.errors import Conflict, Invalid, NotFound
from presstime.reports import queries, service
from presstime.reports.models import Report, Revision
from presstime.schedules import service as schedules
from presstime.sources import service as sources
from presstime.sources.models import Source
from tests.reports.conftest import DEFINITION


def refused(now: datetime, definition: str, name: str = "punctuality") -> list[str]:
    with pytest.raises(Invalid) as caught:
        service.create(name=name, definition=definition, by=None, now=now)
    assert Report.objects.count() == Revision.objects.count() == 0
    return [f"{problem.field}: {problem.message}" for problem in caught.value.problems]


def test_a_report_is_saved_with_its_first_revision(source: Source, alice: User, now: datetime) -> None:
    report = service.create(name=" punctuality ", definition=DEFINITION, by=alice, now=now)
    report.refresh_from_db()
    assert (report.name, report.title, report.created_by) == ("punctuality", "Airport punctuality", alice)
    assert report.current is not None
    assert (report.current.number, report.current.definition) == (1, DEFINITION)
    assert list(report.sources.all()) == [source]


def test_everything_that_is_wrong_with_a_text_is_told_with_its_line(source: Source, now: datetime) -> None:
    wrong = (
        DEFINITION.replace("title: Air", "titel: Air")
        .replace("data: totals", "data: total")
        .replace(":airport", ":airprot")
    )
    found = refused(now, wrong)
    assert all(problem.startswith("definition: line ") for problem in found)
    assert any("line 2: Unknown key 'titel'" in problem and "Did you mean title?" in problem for problem in found)
    assert any("line 14: The table block shows 'total', which is not a query." in problem for problem in found)


def test_an_unknown_source_is_refused_with_its_line_and_the_nearest_right_one(source: Source, now: datetime) -> None:
    [problem] = refused(now, DEFINITION.replace("source: flights", "source: flihgts"))
    assert problem == 'definition: line 3: There is no source "flihgts". Did you mean flights? Sources: flights.'
    [problem] = refused(now, DEFINITION.replace("```sql totals", "```sql totals source=other"))
    assert problem.startswith('definition: line 11: There is no source "other".')


def test_a_text_above_two_megabytes_is_refused_with_the_limit(source: Source, now: datetime) -> None:
    [problem] = refused(now, DEFINITION + "x" * 2_000_000)
    assert "the limit is 2,000,000" in problem


def test_a_nul_character_is_refused_with_its_line(source: Source, now: datetime) -> None:
    assert refused(now, DEFINITION.replace("all left", "all\0left")) == [
        "definition: line 10: The text holds a NUL character. Take it out."
    ]


@pytest.mark.parametrize("name", ["", "  ", "x" * 201, "two\nlines"])
def test_a_name_is_short_and_printable(source: Source, now: datetime, name: str) -> None:
    [problem] = refused(now, DEFINITION, name)
    assert problem.startswith("name: A ")


def test_name_and_text_are_judged_together(source: Source, now: datetime) -> None:
    found = refused(now, "no report", " ")
    assert {problem.split(":")[0] for problem in found} == {"name", "definition"}


def test_another_text_is_a_new_revision_and_the_same_text_is_none(report: Report, alice: User, now: datetime) -> None:
    later = now + timedelta(hours=1)
    newer = DEFINITION.replace("Airport punctuality", "Punctuality")
    changed = service.change("punctuality", definition=newer, by=alice, now=later)
    assert changed.title == "Punctuality"
    service.change("punctuality", definition=newer, by=alice, now=later)
    revisions = list(queries.list_revisions(report))
    assert [(revision.number, revision.created_by) for revision in revisions] == [(2, alice), (1, None)]
    assert queries.get_revision(report, 1).definition == DEFINITION
    with pytest.raises(NotFound):
        queries.get_revision(report, 3)


def test_a_refused_change_leaves_name_and_text_alone(report: Report, now: datetime) -> None:
    with pytest.raises(Invalid):
        service.change("punctuality", name="new", definition="broken", by=None, now=now)
    kept = queries.get_report("punctuality")
    assert service.text_of(kept) == DEFINITION


def test_a_name_is_taken_until_its_report_is_deleted(report: Report, now: datetime) -> None:
    with pytest.raises(Invalid, match='There is a report "punctuality" already'):
        service.create(name="punctuality", definition=DEFINITION, by=None, now=now)
    service.delete("punctuality", now)
    assert service.create(name="punctuality", definition=DEFINITION, by=None, now=now).pk != report.pk
    assert Revision.objects.filter(report=report).count() == 1


def test_a_report_that_a_schedule_runs_is_not_deleted(report: Report, now: datetime) -> None:
    schedule = schedules.create({"name": "daily", "report": "punctuality", "cron": "0 7 * * *"}, None, now)
    with pytest.raises(Conflict, match='"punctuality" cannot be deleted: "daily" runs it'):
        service.delete("punctuality", now)
    schedules.delete(schedule.pk, now)
    service.delete("punctuality", now)
    with pytest.raises(NotFound):
        queries.get_report("punctuality")


def test_a_report_is_found_by_name_and_by_id(report: Report) -> None:
    assert queries.get_report("punctuality") == queries.get_report(str(report.pk)) == queries.get_report(report.pk)


def test_restoring_makes_a_new_revision_and_loses_none(report: Report, alice: User, now: datetime) -> None:
    service.change("punctuality", definition=DEFINITION.replace("all left", "all went"), by=alice, now=now, note="Went")
    service.restore("punctuality", 1, by=alice, now=now)
    found = [(each.number, each.note, each.added, each.removed) for each in queries.list_revisions(report)]
    assert found == [(3, "Restored from revision 1", 1, 1), (2, "Went", 1, 1), (1, "", len(DEFINITION.splitlines()), 0)]
    assert service.text_of(queries.get_report("punctuality")) == DEFINITION
    with pytest.raises(Conflict, match="Revision 1 is the present text already"):
        service.restore("punctuality", 1, by=alice, now=now)


def test_a_text_whose_source_is_gone_is_not_restored(
    report: Report, source: Source, alice: User, now: datetime
) -> None:
    with pytest.raises(NotFound):
        service.restore("punctuality", 9, by=alice, now=now)
    other = sources.add(name="other", url="sqlite:///flights.db", by=None, now=now)
    service.change("punctuality", definition=DEFINITION.replace("source: flights", "source: other"), by=alice, now=now)
    sources.delete(source.pk, now)
    with pytest.raises(Invalid, match='There is no source "flights"'):
        service.restore("punctuality", 1, by=alice, now=now)
    assert list(queries.get_report("punctuality").sources.all()) == [other]


def test_who_comes_second_is_told_and_loses_nothing(report: Report, alice: User, now: datetime) -> None:
    service.change("punctuality", definition=DEFINITION + "Hers.\n", by=alice, now=now, revision=1)
    with pytest.raises(service.Superseded, match="alice saved revision 2 meanwhile") as caught:
        service.change("punctuality", definition=DEFINITION + "His.\n", by=None, now=now, revision=1)
    assert caught.value.current.number == 2
    changed = service.change("punctuality", definition=DEFINITION + "His.\n", by=None, now=now, revision=2)
    assert changed.current is not None
    assert changed.current.number == 3
