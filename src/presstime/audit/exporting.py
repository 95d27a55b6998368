"""The log as a file that proves itself: entries, a checkpoint, and the hashes that lead from the ones to the other.

JSON Lines: the first line says what the file is; each line after it is one entry, to the byte as it was hashed. Of a range
the first line has the hashes before and after it; of entries picked by a filter the last lines are their proofs.
"""

from __future__ import annotations

import base64
import csv
import io
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from presstime.audit import checkpoints, epochs, queries, tree
from presstime.audit.canonical import encode, moment
from presstime.audit.comparing import BODY, LEAF, SEQUENCE
from presstime.audit.merkle import inclusion
from presstime.audit.models import Checkpoint
from presstime.audit.searching import Filters, find
from presstime.audit.service import record
from presstime.audit.targets import Target
from presstime.base.configuration_fields import Configuration
from presstime.base.errors import Conflict

FORMAT = 1
KIND = "presstime_audit"
MOST_PROOFS = 20_000
COLUMNS = (
    "sequence", "time", "user_type", "user_id", "user_name", "action", "target_type", "target_id", "target_name",
    "old", "new", "ip", "request_id", "hash", "body",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Export:
    """What is in the file: the entries *first* to *last*, or of those the ones that *filters* leave."""

    checkpoint: Checkpoint
    filters: Filters
    first: int
    last: int
    at: datetime

    @property
    def entries(self) -> int:
        return find(self.filters).count if self.filters.is_picking else max(0, self.last - self.first + 1)


def begin(configuration: Configuration, filters: Filters, format_: str, now: datetime) -> Export:
    """Note in the log that the current actor exports, and sign a checkpoint that covers this too; within a transaction."""
    record(
        "audit.exported",
        Target("audit", format_, "audit log"),
        new={"filters": filters.said(), "format": format_},
        now=now,
    )
    checkpoint = checkpoints.fresh(configuration, now)
    first, last = filters.bounds(checkpoint.size)
    export = Export(checkpoint, filters, first, last, now)
    if filters.is_picking and export.entries > MOST_PROOFS:
        raise Conflict(
            f"These filters find more than {MOST_PROOFS:,} entries. Export the period whole (only from and to), "
            "or a shorter one."
        )
    return export


def header(export: Export) -> dict[str, Any]:
    """The first line."""
    size = export.checkpoint.size
    is_range = not export.filters.is_picking and export.entries > 0
    return {
        KIND: FORMAT,
        "exported_at": moment(export.at),
        "filters": export.filters.said(),
        "entries": export.entries,
        "first": export.first,
        "last": export.last,
        "before": _hex(tree.left_of(export.first - 1)) if is_range else [],
        "after": _hex(tree.right_of(export.last, size)) if is_range else [],
        "checkpoint": export.checkpoint.note,
        "verifier": str(epochs.verifier_of(export.checkpoint.epoch)),
    }


def _hex(subtrees: list[tuple[int, int]]) -> list[str]:
    return [tree.subtree(level, first).hex() for level, first in subtrees]


def json_lines(export: Export) -> Iterator[str]:
    """The lines of the file, each with its end."""
    yield encode(header(export)) + "\n"
    picked = []
    for row in _rows(export):
        yield row[BODY] + "\n"
        picked.append(row[SEQUENCE])
        if not export.filters.is_picking:
            picked.clear()
    for sequence in picked:
        path = inclusion(tree.hashes, sequence - 1, export.checkpoint.size)
        yield encode({"proof": [each.hex() for each in path], "sequence": sequence}) + "\n"


def csv_lines(export: Export) -> Iterator[str]:
    """The entries as a table; `body` is what was hashed, cells that a spreadsheet would calculate begin with a quote."""
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    writer.writerow(COLUMNS)
    for row in _rows(export):
        writer.writerow(_cells(row))
        if buffer.tell() > 1 << 16:
            yield buffer.getvalue()
            buffer.seek(0)
            buffer.truncate()
    yield buffer.getvalue()


def _rows(export: Export) -> Iterator[Any]:
    if export.filters.is_picking:
        return find(export.filters).rows(up_to=export.checkpoint.size)
    return queries.rows(export.first, export.last)


def _cells(row: Any) -> list[Any]:
    said = json.loads(row[BODY])
    user, target = said["user"], said["target"]
    texts = (
        said["time"], user["type"], user["id"], user["name"], said["action"], target["type"], target["id"], target["name"],
        _json(said["old"]), _json(said["new"]), said["ip"], said["request_id"],
    )  # fmt: skip
    return [row[SEQUENCE], *(_harmless(text or "") for text in texts), bytes(row[LEAF]).hex(), row[BODY]]


def _json(value: Any) -> str:
    return "" if value is None else encode(value)


def _harmless(text: str) -> str:
    return f"'{text}" if text.startswith(("=", "+", "-", "@", "\t", "\r")) else text


def packed_header(export: Export) -> str:
    """The first line for where a file has no place for it, in Base64."""
    return base64.b64encode(encode(header(export)).encode()).decode("ascii")
