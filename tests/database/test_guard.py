"""A change without its entry cannot be committed, whatever writes it and however it is nested."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime

import pytest
from django.apps import apps
from django.db import DatabaseError, connection, transaction

from presstime.audit.journal import record
from presstime.audit.models import Entry
from presstime.audit.targets import Target
from presstime.database import guard
from presstime.database.guard import EXEMPTIONS, UNWATCHED, Unaudited, bookkeeping, is_watched, tables_written
from presstime.sources.models import Source
from tests.guarding import as_presstime

pytestmark = pytest.mark.django_db(transaction=True)

SHOP = Target("source", "1", "shop")


@pytest.fixture(autouse=True)
def ours() -> Iterator[None]:
    """What this file writes is looked at as if Presstime had written it."""
    with as_presstime():
        yield


def write(now: datetime, name: str = "shop") -> Source:
    return Source.objects.create(name=name, kind="files", url_encrypted="x", created_at=now, updated_at=now)


def names() -> list[str]:
    return list(Source.objects.order_by("name").values_list("name", flat=True))


def test_without_an_entry_the_commit_fails_names_the_table_and_takes_everything_back(now: datetime) -> None:
    with (
        pytest.raises(Unaudited, match=r"sources_source has no entry in the audit log.*presstime\.audit"),
        transaction.atomic(),
    ):
        write(now)
    assert names() == []
    assert not connection.in_atomic_block
    with transaction.atomic():  # the connection is usable
        write(now)
        record("source.created", SHOP, now=now)
    assert names() == ["shop"]


def test_it_is_an_error_of_the_database_so_that_no_handler_of_refusals_takes_it_for_one(now: datetime) -> None:
    assert issubclass(Unaudited, DatabaseError)


def test_outside_a_transaction_nothing_is_written(now: datetime) -> None:
    with pytest.raises(Unaudited, match="outside a transaction"):
        write(now)
    assert names() == []


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM sources_source",
        'update "sources_source" set name = name',
        "  INSERT OR IGNORE INTO sources_source (id, name) VALUES ('1', '1')",
        "WITH all_of AS (SELECT 1) UPDATE sources_source SET kind = 'files'",
        "/* tidy */ DELETE FROM sources_source",
        'UPDATE ONLY public."sources_source" SET name = name',
    ],
)
def test_raw_statements_are_seen_in_any_spelling(statement: str) -> None:
    assert tables_written(statement) == ["sources_source"]


@pytest.mark.parametrize(
    "statement",
    [
        'SELECT * FROM "sources_source"',
        'SELECT "sources_source"."id" FROM "sources_source" WHERE "name" = \'DELETE FROM sources_source\'',
        "SAVEPOINT s1",
        'UPDATE "django_session" SET "session_data" = %s',
        'INSERT INTO "audit_logs" ("sequence") VALUES (%s)',
    ],
)
def test_reading_and_unwatched_tables_need_no_entry(statement: str) -> None:
    assert tables_written(statement) == []


def test_raw_statements_fail_like_those_of_models(now: datetime) -> None:
    with transaction.atomic():
        write(now)
        record("source.created", SHOP, now=now)
    with pytest.raises(Unaudited), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("DELETE FROM sources_source WHERE name = %s", ["shop"])
    with pytest.raises(Unaudited), transaction.atomic(), connection.cursor() as cursor:
        cursor.executemany("UPDATE sources_source SET kind = %s", [("sqlite",), ("mysql",)])
    assert list(Source.objects.values_list("name", "kind")) == [("shop", "files")]


def test_what_touches_no_row_needs_no_entry() -> None:
    with transaction.atomic():
        Source.objects.filter(name="nothing").update(kind="files")
        Source.objects.filter(name="nothing").delete()


def test_an_entry_that_was_rolled_back_with_its_savepoint_does_not_count(now: datetime) -> None:
    @transaction.atomic
    def inner() -> None:
        record("source.created", SHOP, now=now)
        raise LookupError

    @transaction.atomic
    def outer() -> None:
        write(now, "kept")
        with suppress(LookupError):
            inner()

    with pytest.raises(Unaudited):
        outer()
    assert names() == []
    assert not Entry.objects.exists()


def test_a_change_that_was_rolled_back_with_its_savepoint_needs_no_entry(now: datetime) -> None:
    with transaction.atomic(), transaction.atomic():
        write(now)
        transaction.set_rollback(True)
    assert names() == []


def test_entries_of_a_savepoint_that_is_kept_are_written_in_the_order_of_what_was_done(now: datetime) -> None:
    with transaction.atomic():
        write(now, "one")
        record("source.created", SHOP, now=now)
        with transaction.atomic():
            write(now, "two")
            record("source.updated", SHOP, now=now)
        with transaction.atomic():
            record("source.deleted", SHOP, now=now)
            transaction.set_rollback(True)
    assert list(Entry.objects.order_by("sequence").values_list("action", flat=True)) == [
        "source.created",
        "source.updated",
    ]


def test_one_transaction_s_entry_is_not_the_next_one_s(now: datetime) -> None:
    with transaction.atomic():
        record("source.created", SHOP, now=now)
    with pytest.raises(Unaudited), transaction.atomic():
        write(now)


def test_an_entry_that_cannot_be_written_takes_its_change_back(now: datetime) -> None:
    def broken() -> None:
        raise RuntimeError("disk")

    @transaction.atomic
    def change() -> None:
        write(now)
        guard.append_at_commit(broken)

    with pytest.raises(RuntimeError, match="disk"):
        change()
    assert names() == []


def test_bookkeeping_is_exempt_in_its_function_only(now: datetime) -> None:
    @bookkeeping("a test of the exemption")
    def keep() -> None:
        write(now)

    with transaction.atomic():
        keep()
    assert names() == ["shop"]

    @transaction.atomic
    def more() -> None:
        Source.objects.all().delete()
        write(now, "two")

    with pytest.raises(Unaudited):
        more()
    assert names() == ["shop"]
    EXEMPTIONS.pop()


def test_every_table_that_is_not_watched_exists_and_says_why() -> None:
    tables = {model._meta.db_table for model in apps.get_models(include_auto_created=True)}
    assert set(UNWATCHED) - tables == {"cache", "django_migrations"}
    assert all(len(reason) > 10 for reason in UNWATCHED.values())
    assert is_watched("a_table_that_is_new_tomorrow")
    assert {"schedules_schedule", "accounts_user", "accounts_token", "executions_execution"} <= {
        table for table in tables if is_watched(table)
    }
