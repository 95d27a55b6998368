"""Reads the whole log and compares it with itself, with its checkpoints and with those that others have kept.

Hashes in the database prove nothing against whoever can write to it: they can all be made anew. A checkpoint proves that
the log is still what it was when that was signed, and one that lies elsewhere cannot be taken away with it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from hashlib import sha256
from typing import Any

from django.db import connection

from presstime.audit import checkpoints, epochs, guards, keys, queries, sealed
from presstime.audit.comparing import BODY, LEAF, SEQUENCE, difference, fits
from presstime.audit.findings import Claim, Outcome, Wanted
from presstime.audit.merkle import Frontier
from presstime.audit.models import Epoch, Head
from presstime.audit.notes import Unreadable, Verifier, read
from presstime.base.configuration_fields import Configuration


def verify(configuration: Configuration, given: Mapping[str, str] | None = None) -> Outcome:
    """Verify everything that is in the database, against its own checkpoints, the witness file and those *given*."""
    outcome = Outcome()
    missing = sorted(guards.expected(connection) - guards.found(connection))
    if missing:
        outcome.add(f"guards of the tables are missing: {', '.join(missing)}")
    head = queries.find_head()
    if head is None:
        outcome.add("the row that says where the log ends is missing")
        return outcome
    known = queries.epochs()
    _check_key(configuration, known, outcome)
    claims = _claims(configuration, known, given or {}, outcome)
    _read(configuration, head, claims, outcome)
    outcome.problems.sort(key=lambda each: each.sequence or 0)
    return outcome


def _check_key(configuration: Configuration, known: list[Epoch], outcome: Outcome) -> None:
    """Whoever can write to the database can put their own key there; the key file is what counts."""
    if known and keys.public_bytes(configuration).hex() != known[-1].public_key:
        outcome.add(f"the key of {known[-1].origin} in the database is not that of keys/{keys.FILE}")


def _claims(
    configuration: Configuration, known: list[Epoch], given: Mapping[str, str], outcome: Outcome
) -> list[Claim]:
    verifiers = epochs.verifiers(known)
    found = []
    stored = ((f"checkpoint of {each.time:%Y-%m-%d %H:%M} UTC", each.note, each.size) for each in queries.checkpoints())
    for where, note, size in stored:
        claim = _claim(where, note, verifiers, outcome)
        if claim is not None and claim.said.size != size:
            outcome.add(f"{where}: the column says {size} entries, the note {claim.said.size}")
        found.append(claim)
    outside = {**checkpoints.witnesses(configuration), **given}
    found += [_claim(where, note, verifiers, outcome, is_outside=True) for where, note in outside.items()]
    return [claim for claim in found if claim is not None and _counts(claim, known, outcome)]


def _claim(
    where: str, note: str, verifiers: list[Verifier], outcome: Outcome, *, is_outside: bool = False
) -> Claim | None:
    try:
        return Claim(where, read(note, verifiers), is_outside)
    except Unreadable as error:
        outcome.add(f"{where}: {error}")
        return None


def _counts(claim: Claim, known: list[Epoch], outcome: Outcome) -> bool:
    """Whether this log must agree with *claim*; after a restore it need not with what came later than the backup."""
    number = epochs.number_of(claim.said.origin)
    is_lost = all(epoch.number != number for epoch in known)
    after = [epoch for epoch in known if epoch.number > number]
    later = next((epoch for epoch in after if is_lost or epoch.began_with < claim.said.size), None)
    if later is None:
        return True
    outcome.notes.append(
        f"{claim.where} is of {claim.said.size} entries; {later.origin} went back to {later.began_with} when "
        f"{later.backup or 'a backup'} was restored, and says so."
    )
    return False


def _read(configuration: Configuration, head: Head, claims: Sequence[Claim], outcome: Outcome) -> None:
    first, last = queries.bounds()
    outcome.first, outcome.size = first or 1, min(last, head.size)
    frontier, wanted = Frontier(), Wanted(claims)
    wanted.compare(frontier, outcome)
    if first > 1:
        frontier = sealed.beginning(configuration, first - 1, wanted, outcome)
    sealed.check_rest(configuration, first - 1, outcome)
    if _read_rows(head, frontier, wanted, outcome):
        _check_end(head, last, frontier, outcome)
        wanted.finish(frontier.size, outcome)
    outcome.root, outcome.checkpoints = frontier.root().hex(), len(claims)


def _read_rows(head: Head, frontier: Frontier, wanted: Wanted, outcome: Outcome) -> bool:
    """Whether there is every entry up to the last one that is there."""
    expected = outcome.first
    for chunk in queries.chunks(outcome.first, head.size):
        gap = _gap(chunk, expected)
        rows = chunk if gap is None else chunk[:gap]
        _check(rows, outcome)
        kept = queries.nodes_over(frontier.size, frontier.size + len(rows))
        wanted.grow(frontier, [bytes(row[LEAF]) for row in rows], partial(_compare_node, outcome, kept), outcome)
        if gap is not None:
            outcome.add("missing", expected + gap, chunk[gap][SEQUENCE] - 1)
            return False
        expected += len(chunk)
    return True


def _gap(chunk: Sequence[Sequence[Any]], expected: int) -> int | None:
    """The place of the first row before which one is missing."""
    if not chunk or chunk[-1][SEQUENCE] == expected + len(chunk) - 1:
        return None
    return next(place for place, row in enumerate(chunk) if row[SEQUENCE] != expected + place)


def _check(rows: Sequence[Sequence[Any]], outcome: Outcome) -> None:
    """Each body must be the one that was hashed, and the columns must say what it says."""
    for row in rows:
        if sha256(b"\x00" + row[BODY].encode()).digest() != bytes(row[LEAF]):
            outcome.add("has another body than the one that was written", row[SEQUENCE])
        elif not fits(row) and (wrong := difference(row)):
            outcome.add(f"is not one: {wrong}", row[SEQUENCE])


def _compare_node(
    outcome: Outcome, kept: Mapping[tuple[int, int], bytes], level: int, position: int, found: bytes
) -> None:
    """Each subtree that gets whole must be the one that is kept."""
    if kept.get((level, position)) != found:
        first = (position << level) + 1
        outcome.add("are not all as they were written", first, first + (1 << level) - 1)


def _check_end(head: Head, last: int, frontier: Frontier, outcome: Outcome) -> None:
    if frontier.size < head.size:
        outcome.add("missing: the end of the log was cut off", frontier.size + 1, head.size)
    elif last > head.size and queries.get_head().size == head.size:
        outcome.add(f"stands behind the end of the log, which has {head.size} entries", head.size + 1)
    elif frontier.packed() != bytes(head.frontier):
        outcome.add("the hashes at the end of the log are not those of its entries")
