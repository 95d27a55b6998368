"""The sealed files of the audit log in the store: each is written once, every manifest names those of its time.

`audit-000000000001-000000065536-20261124T023000Z-1a2b3c4d.sealed.zst.age` lies beside the backups, through the same pipe.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Sequence
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

from presstime.audit.sealed import folder
from presstime.backups.errors import BackupFailed, Damaged, told
from presstime.backups.manifest import LOCAL_NAME, SUFFIX, Manifest, SealedFile, read
from presstime.backups.pages import Plain
from presstime.backups.store import PART, Store
from presstime.backups.stream import Hasher, Identity, Recipient, Sealed, digest, seal, unseal
from presstime.base.configuration_fields import Configuration

ENDING = ".sealed.zst.age"
PLAIN = ".jsonl.zst"
BLOCK = 1 << 16
_LOCAL = re.compile(LOCAL_NAME)
_STORED = re.compile(r"(audit-\d{12}-\d{12})-(\d{8}T\d{6}Z)-[0-9a-f]{8}\.sealed\.zst\.age(\.part)?")


# ---- making ---------------------------------------------------------------------------------------------------------


def keep_all(
    store: Store,
    configuration: Configuration,
    mark: str,
    recipients: Sequence[Recipient],
    key: Identity,
    trusted: frozenset[str],
) -> tuple[SealedFile, ...]:
    """See that every sealed file of this installation lies in the store; *key* reads back what is written now.

    *mark* is time and number of the backup, for the names. To be called when the database has been copied: what is sealed
    later is in the next backup.
    """
    here = sorted(path for path in folder(configuration).glob("audit-*.jsonl.zst") if _LOCAL.fullmatch(path.name))
    if not here:
        return ()
    known = _known(store, store.names(), recipients, trusted)
    return tuple(
        known.get((path.name, _sha256(path))) or _write(store, path, mark, [*recipients, key.to_public()], key)
        for path in here
    )


def _known(
    store: Store, names: list[str], recipients: Sequence[Recipient], trusted: frozenset[str]
) -> dict[tuple[str, str], SealedFile]:
    """What the newest manifest names, is there, and can be read by the recipients of today."""
    newest = newest_manifest(store, names, trusted)
    if newest is None or set(newest.recipients) != {str(each) for each in recipients}:
        return {}
    return {(each.name, each.plain_sha256): each for each in newest.sealed if each.stored in names}


def newest_manifest(store: Store, names: list[str], trusted: frozenset[str]) -> Manifest | None:
    """The newest manifest that is whole."""
    for name in reversed([each for each in names if each.endswith(".age" + SUFFIX)]):
        try:
            return read(store.read(name), name.removesuffix(SUFFIX), trusted)
        except Damaged:
            continue  # verifying tells of it
    return None


def _write(store: Store, path: Path, mark: str, recipients: Sequence[Recipient], key: Identity) -> SealedFile:
    stored = f"{path.name.removesuffix(PLAIN)}-{mark}{ENDING}"
    with closing(Plain(path, BLOCK)) as plain:
        with store.told(f"Writing {stored}"), store.create(stored + PART) as target:
            sealed = seal(plain, target, recipients)
        hasher = Hasher()
        with store.told(f"Reading back {stored}"), store.open(stored + PART) as source:
            found = unseal(source, hasher, [key])
        if found != sealed or hasher.sha256 != plain.sha256:
            raise Damaged(f"{stored} was read back and is not what was written; the place of the backups loses data.")
        store.publish(stored)
        return SealedFile(
            name=path.name, stored=stored, bytes=sealed.bytes, sha256=sealed.sha256, plain_sha256=plain.sha256
        )


def _sha256(path: Path) -> str:
    with told(f"Reading {path.name}"), path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


# ---- verifying and restoring ----------------------------------------------------------------------------------------


def check(store: Store, manifest: Manifest, identities: list[Identity], seen: set[str]) -> None:
    """Damaged unless every sealed file that *manifest* names is stored as it was signed; those *seen* are not read again."""
    for each in manifest.sealed:
        if each.sha256 in seen:
            continue
        _check_stored(store, each)
        if identities:
            _unseal(store, each, Hasher(), identities)
        seen.add(each.sha256)


def _check_stored(store: Store, each: SealedFile) -> None:
    if not store.exists(each.stored):
        raise Damaged(f"{each.stored} is missing in {store.shown}.")
    with store.told(f"Reading {each.stored}"), store.open(each.stored) as stored:
        found = digest(stored)
    if found != Sealed(each.bytes, each.sha256):
        raise Damaged(f"{each.stored} was changed after it had been signed.")


def _unseal(store: Store, each: SealedFile, sink: Hasher, identities: list[Identity]) -> None:
    with store.told(f"Reading {each.stored}"), store.open(each.stored) as stored:
        unseal(stored, sink, identities)
    if sink.sha256 != each.plain_sha256:
        raise Damaged(f"{each.stored} does not hold the {each.name} that was signed.")


def put_back(
    store: Store, configuration: Configuration, manifest: Manifest, identities: list[Identity], now: datetime
) -> list[str]:
    """Bring back the sealed files that are missing or differ here; the sentences to be said of it.

    Nothing is lost: a file that differs is kept under another name. One that cannot be had does not keep the database from
    coming back; verifying the log names it.
    """
    said = []
    for each in manifest.sealed:
        path = folder(configuration) / each.name
        try:
            if not path.exists() or _sha256(path) != each.plain_sha256:
                said.append(_put(store, each, path, identities, now))
        except BackupFailed as error:
            said.append(f"The sealed entries {path.parent.name}/{path.name} are missing: {error.message}")
    return said


def _put(store: Store, each: SealedFile, path: Path, identities: list[Identity], now: datetime) -> str:
    draft = path.with_name(f".{path.name}.restoring")
    with told(f"Writing {path.name}"):
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        try:
            draft.touch(mode=0o600)
            with draft.open("wb") as file:
                _unseal(store, each, Hasher(file), identities)
                os.fsync(file.fileno())
            kept = ""
            if path.exists():
                aside = path.with_name(f"{path.name}.before-restore-{now.astimezone(UTC):%Y%m%dT%H%M%SZ}")
                path.replace(aside)
                kept = f"; the former one is {aside.name}"
            draft.replace(path)
        finally:
            draft.unlink(missing_ok=True)
    return f"Wrote {path.parent.name}/{path.name}{kept}."


# ---- retention ------------------------------------------------------------------------------------------------------


def surplus(store: Store, trusted: frozenset[str], now: datetime, *, after: timedelta) -> list[str]:
    """Stored files that no manifest names any more and that another one replaces, and what killed processes left.

    The last copy of a sealed file always stays. *after* this time: another host may be at a younger one.
    """
    names = store.names()
    found = {name: match for name in names if (match := _STORED.fullmatch(name))}
    old = [name for name, match in found.items() if now - _made_at(match[2]) > after]
    parts = [name for name in old if name.endswith(PART)]
    newest = newest_manifest(store, names, trusted)
    if newest is None:
        return parts
    replaced = {each.name.removesuffix(PLAIN) for each in newest.sealed}
    in_use = {each.stored for each in newest.sealed}
    doubtful = [name for name in old if name not in in_use and name not in parts and found[name][1] in replaced]
    if doubtful:
        in_use |= _named(store, names, trusted)
    return parts + [name for name in doubtful if name not in in_use]


def _named(store: Store, names: list[str], trusted: frozenset[str]) -> set[str]:
    """What any manifest names; of one that is damaged every name that stands in it."""
    named: set[str] = set()
    for name in names:
        if not name.endswith(".age" + SUFFIX):
            continue
        content = store.read(name)
        try:
            named |= {each.stored for each in read(content, name.removesuffix(SUFFIX), trusted).sealed}
        except Damaged:
            named |= {match[0] for match in _STORED.finditer(content.decode(errors="replace"))}
    return named


def _made_at(text: str) -> datetime:
    return datetime.strptime(text, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
