"""Lets recipients take themselves off a schedule, and tells its owner."""

from __future__ import annotations

import logging
from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.db import transaction

from presstime.base.ids import uuid7
from presstime.mail import service as mail
from presstime.mail.composition import Content, compose, message_id
from presstime.mail.states import Priority
from presstime.schedules import audited, people, queries
from presstime.schedules.models import Schedule

FOLDER = "notices"  # in the reports folder
log = logging.getLogger("presstime.schedules")


def stands_on(schedule_id: UUID, address: str) -> Schedule | None:
    """The schedule when it writes to *address*; None when it does not, or not any more."""
    found = queries.list_schedules().filter(pk=schedule_id).first()
    everybody = [person for role in found.recipients.values() for person in role] if found else []
    return found if address.casefold() in (person.casefold() for person in everybody) else None


def unsubscribe(schedule_id: UUID, address: str, now: datetime) -> bool:
    """Take *address* off the schedule and tell its owner; False when it does not stand there, and nothing happens."""
    with transaction.atomic():
        change = people.take_off(schedule_id, address, now)
        if change is None:
            return False
        queries.note_unsubscription(change.schedule, address, change.roles[0], now)
    log.info("schedule %s: %s has unsubscribed", schedule_id, address)
    _tell_owner(change.schedule, address, now)
    return True


def _tell_owner(schedule: Schedule, address: str, now: datetime) -> None:
    owner = schedule.owner
    if owner is None or not owner.is_active or not owner.email or owner.email.casefold() == address.casefold():
        return
    try:
        _send(schedule, owner.email, address, now)
    except OSError as error:  # it is done all the same, and stands on the schedule's page
        log.warning("the owner of schedule %s was not told: %s", schedule.pk, error.strerror)


def _send(schedule: Schedule, to: str, address: str, now: datetime) -> None:
    configuration = settings.CONFIGURATION
    identity = message_id(uuid7(), configuration.mail_from)
    subject = f"{address} has unsubscribed from {schedule.name}"
    left = "" if any(schedule.recipients.values()) else " Nobody gets it now; its files are still made."
    text = (
        f"{address} has unsubscribed from the schedule “{schedule.name}” by the link in its mail.{left}\n\n"
        f"{configuration.base_url}/schedules/{schedule.pk}\n"
    )
    content = Content(identity, configuration.mail_from, [to], subject, text, html="", date=now)
    path = f"{FOLDER}/{now:%Y/%m}/{uuid7()}.eml"
    (configuration.reports_path / path).parent.mkdir(parents=True, exist_ok=True)
    composed = compose(content, path=configuration.reports_path / path)
    with transaction.atomic():
        audited.told(schedule, [to], subject, now)
        mail.enqueue(
            composed,
            {"to": [to]},
            execution_id=None,
            subject=subject,
            sender=configuration.mail_from,
            message_id=identity,
            relative_path=path,
            priority=Priority.SCHEDULED,
            now=now,
            about=str(schedule.pk),
        )
