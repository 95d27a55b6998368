"""Every query of the audit log; the only writer of its tables."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import reduce
from itertools import chain
from operator import or_
from typing import Any

from django.db import IntegrityError, connection, transaction
from django.db.models import Max, Q

from presstime.audit.merkle import STEP
from presstime.audit.models import Checkpoint, Duty, Entry, Epoch, Head, Node, Segment, Verification
from presstime.base.errors import NotFound

ROWS_AT_ONCE = 5_000
COLUMNS = "sequence, time, actor_type, actor_id, actor_name, action, target_type, target_id, target_name, body, leaf"
_INSERT = f"INSERT INTO audit_logs ({COLUMNS}) VALUES ({', '.join(['%s'] * 11)})"  # noqa: S608
_MOVE = "UPDATE audit_head SET size = %s, last_time = %s, frontier = %s WHERE id = 1"
# Made by the database: to make moments of text and text of moments would take half the time of verifying.
_WRITTEN_TIME = {
    "sqlite": "replace(time, ' ', 'T') || CASE length(time) WHEN 19 THEN '.000000Z' ELSE 'Z' END",
    "postgresql": """to_char(time AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')""",
}
KEPT_LEVELS = range(STEP, 64, STEP)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


# ---- the head -------------------------------------------------------------------------------------------------------


def lock_head() -> Head:
    """Where the log ends; on PostgreSQL nobody else appends until the transaction is over, on SQLite nobody writes."""
    return Head.objects.select_for_update().get(pk=1)


def get_head() -> Head:
    return Head.objects.get(pk=1)


def find_head() -> Head | None:
    """The head; None where somebody has removed it."""
    return Head.objects.filter(pk=1).first()


def append(entry: Entry, frontier: bytes, nodes: list[tuple[int, int, bytes]]) -> None:
    """Write *entry* behind the last one, with the subtrees that it made whole, and move the head on.

    In plain SQL: every change of everything waits for this, and the ORM takes twice as long.
    """
    at = connection.ops.adapt_datetimefield_value(entry.time)
    actor, target = (entry.actor_type, entry.actor_id, entry.actor_name), (entry.target_type, entry.target_id)
    row = [entry.sequence, at, *actor, entry.action, *target, entry.target_name, entry.body, bytes(entry.leaf)]
    with connection.cursor() as cursor:
        cursor.execute(_INSERT, row)
        for node in nodes:
            cursor.execute("INSERT INTO audit_nodes (level, position, hash) VALUES (%s, %s, %s)", node)
        cursor.execute(_MOVE, [entry.sequence, at, frontier])


# ---- entries and the tree -------------------------------------------------------------------------------------------


def get_entry(reference: str) -> Entry:
    """The entry of this number; NotFound when there is none."""
    is_number = reference.isascii() and reference.isdecimal() and len(reference) < 19
    entry = Entry.objects.filter(pk=int(reference)).first() if is_number else None
    if entry is None:
        raise NotFound.of("audit entry", reference)
    return entry


def bounds() -> tuple[int, int]:
    """The first and the last number that is there; (0, 0) of an empty log."""
    with connection.cursor() as cursor:  # both in one SELECT list would make SQLite read every row
        cursor.execute("SELECT (SELECT min(sequence) FROM audit_logs), (SELECT max(sequence) FROM audit_logs)")
        first, last = cursor.fetchone()
    return first or 0, last or 0


def ends_with(size: int) -> bool:
    """Whether the last of so many entries is there."""
    return size == 0 or Entry.objects.filter(pk=size).exists()


def leaves(first: int, end: int) -> list[bytes]:
    """The hashes of the leaves first … end-1, as far as they are there."""
    rows = Entry.objects.filter(sequence__gt=first, sequence__lte=end).order_by("sequence")
    return [bytes(leaf) for leaf in rows.values_list("leaf", flat=True)]


def nodes(level: int, first: int, end: int) -> list[bytes]:
    """The hashes of the kept subtrees first … end-1 of *level*, as far as they are there."""
    rows = Node.objects.filter(level=level, position__gte=first, position__lt=end).order_by("position")
    return [bytes(found) for found in rows.values_list("hash", flat=True)]


def nodes_over(first: int, end: int) -> dict[tuple[int, int], bytes]:
    """Level, position and hash of the kept subtrees that end within the leaves first … end."""
    ends = [Q(level=level, position__gte=(first >> level) - 1, position__lte=end >> level) for level in KEPT_LEVELS]
    found = Node.objects.filter(reduce(or_, ends)).values_list("level", "position", "hash")
    return {(level, position): bytes(hash_) for level, position, hash_ in found}


def chunks(first: int, last: int) -> Iterator[list[tuple[Any, ...]]]:
    """The entries *first* to *last* in order, some thousand rows of COLUMNS at a time, their time as their bodies write it."""
    columns = COLUMNS.replace("time", _WRITTEN_TIME[connection.vendor], 1)
    query = f"SELECT {columns} FROM audit_logs WHERE sequence BETWEEN %s AND %s ORDER BY sequence"  # noqa: S608
    with connection.cursor() as cursor:
        for begin in range(first, last + 1, ROWS_AT_ONCE):
            cursor.execute(query, [begin, min(begin + ROWS_AT_ONCE - 1, last)])
            yield cursor.fetchall()


def rows(first: int, last: int) -> Iterator[tuple[Any, ...]]:
    """As `chunks`, row by row."""
    return chain.from_iterable(chunks(first, last))


def delete_up_to(last: int, first: int) -> int:
    """Remove entries that are sealed and old; the database's own guard refuses all others."""
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM audit_logs WHERE sequence BETWEEN %s AND %s", [first, last])
        return int(cursor.rowcount)


# ---- epochs and checkpoints -----------------------------------------------------------------------------------------


def epochs() -> list[Epoch]:
    return list(Epoch.objects.order_by("number"))


def add_epoch(epoch: Epoch) -> Epoch:
    epoch.save(force_insert=True)
    return epoch


def find_last_checkpoint() -> Checkpoint | None:
    return Checkpoint.objects.select_related("epoch").order_by("-id").first()


def checkpoints() -> Iterator[Checkpoint]:
    """All of them, the oldest first."""
    return Checkpoint.objects.order_by("id").iterator(chunk_size=2_000)


def find_checkpoint_of(size: int) -> Checkpoint | None:
    """The first checkpoint of just this size."""
    return Checkpoint.objects.filter(size=size).order_by("id").first()


def add_checkpoint(checkpoint: Checkpoint) -> Checkpoint:
    checkpoint.save(force_insert=True)
    return checkpoint


# ---- segments -------------------------------------------------------------------------------------------------------


def segments() -> list[Segment]:
    return list(Segment.objects.order_by("first"))


def sealed_up_to() -> int:
    """The number of the last entry that a segment holds."""
    found = Segment.objects.aggregate(last=Max("last"))["last"]
    return int(found or 0)


def add_segment(segment: Segment) -> None:
    segment.save(force_insert=True)


# ---- what workers do from time to time ------------------------------------------------------------------------------


def claim_duty(name: str, every: timedelta, now: datetime, *, first_after: timedelta) -> bool:
    """Whether it is this caller's turn to do *name*: last begun *every* ago, or *first_after* its first asking."""
    with transaction.atomic():
        if Duty.objects.filter(pk=name, begun_at__lte=now - every).update(begun_at=now):
            return True
        if Duty.objects.filter(pk=name).exists():
            return False
        try:
            with transaction.atomic():
                Duty(name=name, begun_at=now - every + first_after if first_after else now).save(force_insert=True)
        except IntegrityError:
            return False
        return not first_after


def is_due(name: str, every: timedelta, now: datetime) -> bool:
    """As `claim_duty`, only looking: it costs no write."""
    return not Duty.objects.filter(pk=name, begun_at__gt=now - every).exists()


def make_due(name: str) -> None:
    """Let *name* be done at the next opportunity."""
    Duty.objects.update_or_create(name=name, defaults={"begun_at": EPOCH})


def add_verification(verification: Verification) -> Verification:
    verification.save(force_insert=True)
    return verification


def find_last_verification() -> Verification | None:
    return Verification.objects.order_by("-began_at", "-id").first()


def forget_verifications(before: datetime) -> None:
    Verification.objects.filter(began_at__lt=before).delete()
