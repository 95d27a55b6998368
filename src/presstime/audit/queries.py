"""Every query of the audit log; the only writer of its tables."""

from __future__ import annotations

from datetime import datetime

from presstime.audit.models import Entry, Head, Node


def lock_head() -> Head:
    """Where the log ends; on PostgreSQL nobody else appends until the transaction is over, on SQLite nobody writes."""
    return Head.objects.select_for_update().get(pk=1)


def append(entry: Entry, frontier: bytes, nodes: list[tuple[int, int, bytes]]) -> None:
    """Write *entry* behind the last one, with the subtrees that it made whole, and move the head on."""
    entry.save(force_insert=True)
    for level, position, hash_ in nodes:
        Node(level=level, position=position, hash=hash_).save(force_insert=True)
    move_head(entry.sequence, entry.time, frontier)


def move_head(size: int, last_time: datetime, frontier: bytes) -> None:
    Head.objects.filter(pk=1).update(size=size, last_time=last_time, frontier=frontier)
