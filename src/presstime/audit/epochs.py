"""A restore takes the log back legally; so that nobody takes it for a forgery, a new epoch begins, and says so."""

from __future__ import annotations

from datetime import datetime
from urllib.parse import urlsplit

from presstime.audit import keys, queries
from presstime.audit.models import Epoch
from presstime.audit.notes import Verifier
from presstime.audit.service import record
from presstime.audit.targets import Target
from presstime.base.configuration_fields import Configuration


def current(configuration: Configuration, now: datetime) -> Epoch:
    """The epoch in force; call it with the head locked. The first begins here, and another one with another key."""
    known = queries.epochs()
    key = keys.public_bytes(configuration).hex()
    if known and known[-1].public_key == key:
        return known[-1]
    if known:
        target = Target("audit", str(known[-1].number + 1), "signing key")
        old = {"verifier": str(verifier_of(known[-1]))}
        record("audit.key_changed", target, old=old, new={"public_key": key}, now=now)
    return _begin(configuration, now, known)


def begin_after_restore(configuration: Configuration, *, replaced: str, backup: str, now: datetime) -> Epoch:
    """Begin the next epoch, since *backup* has taken the place of the log whose last checkpoint reads *replaced*.

    The key stays that of the log in the backup: its file comes back with it.
    """
    size = queries.lock_head().size
    known = queries.epochs()
    origin, known_size = _of(replaced)
    target = Target("backup", backup, backup)
    record("audit.restored", target, old={"size": known_size}, new={"size": size}, now=now)
    number = max(number_of(origin), known[-1].number if known else 0) + 1
    host = _host(configuration, known) if known or not origin else origin.partition("/")[0]
    key = known[-1].public_key if known else keys.public_bytes(configuration).hex()
    return queries.add_epoch(
        Epoch(
            number=number,
            origin=f"{host}/audit/{number}",
            public_key=key,
            began_at=now,
            began_with=size,
            known_size=known_size,
            backup=backup,
        )
    )


def _of(note: str) -> tuple[str, int | None]:
    """The name and the size in a checkpoint, without looking at its signature."""
    origin, _, rest = note.partition("\n")
    size = rest.partition("\n")[0]
    return (origin, int(size)) if size.isascii() and size.isdecimal() else ("", None)


def number_of(origin: str) -> int:
    """The number of the epoch with this name; 0 of no name."""
    number = origin.rpartition("/")[2]
    return int(number) if number.isascii() and number.isdecimal() else 0


def _begin(configuration: Configuration, now: datetime, known: list[Epoch]) -> Epoch:
    number = known[-1].number + 1 if known else 1
    return queries.add_epoch(
        Epoch(
            number=number,
            origin=f"{_host(configuration, known)}/audit/{number}",
            public_key=keys.public_bytes(configuration).hex(),
            began_at=now,
            began_with=queries.get_head().size,
        )
    )


def _host(configuration: Configuration, known: list[Epoch]) -> str:
    """The log keeps the name with which it began, whatever the address is later."""
    if known:
        return known[0].origin.partition("/")[0]
    return urlsplit(configuration.base_url).netloc.replace("+", "") or "presstime"


def verifier_of(epoch: Epoch) -> Verifier:
    """The key that checks the checkpoints of *epoch*."""
    return Verifier(epoch.origin, bytes.fromhex(epoch.public_key))


def verifiers(known: list[Epoch]) -> list[Verifier]:
    """The keys of all epochs *known*, and of those between them that a restore took away with their rows."""
    found = [verifier_of(epoch) for epoch in known]
    if not known:
        return found
    host, numbers = known[0].origin.partition("/")[0], {epoch.number for epoch in known}
    lost = [number for number in range(1, known[-1].number) if number not in numbers]
    keys_ = {verifier.public_key for verifier in found}
    return [*found, *(Verifier(f"{host}/audit/{number}", key) for number in lost for key in keys_)]
