"""Short proofs for outsiders: that an entry is in the log, that the log only grew."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction

from presstime.audit import checkpoints, epochs, queries, tree
from presstime.audit.merkle import consistency, inclusion
from presstime.audit.models import Entry
from presstime.base.configuration_fields import Configuration
from presstime.base.errors import Conflict, Invalid


def of_entry(configuration: Configuration, entry: Entry, now: datetime) -> dict[str, Any]:
    """The proof that *entry* is in the log as a fresh checkpoint signs it (RFC 9162, 2.1.3)."""
    with transaction.atomic():
        checkpoint = checkpoints.fresh(configuration, now)
    path = _path(lambda: inclusion(tree.hashes, entry.sequence - 1, checkpoint.size))
    return {
        "sequence": entry.sequence,
        "body": entry.body,
        "hash": bytes(entry.leaf).hex(),
        "leaf_index": entry.sequence - 1,
        "size": checkpoint.size,
        "root": tree.root(checkpoint.size).hex(),
        "proof": path,
        "checkpoint": checkpoint.note,
        "verifier": str(epochs.verifier_of(checkpoint.epoch)),
    }


def of_growth(old: int, size: int) -> dict[str, Any]:
    """The proof that the log of *size* entries continues that of *old* (RFC 9162, 2.1.4)."""
    most = queries.get_head().size
    if not 0 < old <= size <= most:
        raise Invalid.of("old", f"From {old} to {size} is no stretch of this log, which has {most} entries.")
    return {
        "old": old,
        "size": size,
        "old_root": _path(lambda: [tree.root(old)])[0],
        "root": _path(lambda: [tree.root(size)])[0],
        "proof": _path(lambda: consistency(tree.hashes, old, size)),
    }


def _path(find: Any) -> list[str]:
    try:
        return [each.hex() for each in find()]
    except tree.Gone:
        raise Conflict("This proof needs entries that are sealed in files and no longer in the database.") from None
