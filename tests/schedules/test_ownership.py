"""A schedule does not run for an owner who is switched off without saying so."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.test import Client
from typer.testing import CliRunner

from presstime.accounts import belongings
from presstime.accounts import service as accounts
from presstime.accounts.models import User
from presstime.alerts.models import Alert
from presstime.audit.models import Entry
from presstime.base.errors import Conflict
from presstime.cli import app
from presstime.executions.models import Execution
from presstime.schedules import service
from presstime.schedules.loops import fire_due
from presstime.schedules.models import Schedule

Make = Callable[..., Schedule]


@pytest.fixture
def hers(make_schedule: Make, alice: User) -> Schedule:
    return make_schedule("daily", owner=alice)


@pytest.fixture
def erin(make_user: Callable[[str, str], User]) -> User:
    return make_user("erin", "author")


def actions() -> list[str]:
    return list(Entry.objects.order_by("sequence").values_list("action", flat=True))


def test_switching_the_owner_off_pauses_with_a_reason_and_an_alert(hers: Schedule, alice: User, now: datetime) -> None:
    assert [thing.name for _, things in belongings.of(alice) for thing in things] == ["daily"]
    accounts.disable(alice, now)
    hers.refresh_from_db()
    assert (hers.enabled, hers.next_run_at, hers.paused_at) == (False, None, now)
    assert 'owner "alice" is switched off' in hers.paused_reason
    alert = Alert.objects.get(kind="owner_disabled")
    assert '1 schedule of "alice" is paused' in alert.title
    assert alert.link == f"/users/{alice.pk}"
    assert "schedule.disabled" in actions()


def test_it_goes_on_when_the_owner_is_let_in_again(hers: Schedule, alice: User, now: datetime) -> None:
    accounts.disable(alice, now)
    accounts.enable(alice, now + timedelta(hours=1))
    hers.refresh_from_db()
    assert hers.enabled
    assert hers.next_run_at is not None
    assert hers.paused_reason == ""
    assert Alert.objects.get(kind="owner_disabled").cleared_at is not None


def test_what_was_off_before_stays_off(hers: Schedule, alice: User, erin: User, now: datetime) -> None:
    service.disable(hers.pk, now)
    accounts.disable(alice, now)
    assert not Alert.objects.exists()
    accounts.hand_over(alice, erin, now)
    hers.refresh_from_db()
    assert (hers.owner, hers.enabled) == (erin, False)


def test_handing_over_moves_all_of_it_and_lets_it_go_on(
    hers: Schedule, make_schedule: Make, alice: User, erin: User, bob: User, now: datetime
) -> None:
    other = make_schedule("weekly", owner=alice)
    unconcerned = make_schedule("monthly", owner=bob)
    accounts.disable(alice, now)
    assert accounts.hand_over(alice, erin, now) == {"schedule": 2}
    for schedule in (hers, other, unconcerned):
        schedule.refresh_from_db()
    assert [hers.owner, other.owner, unconcerned.owner] == [erin, erin, bob]
    assert hers.enabled
    assert other.enabled
    assert Alert.objects.get(kind="owner_disabled").cleared_at is not None
    assert actions().count("schedule.handed_over") == 2
    assert "user.handed_over" in actions()


def test_it_cannot_be_switched_on_for_an_owner_who_is_off(hers: Schedule, alice: User, now: datetime) -> None:
    accounts.disable(alice, now)
    with pytest.raises(Conflict, match="presstime user hand-over alice"):
        service.enable(hers.pk, now)


def test_an_owner_switched_off_behind_our_back_is_seen_when_it_would_run(
    hers: Schedule, make_schedule: Make, alice: User, erin: User, now: datetime
) -> None:
    theirs = make_schedule("weekly", owner=erin)
    Schedule.objects.update(next_run_at=now)
    User.objects.filter(pk=alice.pk).update(is_active=False)
    fire_due(now)
    assert [execution.schedule for execution in Execution.objects.all()] == [theirs]
    hers.refresh_from_db()
    assert hers.paused_with_owner
    assert Alert.objects.filter(kind="owner_disabled").exists()


def test_the_page_the_api_and_the_command_hand_over(hers: Schedule, alice: User, erin: User, admin: User) -> None:
    client = Client()
    client.force_login(admin)
    page = client.get(f"/users/{alice.pk}").content.decode()
    assert "daily" in page
    client.post(f"/users/{alice.pk}/hand-over", {"to": str(erin.pk)})
    hers.refresh_from_db()
    assert hers.owner == erin
    done = client.post("/api/users/erin/hand-over", {"to": "alice"}, content_type="application/json")
    assert done.json() == {"done": {"schedule": 1}}
    told = CliRunner().invoke(app, ["user", "hand-over", "alice", "erin"], prog_name="presstime")
    assert (told.exit_code, "1 schedule" in told.stdout) == (0, True)
