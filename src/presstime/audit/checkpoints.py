"""Signed statements of how far the log goes, in the database and, told to others, outside of it."""

from __future__ import annotations

import logging
import os
import secrets
from datetime import datetime, timedelta
from pathlib import Path

from django.db import transaction

from presstime.audit import epochs, keys, notes, queries, tree
from presstime.audit.canonical import moment
from presstime.audit.merkle import Frontier
from presstime.audit.models import Checkpoint, Head
from presstime.audit.notes import Statement, Unreadable
from presstime.base.configuration_fields import Configuration
from presstime.base.errors import Conflict

FOLDER = "audit"  # in the data folder
WITNESS = "last-checkpoint.txt"
EVERY = timedelta(hours=1)

log = logging.getLogger("presstime.audit")


def fresh(configuration: Configuration, now: datetime) -> Checkpoint:
    """A checkpoint of all that is in the log now; Conflict when the log does not continue the last one."""
    return _checkpoint(configuration, now, older_than=None)


def regular(configuration: Configuration, now: datetime) -> Checkpoint:
    """The checkpoint of this hour, made also when nothing happened: so that silence can be told from a gap."""
    return _checkpoint(configuration, now, older_than=now - EVERY)


def _checkpoint(configuration: Configuration, now: datetime, *, older_than: datetime | None) -> Checkpoint:
    with transaction.atomic():
        queries.lock_head()
        epoch = epochs.current(configuration, now)  # may write an entry of its own
        head = queries.get_head()
        _check_end(head)
        last = queries.find_last_checkpoint()
        if last is not None and _is_good_enough(last, epoch.number, head, older_than):
            return last
        statement = statement_of(epoch.origin, head, now)
        if last is not None:
            _check_continues(last, head)
        made = queries.add_checkpoint(
            Checkpoint(
                epoch=epoch, size=head.size, time=now, note=notes.sign(statement, keys.signing_key(configuration))
            )
        )
    log.info("audit checkpoint: %d entries, root %s, %s", head.size, statement.root.hex(), epoch.origin)
    return made


def _is_good_enough(last: Checkpoint, epoch: int, head: Head, older_than: datetime | None) -> bool:
    if last.epoch_id != epoch:
        return False
    return last.size == head.size if older_than is None else last.time > older_than


def statement_of(origin: str, head: Head, now: datetime) -> Statement:
    """What a checkpoint of *head* says."""
    return Statement(origin, head.size, Frontier(head.size, bytes(head.frontier)).root(), moment(now))


def _check_end(head: Head) -> None:
    if not queries.ends_with(head.size):
        raise Conflict(
            f"The audit log has lost its last entry, which is number {head.size}; nothing is signed. "
            "Run `presstime audit verify`."
        )


def _check_continues(last: Checkpoint, head: Head) -> None:
    """Conflict unless the log only grew since *last*: what was changed is not signed."""
    said = notes.read(last.note, [epochs.verifier_of(last.epoch)])
    if said.size > head.size or not _is_root(said):
        raise Conflict(
            f"The audit log does not continue its checkpoint of {said.size} entries; nothing is signed. "
            "Run `presstime audit verify`."
        )


def _is_root(said: Statement) -> bool:
    try:
        return tree.root(said.size) == said.root
    except tree.Gone:
        return False


# ---- the witness: the newest checkpoint, in a file ------------------------------------------------------------------


def witness_path(configuration: Configuration) -> Path:
    return configuration.data_path / FOLDER / WITNESS


def read_witness(configuration: Configuration) -> str:
    """The text of the newest checkpoint outside of the database; empty when there is none."""
    path = witness_path(configuration)
    return path.read_text(encoding="utf-8") if path.exists() else ""


def witnesses(configuration: Configuration) -> dict[str, str]:
    """Name and text of every checkpoint outside of the database: the newest, and the last one of each former epoch."""
    folder = witness_path(configuration).parent
    return {f"{FOLDER}/{path.name}": path.read_text(encoding="utf-8") for path in sorted(folder.glob("*.txt"))}


def keep_witness(configuration: Configuration, now: datetime) -> bool:
    """Write down how far the log goes. False, and the file stays, when it says something that the log denies."""
    told = _told(configuration)
    known, head = queries.epochs(), queries.get_head()
    if not queries.ends_with(head.size):
        return False
    if told is not None and known and (told.origin, told.size) == (known[-1].origin, head.size):
        return told.root == Frontier(head.size, bytes(head.frontier)).root()
    if not head.size:
        return True
    with transaction.atomic():
        queries.lock_head()
        epoch = epochs.current(configuration, now)
        head = queries.get_head()
    path = witness_path(configuration)
    if told is not None and told.origin != epoch.origin:
        path.replace(path.with_name(told.origin.replace("/", "-") + ".txt"))
    elif told is not None and (told.size > head.size or not _is_root(told)):
        return False  # the file is the proof that something was taken away
    _write(path, notes.sign(statement_of(epoch.origin, head, now), keys.signing_key(configuration)))
    return True


def _told(configuration: Configuration) -> Statement | None:
    try:
        return notes.read(read_witness(configuration), epochs.verifiers(queries.epochs()))
    except Unreadable:
        return None


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    with draft.open("w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
