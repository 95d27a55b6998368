"""What a channel says of an alert: a subject, a text, and where to read on."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from presstime.alerts.channels import Channel
from presstime.alerts.kinds import Severity
from presstime.alerts.models import Alert, Delivery
from presstime.alerts.states import Event
from presstime.base.configuration_fields import Configuration
from presstime.base.ids import uuid7


@dataclass(frozen=True, slots=True)
class Notice:
    """One notice of one alert to one channel; `id` is the same at every try."""

    id: UUID
    alert_id: UUID
    channel_key: str
    recipients: tuple[str, ...]
    event: Event
    severity: str
    subject: str
    paragraphs: tuple[str, ...]
    links: tuple[tuple[str, str], ...]  # word and address
    about: str = ""  # the key of the alert

    @property
    def text(self) -> str:
        links = "\n".join(f"{word}: {address}" for word, address in self.links)
        return "\n\n".join([*self.paragraphs, links])


def notice_of(delivery: Delivery, configuration: Configuration) -> Notice:
    """The notice that *delivery* brings, as the alert stands now."""
    alert, event = delivery.alert, Event(delivery.event)
    links = [("Open it", configuration.base_url + alert.link)] if alert.link else []
    return Notice(
        id=delivery.pk,
        alert_id=alert.pk,
        channel_key=delivery.channel_key,
        recipients=tuple(delivery.recipients),
        event=event,
        severity=alert.severity,
        subject=_subject(alert, event, configuration.environment),
        paragraphs=tuple(part for part in _paragraphs(alert, event, ZoneInfo(configuration.time_zone)) if part),
        links=(*links, ("This alert", f"{configuration.base_url}/alerts/{alert.pk}")),
        about=alert.key,
    )


def trial(configuration: Configuration, channel: Channel) -> Notice:
    """A notice that says that *channel* works."""
    place = f"Presstime {configuration.environment}".strip()
    return Notice(
        id=uuid7(),
        alert_id=uuid7(),
        channel_key=channel.key,
        recipients=channel.recipients,
        event=Event.RAISED,
        severity=Severity.WARNING,
        subject=f"[{place}] Test: alerts reach you here",
        paragraphs=("Somebody tests the channels of alerts. Nothing is wrong and there is nothing to do.",),
        links=(("Presstime", configuration.base_url),),
    )


def _subject(alert: Alert, event: Event, environment: str) -> str:
    place = f"Presstime {environment}".strip()
    word = {Event.RAISED: alert.severity.capitalize(), Event.REPEATED: "Still", Event.CLEARED: "Over"}[event]
    return f"[{place}] {word}: {alert.title}"


def _paragraphs(alert: Alert, event: Event, zone: ZoneInfo) -> tuple[str, ...]:
    began = _moment(alert.raised_at, zone)
    if event is Event.CLEARED:
        over = f"It began at {began} and was over at {_moment(alert.cleared_at or alert.seen_at, zone)}."
        return f"This is over: {alert.title}.", over, f"It was about this: {alert.detail}" if alert.detail else ""
    since = f"Noticed at {began}."
    if alert.count > 1:
        since = f"Noticed {alert.count:,} times since {began}, the last time at {_moment(alert.seen_at, zone)}."
    return alert.detail or f"{alert.title}.", f"What to do: {alert.advice}", since


def _moment(at: datetime, zone: ZoneInfo) -> str:
    return f"{at.astimezone(zone):%Y-%m-%d %H:%M} {zone.key}"
