"""Verifying, as the worker, the API and the command do it: the outcome is kept as a row."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from presstime.audit import queries, verifying
from presstime.audit.findings import Outcome
from presstime.audit.models import Verification
from presstime.base import clock
from presstime.base.configuration_fields import Configuration

AT_ONCE = 50_000  # entries that are verified while somebody waits for the answer
VERIFY = "verify"


def verify(configuration: Configuration, now: datetime, given: dict[str, str] | None = None) -> Outcome:
    """Verify the whole log and keep what was found."""
    outcome = verifying.verify(configuration, given)
    with transaction.atomic():
        queries.add_verification(
            Verification(
                began_at=now,
                finished_at=clock.now(),
                size=outcome.size,
                root=outcome.root,
                problems=[{"sequence": each.sequence, "text": str(each)} for each in outcome.problems],
                notes=outcome.notes,
            )
        )
    return outcome


def ask(configuration: Configuration, now: datetime) -> Verification | None:
    """Verify a short log at once; of a long one a worker does it next, and None is answered."""
    if queries.get_head().size > AT_ONCE:
        with transaction.atomic():
            queries.make_due(VERIFY)
        return None
    verify(configuration, now)
    return queries.find_last_verification()
