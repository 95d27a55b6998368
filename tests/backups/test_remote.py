"""Backups to a real S3 server and a real SFTP server: made, read, pruned, restored; refused, cut, silent and full."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import asyncssh
import pytest

from presstime.backups import keys, making, verifying
from presstime.backups.errors import BackupFailed, Damaged, Unreachable
from presstime.backups.making import Made, Order, Workshop
from presstime.backups.manifest import SUFFIX
from presstime.backups.store import PART, Store
from presstime.base.ids import uuid7
from tests.backups.conftest import base_of, change, contents
from tests.machine import mounted
from tests.remote_places import FOLDER, PASSWORD, RUNNING, Loop, Place, running_sftp

QUICK_SECONDS = 0.4  # the time limit where the server is silent
Reach = Callable[..., Store]


@pytest.fixture(scope="module")
def loop() -> Iterator[Loop]:
    import fsspec.asyn

    # The threads of s3fs live as long as the process: they are there before the first test, and are not what it leaves.
    resolver = ThreadPoolExecutor(1)
    resolver.submit(int).result()
    fsspec.asyn.get_loop().set_default_executor(resolver)
    with closing(Loop()) as found:
        yield found


@pytest.fixture(scope="module", params=sorted(RUNNING))
def server(request: pytest.FixtureRequest, loop: Loop, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    with RUNNING[request.param](loop, tmp_path_factory.mktemp("server") / "disk") as found:
        yield found


@pytest.fixture
def shop(shop: Workshop) -> Workshop:
    """With more than compresses, so that a connection can end in the middle."""
    assert shop.database.file is not None
    change(shop.database.file, "insert into entries (text) select hex(randomblob(80)) from entries")
    return shop


@pytest.fixture
def place(server: Place) -> Iterator[Place]:
    """The server, whole and empty."""
    yield server
    server.proxy.heal()
    server.tried.clear()
    shutil.rmtree(server.folder / FOLDER / "of-presstime", ignore_errors=True)


@pytest.fixture
def reach(place: Place) -> Iterator[Reach]:
    """`reach(…)` a store there; what is given goes into the address."""
    opened: list[Store] = []

    def reach(timeout_seconds: float = 20, **given: str) -> Store:
        opened.append(Store(place.url(**given), timeout_seconds=timeout_seconds, known_hosts=place.known_hosts))
        return opened[-1]

    yield reach
    for store in opened:
        store.close()


@pytest.fixture
def away(shop: Workshop, reach: Reach) -> Workshop:
    return replace(shop, store=reach())


def make(shop: Workshop, base: Made | None = None) -> Made:
    created_at = shop.clock() + timedelta(hours=1 if base else 0)
    return making.make(Order(uuid7(), created_at, {}, base=base_of(base)), shop)


def restored(shop: Workshop, made: Made, target: Path) -> list[tuple[object, ...]]:
    trusted, identities = keys.trusted_signers(shop.configuration), keys.identities(shop.configuration)
    verifying.materialise(shop, made.manifest, trusted, identities, target)
    return contents(target)


def test_a_full_and_an_incremental_backup_are_made_verified_and_restored(
    away: Workshop, place: Place, tmp_path: Path
) -> None:
    assert away.store.names() == []
    full = make(away)
    assert away.database.file is not None
    before = contents(away.database.file)
    change(away.database.file)
    incremental = make(away, full)
    names = [each.manifest.name for each in (full, incremental)]
    assert away.store.names() == place.files() == sorted(names + [name + SUFFIX for name in names])
    trusted, identities = keys.trusted_signers(away.configuration), keys.identities(away.configuration)
    assert [each.name for each in verifying.catalogue(away, trusted)] == names[::-1]
    for made in (full, incremental):
        assert verifying.verify(away, made.manifest, trusted, identities) == verifying.CONTENTS
    assert restored(away, full, tmp_path / "full") == before
    assert restored(away, incremental, tmp_path / "incremental") == contents(away.database.file)


def test_a_changed_and_a_missing_file_are_damaged(away: Workshop, place: Place) -> None:
    made = make(away)
    trusted = keys.trusted_signers(away.configuration)
    path = place.folder / FOLDER / "of-presstime" / made.manifest.name
    content = path.read_bytes()
    path.write_bytes(content[:-7] + bytes(7))
    with pytest.raises(Damaged):
        verifying.check_stored(away, made.manifest)
    path.unlink()
    away.store.remove(made.manifest.name)
    with pytest.raises(Damaged, match="is missing"):
        verifying.check_stored(away, made.manifest)
    away.store.remove(made.manifest.name + SUFFIX)
    with pytest.raises(Damaged, match="is missing"):
        verifying.load(away, made.manifest.name, trusted)


def test_a_wrong_password_is_told_and_not_repeated(shop: Workshop, reach: Reach) -> None:
    for given in ({"password": "wrong-" + PASSWORD}, {"user": "mallory"}):
        with pytest.raises(BackupFailed, match="access was refused") as refused:
            make(replace(shop, store=reach(**given)))
        assert not isinstance(refused.value, Unreachable | Damaged)
        assert PASSWORD not in refused.value.message


@pytest.mark.parametrize("server", ["s3"], indirect=True)
def test_a_bucket_that_is_missing_is_told_and_not_made(shop: Workshop, reach: Reach, place: Place) -> None:
    store = reach(folder="elsewhere")
    for work in (store.names, lambda: make(replace(shop, store=store))):
        with pytest.raises(BackupFailed, match="the bucket does not exist") as failed:
            work()
        assert not isinstance(failed.value, Unreachable | Damaged)
    assert not (place.folder / "elsewhere").exists()


def test_a_folder_that_is_missing_is_made(reach: Reach) -> None:
    store = reach(path="of-presstime/below")
    assert store.names() == []
    store.write("one", b"first")
    assert store.names() == ["one"]


def test_a_connection_that_broke_is_told_leaves_nothing_that_counts_and_the_next_one_succeeds(
    away: Workshop, place: Place
) -> None:
    place.proxy.cut_after(60_000)
    with pytest.raises(Unreachable, match=r"the connection broke|no connection"):
        make(away)
    assert place.proxy.was_cut
    assert [name for name in place.files() if not name.endswith(PART)] == []
    place.proxy.heal()
    made = make(away)
    assert {made.manifest.name, made.manifest.name + SUFFIX} <= set(away.store.names())


def test_a_connection_that_broke_while_reading_is_no_damage(away: Workshop, place: Place, tmp_path: Path) -> None:
    made = make(away)
    place.proxy.cut_after(60_000)
    with pytest.raises(Unreachable):
        restored(away, made, tmp_path / "first")
    place.proxy.heal()
    assert away.database.file is not None
    assert restored(away, made, tmp_path / "again") == contents(away.database.file)


@pytest.mark.parametrize("sent", [0, 60_000], ids=["at once", "in the middle"])
def test_a_silent_server_is_left_when_its_time_is_up(shop: Workshop, reach: Reach, place: Place, sent: int) -> None:
    silent = replace(shop, store=reach(timeout_seconds=QUICK_SECONDS))
    place.proxy.fall_silent_after(sent)
    with pytest.raises(Unreachable, match="did not answer in time"):
        make(silent)
    place.proxy.heal()
    assert [name for name in place.files() if not name.endswith(PART)] == []


def test_a_server_that_is_away_is_told(shop: Workshop, place: Place) -> None:
    gone = place.url().replace(f":{place.proxy.port}", ":1")
    with (
        closing(Store(gone, timeout_seconds=20)) as store,
        pytest.raises(Unreachable, match="no connection"),
    ):
        store.probe()


def test_a_full_disk_there_is_told_and_leaves_no_backup(shop: Workshop, loop: Loop, tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    with mounted(disk, 64 << 10), running_sftp(loop, disk / "root") as full:
        store = Store(full.url(), timeout_seconds=QUICK_SECONDS * 5, known_hosts=full.known_hosts)
        with closing(store), pytest.raises(BackupFailed) as failed:
            make(replace(shop, store=store))
        assert not isinstance(failed.value, Damaged | Unreachable)
        assert [name for name in full.files() if not name.endswith(PART)] == []
        assert "no space is left" in failed.value.message


@pytest.mark.parametrize("server", ["sftp"], indirect=True)
def test_a_server_with_an_unknown_or_another_host_key_gets_no_password(place: Place, tmp_path: Path) -> None:
    other = tmp_path / "known_hosts"
    key = asyncssh.generate_private_key("ssh-ed25519").export_public_key().decode()
    other.write_text(f"[127.0.0.1]:{place.proxy.port} {key}")
    for known_hosts, why in ((None, "is not known"), (other, "is another than the known one")):
        with closing(Store(place.url(), known_hosts=known_hosts)) as store:
            with pytest.raises(BackupFailed, match=f"the host key of the server {why}") as refused:
                store.names()
            assert not isinstance(refused.value, Unreachable)
    assert place.tried == []
    with closing(Store(place.url(), known_hosts=place.known_hosts)) as store:
        store.names()
    assert place.tried == [PASSWORD]
