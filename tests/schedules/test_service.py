from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pytest_django import Settings

from presstime.accounts.models import User
from presstime.base.errors import Forbidden, Invalid, NotFound
from presstime.executions.models import Execution
from presstime.executions.states import Trigger
from presstime.reports.models import Report, Revision
from presstime.schedules import queries, service
from presstime.schedules.models import Schedule

Make = Callable[..., Schedule]
GOOD: dict[str, Any] = {"name": "monthly", "report": "punctuality", "cron": "30 7 1 * *", "timezone": "Europe/Berlin"}


def problems(error: Invalid) -> dict[str, str]:
    return {problem.field: problem.message for problem in error.problems}


def refused(given: dict[str, Any], now: datetime) -> dict[str, str]:
    with pytest.raises(Invalid) as caught:
        service.create(given, None, now)
    assert Schedule.objects.count() == 0
    return problems(caught.value)


def test_a_schedule_is_saved_with_what_is_given_and_sensible_values_for_the_rest(
    report: Report, alice: User, now: datetime
) -> None:
    schedule = service.create(GOOD | {"recipients": {"to": ["Bob@Example.com"]}}, alice, now)
    schedule.refresh_from_db()
    assert schedule.report == report
    assert schedule.owner == alice
    assert schedule.formats == ["pdf", "xlsx"]  # the report's
    assert schedule.recipients == {"to": ["Bob@example.com"], "cc": [], "bcc": []}
    assert (schedule.timeout_seconds, schedule.catch_up, schedule.send_when) == (1800, "latest", "always")
    assert schedule.next_run_at == datetime(2026, 12, 1, 6, 30, tzinfo=UTC)


def test_a_schedule_that_is_off_has_no_next_run(report: Report, now: datetime) -> None:
    assert service.create(GOOD | {"enabled": False}, None, now).next_run_at is None


@pytest.mark.parametrize(
    ("wrong", "field", "part"),
    [
        ({"name": " "}, "name", "needs a name"),
        ({"name": "x" * 201}, "name", "at most 200"),
        ({"name": "a\nb"}, "name", "printable"),
        ({"name": 7}, "name", "7 is not a text"),
        ({"report": "punctualty"}, "report", 'There is no report "punctualty". Did you mean punctuality?'),
        ({"cron": "61 * * * *"}, "cron", 'minute "61" is not in 0-59.'),
        ({"timezone": "Europe/Berln"}, "timezone", "Did you mean Europe/Berlin?"),
        ({"enabled": "yes"}, "enabled", "not true or false"),
        ({"recipients": {"to": ["not an address"]}}, "recipients.to.0", '"not an address" is not an e-mail address'),
        ({"recipients": {"to": ["a@b.example", "a\r\nBcc: x@y.example"]}}, "recipients.to.1", "is not an e-mail address"),
        ({"recipients": {"too": []}}, "recipients.too", "Did you mean to?"),
        ({"recipients": {"to": "a@b.example"}}, "recipients.to", "is not a list"),
        ({"recipients": ["a@b.example"]}, "recipients", "is not an object"),
        ({"recipients": {"bcc": [f"p{n}@b.example" for n in range(501)]}}, "recipients", "501 recipients are more than 500"),
        ({"formats": []}, "formats", "At least one format"),
        ({"formats": ["pfd"]}, "formats.0", "Did you mean pdf?"),
        ({"parameters": {"airprot": "JFK"}}, "parameters.airprot", "Did you mean airport?"),
        ({"parameters": {"airport": "ZZZ"}}, "parameters.airport", "not among its choices"),
        ({"parameters": {"period": "whenever"}}, "parameters.period", "not a period"),
        ({"parameters": []}, "parameters", "is not an object"),
        ({"timeout_seconds": 299}, "timeout_seconds", "299 is not a whole number of seconds from 300 to 7200"),
        ({"timeout_seconds": 7201}, "timeout_seconds", "7201"),
        ({"timeout_seconds": True}, "timeout_seconds", "True"),
        ({"catch_up": "last"}, "catch_up", "Did you mean latest?"),
        ({"send_when": "never"}, "send_when", "always, rows"),
        ({"retries": 11}, "retries", "from 0 to 10"),
        ({"output_path": "../outside"}, "output_path", '".."'),
        ({"output_path": "/etc"}, "output_path", "published"),
        ({"output_path": "a\0b"}, "output_path", "printable"),
        ({"output_path": "a\\b"}, "output_path", "backslash"),
        ({"starts_at": "tomorrow"}, "starts_at", "is not a moment"),
        ({"starts_at": "2026-12-01T00:00:00"}, "starts_at", "has no offset"),
        ({"starts_at": "9999-12-31T00:00:00Z"}, "starts_at", "is not in the years 1900 to 2199"),
        ({"starts_at": "2026-12-02T00:00:00Z", "ends_at": "2026-12-01T00:00:00Z"}, "ends_at", "is not later than starts_at"),
        ({"timeout": 600}, "timeout", 'Did you mean "timeout_seconds"?'),
    ],
)  # fmt: skip
def test_bad_input_is_refused_by_field_and_nothing_is_saved(
    report: Report, now: datetime, wrong: dict[str, Any], field: str, part: str
) -> None:
    found = refused(GOOD | wrong, now)
    assert list(found) == [field]
    assert part in found[field]


def test_every_problem_is_told_at_once(report: Report, now: datetime) -> None:
    found = refused(
        {"cron": "61 * * * *", "timezone": "Nowhere/City", "formats": ["doc"], "recipients": {"to": ["x"]}}, now
    )
    assert set(found) == {"name", "report", "cron", "timezone", "formats.0", "recipients.to.0"}


def test_a_name_is_taken_until_its_schedule_is_deleted(report: Report, now: datetime) -> None:
    schedule = service.create(GOOD, None, now)
    with pytest.raises(Invalid, match='There is a schedule "monthly" already'):
        service.create(GOOD, None, now)
    service.delete(schedule.pk, now)
    assert service.create(GOOD, None, now).pk != schedule.pk


def test_only_allowed_domains_may_be_written_to(report: Report, now: datetime, settings: Settings) -> None:
    settings.CONFIGURATION = settings.CONFIGURATION.model_copy(update={"allowed_recipient_domains": ("example.com",)})
    found = refused(GOOD | {"recipients": {"to": ["a@example.com"], "cc": ["b@elsewhere.example"]}}, now)
    assert found == {
        "recipients.cc.0": '"b@elsewhere.example" is not in a domain that reports may be sent to: example.com.'
    }


def test_an_address_is_kept_once_and_a_foreign_domain_in_its_ascii_form(report: Report, now: datetime) -> None:
    recipients = {"to": ["a@münchen.example", "b@c.example"], "cc": ["B@C.example"]}
    schedule = service.create(GOOD | {"recipients": recipients}, None, now)
    assert schedule.recipients == {"to": ["a@xn--mnchen-3ya.example", "b@c.example"], "cc": [], "bcc": []}


def test_a_link_out_of_the_published_folder_is_refused(report: Report, now: datetime, settings: Settings) -> None:
    published = settings.CONFIGURATION.reports_path / "published"
    published.mkdir(parents=True, exist_ok=True)
    (published / "escape").symlink_to("/tmp")
    try:
        assert "published" in refused(GOOD | {"output_path": "escape/x"}, now)["output_path"]
        inside = service.create(GOOD | {"output_path": str(published / "finance")}, None, now)
        assert inside.output_path == str(published / "finance")
    finally:
        (published / "escape").unlink()


def test_a_change_touches_only_what_is_named(make_schedule: Make, now: datetime) -> None:
    schedule = make_schedule(next_run_at=now + timedelta(hours=1), retries=3)
    changed = service.change("daily", {"formats": ["csv"]}, now)
    assert (changed.formats, changed.retries, changed.cron) == (["csv"], 3, schedule.cron)
    assert changed.next_run_at == schedule.next_run_at


def test_an_instant_that_is_due_survives_a_change_of_something_else(make_schedule: Make, now: datetime) -> None:
    make_schedule(next_run_at=now - timedelta(seconds=1))
    assert service.change("daily", {"formats": ["csv"]}, now).next_run_at == now - timedelta(seconds=1)


def test_another_time_plans_the_next_run_anew(make_schedule: Make, now: datetime) -> None:
    make_schedule(next_run_at=now + timedelta(hours=1))
    changed = service.change("daily", {"cron": "0 8 * * *", "timezone": "Europe/Berlin"}, now)
    assert changed.next_run_at == datetime(2026, 11, 25, 7, 0, tzinfo=UTC)


def test_a_refused_change_changes_nothing(make_schedule: Make, now: datetime) -> None:
    make_schedule()
    with pytest.raises(Invalid):
        service.change("daily", {"name": "new", "cron": "61 * * * *"}, now)
    schedule = Schedule.objects.get()
    assert (schedule.name, schedule.cron) == ("daily", "0 7 * * *")


def test_switching_on_starts_from_now(make_schedule: Make, now: datetime) -> None:
    make_schedule(enabled=False)
    assert service.enable("daily", now).next_run_at == datetime(2026, 11, 25, 7, 0, tzinfo=UTC)
    assert service.disable("daily", now).next_run_at is None


def test_a_deleted_schedule_is_not_found_any_more(make_schedule: Make, now: datetime) -> None:
    schedule = make_schedule(next_run_at=now)
    service.delete(schedule.pk, now)
    with pytest.raises(NotFound, match='There is no schedule "daily"'):
        service.enable("daily", now)
    assert Schedule.objects.get().next_run_at is None


def test_of_two_that_come_at_once_with_one_name_the_second_is_refused(make_schedule: Make, now: datetime) -> None:
    first = make_schedule()
    second = Schedule(
        name=first.name, report=first.report, cron="0 7 * * *", timezone="UTC", created_at=now, updated_at=now
    )
    with pytest.raises(Invalid, match='There is a schedule "daily" already'):
        queries.save(second)
    assert Schedule.objects.count() == 1


def test_a_report_that_cannot_be_read_any_more_is_a_warning(make_schedule: Make, report: Report, now: datetime) -> None:
    schedule = make_schedule()
    Revision.objects.filter(report=report).update(definition="from another time")
    assert list(warnings(Schedule.objects.get(pk=schedule.pk), now)) == ["report"]


# ---- running now ----------------------------------------------------------------------------------------------------


def test_a_manual_run_takes_the_schedule_as_it_is(make_schedule: Make, alice: User, now: datetime) -> None:
    schedule = make_schedule(enabled=False, parameters={"airport": "LGA"}, retries=1, output_path="finance")
    execution = service.run("daily", alice, now)
    execution.refresh_from_db()
    assert execution.trigger == Trigger.MANUAL
    assert execution.scheduled_for == now
    assert execution.requested_by == alice
    assert execution.parameters == {"airport": "LGA"}
    assert execution.recipients == schedule.recipients
    assert (execution.timeout_seconds, execution.retries, execution.output_path) == (1800, 1, "finance")
    schedule.refresh_from_db()
    assert schedule.next_run_at is None


def test_a_manual_run_may_differ_from_its_schedule(make_schedule: Make, alice: User, now: datetime) -> None:
    make_schedule(parameters={"airport": "LGA", "period": "last week"})
    as_of = datetime(2026, 1, 1, tzinfo=UTC)
    execution = service.run(
        "daily",
        alice,
        now,
        timeout_seconds=600,
        parameters={"airport": "EWR"},
        recipients={"to": ["c@d.example"]},
        as_of=as_of,
    )
    assert execution.parameters == {"airport": "EWR", "period": "last week"}
    assert execution.recipients == {"to": ["c@d.example"], "cc": [], "bcc": []}
    assert (execution.timeout_seconds, execution.scheduled_for) == (600, as_of)
    assert Schedule.objects.get().parameters == {"airport": "LGA", "period": "last week"}


def test_a_manual_run_with_bad_input_queues_nothing(make_schedule: Make, alice: User, now: datetime) -> None:
    make_schedule()
    with pytest.raises(Invalid) as caught:
        service.run(
            "daily", alice, now, parameters={"airport": "ZZZ", "x": 1}, recipients={"to": ["x"]}, timeout_seconds=0
        )
    assert set(problems(caught.value)) == {"parameters.airport", "parameters.x", "recipients.to.0", "timeout_seconds"}
    assert Execution.objects.count() == 0


@pytest.mark.parametrize(
    "as_of",
    [datetime(1, 1, 1, tzinfo=UTC), datetime(9999, 12, 31, tzinfo=UTC), datetime(2026, 1, 1)],  # noqa: DTZ001
)
def test_a_manual_run_takes_a_moment_that_people_mean(make_schedule: Make, now: datetime, as_of: datetime) -> None:
    make_schedule(timezone="Europe/Berlin")
    with pytest.raises(Invalid) as caught:
        service.run("daily", None, now, as_of=as_of)
    assert set(problems(caught.value)) == {"as_of"}


def test_only_those_who_may_override_set_an_unusual_limit(
    make_schedule: Make, alice: User, admin: User, now: datetime
) -> None:
    make_schedule()
    with pytest.raises(Forbidden, match="executions:override"):
        service.run("daily", alice, now, timeout_seconds=10)
    assert service.run("daily", admin, now, timeout_seconds=10).timeout_seconds == 10
    assert service.run("daily", None, now, timeout_seconds=7201).timeout_seconds == 7201  # the command line


# ---- validating and looking ahead -----------------------------------------------------------------------------------


def test_validation_saves_nothing_and_shows_the_outlook(report: Report, now: datetime) -> None:
    verdict = service.validate(GOOD, now)
    assert verdict.is_valid
    assert verdict.outlook is not None
    assert verdict.outlook.cron_description == "At 07:30, on day 1 of the month"
    assert len(verdict.outlook.next_runs) == 6
    assert Schedule.objects.count() == 0


def test_validation_of_a_wrong_time_has_no_outlook(report: Report, now: datetime) -> None:
    verdict = service.validate(GOOD | {"cron": "nonsense"}, now)
    assert not verdict.is_valid
    assert verdict.outlook is None


def test_validation_of_another_wrong_field_still_shows_the_runs(report: Report, now: datetime) -> None:
    verdict = service.validate({"cron": "0 7 * * *", "name": ""}, now)
    assert {problem.field for problem in verdict.errors} == {"name", "report"}
    assert verdict.outlook is not None
    assert len(verdict.outlook.next_runs) == 6


def test_a_mistyped_address_is_said_once_and_not_also_as_nobody(report: Report, now: datetime) -> None:
    verdict = service.validate(
        {"name": "daily", "report": str(report.pk), "cron": "0 8 * * *", "recipients": {"to": ["ann@"]}}, now
    )
    assert [problem.field for problem in verdict.errors] == ["recipients.to.0"]
    assert verdict.outlook is not None
    assert verdict.outlook.warnings == []


def test_a_change_is_validated_against_its_schedule(make_schedule: Make, now: datetime) -> None:
    make_schedule()
    assert service.validate({"name": "daily"}, now, of="daily").is_valid
    assert not service.validate({"cron": "61 * * * *"}, now, of="daily").is_valid


def warnings(schedule: Schedule, now: datetime) -> dict[str, str]:
    return {warning.field: warning.message for warning in service.outlook_of(schedule, now).warnings}


@pytest.mark.parametrize(
    ("fields", "field", "part"),
    [
        ({"cron": "0 7 31 * *"}, "cron", "Feb, Apr, Jun, Sep, Nov are too short for that day"),
        ({"cron": "0 7 1 * MON"}, "cron", "cron runs when either fits"),
        ({"cron": "*/30 * * * *", "recipients": {"to": [f"p{n}@b.example" for n in range(14)]}}, "cron",
         "Runs 48 times a day to 14 recipients: 672 mails a day."),
        ({"timeout_seconds": 5400}, "timeout_seconds", "90 minutes"),
        ({"recipients": {}}, "recipients", "Nobody gets it by e-mail"),
        ({"ends_at": datetime(2026, 11, 24, 9, 1, tzinfo=UTC)}, "ends_at", "It never runs"),
        ({"parameters": {"gone": "x"}}, "parameters.gone", "The report has no parameter 'gone'"),
    ],
)  # fmt: skip
def test_what_may_surprise_is_a_warning(
    make_schedule: Make, now: datetime, fields: dict[str, Any], field: str, part: str
) -> None:
    found = warnings(make_schedule(**fields), now)
    assert list(found) == [field]
    assert part in found[field]


def test_an_ordinary_schedule_has_no_warnings(make_schedule: Make, now: datetime) -> None:
    assert warnings(make_schedule(), now) == {}


def test_a_report_that_needs_a_value_asks_for_it(make_schedule: Make, report: Report, now: datetime) -> None:
    schedule = make_schedule()
    text = "---\ntitle: T\nsource: s\nparameters:\n  threshold: {type: number}\n---\n# T\n"
    Revision.objects.filter(report=report).update(definition=text)
    assert "parameters.threshold" in warnings(Schedule.objects.get(pk=schedule.pk), now)
    with pytest.raises(Invalid, match=r"parameters\.threshold: The report needs a value"):
        service.run("daily", None, now)
    assert service.run("daily", None, now, parameters={"threshold": 0.25}).parameters == {"threshold": 0.25}
