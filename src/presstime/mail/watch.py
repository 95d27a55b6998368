"""Watches the queue: says when mail piles up or no longer fits in, and when that is over."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from presstime.alerts import queries as alerts
from presstime.alerts.kinds import Kind
from presstime.alerts.service import clear, raise_alert
from presstime.mail import queries
from presstime.mail.states import BACKLOG_ALERT, BACKLOG_OVER, QUEUE_LIMIT


def watch(now: datetime) -> bool:
    """A step: alert once when the backlog passes 100, and clear that when it has nearly gone."""
    queued = queries.count_queued()
    with transaction.atomic():
        if queued > BACKLOG_ALERT and not alerts.is_active(Kind.EMAIL_BACKLOG, ""):
            raise_alert(Kind.EMAIL_BACKLOG, now=now, detail=_backlog(queued), link="/emails?status=waiting")
        elif queued <= BACKLOG_OVER:
            clear(Kind.EMAIL_BACKLOG, now=now)
        if queued < QUEUE_LIMIT:
            clear(Kind.EMAIL_QUEUE_FULL, now=now)
    return False


def _backlog(queued: int) -> str:
    paused = queries.find_pause()
    waits = f"{queued:,} e-mails wait to be sent."
    return f"{waits} Sending is paused since {paused.at:%Y-%m-%d %H:%M} UTC." if paused else waits


def tell_full(left_out: int, now: datetime) -> None:
    """Say that *left_out* e-mails found no room; last in the transaction that records them as failed."""
    noun = "e-mail" if left_out == 1 else "e-mails"
    detail = f"{left_out:,} {noun} found the queue of {QUEUE_LIMIT:,} full. Their reports are stored."
    raise_alert(Kind.EMAIL_QUEUE_FULL, now=now, detail=detail, link="/emails?status=failed&code=queue_full")
