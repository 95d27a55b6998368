"""One suite for places of different kinds, and what their drivers raise."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import fsspec
import pytest
from fsspec.implementations.memory import MemoryFile, MemoryFileSystem
from pydantic import SecretStr

from presstime.backups import keys, verifying
from presstime.backups.errors import BackupFailed
from presstime.backups.making import Order, Workshop, make
from presstime.backups.store import PART, Store, local_folder
from presstime.base.ids import uuid7
from tests.backups.conftest import contents


class Refused(Exception):  # noqa: N818 - as drivers name theirs
    """No OSError, as those of botocore and paramiko are none."""


class LateFile(MemoryFile):
    """Takes everything and refuses when it is closed, as an object store does."""

    def close(self) -> None:
        if "w" in self.mode and not self.closed:
            super().close()
            raise Refused("Unable to locate credentials\nand more of it")
        super().close()


class LateFileSystem(MemoryFileSystem):
    protocol = "late"
    store: dict[str, Any] = {}
    pseudo_dirs: list[str] = [""]

    def _open(self, path: str, mode: str = "rb", **_: Any) -> LateFile:
        file = LateFile(self, path)
        file.mode = mode
        return file


@pytest.fixture(params=["file", "memory"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    """An empty place."""
    url = f"file://{tmp_path}/place" if request.param == "file" else f"memory://{tmp_path}/place"
    yield Store(url)
    MemoryFileSystem.store.clear()


def test_what_is_published_is_there_whole_and_under_its_name_alone(store: Store) -> None:
    assert store.names() == []
    with store.create("one" + PART) as file:
        file.write(b"first")
    assert store.names() == ["one" + PART]
    store.publish("one")
    store.write("two", b"second")
    assert store.names() == ["one", "two"]
    assert (store.read("one"), store.exists("two"), store.exists("three")) == (b"first", True, False)
    store.remove("one")
    store.remove("one")
    store.probe()
    assert store.names() == ["two"]
    with pytest.raises(BackupFailed):
        store.read("one")


def test_backups_at_a_place_elsewhere_come_back(shop: Workshop, tmp_path: Path) -> None:
    elsewhere = replace(shop, store=Store(f"memory://{tmp_path}/place"))
    made = make(Order(uuid7(), shop.clock(), {}), elsewhere)
    assert elsewhere.store.names() == [made.manifest.name, made.manifest.name + ".json"]
    trusted, identities = keys.trusted_signers(shop.configuration), keys.identities(shop.configuration)
    verifying.materialise(elsewhere, made.manifest, trusted, identities, tmp_path / "restored")
    assert shop.database.file is not None
    assert contents(tmp_path / "restored") == contents(shop.database.file)
    MemoryFileSystem.store.clear()


def test_what_a_driver_raises_when_it_stores_is_a_failed_backup_in_one_line(shop: Workshop) -> None:
    fsspec.register_implementation("late", LateFileSystem, clobber=True)
    elsewhere = replace(shop, store=Store("late://place"))
    with pytest.raises(BackupFailed, match=r"^Writing .* failed: Unable to locate credentials\.$"):
        make(Order(uuid7(), shop.clock(), {}), elsewhere)
    with pytest.raises(BackupFailed, match="Unable to locate credentials"):
        elsewhere.store.probe()
    assert not shop.work_path.exists()


@pytest.mark.parametrize(
    "address", ["/srv/backups", "/srv/../backups/", "backups", "./a/b", "~/backups", "~nobody-here/b"]
)
def test_a_plain_path_is_the_folder_that_fsspec_would_write_to(address, settings):
    named = settings.CONFIGURATION.model_copy(update={"backup_url": SecretStr(address)})
    assert local_folder(named) == Path(fsspec.core.url_to_fs(address)[1])
