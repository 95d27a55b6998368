"""Use cases of alerts. Raising and clearing write rows only and belong into the transaction of the change that causes them."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from functools import partial
from uuid import UUID

from django.conf import settings
from django.db import transaction

from presstime.accounts.models import User
from presstime.alerts import audited, queries
from presstime.alerts.channels import Channel, channels_of
from presstime.alerts.kinds import KINDS, Kind
from presstime.alerts.models import Alert, Delivery
from presstime.alerts.states import Event, Medium, Status, next_notice
from presstime.base.errors import Conflict

KEEP_CLEARED = timedelta(days=90)
TITLE_LENGTH, KEY_LENGTH, LINK_LENGTH, DETAIL_LENGTH = 200, 200, 200, 4_000

log = logging.getLogger("presstime.alerts")


def raise_alert(
    kind: Kind,
    key: str = "",
    *,
    now: datetime,
    title: str = "",
    detail: str = "",
    link: str = "",
    recipients: Sequence[str] = (),
) -> Alert:
    """Say that something needs a person: the first time tells them, every further time while it is open is counted.

    *key* says which one of its kind, such as a schedule's id; *title* replaces the kind's own; *detail* is a sentence
    without secrets about this case; *link* is the path of our page about the thing; *recipients* are e-mail addresses
    instead of the administrators'. Call it last in your transaction: it locks the alert's row until the end of that.
    """
    texts = {
        "title": (title or KINDS[kind].title)[:TITLE_LENGTH],
        "detail": detail[:DETAIL_LENGTH],
        "link": link[:LINK_LENGTH],
        "recipients": list(recipients),
    }
    new = Alert(
        kind=kind,
        key=key[:KEY_LENGTH],
        severity=KINDS[kind].severity,
        raised_at=now,
        seen_at=now,
        noticed_at=now,
        **texts,
    )
    with transaction.atomic():
        # Whoever loses the race to insert finds the winner's row, unless that was cleared at this very moment.
        while (known := queries.lock_active(kind, new.key)) is None:
            if queries.insert(new):
                _plan(new, Event.RAISED, now, now)
                transaction.on_commit(partial(log.warning, "alert raised: %s: %s. %s", new, new.title, new.detail))
                return new
        _repeat(known, now, **texts)
    return known


def _repeat(alert: Alert, now: datetime, **texts: object) -> None:
    due = None
    if alert.status == Status.OPEN:
        due = next_notice(alert.noticed_at, now, KINDS[Kind(alert.kind)].cool_down)
    queries.count_repeat(alert, noticed_at=due, now=now, **texts)
    if due is not None:
        alert.recipients = texts["recipients"]
        _plan(alert, Event.REPEATED, due, now)


def clear(kind: Kind, key: str = "", *, now: datetime) -> bool:
    """Say that it is over; those who were told of it are told. False, and nothing happens, when it was not open."""
    if not queries.is_active(kind, key[:KEY_LENGTH]):  # a look takes no lock; mostly there is nothing to clear
        return False
    with transaction.atomic():
        alert = queries.lock_active(kind, key[:KEY_LENGTH])
        if alert is None or not queries.clear(alert, now):
            return False
        queries.drop_repeats(alert.pk, now)
        _plan(alert, Event.CLEARED, now, now)
        transaction.on_commit(partial(log.info, "alert cleared: %s: %s", alert, alert.title))
    return True


def _plan(alert: Alert, event: Event, at: datetime, now: datetime) -> None:
    queries.add_deliveries(
        Delivery(
            alert=alert,
            event=event,
            medium=channel.medium,
            channel_key=channel.key,
            channel=channel.label,
            recipients=list(channel.recipients),
            next_attempt_at=at,
            created_at=now,
        )
        for channel in _channels(alert, event)
    )


def _channels(alert: Alert, event: Event) -> Iterator[Channel]:
    """Every channel that can tell of it: that mail does not go out is said by mail once it does."""
    without_mail = KINDS[Kind(alert.kind)].about_mail and event is not Event.CLEARED
    for channel in channels_of(settings.CONFIGURATION, settings.SECRET_KEY, alert.recipients):
        if not (without_mail and channel.medium is Medium.EMAIL):
            yield channel


# ---- what a person does ---------------------------------------------------------------------------------------------


def acknowledge(alert_id: UUID | str, by: User | None, now: datetime) -> Alert:
    """Note that a person knows: repeats are silent from here, the end is still told. Conflict unless it is open."""
    with transaction.atomic():
        alert = queries.get_alert(alert_id)
        if not queries.acknowledge(alert.pk, by.pk if by else None, now):
            raise Conflict(_refusal(alert, "only an open one can be acknowledged"))
        audited.acknowledged(alert, now)
    return queries.get_alert(alert.pk)


def reopen(alert_id: UUID | str) -> Alert:
    """Take an acknowledgement back; Conflict when there is none, or the alert is over."""
    with transaction.atomic():
        alert = queries.get_alert(alert_id)
        if not queries.reopen(alert.pk):
            raise Conflict(_refusal(alert, "only an acknowledged one can be opened again"))
        audited.reopened(alert)
    return queries.get_alert(alert.pk)


def note_trial(channels: Sequence[str], now: datetime) -> None:
    """Keep that somebody tries the channels, before they are tried."""
    with transaction.atomic():
        audited.channels_tried(channels, now)


def _refusal(alert: Alert, rule: str) -> str:
    return f"This alert is {alert.status}; {rule}."


def forget(now: datetime) -> int:
    """Remove alerts that have been over for 90 days; how many."""
    with transaction.atomic():
        return queries.remove_cleared(now - KEEP_CLEARED)
