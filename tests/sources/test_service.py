from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest
from pydantic import SecretStr
from pytest_django import Settings

from pressroom.errors import SourceMisconfigured
from presstime.accounts.models import User
from presstime.base.errors import Conflict, Invalid, NotFound
from presstime.reports import service as reports
from presstime.sources import queries, service
from presstime.sources.models import Source

SECRET_URL = "postgresql://reader:s3cr3t@db.example:5433/sales"


def refused(now: datetime, **given: str) -> dict[str, str]:
    with pytest.raises(Invalid) as caught:
        service.add(name=given.get("name", "flights"), url=given["url"], by=None, now=now)
    assert Source.objects.count() == 0
    return {problem.field: problem.message for problem in caught.value.problems}


def test_a_source_is_added_and_can_be_read(flights: str, admin: User, now: datetime) -> None:
    source = service.add(name="flights", url=f"sqlite:///{flights}", by=admin, now=now)
    assert (source.kind, source.created_by) == ("sqlite", admin)
    assert service.test(source) == service.Trial(warnings=[])
    opened = service.open(source)
    with opened.stream("select count(*) as n from flights") as stream:
        assert [table.num_rows for table in stream] == [1]
    opened.close()


def test_a_password_is_stored_encrypted_and_shown_masked(db: None, now: datetime) -> None:
    source = service.add(name="sales", url=SECRET_URL, by=None, now=now)
    source.refresh_from_db()
    assert "s3cr3t" not in source.url_encrypted
    assert service.shown_url(source) == "postgresql://reader:***@db.example:5433/sales"
    assert service.address_of("sales")[0] == SECRET_URL


@pytest.mark.parametrize(
    ("url", "part"),
    [
        ("sqllite:///flights.db", 'There is no kind of source called "sqllite". Did you mean sqlite:///file.db?'),
        ("flights.db", "begins with its kind"),
        ("", "begins with its kind"),
        ("sqlite:///missing.db", "There is no file"),
        ("files:///missing", "There is no folder"),
        ("sqlite:///", "does not name a path"),
        ("sqlite:///keys", "There is no file"),
        ("postgresql://reader:s3cr3t@db:port/x", "cannot be read"),
        ("mysql://reader:s3cr3t@db/x?local_infile=1", "not an option of a MySQL source"),
        ("sqlite:///" + "x" * 5000, "at most 4000"),
    ],
)
def test_a_url_that_is_no_source_is_refused_without_its_password(db: None, now: datetime, url: str, part: str) -> None:
    found = refused(now, url=url)
    assert list(found) == ["url"]
    assert part in found["url"]
    assert "s3cr3t" not in found["url"]


@pytest.mark.parametrize("name", ["", "two words", "a/b", "ü", "x" * 101, "a\n"])
def test_a_name_is_letters_digits_and_dashes(flights: str, db: None, now: datetime, name: str) -> None:
    assert "is not a name" in refused(now, name=name, url=f"sqlite:///{flights}")["name"]


def test_a_wrong_name_and_a_wrong_url_are_told_at_once(db: None, now: datetime) -> None:
    assert set(refused(now, name="two words", url="x")) == {"name", "url"}


@pytest.fixture
def own(data_path: Path, settings: Settings) -> Iterator[Path]:
    """Presstime's own database, in a file of the data folder."""
    file = data_path / "own.sqlite3"
    file.touch()
    address = settings.CONFIGURATION.model_copy(update={"database_url": SecretStr(f"sqlite:///{file}")})
    settings.CONFIGURATION = address
    yield file
    file.unlink()


def test_presstime_s_own_database_is_refused_by_every_name(own: Path, db: None, now: datetime) -> None:
    symbolic, hard, wal = own.with_name("symbolic.db"), own.with_name("hard.db"), own.with_name("own.sqlite3-wal")
    symbolic.symlink_to(own)
    os.link(own, hard)
    wal.touch()
    try:
        for name in ("own.sqlite3", "./own.sqlite3", "x/../own.sqlite3", "symbolic.db", "hard.db", "own.sqlite3-wal"):
            assert "Presstime's own" in refused(now, url=f"sqlite:///{name}")["url"]
        assert "Presstime's own" in refused(now, url=f"sqlite:///{own}")["url"]
        assert "Presstime's own" in refused(now, url="duckdb:///own.sqlite3")["url"]
    finally:
        for file in (symbolic, hard, wal):
            file.unlink()


def test_folders_that_hold_the_keys_or_the_database_are_refused(own: Path, db: None, now: datetime) -> None:
    keys = own.parent / "keys"
    keys.mkdir(exist_ok=True)
    for url in ("files:///keys", "files:///.", f"files:///{own.parent}", f"files:///{own.parent.parent}"):
        assert "Presstime's own" in refused(now, url=url)["url"]


def test_a_link_that_is_put_in_a_file_s_place_later_is_refused_when_it_is_opened(
    own: Path, flights: str, db: None, now: datetime
) -> None:
    source = service.add(name="flights", url=f"sqlite:///{flights}", by=None, now=now)
    file = own.with_name(flights)
    file.unlink()
    file.symlink_to(own)
    with pytest.raises(SourceMisconfigured, match="Presstime's own"):
        service.address_of("flights")
    error = service.test(source).error
    assert error is not None
    assert error.code == "bad_url"


def test_presstime_s_own_postgresql_database_is_refused(db: None, now: datetime, settings: Settings) -> None:
    url = SecretStr("postgresql://presstime:secret@localhost/presstime")
    settings.CONFIGURATION = settings.CONFIGURATION.model_copy(update={"database_url": url})
    assert "Presstime's own" in refused(now, url="postgresql://reader:x@127.0.0.1:5432/presstime")["url"]
    assert service.add(name="other", url="postgresql://reader:x@127.0.0.1/sales", by=None, now=now).kind == "postgresql"


def test_a_name_is_taken_once(flights: str, db: None, now: datetime) -> None:
    service.add(name="flights", url=f"sqlite:///{flights}", by=None, now=now)
    with pytest.raises(Invalid, match='There is a source "flights" already'):
        service.add(name="flights", url=f"sqlite:///{flights}", by=None, now=now)


def test_a_source_that_reports_use_is_neither_deleted_nor_renamed(flights: str, db: None, now: datetime) -> None:
    service.add(name="flights", url=f"sqlite:///{flights}", by=None, now=now)
    text = "---\ntitle: T\nsource: flights\n---\n# T\n"
    report = reports.create(name="punctuality", definition=text, by=None, now=now)
    with pytest.raises(Conflict, match='"flights" cannot be deleted: it is used by "punctuality"'):
        service.delete("flights", now)
    with pytest.raises(Conflict, match="cannot be renamed"):
        service.change("flights", name="planes", now=now)
    reports.delete(report.pk, now)
    service.delete("flights", now)
    with pytest.raises(NotFound):
        queries.get_source("flights")


def test_another_url_takes_effect_and_the_same_name_is_no_renaming(flights: str, db: None, now: datetime) -> None:
    service.add(name="flights", url=f"sqlite:///{flights}", by=None, now=now)
    changed = service.change("flights", name="flights", url=SECRET_URL, now=now)
    assert changed.kind == "postgresql"


def test_an_unknown_source_is_named_with_the_nearest_right_one(flights: str, db: None, now: datetime) -> None:
    service.add(name="flights", url=f"sqlite:///{flights}", by=None, now=now)
    with pytest.raises(SourceMisconfigured, match='There is no source "flihgts"') as caught:
        service.address_of("flihgts")
    assert caught.value.code == "unknown_source"
    assert "Did you mean flights?" in caught.value.remedy


def test_a_file_that_is_gone_fails_the_test_of_its_source(
    flights: str, data_path: Path, db: None, now: datetime
) -> None:
    source = service.add(name="flights", url=f"sqlite:///{flights}", by=None, now=now)
    (data_path / flights).rename(data_path / "elsewhere.db")
    try:
        error = service.test(source).error
    finally:
        (data_path / "elsewhere.db").rename(data_path / flights)
    assert error is not None
    assert error.code == "missing_file"
