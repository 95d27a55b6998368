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
    return _begin(configuration, now, known, known_size=None, backup="")


def begin_after_restore(configuration: Configuration, *, known_size: int | None, backup: str, now: datetime) -> Epoch:
    """Begin the next epoch: *backup* has taken the place of a log of *known_size* entries, None where nobody knows."""
    size = queries.lock_head().size
    known = queries.epochs()
    target = Target("backup", backup, backup)
    record("audit.restored", target, old={"size": known_size}, new={"size": size}, now=now)
    return _begin(configuration, now, known, known_size=known_size, backup=backup, size=size)


def _begin(
    configuration: Configuration,
    now: datetime,
    known: list[Epoch],
    *,
    known_size: int | None,
    backup: str,
    size: int | None = None,
) -> Epoch:
    number = known[-1].number + 1 if known else 1
    return queries.add_epoch(
        Epoch(
            number=number,
            origin=f"{_host(configuration, known)}/audit/{number}",
            public_key=keys.public_bytes(configuration).hex(),
            began_at=now,
            began_with=queries.get_head().size if size is None else size,
            known_size=known_size,
            backup=backup,
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
