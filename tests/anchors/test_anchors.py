"""Checkpoints reach others, the log is verified every day, and what is found is told."""

from __future__ import annotations

import email
import json
from collections.abc import Callable
from datetime import datetime, timedelta
from email import policy
from pathlib import Path

import pytest
from django.db import transaction

from presstime.accounts.models import User
from presstime.alerts.kinds import Kind
from presstime.alerts.models import Alert
from presstime.anchors import backing, health, letters, metrics
from presstime.anchors.loops import Keeper
from presstime.audit import checkpoints, duties, epochs, notes, queries, verifying
from presstime.audit.models import Checkpoint, Entry
from presstime.backups import restorations
from presstime.base.configuration_fields import Configuration
from presstime.health.states import Level
from presstime.mail.models import Email, Message
from presstime.metrics.service import Reading
from tests.audit.conftest import Write, forge, rebuild, sql, unguarded

pytestmark = pytest.mark.django_db
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def verified_at() -> list[datetime]:
    return []


@pytest.fixture
def keeper(configuration: Configuration, now: datetime, verified_at: list[datetime]) -> Keeper:
    """A keeper that verifies within this process; `verified_at` has as many items as it did."""

    def verify() -> None:
        verified_at.append(now)
        duties.verify(configuration, now)

    return Keeper(configuration, verify)


def test_a_checkpoint_is_signed_every_hour_also_when_nothing_happens(
    keeper: Keeper, write: Write, now: datetime
) -> None:
    write(3)
    for at in (now, now + 30 * MINUTE, now + 61 * MINUTE, now + 2 * HOUR + 2 * MINUTE):
        keeper.step(at)
    assert list(Checkpoint.objects.order_by("id").values_list("size", "time")) == [
        (3, now),
        (3, now + 61 * MINUTE),
        (3, now + 2 * HOUR + 2 * MINUTE),
    ]


def test_the_witness_file_follows_the_log(
    keeper: Keeper, configuration: Configuration, write: Write, now: datetime
) -> None:
    keeper.step(now)
    assert checkpoints.read_witness(configuration) == ""  # an empty log has nothing to say
    write(3)
    keeper.step(now)
    write(2)
    keeper.step(now)
    said = notes.read(checkpoints.read_witness(configuration), epochs.verifiers(queries.epochs()))
    assert said.size == 5


def test_the_log_is_verified_every_day(
    keeper: Keeper, write: Write, now: datetime, verified_at: list[datetime]
) -> None:
    write(3)
    for minutes, times in ((0, 0), (9, 0), (11, 1), (600, 1), (1452, 2)):
        keeper.step(now + minutes * MINUTE)
        assert len(verified_at) == times


def test_what_is_found_is_an_alert_until_it_is_mended(
    keeper: Keeper, configuration: Configuration, write: Write, now: datetime
) -> None:
    write(20)
    keeper.step(now)
    body = Entry.objects.get(pk=7).body
    with unguarded():
        forge(7)
    duties.verify(configuration, now)  # by hand, or over the API
    keeper.step(now + MINUTE)
    keeper.step(now + 2 * MINUTE)
    (alert,) = Alert.objects.filter(kind=Kind.AUDIT_BROKEN)
    assert alert.detail == "entry 7 has another body than the one that was written."
    assert (alert.count, alert.link) == (1, "/audit")
    assert health.check(now).level is Level.FAIL
    with unguarded():
        sql("UPDATE audit_logs SET body = %s, actor_id = 'id-bob', actor_name = 'bob' WHERE sequence = 7", body)
    duties.verify(configuration, now + MINUTE)
    keeper.step(now + 3 * MINUTE)
    alert.refresh_from_db()
    assert alert.cleared_at is not None
    assert health.check(now + MINUTE).level is Level.PASS
    assert health.check(now + 3 * DAY).level is Level.WARN


def test_a_log_that_was_taken_back_is_noticed_at_once_and_not_signed(
    keeper: Keeper, write: Write, now: datetime, verified_at: list[datetime]
) -> None:
    write(20)
    keeper.step(now)
    keeper.step(now + 11 * MINUTE)
    with unguarded():
        sql("DELETE FROM audit_logs WHERE sequence > 15")
        rebuild()
        sql("DELETE FROM audit_checkpoints")
    keeper.step(now + 22 * MINUTE)
    assert len(verified_at) == 2
    assert "they were signed (audit/last-checkpoint.txt)" in Alert.objects.get(kind=Kind.AUDIT_BROKEN).detail
    keeper.step(now + 2 * HOUR)
    assert not Checkpoint.objects.exists()


def test_auditors_and_administrators_get_the_checkpoint_by_mail_once_a_day(
    configuration: Configuration,
    write: Write,
    now: datetime,
    make_user: Callable[[str, str], User],
    tmp_path: Path,
) -> None:
    for name, role in (("audrey", "auditor"), ("oscar", "operator")):
        make_user(name, role)
    write(1_234)
    told = configuration.model_copy(update={"admin_emails": ("root@example.com",), "reports_dir": tmp_path})
    keeper = Keeper(told, lambda: None)
    for at in (now, now + HOUR, now + DAY, now + DAY + HOUR):
        keeper.step(at)
    (message,) = Message.objects.all()
    assert set(Email.objects.values_list("address", flat=True)) == {"audrey@example.com", "root@example.com"}
    size = queries.get_head().size
    assert message.subject == f"Audit checkpoint: {size:,} entries of testserver/audit/1"
    parsed = email.message_from_bytes((tmp_path / message.path).read_bytes(), policy=policy.default)
    text = parsed.get_body(("plain",)).get_content().replace("\r\n", "\n")  # type: ignore[union-attr]
    note = text[text.index("testserver/audit/1\n") : text.index("Keep this mail")]
    assert notes.read(note.strip() + "\n", epochs.verifiers(queries.epochs())).size == size
    assert verifying.verify(told, {"mail": note.strip() + "\n"}).is_valid


def test_nobody_is_told_where_there_is_nobody(configuration: Configuration, now: datetime) -> None:
    assert not letters.send(configuration, now)
    assert not Message.objects.exists()


def test_each_backup_carries_a_checkpoint_of_its_moment(configuration: Configuration, write: Write) -> None:
    write(5)
    note = backing.newest_checkpoint()
    assert note is not None
    assert notes.read(note, epochs.verifiers(queries.epochs())).size == 5
    with unguarded():
        forge(3)
        rebuild()
    write(1)
    assert backing.newest_checkpoint() == note  # what does not fit is not signed, and the backup is made all the same


def test_a_restore_begins_an_epoch_in_the_transaction_that_pauses(
    configuration: Configuration, write: Write, now: datetime
) -> None:
    write(30)
    checkpoints.keep_witness(configuration, now)
    with unguarded():  # stands for the database of the backup
        sql("DELETE FROM audit_logs WHERE sequence > 20")
        rebuild()
    restorations.pause("20261124-full.sqlite.zst.age", now, now)
    restored = Entry.objects.get(action="audit.restored")
    assert json.loads(restored.body)["old"] == {"size": 30}
    assert json.loads(restored.body)["target"]["name"] == "20261124-full.sqlite.zst.age"
    assert [epoch.origin for epoch in queries.epochs()] == ["testserver/audit/1", "testserver/audit/2"]
    assert checkpoints.keep_witness(configuration, now)
    assert verifying.verify(configuration).problems == []


def test_the_metrics_tell_how_long_the_log_is(configuration: Configuration, write: Write, now: datetime) -> None:
    write(12)
    with transaction.atomic():
        checkpoints.fresh(configuration, now)
    duties.verify(configuration, now)
    values = {sample.metric.name: sample.value for sample in metrics.collect(Reading(now))}
    assert values == {
        "presstime_audit_entries": 12,
        "presstime_audit_checkpoint_timestamp_seconds": now.timestamp(),
        "presstime_audit_verified_timestamp_seconds": now.timestamp(),
        "presstime_audit_valid": 1.0,
    }
