"""Verifies an export without the database: with the file, a checkpoint that somebody has kept, and the log's public key."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import zstandard

from presstime.audit.comparing import said_by
from presstime.audit.exporting import FORMAT, KIND
from presstime.audit.findings import Claim, Outcome, Wanted
from presstime.audit.merkle import Frontier, is_included, leaf_hash
from presstime.audit.notes import Statement, Unreadable, Verifier, read
from presstime.audit.tree import left_of, right_of
from presstime.base.errors import Invalid

PROOF = b'{"proof":'


def verify(path: Path, verifiers: list[Verifier], given: dict[str, str]) -> Outcome:
    """Verify the export at *path*, and that the checkpoints *given* agree with it. Invalid when it is no export.

    Without *verifiers* the key is taken from the export itself: it then proves that it is whole, not whose it is.
    """
    outcome = Outcome()
    with _lines(path) as lines:
        header = _header(path, lines)
        known = verifiers or [Verifier.parse(header["verifier"])]
        if not verifiers:
            outcome.notes.append(
                f"By the key that the export itself names: {header['verifier']}. Compare it with yours."
            )
        said = _statement(header, known, outcome)
        claims = _claims(given, known, outcome)
        if said is not None:
            outcome.size, outcome.first, outcome.root = header["entries"], header["first"], said.root.hex()
            if header["filters"].keys() - {"from", "to"}:
                _verify_picked(lines, header, said, claims, outcome)
            else:
                _verify_range(lines, header, said, claims, outcome)
    return outcome


@contextmanager
def _lines(path: Path) -> Iterator[IO[bytes]]:
    with path.open("rb") as file:
        is_packed = file.read(4) == zstandard.FRAME_HEADER
        file.seek(0)
        if not is_packed:
            yield file
            return
        with zstandard.ZstdDecompressor().stream_reader(file) as reader:
            yield io.BufferedReader(reader, 1 << 20)


def _header(path: Path, lines: IO[bytes]) -> dict[str, Any]:
    try:
        header = json.loads(lines.readline())
        is_ours = header[KIND] == FORMAT
    except (ValueError, KeyError, TypeError, zstandard.ZstdError):
        is_ours = False
    if not is_ours:
        raise Invalid.of("export", f"{path} is no export of an audit log in JSON Lines (`presstime audit export`).")
    return dict(header)


def _statement(header: dict[str, Any], known: list[Verifier], outcome: Outcome) -> Statement | None:
    try:
        return read(header["checkpoint"], known)
    except Unreadable as error:
        outcome.add(f"the checkpoint of the export: {error}")
        return None


def _claims(given: dict[str, str], known: list[Verifier], outcome: Outcome) -> list[Claim]:
    found = []
    for where, note in given.items():
        try:
            found.append(Claim(where, read(note, known)))
        except Unreadable as error:
            outcome.add(f"{where}: {error}")
    return found


def _verify_range(
    lines: IO[bytes], header: dict[str, Any], said: Statement, claims: list[Claim], outcome: Outcome
) -> None:
    first, last = header["first"], header["last"]
    frontier = Frontier(first - 1, b"".join(map(bytes.fromhex, header["before"])))
    if len(frontier.roots) != len(left_of(first - 1)):
        outcome.add("the hashes before the first entry are not complete")
        return
    comparable = [claim for claim in claims if first - 1 <= claim.said.size <= last or claim.said.size == said.size]
    outcome.problems += _apart(claims, comparable, header)
    wanted = Wanted(comparable)
    wanted.compare(frontier, outcome)
    for expected in range(first, last + 1):
        body = lines.readline().rstrip(b"\n")
        if not body:
            outcome.add("missing", expected, last)
            return
        _check_body(body, expected, outcome)
        frontier.push(leaf_hash(body))
        wanted.compare(frontier, outcome)
    after = [bytes.fromhex(each) for each in header["after"]]
    for (level, _), found in zip(right_of(last, said.size), after, strict=False):
        frontier.join(level, found)
    wanted.compare(frontier, outcome)
    if (frontier.size, frontier.root()) != (said.size, said.root):
        outcome.add("are not all what was signed", first, last)


def _apart(claims: list[Claim], comparable: list[Claim], header: dict[str, Any]) -> list[Any]:
    found = Outcome()
    for claim in claims:
        if claim not in comparable:
            found.add(
                f"{claim.where} is of {claim.said.size} entries; this export of {header['first']} to {header['last']} "
                "cannot be compared with it. Export up to there, or everything"
            )
    return found.problems


def _check_body(body: bytes, expected: int, outcome: Outcome) -> None:
    try:
        sequence = said_by(body.decode())["sequence"]
    except ValueError:
        outcome.add("cannot be read", expected)
        return
    if sequence != expected:
        outcome.add(f"is not there: in its place stands entry {sequence}", expected)


def _verify_picked(
    lines: IO[bytes], header: dict[str, Any], said: Statement, claims: list[Claim], outcome: Outcome
) -> None:
    bodies: dict[int, bytes] = {}
    proofs: dict[int, list[bytes]] = {}
    for line in lines:
        if line.startswith(PROOF):
            proof = json.loads(line)
            proofs[proof["sequence"]] = [bytes.fromhex(each) for each in proof["proof"]]
        else:
            body = line.rstrip(b"\n")
            bodies[_sequence(body, outcome)] = body
    for sequence, body in bodies.items():
        if sequence and not is_included(leaf_hash(body), sequence - 1, said.size, proofs.get(sequence, []), said.root):
            outcome.add("is not what was signed", sequence)
    if len(bodies) != header["entries"]:
        outcome.add(f"{header['entries']} entries were exported, {len(bodies)} are there")
    for claim in claims:
        if claim.said.size != said.size:
            outcome.add(
                f"{claim.where} is of {claim.said.size} entries, the export of {said.size}: export everything to compare"
            )
        elif claim.said.root != said.root:
            outcome.add(f"the export is not of the log that was signed ({claim.where})")
    outcome.notes.append("Entries were picked by filters: each is proven, that none was left out is not.")


def _sequence(body: bytes, outcome: Outcome) -> int:
    try:
        return int(said_by(body.decode())["sequence"])
    except ValueError:
        outcome.add("a line cannot be read")
        return 0
