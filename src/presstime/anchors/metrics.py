"""The metrics of the audit log: their history in a monitoring is one more place that knows how long the log was."""

from __future__ import annotations

from collections.abc import Iterator

from presstime.audit import queries
from presstime.metrics.families import Metric, Sample
from presstime.metrics.registry import register as add
from presstime.metrics.service import Reading

ENTRIES = Metric(
    "presstime_audit_entries", "Entries that the audit log ever had; it never goes down, other than by a restore."
)
CHECKPOINT = Metric(
    "presstime_audit_checkpoint_timestamp_seconds", "When the last checkpoint was signed; absent when never."
)
VERIFIED = Metric(
    "presstime_audit_verified_timestamp_seconds", "When the audit log was last verified; absent when never."
)
VALID = Metric(
    "presstime_audit_valid", "1 when the last verification found nothing, else 0; absent when there was none."
)


def register() -> None:
    add("Audit log", (ENTRIES, CHECKPOINT, VERIFIED, VALID), collect)


def collect(_: Reading) -> Iterator[Sample]:
    head, checkpoint, found = queries.find_head(), queries.find_last_checkpoint(), queries.find_last_verification()
    yield ENTRIES.value(head.size if head else 0)
    yield CHECKPOINT.value(checkpoint.time.timestamp() if checkpoint else None)
    yield VERIFIED.value(found.began_at.timestamp() if found else None)
    yield VALID.value(None if found is None else float(not found.problems))
