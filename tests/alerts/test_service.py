from __future__ import annotations

import threading
from datetime import datetime, timedelta
from itertools import pairwise

import pytest
from django.db import connections, transaction
from hypothesis import given
from hypothesis import strategies as st

from presstime.accounts.models import User
from presstime.alerts import queries, service
from presstime.alerts.kinds import Kind
from presstime.alerts.models import Alert, Delivery
from presstime.alerts.states import DeliveryStatus, Medium, Status, next_notice
from presstime.base.configuration_fields import Configuration
from presstime.base.errors import Conflict
from tests.alerts.conftest import Configure

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


def told(alert: Alert) -> list[tuple[str, str, datetime | None]]:
    """Event, medium and moment of what is told, in its order."""
    rows = alert.deliveries.exclude(status=DeliveryStatus.DROPPED).order_by("id")
    return list(rows.values_list("event", "medium", "next_attempt_at"))


def test_the_first_time_tells_everybody(administrators: Configuration, now: datetime) -> None:
    alert = service.raise_alert(Kind.DISK_CRITICAL, "reports", detail="800 MB are free.", link="/storage", now=now)
    assert (alert.severity, alert.title) == ("critical", "Disk space is nearly used up")
    assert told(alert) == [("raised", "email", now), ("raised", "apprise", now)]
    assert queries.count_open() == 1


def test_a_repeat_is_counted_and_told_once_after_the_cool_down(administrators: Configuration, now: datetime) -> None:
    for minutes in (0, 1, 2, 3):
        service.raise_alert(Kind.DISK_CRITICAL, "reports", detail=f"{minutes}", now=now + minutes * HOUR / 60)
    alert = Alert.objects.get()
    assert (alert.count, alert.detail, alert.seen_at) == (4, "3", now + 3 * HOUR / 60)
    assert told(alert)[2:] == [("repeated", "email", now + HOUR), ("repeated", "apprise", now + HOUR)]


def test_a_late_repeat_is_told_at_once(administrators: Configuration, now: datetime) -> None:
    service.raise_alert(Kind.DISK_CRITICAL, now=now)
    later = now + 5 * HOUR
    alert = service.raise_alert(Kind.DISK_CRITICAL, now=later)
    assert told(alert)[2:] == [("repeated", "email", later), ("repeated", "apprise", later)]


def test_things_of_one_kind_are_told_apart_by_their_key(now: datetime) -> None:
    service.raise_alert(Kind.DISK_WARNING, "reports", now=now)
    service.raise_alert(Kind.DISK_WARNING, "backups", now=now)
    service.clear(Kind.DISK_WARNING, "reports", now=now)
    assert list(Alert.objects.filter(cleared_at=None).values_list("key", flat=True)) == ["backups"]


def test_the_end_is_told_and_planned_repeats_are_not(administrators: Configuration, now: datetime) -> None:
    service.raise_alert(Kind.DISK_CRITICAL, now=now)
    alert = service.raise_alert(Kind.DISK_CRITICAL, now=now)
    over = now + HOUR / 2
    assert service.clear(Kind.DISK_CRITICAL, now=over)
    alert.refresh_from_db()
    assert (alert.status, alert.cleared_at) == (Status.CLEARED, over)
    assert [event for event, _, _ in told(alert)] == ["raised", "raised", "cleared", "cleared"]


def test_clearing_what_is_not_open_does_nothing(administrators: Configuration, now: datetime) -> None:
    assert not service.clear(Kind.DISK_CRITICAL, now=now)
    assert not Delivery.objects.exists()


def test_the_same_thing_later_is_a_new_alert(now: datetime) -> None:
    service.raise_alert(Kind.DISK_CRITICAL, now=now)
    service.clear(Kind.DISK_CRITICAL, now=now + HOUR)
    service.raise_alert(Kind.DISK_CRITICAL, now=now + 2 * HOUR)
    assert list(Alert.objects.values_list("status", flat=True)) == ["open", "cleared"]


def test_an_acknowledgement_silences_repeats_and_not_the_end(
    administrators: Configuration, admin: User, now: datetime
) -> None:
    service.raise_alert(Kind.DISK_CRITICAL, now=now)
    alert = service.raise_alert(Kind.DISK_CRITICAL, now=now)
    known = service.acknowledge(alert.pk, admin, now + HOUR / 2)
    assert (known.status, known.acknowledged_by, known.acknowledged_at) == ("acknowledged", admin, now + HOUR / 2)
    service.raise_alert(Kind.DISK_CRITICAL, now=now + 9 * HOUR)
    assert [event for event, _, _ in told(alert)] == ["raised", "raised"]
    service.clear(Kind.DISK_CRITICAL, now=now + 10 * HOUR)
    assert [event for event, _, _ in told(alert)] == ["raised", "raised", "cleared", "cleared"]
    assert queries.get_alert(alert.pk).count == 3


def test_an_acknowledgement_can_be_taken_back_until_the_end(admin: User, now: datetime) -> None:
    alert = service.raise_alert(Kind.AUDIT_BROKEN, now=now)
    with pytest.raises(Conflict, match="This alert is open"):
        service.reopen(alert.pk)
    service.acknowledge(alert.pk, admin, now)
    with pytest.raises(Conflict, match="This alert is acknowledged"):
        service.acknowledge(alert.pk, admin, now)
    reopened = service.reopen(alert.pk)
    assert (reopened.status, reopened.acknowledged_by, reopened.acknowledged_at) == ("open", None, None)
    service.clear(Kind.AUDIT_BROKEN, now=now)
    with pytest.raises(Conflict, match="This alert is cleared"):
        service.acknowledge(alert.pk, admin, now)


@pytest.mark.parametrize("kind", [Kind.EMAIL_SERVER, Kind.EMAIL_BACKLOG, Kind.EMAIL_QUEUE_FULL])
def test_what_keeps_mail_from_going_out_is_told_by_mail_only_when_it_is_over(
    administrators: Configuration, now: datetime, kind: Kind
) -> None:
    alert = service.raise_alert(kind, now=now)
    assert [(event, medium) for event, medium, _ in told(alert)] == [("raised", "apprise")]
    service.clear(kind, now=now)
    assert [(event, medium) for event, medium, _ in told(alert)][1:] == [("cleared", "email"), ("cleared", "apprise")]


def test_named_recipients_are_told_instead_of_the_administrators(administrators: Configuration, now: datetime) -> None:
    alert = service.raise_alert(Kind.SCHEDULE_FAILING, "7", recipients=["alice@example.com"], now=now)
    mail = alert.deliveries.get(medium=Medium.EMAIL)
    assert (mail.recipients, mail.channel) == (["alice@example.com"], "E-mail to alice@example.com")


def test_no_row_holds_a_secret_of_a_channel(configure: Configure, now: datetime) -> None:
    configure(alert_urls="slack://tokenA/tokenB/tokenC, json://user:pa55@127.0.0.1:9/hook?a=1,2 slack://x/y/z")
    alert = service.raise_alert(Kind.DISK_CRITICAL, now=now)
    labels = ["slack (1)", "json://127.0.0.1:9", "slack (2)"]
    assert [delivery.channel for delivery in alert.deliveries.all()] == labels
    everything = repr(list(Delivery.objects.values()))
    assert not [secret for secret in ("token", "pa55", "hook") if secret in everything]


def test_an_alert_goes_back_with_the_transaction_that_raised_it(now: datetime) -> None:
    with transaction.atomic():
        service.raise_alert(Kind.DISK_CRITICAL, now=now)
        transaction.set_rollback(True)
    assert not Alert.objects.exists()


def test_alerts_are_forgotten_90_days_after_their_end(now: datetime) -> None:
    for kind in (Kind.DISK_CRITICAL, Kind.DISK_WARNING, Kind.AUDIT_BROKEN):
        service.raise_alert(kind, now=now - timedelta(days=200))
    service.clear(Kind.DISK_CRITICAL, now=now - timedelta(days=91))
    service.clear(Kind.DISK_WARNING, now=now - timedelta(days=89))
    assert service.forget(now) == 1
    assert set(Alert.objects.values_list("kind", flat=True)) == {"disk_warning", "audit_broken"}


@pytest.mark.django_db(transaction=True)
def test_many_who_notice_the_same_thing_at_once_raise_one_alert(administrators: Configuration, now: datetime) -> None:
    start = threading.Barrier(4)

    def notice() -> None:
        start.wait(10)
        for _ in range(5):
            service.raise_alert(Kind.DEAD_LETTERS, now=now)
        connections.close_all()

    threads = [threading.Thread(target=notice) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    alert = Alert.objects.get()
    assert alert.count == 20
    assert [event for event, _, _ in told(alert)] == ["raised"] * 2 + ["repeated"] * 2


@given(st.lists(st.integers(min_value=0, max_value=7200), min_size=1, max_size=30))
def test_notices_of_repeats_keep_their_distance_and_none_is_forgotten(gaps: list[int]) -> None:
    start = datetime.fromisoformat("2026-11-24T09:00:00+00:00")
    cool_down = timedelta(hours=1)
    noticed = [start]
    at = start
    for gap in gaps:
        at += timedelta(seconds=gap)
        due = next_notice(noticed[-1], at, cool_down)
        if due is not None:
            noticed.append(due)
        assert noticed[-1] >= at  # this repeat is told now or later
    assert all(later - earlier >= cool_down for earlier, later in pairwise(noticed))
