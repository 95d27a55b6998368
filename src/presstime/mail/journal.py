"""What a courier knows at every moment, in a file that outlives it: how far each of its deliveries has come.

One slot a connection, overwritten in place: `started`, `ending` just before the final dot, `done` with the outcome. The
next delivery of a connection begins only when the database has the outcome of the one before, so a slot is enough.
Slots are written and not synced: they are for a killed process, whose writes the kernel keeps. After a crash of the
machine they prove nothing, which is why the header holds the boot's id.
"""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from presstime.mail.states import Accepted, Broken, Outcome, Refused, Stage, Unsendable

SLOT_BYTES: Final = 4096
REPLY_CHARACTERS = 500  # so that a slot holds the longest record
_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")


class Phase(StrEnum):
    STARTED = "started"
    ENDING = "ending"
    DONE = "done"


@dataclass(frozen=True, slots=True)
class Record:
    """The delivery of an e-mail by the try *fence*, and its outcome once there is one."""

    email: UUID
    fence: int
    phase: Phase
    outcome: Outcome | None = None


def begin(path: Path) -> int:
    """Make a journal and lock it; its descriptor, for the courier to inherit.

    The lock belongs to what is open, not to a process: it holds without a gap from here until the courier's end.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    fcntl.flock(file, fcntl.LOCK_EX)
    _write(file, 0, {"boot": boot_id()})
    return file


class Journal:
    """A courier's own journal, by the descriptor that `begin` gave."""

    def __init__(self, file: int) -> None:
        self._file = file

    def note(self, connection: int, record: Record) -> None:
        """Write the state of the delivery on *connection* (from 0)."""
        content: dict[str, Any] = {"email": str(record.email), "fence": record.fence, "phase": record.phase}
        if record.outcome is not None:
            content["outcome"] = outcome_to_json(record.outcome)
        _write(self._file, connection + 1, content)


def _write(file: int, slot: int, content: Mapping[str, Any]) -> None:
    data = json.dumps(content).encode().ljust(SLOT_BYTES - 1) + b"\n"
    os.pwrite(file, data, slot * SLOT_BYTES)


@dataclass(frozen=True, slots=True)
class Reading:
    """What the journals of one node say."""

    records: Mapping[tuple[UUID, int], Record]
    ended: tuple[Path, ...]  # the journals whose couriers are gone
    is_busy: bool  # whether a courier is still at work
    is_complete: bool  # an e-mail that stands nowhere was never begun; a restart of the machine takes that certainty

    def find(self, email: UUID, fence: int) -> Record | None:
        return self.records.get((email, fence))


def path_for(folder: Path, node: str, identity: UUID) -> Path:
    """Where the journal of a new courier of *node* lies."""
    return folder / node.replace("/", "_") / f"{identity}.journal"


def read(folder: Path, node: str, *, except_for: Path | None = None) -> Reading:
    """What all couriers of *node* have left behind; the journal *except_for* is not looked at."""
    records: dict[tuple[UUID, int], Record] = {}
    ended: list[Path] = []
    is_busy = is_complete = False
    paths = set(path_for(folder, node, UUID(int=0)).parent.glob("*.journal")) - {except_for}
    for path in sorted(paths):
        data = _read_ended(path)
        if data is None:
            is_busy = True
            continue
        ended.append(path)
        header, *rest = list(_slots(data)) or [{}]
        is_complete |= header.get("boot") == boot_id()
        records |= {(record.email, record.fence): record for record in map(_record, rest)}
    return Reading(records, tuple(ended), is_busy, is_complete and not is_busy)


def remove(paths: Iterable[Path]) -> None:
    for path in paths:
        path.unlink(missing_ok=True)


def _read_ended(path: Path) -> bytes | None:
    """The journal's bytes; None while its courier lives."""
    with path.open("rb") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return None
        return file.read()


def _slots(data: bytes) -> Iterator[dict[str, Any]]:
    for start in range(0, len(data), SLOT_BYTES):
        text = data[start : start + SLOT_BYTES].strip(b"\0 \n")
        if text:
            content: dict[str, Any] = json.loads(text)
            yield content


def _record(content: Mapping[str, Any]) -> Record:
    outcome = outcome_from_json(content["outcome"]) if "outcome" in content else None
    return Record(UUID(content["email"]), content["fence"], Phase(content["phase"]), outcome)


def boot_id() -> str:
    """Changes with every start of the machine; empty where the kernel does not tell."""
    try:
        return _BOOT_ID.read_text(encoding="ascii").strip()
    except OSError:
        return ""


_KINDS: dict[str, type[Accepted | Refused | Broken | Unsendable]] = {
    kind.__name__.lower(): kind for kind in (Accepted, Refused, Broken, Unsendable)
}


def outcome_to_json(outcome: Outcome) -> dict[str, Any]:
    content = {
        key: value[:REPLY_CHARACTERS] if isinstance(value, str) else value for key, value in asdict(outcome).items()
    }
    return {"kind": type(outcome).__name__.lower(), **content}


def outcome_from_json(content: Mapping[str, Any]) -> Outcome:
    values = {key: value for key, value in content.items() if key != "kind"}
    if "stage" in values:
        values["stage"] = Stage(values["stage"])
    return _KINDS[content["kind"]](**values)
