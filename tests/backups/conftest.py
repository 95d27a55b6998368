"""A workshop on a SQLite file of its own, and a folder as the place of the backups."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest
from pydantic import SecretStr

from presstime.anchors import backing
from presstime.backups import making, manifest_extras
from presstime.backups.making import Made, Order, Workshop
from presstime.backups.manifest import Base
from presstime.backups.snapshot import Database
from presstime.backups.store import Store
from presstime.base.configuration_fields import Configuration
from presstime.base.ids import uuid7

Make = Callable[..., Made]


@pytest.fixture(autouse=True)
def _without_the_audit_log() -> Iterator[None]:
    """Here backups are made without a database of Presstime; that they carry a checkpoint is tried with the anchors."""
    manifest_extras.unregister(backing.NAME)
    yield
    manifest_extras.register(backing.NAME, backing.newest_checkpoint)


def fill(path: Path, rows: int = 2_000) -> None:
    """A database of some hundred pages."""
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("pragma journal_mode=wal")
        connection.execute("create table entries (id integer primary key, text text)")
        connection.executemany("insert into entries (text) values (?)", ((f"entry {n} " * 12,) for n in range(rows)))


def change(path: Path, sql: str = "update entries set text = upper(text) where id % 500 = 0") -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute(sql).fetchall()


def contents(path: Path) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(f"file:{path}?immutable=1", uri=True)) as connection:
        return connection.execute("select * from entries order by id").fetchall()


def workshop_in(folder: Path, now: datetime, place: Path | None = None) -> Workshop:
    """An installation in *folder* that backs up to *place*."""
    place = place or folder / "store"
    configuration = Configuration(
        data_dir=folder / "data", secret_key=SecretStr("test-key-" + "1" * 40), backup_url=SecretStr(f"file://{place}")
    )
    configuration.data_path.mkdir(parents=True, exist_ok=True)
    database = Database(configuration.data_path / "presstime.sqlite3", {})
    return Workshop(configuration, database, Store(f"file://{place}"), lambda: now, working_folder=folder, extras=dict)


@pytest.fixture
def shop(tmp_path: Path, now: datetime) -> Workshop:
    found = workshop_in(tmp_path, now)
    assert found.database.file is not None
    fill(found.database.file)
    return found


@pytest.fixture
def make(shop: Workshop, now: datetime) -> Make:
    """`make()` a full backup, `make(base=made)` an incremental one; each an hour after the one before."""
    made: list[UUID] = []

    def make(base: Made | None = None) -> Made:
        order = Order(uuid7(), now + timedelta(hours=len(made)), {"backups": "0001_initial"}, base=base_of(base))
        made.append(order.id)
        return making.make(order, shop)

    return make


def base_of(made: Made | None) -> Base | None:
    if made is None:
        return None
    manifest = made.manifest
    return Base(id=manifest.id, name=manifest.name, database_sha256=manifest.database_sha256)
