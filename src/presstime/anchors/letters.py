"""The daily mail with the checkpoint of the audit log, to administrators and auditors."""

from __future__ import annotations

import html as markup
from datetime import datetime

from django.db import transaction

from presstime.accounts.queries import list_users
from presstime.accounts.rights import Role
from presstime.audit import checkpoints, epochs
from presstime.audit.models import Checkpoint
from presstime.base.configuration_fields import Configuration
from presstime.base.ids import uuid7
from presstime.database.guard import bookkeeping
from presstime.mail import service as mail
from presstime.mail.composition import Content, compose, message_id
from presstime.mail.states import Priority

FOLDER = "audit"  # in the reports folder
TEXT = """Up to {time} UTC the audit log has {size:,} entries. This is its signed checkpoint:

{note}
Keep this mail where the administrators of the server cannot change it. Whoever changes or removes one of these
entries later cannot make the log fit this checkpoint again.

To compare: save the lines from "{origin}" to the one with the dash as a file, and run

    presstime audit verify --checkpoint FILE

The public key of the log, which must stay the same from mail to mail:

    {verifier}
"""


def recipients(configuration: Configuration) -> list[str]:
    """The administrators of the settings, and every user who is an auditor."""
    auditors = list_users().filter(role=Role.AUDITOR, is_active=True).exclude(email="")
    return sorted({*configuration.admin_emails, *auditors.values_list("email", flat=True)}, key=str.lower)


@bookkeeping("the daily mail of a checkpoint, which is not decided by anybody; the queue shows it")
def send(configuration: Configuration, now: datetime) -> bool:
    """Put the mail into the queue; False when there is nobody to tell."""
    to = recipients(configuration)
    if not to:
        return False
    with transaction.atomic():
        checkpoint = checkpoints.fresh(configuration, now)
    identity = uuid7()
    path = f"{FOLDER}/{now:%Y/%m}/{identity}.eml"
    target = configuration.reports_path / path
    target.parent.mkdir(parents=True, exist_ok=True)
    content = _content(configuration, checkpoint, to, message_id(identity, configuration.mail_from), now)
    composed = compose(content, path=target)
    with transaction.atomic():
        mail.enqueue(
            composed,
            {"to": to},
            execution_id=None,
            subject=content.subject,
            sender=configuration.mail_from,
            message_id=content.message_id,
            relative_path=path,
            priority=Priority.SCHEDULED,
            now=now,
        )
    return True


def _content(
    configuration: Configuration, checkpoint: Checkpoint, to: list[str], identity: str, now: datetime
) -> Content:
    text = TEXT.format(
        time=f"{checkpoint.time:%Y-%m-%d %H:%M}",
        size=checkpoint.size,
        note=checkpoint.note,
        origin=checkpoint.epoch.origin,
        verifier=epochs.verifier_of(checkpoint.epoch),
    )
    return Content(
        message_id=identity,
        sender=configuration.mail_from,
        to=tuple(to),
        subject=f"Audit checkpoint: {checkpoint.size:,} entries of {checkpoint.epoch.origin}",
        text=text,
        html=f"<html><body><pre>{markup.escape(text)}</pre></body></html>",
        date=now,
    )
