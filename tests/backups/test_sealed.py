"""Sealed files of the audit log travel with the backups, each stored once; the last copy of one never goes."""

from __future__ import annotations

import os
import shutil
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pyrage
import pytest

from presstime.backups import keys, sealed, stream, verifying
from presstime.backups.errors import Damaged
from presstime.backups.making import Made, Order, Workshop, make
from presstime.base.ids import uuid7
from tests.backups.conftest import Make

FIRST, SECOND = "audit-000000000001-000000000512.jsonl.zst", "audit-000000000513-000000001024.jsonl.zst"
AFTER = timedelta(days=2)


@pytest.fixture
def log(shop: Workshop) -> Path:
    """The folder of a log whose first entries are sealed."""
    folder = shop.configuration.data_path / "audit"
    folder.mkdir()
    (folder / FIRST).write_bytes(os.urandom(200_000))
    (folder / "last-checkpoint.txt").write_text("not sealed")
    return folder


def place(shop: Workshop) -> Path:
    return Path(shop.store.shown.removeprefix("file://"))


def stored(shop: Workshop) -> list[str]:
    return [name for name in shop.store.names() if name.endswith(sealed.ENDING)]


def identities(shop: Workshop) -> list[stream.Identity]:
    return keys.identities(shop.configuration)


def put_back(shop: Workshop, made: Made, now: datetime) -> list[str]:
    return sealed.put_back(shop.store, shop.configuration, made.manifest, identities(shop), now)


def verify(shop: Workshop, made: Made, *, with_key: bool = True) -> str:
    trusted = keys.trusted_signers(shop.configuration)
    return verifying.verify(replace(shop, seen=set()), made.manifest, trusted, identities(shop) if with_key else [])


def surplus(shop: Workshop, now: datetime) -> list[str]:
    return sealed.surplus(shop.store, keys.trusted_signers(shop.configuration), now, after=AFTER)


def test_each_is_stored_once_and_named_by_every_backup(shop: Workshop, make: Make, log: Path) -> None:
    full = make()
    assert [each.name for each in full.manifest.sealed] == [FIRST]
    (log / SECOND).write_bytes(os.urandom(100))
    second = make()
    assert [each.name for each in second.manifest.sealed] == [FIRST, SECOND]
    assert second.manifest.sealed[0] == full.manifest.sealed[0]
    assert stored(shop) == sorted(each.stored for each in second.manifest.sealed)
    assert (log / FIRST).read_bytes()[:64] not in (place(shop) / stored(shop)[0]).read_bytes()
    assert verify(shop, second) == verifying.CONTENTS
    assert verify(shop, second, with_key=False) == verifying.STORED


def test_a_restore_brings_back_what_is_missing_and_keeps_what_differs(
    shop: Workshop, make: Make, log: Path, now: datetime
) -> None:
    (log / SECOND).write_bytes(b"second")
    made, first = make(), (log / FIRST).read_bytes()
    assert put_back(shop, made, now) == []
    (log / FIRST).unlink()
    (log / SECOND).write_bytes(b"of another time")
    said = put_back(shop, made, now)
    assert said[0] == f"Wrote audit/{FIRST}."
    assert "the former one is" in said[1]
    assert (log / FIRST).read_bytes() == first
    assert (log / FIRST).stat().st_mode & 0o777 == 0o600
    assert (log / SECOND).read_bytes() == b"second"
    assert [path.read_bytes() for path in log.glob("*.before-restore-*")] == [b"of another time"]
    assert not list(log.glob(".*"))


@pytest.mark.parametrize("with_key", [True, False], ids=["with the key", "without it"])
@pytest.mark.parametrize("fate", ["changed", "lost"])
def test_a_stored_file_that_was_changed_or_lost_is_found_and_hinders_no_restore(
    shop: Workshop, make: Make, log: Path, now: datetime, fate: str, with_key: bool
) -> None:
    made = make()
    path = place(shop) / stored(shop)[0]
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)
    if fate == "lost":
        path.unlink()
    with pytest.raises(Damaged, match=r"was changed|is missing"):
        verify(shop, made, with_key=with_key)
    (log / FIRST).unlink()
    (said,) = put_back(shop, made, now)
    assert "are missing" in said
    assert list(log.iterdir()) == [log / "last-checkpoint.txt"]


def test_a_file_that_was_lost_in_the_store_is_stored_again(shop: Workshop, make: Make, log: Path) -> None:
    make()
    (place(shop) / stored(shop)[0]).unlink()
    made = make()
    assert stored(shop) == [made.manifest.sealed[0].stored]
    assert verify(shop, made) == verifying.CONTENTS


def test_another_recipient_can_read_them_too(shop: Workshop, log: Path, now: datetime, tmp_path: Path) -> None:
    make(Order(uuid7(), now, {}), shop)
    identity = pyrage.x25519.Identity.generate()
    other = shop.configuration.model_copy(update={"backup_recipient": str(identity.to_public())})
    made = make(Order(uuid7(), now + timedelta(hours=1), {}), replace(shop, configuration=other))
    assert len(stored(shop)) == 2
    content = (log / FIRST).read_bytes()
    (log / FIRST).unlink()
    (tmp_path / "key").write_text(str(identity))
    sealed.put_back(shop.store, other, made.manifest, keys.identities(other, tmp_path / "key"), now)
    assert (log / FIRST).read_bytes() == content


def test_retention_keeps_what_a_backup_names_and_the_last_copy_of_each(
    shop: Workshop, make: Make, log: Path, now: datetime
) -> None:
    (log / SECOND).write_bytes(b"second")
    first = make()
    (log / FIRST).write_bytes(b"changed since, so that it is stored anew")
    shutil.move(log / SECOND, log / "elsewhere")
    second = make()
    late = now + timedelta(days=3)
    assert surplus(shop, late) == [], "the first backup names all"
    for name in (first.manifest.name, first.manifest.name + ".json"):
        shop.store.remove(name)
    assert surplus(shop, now + timedelta(hours=1)) == [], "another host may be at it"
    old = next(each.stored for each in first.manifest.sealed if each.name == FIRST)
    assert surplus(shop, late) == [old], "of the second file it is the only copy"
    assert second.manifest.sealed[0].stored in stored(shop)


def test_what_a_killed_process_left_goes(shop: Workshop, make: Make, log: Path, now: datetime) -> None:
    make()
    part = f"audit-000000000513-000000001024-20261124T090000Z-00000000{sealed.ENDING}.part"
    (place(shop) / part).write_bytes(b"half")
    assert surplus(shop, now) == []
    assert surplus(shop, now + timedelta(days=3)) == [part]


def test_an_installation_without_sealed_entries_stores_none(shop: Workshop, make: Make) -> None:
    assert make().manifest.sealed == ()
    assert stored(shop) == []
