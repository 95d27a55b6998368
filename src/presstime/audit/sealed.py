"""Old entries in files that prove themselves, and how a verification goes through them."""

from __future__ import annotations

import hashlib
import io
import json
import os
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from django.db import connection, transaction

from presstime.audit import checkpoints, exporting, queries, tree
from presstime.audit.findings import Outcome, Wanted
from presstime.audit.merkle import RUN, Frontier, leaf_hash
from presstime.audit.models import Segment
from presstime.audit.searching import Filters, first_at_or_after
from presstime.audit.service import record
from presstime.audit.targets import Target
from presstime.base.configuration_fields import Configuration
from presstime.database import authorizer

LARGEST = 256 * RUN  # entries in one file
LEVEL = 10
REST = timedelta(days=1)  # between sealing and removing, so that the seal is known elsewhere before
DELETED_AT_ONCE = 32 * RUN


# ---- sealing --------------------------------------------------------------------------------------------------------


def seal_due(configuration: Configuration, now: datetime) -> Segment | None:
    """Put the oldest entries into a file when at least 256 are beyond retention; None when there is nothing to seal."""
    first, last = queries.sealed_up_to() + 1, _last_due(configuration, now)
    last = min(last - last % RUN, first - 1 + LARGEST)
    if last < first:
        return None
    with transaction.atomic():
        checkpoint = checkpoints.fresh(configuration, now)
    path = folder(configuration) / f"audit-{first:012d}-{last:012d}.jsonl.zst"
    _write(path, exporting.json_lines(exporting.Export(checkpoint, Filters(), first, last, now)))
    segment = Segment(
        first=first,
        last=last,
        root=tree.root(last),
        sha256=_sha256(path),
        bytes=path.stat().st_size,
        file=path.name,
        sealed_at=now,
    )
    said = {"first": first, "last": last, "file": path.name, "sha256": segment.sha256, "root": segment.root.hex()}
    with transaction.atomic():
        queries.add_segment(segment)
        record("audit.sealed", Target("audit", path.name, path.name), new=said, now=now)
    return segment


def _last_due(configuration: Configuration, now: datetime) -> int:
    """The last entry that is beyond retention, by the clock and by the newest entry."""
    head = queries.get_head()
    limit = min(now, head.last_time) - timedelta(days=configuration.audit_retention_days)
    first, last = queries.bounds()
    return first_at_or_after(limit, first, last) - 1 if last else 0


def _write(path: Path, lines: Iterator[str]) -> None:
    import zstandard

    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    draft = path.with_name(f".{path.name}.draft")
    draft.touch(mode=0o600)
    with draft.open("wb") as file:
        with zstandard.ZstdCompressor(level=LEVEL).stream_writer(file, closefd=False) as writer:
            for line in lines:
                writer.write(line.encode())
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)


def folder(configuration: Configuration) -> Path:
    """Where sealed segments lie."""
    return configuration.data_path / checkpoints.FOLDER


# ---- removing -------------------------------------------------------------------------------------------------------


def prune_due(configuration: Configuration, now: datetime) -> int:
    """Remove the rows of entries whose file was sealed a day ago and still is what it was; how many."""
    first, _ = queries.bounds()
    removed = 0
    for segment in queries.segments():
        if segment.last < first or segment.sealed_at > now - REST or not is_whole(configuration, segment):
            continue
        with transaction.atomic():
            record(
                "audit.pruned",
                Target("audit", segment.file, segment.file),
                new={"first": segment.first, "last": segment.last},
                now=now,
            )
        for begin in range(max(segment.first, first), segment.last + 1, DELETED_AT_ONCE):
            with authorizer.lifted(connection), transaction.atomic():
                removed += queries.delete_up_to(min(begin + DELETED_AT_ONCE - 1, segment.last), begin)
    return removed


def is_whole(configuration: Configuration, segment: Segment) -> bool:
    """Whether the file of *segment* is here and is what was written."""
    path = folder(configuration) / segment.file
    return path.exists() and _sha256(path) == segment.sha256


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


# ---- verifying ------------------------------------------------------------------------------------------------------


def beginning(configuration: Configuration, gone: int, wanted: Wanted, outcome: Outcome) -> Frontier:
    """The tree over the first *gone* entries, which are no longer in the database: from the files, else from kept hashes."""
    segments = [segment for segment in queries.segments() if segment.first <= gone]
    if gone % RUN or not segments or segments[-1].last < gone:
        outcome.add("missing, and no sealed segment holds them", 1, gone)
        return Frontier()
    frontier = Frontier()
    for segment in segments:
        end = min(segment.last, gone)
        if _is_readable(configuration, segment, outcome):
            for leaf in _leaves(folder(configuration) / segment.file, end - segment.first + 1):
                frontier.push(leaf)
                wanted.compare(frontier, outcome)
        else:
            frontier = _kept(end, outcome)
        if end == segment.last and frontier.root() != bytes(segment.root):
            outcome.add("are not all as they were sealed", segment.first, segment.last)
    return frontier


def _is_readable(configuration: Configuration, segment: Segment, outcome: Outcome) -> bool:
    if is_whole(configuration, segment):
        return True
    path = folder(configuration) / segment.file
    if path.exists():
        outcome.add(f"are sealed in {segment.file}, which was changed", segment.first, segment.last)
    else:
        outcome.notes.append(
            f"{segment.file} with the entries {segment.first} to {segment.last} is not in {path.parent}."
        )
    return False


def _kept(size: int, outcome: Outcome) -> Frontier:
    try:
        return tree.frontier_at(size)
    except tree.Gone as error:
        outcome.add(str(error), 1)
        return Frontier()


def _leaves(path: Path, count: int) -> Iterator[bytes]:
    """The hashes of the first *count* entries in a sealed file."""
    import zstandard

    with path.open("rb") as file, zstandard.ZstdDecompressor().stream_reader(file) as reader:
        lines = io.BufferedReader(reader, 1 << 20)
        meta: dict[str, Any] = json.loads(lines.readline())
        assert exporting.KIND in meta
        for _ in range(count):
            yield leaf_hash(lines.readline().rstrip(b"\n"))


def check_rest(configuration: Configuration, gone: int, outcome: Outcome) -> None:
    """Look at the files of entries that are still in the database too."""
    for segment in queries.segments():
        if segment.first > gone:
            _is_readable(configuration, segment, outcome)
