"""What is counted of e-mails: how each ended. A retry of a failed one takes its failure back from the windows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Final
from uuid import UUID

from presstime.mail.models import Email
from presstime.mail.states import Status
from presstime.metrics.service import Ledger, keep
from presstime.metrics.states import Event, Row, Span


def count(status: Status, number: int, now: datetime) -> None:
    """Count e-mails that were sent or have failed, in the transaction that says so."""
    if number:
        EMAILS.record(now, [Row(status.value, number)])


def take_back_failures(ids: Iterable[UUID]) -> None:
    """Take those of *ids* out of the windows that have failed and are about to be tried again."""
    failed = Email.objects.filter(pk__in=list(ids), status=Status.FAILED, failed_at__isnull=False)
    for at, number in Counter(failed.values_list("failed_at", flat=True)).items():
        assert at is not None
        EMAILS.take_back(at, [Row(Status.FAILED.value, number)])


def _history(span: Span | None) -> Iterator[Event]:
    for status, moment in ((Status.SENT, "sent_at"), (Status.FAILED, "failed_at")):
        rows = Email.objects.filter(**{f"{moment}__isnull": False}).order_by()
        if span is not None:
            rows = rows.filter(**{f"{moment}__gte": span.since, f"{moment}__lt": span.until})
        # With the status in the query, SQLite walks through all that were ever sent: 22 ms for an hour of 100,000, not 0.1 ms.
        for at, found in rows.values_list(moment, "status").iterator(chunk_size=2000):
            if found == status:
                yield Event(at, [Row(status.value)])


EMAILS: Final = keep(Ledger("emails", _history))
