"""The pages of alerts: what needs attention first, who may say that they know, and how it is taken back."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.test import Client

from presstime.accounts.models import User
from presstime.alerts import queries, service
from presstime.alerts.kinds import Kind
from presstime.alerts.models import Alert

pytestmark = pytest.mark.django_db
SignIn = Callable[[User], Client]


@pytest.fixture
def operator(make_user: Callable[[str, str], User], signed_in: SignIn) -> Client:
    return signed_in(make_user("olga", "operator"))


@pytest.fixture
def alert(now: datetime) -> Alert:
    return service.raise_alert(Kind.DISK_CRITICAL, "reports", detail="800 MB are free.", link="/executions", now=now)


def test_when_all_is_well_the_page_says_so(operator: Client) -> None:
    page = operator.get("/alerts").content.decode()
    assert "Nothing needs attention." in page
    assert "nav-badge" not in page


def test_an_open_alert_says_what_to_do_and_stands_in_the_navigation_and_on_the_overview(
    operator: Client, alert: Alert
) -> None:
    page = operator.get("/alerts").content.decode()
    for part in (
        "Disk space is nearly used up",
        "800 MB are free.",
        "Free space now",
        'href="/executions"',
        "Critical",
    ):
        assert part in page
    assert '<span class="sign sign-bad nav-badge">1<' in page
    assert "<title>Alerts (1)" in page
    assert f'href="/alerts/{alert.pk}"' in operator.get("/").content.decode()
    assert "Nobody. This alert is on these pages" in operator.get(f"/alerts/{alert.pk}").content.decode()


def test_acknowledging_brings_an_undo(operator: Client, alert: Alert) -> None:
    page = operator.post(f"/alerts/{alert.pk}/acknowledge", follow=True).content.decode()
    assert "Acknowledged: Disk space is nearly used up." in page
    assert f'action="/alerts/{alert.pk}/reopen"' in page
    assert "by olga" in page
    assert "nav-badge" not in page
    operator.post(f"/alerts/{alert.pk}/reopen")
    assert queries.get_alert(alert.pk).status == "open"


def test_acknowledging_what_is_over_is_refused_with_a_reason(operator: Client, alert: Alert, now: datetime) -> None:
    service.clear(Kind.DISK_CRITICAL, "reports", now=now)
    answer = operator.post(f"/alerts/{alert.pk}/acknowledge", follow=True)
    assert "This alert is cleared; only an open one can be acknowledged." in answer.content.decode()


def test_what_is_over_is_history(operator: Client, alert: Alert, now: datetime) -> None:
    service.clear(Kind.DISK_CRITICAL, "reports", now=now + timedelta(hours=1))
    page = operator.get("/alerts").content.decode()
    assert (
        page.index("Nothing needs attention.") < page.index("History") < page.index("Disk space is nearly used up</a>")
    )
    assert "Disk space is nearly used up</a>" not in operator.get("/alerts?severity=warning").content.decode()
    assert operator.get("/alerts?kind=disk_critical&from=2026-11-24&to=2026-11-24").context["listing"].total == 1


def test_an_auditor_sees_why_there_is_nothing_to_press(
    make_user: Callable[[str, str], User], signed_in: SignIn, alert: Alert
) -> None:
    page = signed_in(make_user("erin", "auditor")).get("/alerts").content.decode()
    assert "Operators and administrators acknowledge alerts; your role does not." in page
    assert f"/alerts/{alert.pk}/acknowledge" not in page


def test_authors_and_viewers_are_shown_no_alerts(alice: User, bob: User, signed_in: SignIn, alert: Alert) -> None:
    for person in (alice, bob):
        page = signed_in(person).get("/").content.decode()
        assert "Disk space" not in page
        assert 'href="/alerts"' not in page
