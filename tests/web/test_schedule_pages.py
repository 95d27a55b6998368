"""The schedule's form: what is typed is checked by the service, and nothing that was typed is lost."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from django.test import Client

from presstime.accounts.models import User
from presstime.executions.models import Execution
from presstime.schedules.models import Schedule
from presstime.schedules.strip import strip_of
from tests.web.conftest import House

SignIn = Callable[[User], Client]


@pytest.fixture
def typed(house: House) -> dict[str, Any]:
    """A form that can be saved."""
    return {
        "name": "Weekly stock",
        "report": str(house.report.pk),
        "cron": "0 9 * * 1",
        "timezone": "Europe/Berlin",
        "enabled": "on",
        "to": "ann@example.com, bo@example.com\ncy@example.com",
        "cc": "",
        "bcc": "dee@example.com",
        "formats": ["csv", "html"],
        "send_when": "rows",
        "timeout_minutes": "12.5",
        "retries": "",
        "catch_up": "skip",
        "output_path": "stock/weekly",
        "starts_at": "2026-12-01T00:00",
        "ends_at": "",
        "p-least": "4",
    }


def test_a_schedule_is_saved_as_it_was_typed(alice: User, typed: dict[str, Any], signed_in: SignIn) -> None:
    answer = signed_in(alice).post("/schedules/new", typed, follow=True)
    saved = answer.context["schedule"]
    assert saved.recipients == {
        "to": ["ann@example.com", "bo@example.com", "cy@example.com"],
        "cc": [],
        "bcc": ["dee@example.com"],
    }
    assert (saved.timeout_seconds, saved.retries, saved.catch_up, saved.send_when) == (750, None, "skip", "rows")
    assert saved.parameters == {"least": "4"}
    assert saved.starts_at.isoformat() == "2026-11-30T23:00:00+00:00"
    assert saved.owner == alice
    assert "Weekly stock is saved." in answer.content.decode()


def test_what_is_saved_comes_back_into_the_form(alice: User, typed: dict[str, Any], signed_in: SignIn) -> None:
    client = signed_in(alice)
    saved = client.post("/schedules/new", typed, follow=True).context["schedule"]
    before = Schedule.objects.filter(pk=saved.pk).values().get()
    form = client.get(f"/schedules/{saved.pk}/edit").context["form"]
    assert form["timeout_minutes"].value() == "12.5"
    again = {name: form[name].value() for name in form.fields} | {
        "p-least": "4",
        "enabled": "on",
        "retries": "",
        "retention_days": "",
        "ends_at": "",
    }
    again["starts_at"] = form["starts_at"].value().strftime("%Y-%m-%dT%H:%M")
    assert client.post(f"/schedules/{saved.pk}/edit", again).status_code == 302
    after = Schedule.objects.filter(pk=saved.pk).values().get()
    assert {name for name in after if after[name] != before[name]} <= {"updated_at"}


def test_every_wrong_field_is_named_at_once_and_nothing_is_saved(
    alice: User, typed: dict[str, Any], signed_in: SignIn
) -> None:
    wrong = typed | {
        "name": "",
        "cron": "61 7 * * *",
        "timezone": "Europe/Berlim",
        "to": "nonsense",
        "formats": [],
        "timeout_minutes": "3",
        "output_path": "../x",
        "p-least": "many",
    }
    answer = signed_in(alice).post("/schedules/new", wrong)
    assert answer.status_code == 422
    assert set(answer.context["form"].errors) == {
        "name", "cron", "timezone", "to", "formats", "timeout_minutes", "output_path",
    }  # fmt: skip
    assert set(answer.context["parameters"].errors) == {"least"}
    page = answer.content.decode()
    assert "Did you mean Europe/Berlin?" in page
    assert 'href="#id_cron"' in page
    assert 'value="61 7 * * *"' in page
    assert 'value="many"' in page
    assert not Schedule.objects.filter(report=typed["report"]).exclude(name="Daily stock").exists()


def test_a_bare_form_is_refused_in_words(alice: User, house: House, signed_in: SignIn) -> None:
    answer = signed_in(alice).post("/schedules/new", {})
    assert answer.status_code == 422
    assert "A schedule needs a name." in answer.content.decode()
    assert "Choose the report that is to be run." in answer.content.decode()


def test_the_preview_says_when_it_runs_and_what_the_clocks_do(
    alice: User, typed: dict[str, Any], signed_in: SignIn
) -> None:
    typed |= {"cron": "30 2 28 3 *", "starts_at": "2027-03-01T00:00"}
    page = signed_in(alice).post("/schedules/outlook", typed).content.decode()
    assert "“At 02:30, on day 28 of the month, only in March”" in page
    assert "02:30 does not exist on 28 March 2027; runs at 03:00." in page
    assert "Sun 28 Mar 2027, 03:00 +02:00" in page


def test_the_preview_says_what_is_wrong_with_the_time(alice: User, typed: dict[str, Any], signed_in: SignIn) -> None:
    page = signed_in(alice).post("/schedules/outlook", typed | {"cron": "* * *"}).content.decode()
    assert "has 3 fields; a schedule has five" in page


def test_a_schedule_is_switched_off_and_on_with_a_way_back(alice: User, house: House, signed_in: SignIn) -> None:
    client, address = signed_in(alice), f"/schedules/{house.schedule.pk}"
    came_from = {"Referer": "http://testserver/schedules?state=on"}
    answer = client.post(f"{address}/disable", headers=came_from)
    assert answer["Location"] == "http://testserver/schedules?state=on"
    assert not Schedule.objects.get(pk=house.schedule.pk).enabled
    page = client.get("/schedules").content.decode()
    assert f'action="{address}/enable"' in page
    assert "Undo" in page
    client.post(f"{address}/enable", headers={"Referer": "http://elsewhere.example/"})
    assert Schedule.objects.get(pk=house.schedule.pk).enabled


def test_nobody_is_sent_to_another_site_after_a_form(alice: User, house: House, signed_in: SignIn) -> None:
    answer = signed_in(alice).post(
        f"/schedules/{house.schedule.pk}/disable", headers={"Referer": "http://elsewhere.example/"}
    )
    assert answer["Location"] == f"/schedules/{house.schedule.pk}"


def test_run_now_queues_an_execution_and_leaves_the_schedule(alice: User, house: House, signed_in: SignIn) -> None:
    before = Schedule.objects.get(pk=house.schedule.pk).next_run_at
    answer = signed_in(alice).post(f"/schedules/{house.schedule.pk}/run", follow=True)
    made = answer.context["execution"]
    assert (made.trigger, made.requested_by, made.recipients["to"]) == ("manual", alice, ["ann@example.com"])
    assert Schedule.objects.get(pk=house.schedule.pk).next_run_at == before


def test_send_to_me_reaches_nobody_else(alice: User, house: House, signed_in: SignIn) -> None:
    answer = signed_in(alice).post(f"/schedules/{house.schedule.pk}/run", {"to": "me"}, follow=True)
    assert answer.context["execution"].recipients == {"to": ["alice@example.com"], "cc": [], "bcc": []}


def test_a_schedule_is_run_once_with_other_values(alice: User, house: House, signed_in: SignIn) -> None:
    client, address = signed_in(alice), f"/schedules/{house.schedule.pk}/run/with"
    page = client.get(address).content.decode()
    assert 'name="p-least"' in page
    assert "on the clock of Europe/Berlin" in page
    given = {"p-least": "5", "as_of": "2026-03-29T03:30", "who": "me", "timeout_minutes": "6"}
    made = client.post(address, given, follow=True).context["execution"]
    assert (made.parameters, made.timeout_seconds, made.is_test) == ({"least": "5"}, 360, True)
    assert made.recipients["to"] == ["alice@example.com"]
    assert made.scheduled_for == datetime.fromisoformat("2026-03-29T01:30:00+00:00")
    nobody = client.post(address, {"who": "nobody"}, follow=True).context["execution"]
    assert (nobody.recipients["to"], nobody.parameters, nobody.is_test) == ([], {}, False)
    assert Schedule.objects.get(pk=house.schedule.pk).parameters == {}


def test_a_run_with_wrong_values_is_not_queued(alice: User, house: House, signed_in: SignIn) -> None:
    client, count = signed_in(alice), Execution.objects.count()
    address = f"/schedules/{house.schedule.pk}/run/with"
    for given, told in (
        ({"p-least": "many", "who": "all"}, "The parameter least is &#x27;many&#x27;, which is not a number."),
        ({"timeout_minutes": "-1", "who": "all"}, "greater than or equal to 0"),
        ({"timeout_minutes": "99999", "who": "all"}, "is not a number of seconds from 1 to"),
        ({"as_of": "soon", "who": "all"}, "Enter a valid date/time."),
        ({"who": "somebody"}, "is not one of the available choices"),
    ):
        answer = client.post(address, given)
        assert answer.status_code == 422
        assert told in answer.content.decode()
        assert "It was not queued" in answer.content.decode()
    assert Execution.objects.count() == count


def test_a_viewer_changes_nothing(bob: User, house: House, signed_in: SignIn) -> None:
    client, address = signed_in(bob), f"/schedules/{house.schedule.pk}"
    count = Execution.objects.count()
    for action in ("run", "run/with", "enable", "disable", "delete", "edit"):
        assert client.post(f"{address}/{action}").status_code == 403
    assert Execution.objects.count() == count


def test_a_deleted_schedule_leaves_its_executions(alice: User, house: House, signed_in: SignIn) -> None:
    client = signed_in(alice)
    assert client.post(f"/schedules/{house.schedule.pk}/delete", follow=True).status_code == 200
    assert client.get(f"/schedules/{house.schedule.pk}").status_code == 404
    assert client.get(f"/executions/{house.succeeded.pk}").status_code == 200


def test_a_strip_has_the_newest_result_at_its_right_end() -> None:
    strip = strip_of(["dead", "succeeded", "succeeded"])
    assert [bar.status for bar in strip.bars] == ["succeeded", "succeeded", "dead"]
    assert strip.bars[-1].x == 19 * 6
    assert strip.bars[-1].height > strip.bars[0].height
    assert strip.words == "Last 3 runs: 2 succeeded, 1 dead"
    assert strip_of([]).words == "It has not run yet"
    assert len(strip_of(["succeeded"] * 50).bars) == 20
