"""What a person does on the page of one execution."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from django.test import Client

from presstime.accounts.models import User
from presstime.executions.models import Attempt
from presstime.schedules import service as schedules
from tests.web.conftest import House, add_execution

SignIn = Callable[[User], Client]


def test_an_administrator_gives_one_execution_another_limit(
    admin: User, alice: User, house: House, signed_in: SignIn
) -> None:
    page = f"/executions/{house.queued.pk}"
    client = signed_in(admin)
    assert "Change it for this execution" in client.get(page).content.decode()
    answer = client.post(f"{page}/timeout", {"minutes": "2.5"}, follow=True)
    assert "Its time limit is 2 min 30 s now." in answer.content.decode()
    house.queued.refresh_from_db()
    assert house.queued.timeout_seconds == 150
    long = client.post(f"{page}/timeout", {"minutes": "150"}, follow=True).content.decode()
    assert "A report that hangs keeps others waiting for 150 minutes." in long
    assert "at most 1440 minutes" in client.post(f"{page}/timeout", {"minutes": "9999"}, follow=True).content.decode()
    author = signed_in(alice)
    assert "Change it for this execution" not in author.get(page).content.decode()
    assert author.post(f"{page}/timeout", {"minutes": "5"}).status_code == 403


def test_the_next_attempt_is_shown_and_begun_at_once(
    make_user: Callable[[str, str], User], house: House, signed_in: SignIn, now: datetime
) -> None:
    far = now + timedelta(days=4000)
    waiting = add_execution(house.schedule, "queued", now)
    error = {"error_category": "network", "error_code": "dns", "error_message": "No such host."}
    type(waiting).objects.filter(pk=waiting.pk).update(status="retrying", run_at=far, **error)
    for number in (1, 2):
        detail = f"Traceback of {number}"
        Attempt.objects.create(
            execution=waiting, number=number, node="one", started_at=now, status="failed", error_detail=detail, **error
        )
    client = signed_in(make_user("olga", "operator"))
    page = client.get(f"/executions/{waiting.pk}").content.decode()
    assert "It will be tried again" in page
    assert ": retry 2 of 5." in page
    assert "Traceback of 1" in page
    answer = client.post(f"/executions/{waiting.pk}/retry", follow=True)
    assert "Its next attempt begins as soon as a slot is free." in answer.content.decode()
    waiting.refresh_from_db()
    assert waiting.run_at < far


def test_runs_that_come_near_the_limit_are_warned_of(
    alice: User, house: House, signed_in: SignIn, now: datetime
) -> None:
    type(house.queued).objects.filter(schedule=house.schedule, status="succeeded").update(
        started_at=now, finished_at=now + timedelta(seconds=1656)
    )
    said = "Limit 30 min; last run took 27 min 36 s = 92 %."
    warnings = schedules.outlook_of(house.schedule, now).warnings
    assert [warning.field for warning in warnings if warning.message.startswith(said)] == ["timeout_seconds"]
    client = signed_in(alice)
    assert said in client.get(f"/schedules/{house.schedule.pk}").content.decode()
    assert said in client.get(f"/schedules/{house.schedule.pk}/edit").content.decode()
    longer = schedules.validate({"timeout_seconds": 3600}, now, of=house.schedule.pk)
    assert longer.outlook is not None
    assert not any("Limit" in warning.message for warning in longer.outlook.warnings)
