"""What became of the e-mails of executions, and of those to an address, for many of them at once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from django.db.models import Max

from presstime.mail.models import Email
from presstime.mail.queries import visible

AT_ONCE = 50  # addresses


class Made(NamedTuple):
    """What an execution tells of one of its e-mails."""

    execution_id: UUID
    id: UUID
    address: str
    status: str
    uncertain: bool
    sent_at: datetime | None
    error_message: str


def made_by(executions: Iterable[UUID]) -> list[Made]:
    """What these executions tell of their e-mails, in the order of the recipients."""
    emails = Email.objects.filter(message__execution_id__in=list(executions)).order_by("id")
    rows = emails.values_list("message__execution_id", *Made._fields[1:])
    return [Made(*row) for row in rows]


def latest_of(addresses: Sequence[str]) -> dict[str, Email]:
    """The newest e-mail to each of *addresses* with its message; those to whom none was written are left out."""
    found: dict[str, Email] = {}
    for start in range(0, len(addresses), AT_ONCE):
        of_some = visible().filter(address__in=addresses[start : start + AT_ONCE])
        newest = dict(of_some.order_by().values_list("address").annotate(at=Max("created_at")))
        # Each address with each of the moments is looked for in the index: more than is meant, so few at once.
        rows = of_some.filter(created_at__in=set(newest.values())).select_related("message")
        emails = rows.order_by("created_at", "id")
        found |= {email.address: email for email in emails if newest.get(email.address) == email.created_at}
    return found
