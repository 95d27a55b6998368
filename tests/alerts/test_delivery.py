"""Notices on their way: a real webhook, a real mail server, two workers, and a worker that dies."""

from __future__ import annotations

import hashlib
import threading
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connections

from presstime.alerts import messenger, queries, service
from presstime.alerts.apprise_process import cleaned
from presstime.alerts.channels import apprise_channels
from presstime.alerts.kinds import Kind
from presstime.alerts.loops import Deliverer
from presstime.alerts.messenger import Messenger
from presstime.alerts.models import Delivery
from presstime.alerts.notices import Notice, notice_of
from presstime.alerts.states import PAUSES, Delivered, HandedOver, Medium, Outcome, Undelivered, settle
from presstime.base.configuration_fields import Configuration
from presstime.base.errors import ConfigurationError
from presstime.breakers import service as breakers
from presstime.breakers.states import Kind as Breaking
from presstime.mail.alerting import AlertMail
from presstime.mail.loops import Sender
from presstime.mail.models import Email
from presstime.mail.states import Policy, Priority
from tests.alerts.conftest import Configure
from tests.alerts.webhook import Webhook
from tests.mail.smtp_server import Mailbox, smtp_server

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


class Pad:
    """A teller that notes what it was given and answers as told."""

    def __init__(self, *outcomes: Outcome) -> None:
        self._outcomes = list(outcomes)
        self.notices: list[Notice] = []

    def __call__(self, notice: Notice) -> Outcome:
        self.notices.append(notice)
        return self._outcomes.pop(0) if self._outcomes else Delivered()


def deliver_all(deliverer: Deliverer, now: datetime) -> None:
    while deliverer.step(now):
        pass


def both(configuration: Configuration, email: Pad, apprise: Pad, now: datetime) -> Deliverer:
    return Deliverer(configuration, {Medium.EMAIL: email, Medium.APPRISE: apprise}, clock=lambda: now)


def statuses() -> list[tuple[str, str, str]]:
    return list(Delivery.objects.order_by("id").values_list("event", "medium", "status"))


# ---- what is said ---------------------------------------------------------------------------------------------------


def test_a_notice_says_what_is_wrong_what_to_do_and_where_to_read_on(configure: Configure, now: datetime) -> None:
    configuration = configure(
        admin_emails=("dana@example.com",),
        environment="production",
        base_url="https://r.example",
        time_zone="Asia/Tokyo",
    )
    alert = service.raise_alert(Kind.DISK_CRITICAL, detail="800 MB are free.", link="/storage", now=now)
    pad = Pad()
    deliver_all(both(configuration, pad, Pad(), now), now)
    service.raise_alert(Kind.DISK_CRITICAL, detail="700 MB are free.", link="/storage", now=now)
    deliver_all(both(configuration, pad, Pad(), now), now + HOUR)
    service.clear(Kind.DISK_CRITICAL, now=now + 2 * HOUR)
    deliver_all(both(configuration, pad, Pad(), now), now + 2 * HOUR)
    raised, repeated, over = pad.notices
    assert raised.subject == "[Presstime production] Critical: Disk space is nearly used up"
    assert repeated.subject == "[Presstime production] Still: Disk space is nearly used up"
    assert repeated.text == (
        "700 MB are free.\n\n"
        "What to do: Free space now: until then no execution starts. They wait in the queue and none is lost.\n\n"
        "Noticed 2 times since 2026-11-24 18:00 Asia/Tokyo, the last time at 2026-11-24 18:00 Asia/Tokyo.\n\n"
        f"Open it: https://r.example/storage\nThis alert: https://r.example/alerts/{alert.pk}"
    )
    assert over.subject == "[Presstime production] Over: Disk space is nearly used up"
    assert "It began at 2026-11-24 18:00 Asia/Tokyo and was over at 2026-11-24 20:00 Asia/Tokyo." in over.text


def test_a_digest_of_what_an_earlier_notice_has_counted_is_not_told(
    administrators: Configuration, now: datetime
) -> None:
    for _ in range(3):
        service.raise_alert(Kind.DISK_CRITICAL, now=now)
    email, apprise = Pad(), Pad()
    deliver_all(both(administrators, email, apprise, now), now)  # the first notice says three times already
    service.raise_alert(Kind.BACKUP_FAILED, now=now)
    deliver_all(both(administrators, email, apprise, now), now + HOUR)
    assert "Noticed 3 times" in email.notices[0].text
    assert [notice.event for notice in email.notices] == ["raised", "raised"]
    assert statuses()[2:4] == [("repeated", "email", "dropped"), ("repeated", "apprise", "dropped")]


# ---- order, retries, several workers --------------------------------------------------------------------------------


def test_what_is_not_taken_is_tried_again_and_the_end_waits_for_its_turn(
    administrators: Configuration, now: datetime
) -> None:
    service.raise_alert(Kind.DISK_CRITICAL, now=now)
    service.clear(Kind.DISK_CRITICAL, now=now)
    apprise = Pad(Undelivered("Connection refused."))
    deliver_all(both(administrators, Pad(), apprise, now), now)
    assert statuses() == [
        ("raised", "email", "sent"),
        ("raised", "apprise", "pending"),
        ("cleared", "email", "sent"),
        ("cleared", "apprise", "pending"),
    ]
    waiting = Delivery.objects.get(event="raised", medium="apprise")
    assert (waiting.attempts, waiting.error, waiting.next_attempt_at) == (1, "Connection refused.", now + PAUSES[0])
    deliver_all(both(administrators, Pad(), apprise, now), now + PAUSES[0])
    assert [notice.event for notice in apprise.notices] == ["raised", "raised", "cleared"]
    assert {status for *_, status in statuses()} == {"sent"}
    assert Delivery.objects.get(pk=waiting.pk).error == ""


def test_a_channel_that_never_answers_is_given_up_and_holds_up_no_other(
    administrators: Configuration, now: datetime
) -> None:
    service.raise_alert(Kind.DISK_CRITICAL, now=now)
    email, apprise = Pad(), Pad(*[Undelivered("No.")] * 99)
    at = now
    for pause in (*PAUSES, HOUR):
        deliver_all(both(administrators, email, apprise, at), at)
        at += pause
    assert statuses() == [("raised", "email", "sent"), ("raised", "apprise", "failed")]
    assert len(apprise.notices) == len(PAUSES) + 1


def test_a_medium_that_hangs_holds_up_no_other(administrators: Configuration, now: datetime) -> None:
    service.raise_alert(Kind.DISK_CRITICAL, now=now)
    hanging = queries.claim(now, [Medium.APPRISE])
    assert hanging is not None
    pad = Pad()
    deliver_all(Deliverer(administrators, {Medium.EMAIL: pad}, clock=lambda: now), now)
    assert statuses() == [("raised", "email", "sent"), ("raised", "apprise", "sending")]


def test_a_permanent_refusal_is_not_tried_again(administrators: Configuration, now: datetime) -> None:
    service.raise_alert(Kind.DISK_CRITICAL, now=now)
    deliver_all(both(administrators, Pad(HandedOver()), Pad(Undelivered("Gone.", permanent=True)), now), now)
    assert statuses() == [("raised", "email", "queued"), ("raised", "apprise", "failed")]


def test_a_worker_that_dies_leaves_its_delivery_to_another_and_can_no_longer_speak(
    administrators: Configuration, now: datetime
) -> None:
    service.raise_alert(Kind.EMAIL_SERVER, now=now)
    dead = queries.claim(now)
    assert dead is not None
    assert queries.claim(now) is None
    late = now + queries.LEASE
    again = queries.claim(late)
    assert again is not None
    assert (again.delivery.pk, again.attempt) == (dead.delivery.pk, 2)
    assert not queries.settle(dead, settle(Delivered(), 1, late), late)
    assert queries.settle(again, settle(Delivered(), 2, late), late)


@pytest.mark.django_db(transaction=True)
def test_two_workers_tell_nothing_twice(administrators: Configuration, now: datetime) -> None:
    for number in range(15):
        service.raise_alert(Kind.RUN_MISSED, str(number), now=now)
    pad = Pad()
    start = threading.Barrier(2)

    def work() -> None:
        start.wait(10)
        deliver_all(both(administrators, pad, pad, now), now)
        connections.close_all()

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert len(pad.notices) == len({notice.id for notice in pad.notices}) == 30
    assert {status for *_, status in statuses()} == {"sent"}


# ---- Apprise --------------------------------------------------------------------------------------------------------


def test_a_webhook_gets_the_notice(configure: Configure, webhook: Webhook, now: datetime) -> None:
    configuration = configure(alert_urls=f"json://127.0.0.1:{webhook.server_port}/hook")
    teller = Messenger(apprise_channels(configuration, settings.SECRET_KEY))
    deliverer = Deliverer(configuration, {Medium.APPRISE: teller}, clock=lambda: now)
    service.raise_alert(Kind.EMAIL_SERVER, detail="It refuses connections.", now=now)
    deliver_all(deliverer, now)
    (posted,) = webhook.posted
    assert posted["title"] == "[Presstime] Critical: The mail server takes no mail"
    assert posted["message"].startswith("It refuses connections.")
    assert posted["type"] == "failure"
    assert statuses() == [("raised", "apprise", "sent")]


def test_a_webhook_that_refuses_is_named_in_words_without_its_secrets(
    configure: Configure, webhook: Webhook, now: datetime
) -> None:
    webhook.status = 403
    configuration = configure(alert_urls=f"json://robot:pa55word@127.0.0.1:{webhook.server_port}/t0ken")
    teller = Messenger(apprise_channels(configuration, settings.SECRET_KEY))
    service.raise_alert(Kind.EMAIL_SERVER, now=now)
    deliver_all(Deliverer(configuration, {Medium.APPRISE: teller}, clock=lambda: now), now)
    delivery = Delivery.objects.get()
    assert delivery.status == "pending"
    assert "403" in delivery.error
    assert not [secret for secret in ("pa55word", "t0ken", "robot") if secret in delivery.error]


def test_a_service_that_hangs_is_left_after_a_while(configure: Configure, webhook: Webhook, now: datetime) -> None:
    webhook.go_on.clear()
    configuration = configure(alert_urls=f"json://127.0.0.1:{webhook.server_port}/?rto=60")
    channels = apprise_channels(configuration, settings.SECRET_KEY)
    service.raise_alert(Kind.EMAIL_SERVER, now=now)
    claimed = queries.claim(now)
    assert claimed is not None
    outcome = Messenger(channels, timeout=0.5)(notice_of(claimed.delivery, configuration))
    assert outcome == Undelivered("The service did not answer within 0.5 seconds.")


def test_an_address_that_left_the_settings_is_given_up(administrators: Configuration, now: datetime) -> None:
    service.raise_alert(Kind.EMAIL_SERVER, now=now)
    deliver_all(Deliverer(administrators, {Medium.APPRISE: Messenger([])}, clock=lambda: now), now)
    delivery = Delivery.objects.get()
    assert (delivery.status, delivery.error) == ("failed", "This address is no longer in PRESSTIME_ALERT_URLS.")


def test_addresses_that_apprise_cannot_read_are_refused_without_their_secrets(configure: Configure) -> None:
    configuration = configure(alert_urls="json://127.0.0.1:9/x, slack://s3cret, nonsense://s3cret")
    channels = apprise_channels(configuration, settings.SECRET_KEY)
    with pytest.raises(ConfigurationError) as refused:
        messenger.check(channels)
    assert "no. 2 (slack), no. 3 (nonsense)." in refused.value.message
    assert "s3cret" not in refused.value.message


def test_what_a_service_says_is_cleaned_of_the_address() -> None:
    url = "json://robot:p%40ss@host.example/t0ken/x?key=s3cret"
    said = "2026-11-24 19:31:31,043 - WARNING - robot:p@ss may not post\nto /t0ken/x with s3cret, error=403.\n"
    assert cleaned(said, url) == "***:*** may not post to /***/x with ***, error=403."


# ---- mail -----------------------------------------------------------------------------------------------------------


@pytest.fixture
def mailed(configure: Configure, tmp_path: Path) -> Configuration:
    """Two administrators; messages lie in a folder of this test."""
    return configure(
        admin_emails=("dana@example.com", "Olga <olga@example.com>"),
        reports_dir=tmp_path / "reports",
        mail_from="Presstime <presstime@example.com>",
    )


def test_a_mail_server_gets_the_notice_for_each_administrator(
    mailed: Configuration, tmp_path: Path, now: datetime
) -> None:
    alert = service.raise_alert(Kind.BACKUP_FAILED, detail="No room for <it>.", now=now)
    deliverer = Deliverer(mailed, {Medium.EMAIL: AlertMail(mailed, clock=lambda: now)}, clock=lambda: now)
    deliver_all(deliverer, now)
    assert statuses() == [("raised", "email", "queued")]
    mailbox = Mailbox()
    with smtp_server(mailbox) as port:
        sender = Sender(
            address=f"smtp://127.0.0.1:{port}",
            reports=mailed.reports_path,
            journals=tmp_path / "courier",
            node="one",
            policy=Policy(timedelta(seconds=1)),
            connections=1,
            breaking=breakers.policy_of(mailed, Breaking.MAIL_SERVER),
            clock=lambda: now,
        )
        while sender.step(0, now):
            pass
        sender.close()
    assert {mail.recipient for mail in mailbox.received} == {"dana@example.com", "olga@example.com"}
    message = mailbox.received[0].message
    assert message["Subject"] == "[Presstime] Critical: The backup failed"
    assert message["References"] == f"<{alert.pk}@example.com>"
    page = message.get_body(("html",))
    assert page is not None
    assert "No room for &lt;it&gt;." in page.get_content()


def test_alerts_go_before_all_other_mail(mailed: Configuration, now: datetime) -> None:
    service.raise_alert(Kind.BACKUP_FAILED, now=now)
    deliver_all(Deliverer(mailed, {Medium.EMAIL: AlertMail(mailed, clock=lambda: now)}, clock=lambda: now), now)
    email = Email.objects.first()
    assert email is not None
    assert (email.priority, email.rank < 0) == (Priority.ALERT, True)


def test_a_notice_that_is_in_the_queue_already_is_not_put_there_again(mailed: Configuration, now: datetime) -> None:
    service.raise_alert(Kind.BACKUP_FAILED, now=now)
    teller = AlertMail(mailed, clock=lambda: now)
    dead = queries.claim(now)
    assert dead is not None
    assert teller(notice_of(dead.delivery, mailed)) == HandedOver()  # and dies before it can say so
    deliver_all(Deliverer(mailed, {Medium.EMAIL: teller}, clock=lambda: now), now + queries.LEASE)
    assert statuses() == [("raised", "email", "queued")]
    assert Email.objects.count() == 2
    message = Email.objects.all()[0].message
    assert hashlib.sha256((mailed.reports_path / message.path).read_bytes()).hexdigest() == message.sha256


def test_a_wrong_address_is_given_up_with_a_reason(mailed: Configuration, now: datetime) -> None:
    service.raise_alert(Kind.SCHEDULE_FAILING, recipients=["nobody"], now=now)
    deliver_all(Deliverer(mailed, {Medium.EMAIL: AlertMail(mailed)}, clock=lambda: now), now)
    delivery = Delivery.objects.get()
    assert (delivery.status, '"nobody" is not an e-mail address' in delivery.error) == ("failed", True)
