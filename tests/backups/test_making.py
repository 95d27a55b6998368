"""What is made comes back to the byte, and nothing that was touched passes for it."""

from __future__ import annotations

import hashlib
import io
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pyrage
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from presstime.backups import enclosure, keys, making, manifest, stream, verifying
from presstime.backups.errors import BackupFailed, Damaged
from presstime.backups.making import Made, Workshop
from presstime.backups.manifest import SUFFIX
from presstime.base.errors import NotFound
from tests.backups.conftest import Make, change, contents, workshop_in

FEW = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def file_of(shop: Workshop, made: Made) -> Path:
    return Path(shop.store.shown.removeprefix("file://")) / made.manifest.name


def verify(shop: Workshop, made: Made, *, with_key: bool = True) -> str:
    trusted = keys.trusted_signers(shop.configuration)
    manifest = verifying.load(shop, made.manifest.name, trusted)
    return verifying.verify(shop, manifest, trusted, keys.identities(shop.configuration) if with_key else [])


def restored(shop: Workshop, made: Made, target: Path) -> Path:
    trusted = keys.trusted_signers(shop.configuration)
    verifying.materialise(shop, made.manifest, trusted, keys.identities(shop.configuration), target)
    return target


def test_a_full_backup_restores_to_the_same_rows(shop: Workshop, make: Make, tmp_path: Path) -> None:
    made = make()
    assert shop.database.file is not None
    assert contents(restored(shop, made, tmp_path / "restored")) == contents(shop.database.file)
    assert verify(shop, made) == verifying.CONTENTS
    assert verify(shop, made, with_key=False) == verifying.STORED


@pytest.mark.parametrize(
    "sql",
    [
        "update entries set text = upper(text) where id % 500 = 0",
        "insert into entries (text) select text from entries",
        "delete from entries where id > 10",
    ],
    ids=["changed", "grown", "emptied"],
)
def test_an_incremental_backup_holds_the_changed_pages_and_restores_with_its_full_one(
    shop: Workshop, make: Make, tmp_path: Path, sql: str
) -> None:
    full = make()
    assert shop.database.file is not None
    change(shop.database.file, sql)
    change(shop.database.file, "vacuum" if "delete" in sql else "pragma wal_checkpoint")
    made = make(base=full)
    assert made.manifest.kind == "incremental"
    assert 0 < made.manifest.changed_pages * 4096 <= made.manifest.uncompressed_bytes
    assert contents(restored(shop, made, tmp_path / "restored")) == contents(shop.database.file)
    assert verify(shop, made) == verifying.CONTENTS


def test_the_server_needs_no_private_key_to_prove_what_it_has_written(
    tmp_path: Path, now: datetime, shop: Workshop
) -> None:
    identity = pyrage.x25519.Identity.generate()
    configuration = shop.configuration.model_copy(update={"backup_recipient": str(identity.to_public())})
    elsewhere = replace(shop, configuration=configuration)
    order = making.Order(making.UUID(int=1), now, {})
    made = making.make(order, elsewhere)
    assert not (configuration.keys_path / keys.IDENTITY_FILE).exists()
    assert made.manifest.recipients == (str(identity.to_public()),)
    file = tmp_path / "key.txt"
    file.write_text(str(identity))
    target = tmp_path / "restored"
    verifying.materialise(elsewhere, made.manifest, frozenset(), keys.identities(configuration, file), target)
    assert contents(target)


def test_a_person_restores_with_nothing_but_age_and_zstd(shop: Workshop, make: Make, tmp_path: Path) -> None:
    made = make()
    tools = [shutil.which("age"), shutil.which("zstd")]
    if not all(tools):
        pytest.skip("no age or zstd here")
    key = shop.configuration.keys_path / keys.IDENTITY_FILE
    script = f"age -d -i {key} {file_of(shop, made)} | zstd -dq > {tmp_path / 'by-hand'}"
    subprocess.run(["sh", "-c", script], check=True)
    assert shop.database.file is not None
    assert contents(tmp_path / "by-hand") == contents(shop.database.file)


def test_a_person_puts_an_incremental_backup_in_by_the_documented_script(
    shop: Workshop, make: Make, tmp_path: Path
) -> None:
    full = make()
    assert shop.database.file is not None
    change(shop.database.file)
    made = make(base=full)
    document = (Path(__file__).parents[2] / "docs/backups.md").read_text()
    (tmp_path / "patch.py").write_text(document.split("# patch.py\n")[1].split("```")[0])
    identities = keys.identities(shop.configuration)
    for each, name in ((full, "database"), (made, "pages")):
        with file_of(shop, each).open("rb") as stored, (tmp_path / name).open("wb") as plain:
            stream.unseal(stored, plain, identities)
    subprocess.run([sys.executable, "patch.py", "database", "pages"], cwd=tmp_path, check=True)
    assert hashlib.sha256((tmp_path / "database").read_bytes()).hexdigest() == made.manifest.database_sha256


def test_keys_and_settings_are_enclosed_and_what_is_not_is_named(shop: Workshop, make: Make, tmp_path: Path) -> None:
    (tmp_path / "presstime.toml").write_text('time_zone = "UTC"\n')
    made = make()
    files = enclosure.unseal(made.manifest.keys, keys.identities(shop.configuration))
    assert set(files) == set(made.manifest.enclosed)
    assert files["keys/secret-key.txt"].decode().startswith("test-key-")
    assert files["settings/presstime.toml"] == b'time_zone = "UTC"\n'
    assert "keys/backup-identity.txt" not in files
    assert any("report" in each for each in made.manifest.not_enclosed)


def test_what_other_features_say_stands_in_the_signed_manifest(shop: Workshop, now: datetime) -> None:
    said = {"checkpoint": "example.com/audit\n7\n"}
    made = making.make(making.Order(making.UUID(int=1), now, {}), replace(shop, extras=lambda: said))
    assert made.manifest.extras == said
    path = file_of(shop, made).with_name(made.manifest.name + SUFFIX)
    path.write_bytes(path.read_bytes().replace(b"audit\\n7", b"audit\\n6"))
    with pytest.raises(Damaged, match="signature"):
        verify(shop, made)


def test_a_failed_attempt_leaves_nothing(shop: Workshop, make: Make) -> None:
    full = make()
    shutil.rmtree(shop.pages_path)
    with pytest.raises(BackupFailed, match="make a full one"):
        make(base=full)
    assert shop.store.names() == sorted([full.manifest.name, full.manifest.name + SUFFIX])
    assert not shop.work_path.exists()


def test_a_database_that_is_damaged_is_not_backed_up(shop: Workshop, make: Make) -> None:
    assert shop.database.file is not None
    change(shop.database.file, "pragma wal_checkpoint(truncate)")
    content = bytearray(shop.database.file.read_bytes())
    content[3 * 4096 : 3 * 4096 + 200] = b"\xff" * 200
    shop.database.file.write_bytes(content)
    with pytest.raises(BackupFailed, match=r"damaged|malformed"):
        make()
    assert shop.store.names() == []


@FEW
@given(place=st.floats(0, 1, exclude_max=True), bit=st.integers(0, 7), which=st.sampled_from(["", SUFFIX]))
def test_every_flipped_bit_is_found(shop: Workshop, make: Make, place: float, bit: int, which: str) -> None:
    made = _once(shop, make)
    path = file_of(shop, made)
    path = path.with_name(path.name + which)
    content = path.read_bytes()
    at = int(place * len(content))
    path.write_bytes(content[:at] + bytes([content[at] ^ 1 << bit]) + content[at + 1 :])
    for with_key in (True, False):
        with pytest.raises(Damaged):
            verify(shop, made, with_key=with_key)
    path.write_bytes(content)


def _each_byte_changed(content: bytes) -> Iterator[bytes]:
    for at in range(len(content)):
        yield content[:at] + bytes([content[at] ^ 1]) + content[at + 1 :]


@pytest.mark.slow
def test_every_single_byte_of_a_small_backup_counts(shop: Workshop, make: Make) -> None:
    assert shop.database.file is not None
    change(shop.database.file, "delete from entries where id > 5")
    change(shop.database.file, "vacuum")
    made = make()
    trusted, identities = keys.trusted_signers(shop.configuration), keys.identities(shop.configuration)
    for changed in _each_byte_changed(made.manifest_bytes):
        with pytest.raises(Damaged):
            manifest.read(changed, made.manifest.name, trusted)
    for changed in _each_byte_changed(file_of(shop, made).read_bytes()):
        assert stream.digest(io.BytesIO(changed)).sha256 != made.manifest.sha256
        with pytest.raises(Damaged):  # also without the signed sum: age and zstd alone
            stream.unseal(io.BytesIO(changed), io.BytesIO(), identities)
    assert verify(shop, made) == verifying.CONTENTS


@FEW
@given(share=st.floats(0, 1, exclude_max=True), which=st.sampled_from(["", SUFFIX]))
def test_every_truncation_is_found(shop: Workshop, make: Make, share: float, which: str) -> None:
    made = _once(shop, make)
    path = file_of(shop, made)
    path = path.with_name(path.name + which)
    content = path.read_bytes()
    path.write_bytes(content[: int(share * len(content))])
    with pytest.raises(Damaged):
        verify(shop, made)
    path.write_bytes(content)


def _once(shop: Workshop, make: Make) -> Made:
    """The same backup for every example of a property."""
    found = verifying.catalogue(shop, keys.trusted_signers(shop.configuration))
    if not found:
        return make()
    assert found[0].manifest is not None
    return Made(found[0].manifest, b"")


@pytest.mark.parametrize("swapped", [("",), (SUFFIX,), ("", SUFFIX)], ids=["files", "manifests", "both"])
def test_two_swapped_backups_are_found(shop: Workshop, make: Make, swapped: tuple[str, ...]) -> None:
    first = make()
    assert shop.database.file is not None
    change(shop.database.file)
    second = make()
    for ending in swapped:
        one, other = (file_of(shop, each).with_name(each.manifest.name + ending) for each in (first, second))
        content = one.read_bytes()
        one.write_bytes(other.read_bytes())
        other.write_bytes(content)
    for made in (first, second):
        with pytest.raises(Damaged):
            verify(shop, made)


def test_a_backup_signed_by_another_key_is_found(shop: Workshop, make: Make, tmp_path: Path, now: datetime) -> None:
    made = make()
    stranger = workshop_in(tmp_path / "stranger", now, tmp_path / "store")
    recipient = keys.pair(shop.configuration).recipients[0]
    configuration = stranger.configuration.model_copy(update={"backup_recipient": recipient})
    assert shop.database.file is not None
    other = replace(shop, configuration=configuration)
    forged = making.make(making.Order(made.manifest.id, made.manifest.created_at, {}), other)
    assert forged.manifest.name == made.manifest.name
    with pytest.raises(Damaged, match="another key"):
        verify(shop, made)


def test_an_empty_machine_with_the_identity_file_knows_whom_to_trust(
    shop: Workshop, make: Make, tmp_path: Path, now: datetime
) -> None:
    made = make()
    key = shop.configuration.keys_path / keys.IDENTITY_FILE
    empty = workshop_in(tmp_path / "empty", now, tmp_path / "store")
    trusted = keys.trusted_signers(empty.configuration, key)
    assert trusted == keys.trusted_signers(shop.configuration)
    assert verifying.find(empty, str(made.manifest.id), trusted) == made.manifest
    assert verifying.find(empty, verifying.LATEST, trusted) == made.manifest
    with pytest.raises(NotFound):
        verifying.find(empty, "00000000-0000-0000-0000-000000000000", trusted)


def test_an_incremental_backup_without_its_full_one_is_found(shop: Workshop, make: Make) -> None:
    full = make()
    assert shop.database.file is not None
    change(shop.database.file)
    made = make(base=full)
    file_of(shop, full).unlink()
    for with_key in (True, False):
        with pytest.raises(BackupFailed):
            verify(shop, made, with_key=with_key)
