"""After a year entries may go: from the database, not from the world."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction

from presstime.audit import checkpoints, offline, queries, sealed, tree, verifying
from presstime.audit.merkle import inclusion, is_included
from presstime.audit.models import Entry, Segment
from presstime.base import clock
from presstime.base.configuration_fields import Configuration
from presstime.database import authorizer
from tests.audit.conftest import Write, sql

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture
def today() -> datetime:
    """The triggers ask the database's own clock, so that this is the real one."""
    return clock.now()


@pytest.fixture
def old(write: Write, configuration: Configuration, today: datetime) -> dict[str, str]:
    """700 entries of two years ago, 20 of now; the checkpoint of then was kept."""
    write(700, begin=today - timedelta(days=730))
    made = checkpoints.fresh(configuration, today - timedelta(days=700))
    write(20, begin=today - DAY)
    return {"kept": made.note}


def verified(configuration: Configuration, kept: dict[str, str]) -> Any:
    outcome = verifying.verify(configuration, kept)
    return [str(each) for each in outcome.problems], outcome


def test_the_oldest_are_sealed_proven_and_removed_a_day_later(
    old: dict[str, str], configuration: Configuration, today: datetime
) -> None:
    root = tree.root(720)
    segment = sealed.seal_due(configuration, today - DAY * 2)
    assert segment is not None
    assert (segment.first, segment.last) == (1, 512)
    path = sealed.folder(configuration) / segment.file
    assert path.stat().st_mode & 0o777 == 0o600
    assert sealed.seal_due(configuration, today) is None

    assert sealed.prune_due(configuration, today) == 512
    assert queries.bounds()[0] == 513
    assert tree.root(720) == root
    assert verified(configuration, old)[0] == []
    proof = inclusion(tree.hashes, 600, 720)
    assert is_included(bytes(Entry.objects.get(pk=601).leaf), 600, 720, proof, root)
    assert offline.verify(path, [], {}).is_valid

    actions = [entry.action for entry in Entry.objects.filter(sequence__gt=720).order_by("sequence")]
    assert actions == ["audit.sealed", "audit.pruned"]


def test_a_sealed_file_that_was_changed_or_lost_is_noticed(
    old: dict[str, str], configuration: Configuration, today: datetime
) -> None:
    segment = sealed.seal_due(configuration, today - DAY * 2)
    assert segment is not None
    sealed.prune_due(configuration, today)
    path = sealed.folder(configuration) / segment.file
    content = path.read_bytes()
    path.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    problems, _ = verified(configuration, {})
    assert problems == [f"entries 1 to 512 are sealed in {path.name}, which was changed"]
    path.rename(path.with_suffix(".elsewhere"))
    problems, outcome = verified(configuration, old)  # the kept hashes still prove what is left
    assert problems == []
    assert any(path.name in note for note in outcome.notes)


def test_nothing_is_removed_without_its_file(
    old: dict[str, str], configuration: Configuration, today: datetime
) -> None:
    segment = sealed.seal_due(configuration, today - DAY * 2)
    assert segment is not None
    (sealed.folder(configuration) / segment.file).unlink()
    assert sealed.prune_due(configuration, today) == 0
    assert queries.bounds()[0] == 1


@pytest.mark.parametrize(
    ("last", "sealed_ago", "why"),
    [(512, timedelta(hours=1), "sealed an hour ago"), (256, DAY * 2, "beyond the seal"), (0, DAY * 2, "not sealed")],
)
def test_the_database_itself_refuses_to_remove(
    last: int, sealed_ago: timedelta, why: str, old: dict[str, str], configuration: Configuration, today: datetime
) -> None:
    if last:
        Segment(first=1, last=last, root=b"x" * 32, sha256="", bytes=0, file="x", sealed_at=today - sealed_ago).save(
            force_insert=True
        )
    with authorizer.lifted(connection), pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        sql("DELETE FROM audit_logs WHERE sequence = 300")


def test_what_is_younger_than_a_year_stays_also_when_it_is_sealed(
    write: Write, configuration: Configuration, today: datetime
) -> None:
    write(300, begin=today - timedelta(days=364))
    assert sealed.seal_due(configuration, today) is None
    Segment(first=1, last=256, root=b"x" * 32, sha256="", bytes=0, file="x", sealed_at=today - DAY * 9).save(
        force_insert=True
    )
    with authorizer.lifted(connection), pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        sql("DELETE FROM audit_logs WHERE sequence = 1")


def test_a_clock_in_the_future_removes_nothing(write: Write, configuration: Configuration, today: datetime) -> None:
    write(300, begin=today - DAY * 30)
    assert sealed.seal_due(configuration, datetime(2040, 1, 1, tzinfo=UTC)) is None
