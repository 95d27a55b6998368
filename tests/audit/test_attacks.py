"""What is detected, and by what: the table of docs/audit.md, a line each."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.db import connection, transaction

from presstime.audit import checkpoints, epochs, guards, keys, notes, queries, tree, verifying
from presstime.audit.canonical import moment
from presstime.audit.findings import Outcome
from presstime.audit.models import Checkpoint, Entry
from presstime.audit.notes import Statement
from presstime.base.configuration_fields import Configuration
from presstime.base.errors import Conflict
from presstime.database import authorizer
from tests.audit.conftest import Write, forge, rebuild, sql, unguarded

pytestmark = pytest.mark.django_db
SIZE, STEP, FORGED = 600, 100, 345

Attack = Callable[[Configuration], None]


@pytest.fixture
def kept(write: Write, configuration: Configuration, now: datetime) -> dict[str, str]:
    """A log of 600 entries with a checkpoint at each hundred; the last one is also kept outside."""
    for number in range(SIZE // STEP):
        write(STEP)
        made = checkpoints.fresh(configuration, now + timedelta(hours=number))
    return {"mail": made.note}


def sign_anew(key: Ed25519PrivateKey) -> None:
    """Checkpoints of the log as it is now, signed with *key*, in the place of those that were there."""
    sql("DELETE FROM audit_checkpoints")
    (epoch,) = queries.epochs()
    for size in range(STEP, SIZE + 1, STEP):
        said = Statement(epoch.origin, size, tree.root(size), moment(epoch.began_at))
        Checkpoint(epoch=epoch, size=size, time=epoch.began_at, note=notes.sign(said, key)).save(force_insert=True)


def edit_a_column(_: Configuration) -> None:
    sql("UPDATE audit_logs SET actor_name = 'mallory', actor_id = 'id-mallory' WHERE sequence = %s", FORGED)


def edit_a_body(_: Configuration) -> None:
    forge(FORGED)


def edit_and_make_the_hashes_anew(_: Configuration) -> None:
    forge(FORGED)
    rebuild()


def and_remove_later_checkpoints(_: Configuration) -> None:
    forge(FORGED)
    rebuild()
    sql("DELETE FROM audit_checkpoints WHERE size > %s", FORGED)


def cut_off_the_end(_: Configuration) -> None:
    sql("DELETE FROM audit_logs WHERE sequence > 550")


def go_back_to_an_old_state(_: Configuration) -> None:
    sql("DELETE FROM audit_logs WHERE sequence > 400")
    rebuild()
    sql("DELETE FROM audit_checkpoints WHERE size > 400")


def sign_with_another_key(_: Configuration) -> None:
    forge(FORGED)
    rebuild()
    key = Ed25519PrivateKey.generate()
    sql("UPDATE audit_epochs SET public_key = %s", key.public_key().public_bytes_raw().hex())
    sign_anew(key)


def sign_with_the_stolen_key(configuration: Configuration) -> None:
    forge(FORGED)
    rebuild()
    sign_anew(keys.signing_key(configuration))


def remove_an_entry_from_the_middle(_: Configuration) -> None:
    sql("DELETE FROM audit_logs WHERE sequence = %s", FORGED)


def remove_the_first_entries(_: Configuration) -> None:
    sql("DELETE FROM audit_logs WHERE sequence <= 256")


def remove_the_head(_: Configuration) -> None:
    sql("DELETE FROM audit_head")


# attack, whether the database alone tells, what is said, the first broken entry
ALONE, OUTSIDE = "database", "outside"
TABLE: list[tuple[Attack, str, str, int | None]] = [
    (edit_a_column, ALONE, "in the column", FORGED),
    (edit_a_body, ALONE, "another body than the one that was written", FORGED),
    (edit_and_make_the_hashes_anew, ALONE, "not all what was signed", 301),
    (and_remove_later_checkpoints, OUTSIDE, "not all what was signed", 1),
    (cut_off_the_end, ALONE, "the end of the log was cut off", 551),
    (go_back_to_an_old_state, OUTSIDE, "they were signed", 401),
    (sign_with_another_key, ALONE, "is not that of keys/", None),
    (sign_with_the_stolen_key, OUTSIDE, "not all what was signed", 1),
    (remove_an_entry_from_the_middle, ALONE, "missing", FORGED),
    (remove_the_first_entries, ALONE, "no sealed segment holds them", 1),
    (remove_the_head, ALONE, "where the log ends is missing", None),
]


def said(outcome: Outcome) -> str:
    return "\n".join(map(str, outcome.problems))


def test_what_nobody_touched_is_whole(kept: dict[str, str], configuration: Configuration) -> None:
    outcome = verifying.verify(configuration, kept)
    assert said(outcome) == ""
    assert (outcome.size, outcome.checkpoints) == (SIZE, 7)


@pytest.mark.parametrize(("attack", "by", "words", "first"), TABLE, ids=[attack.__name__ for attack, *_ in TABLE])
def test_attack(
    attack: Attack, by: str, words: str, first: int | None, kept: dict[str, str], configuration: Configuration
) -> None:
    with unguarded():
        attack(configuration)
    alone = verifying.verify(configuration)
    assert alone.is_valid is (by is OUTSIDE)  # what the database alone cannot tell is said in docs/audit.md
    outcome = verifying.verify(configuration, kept)
    assert words in said(outcome)
    assert outcome.first_broken == first


@pytest.mark.parametrize("attack", [and_remove_later_checkpoints, go_back_to_an_old_state, sign_with_the_stolen_key])
def test_the_witness_file_finds_it_without_anybody_else(
    attack: Attack, kept: dict[str, str], configuration: Configuration, now: datetime
) -> None:
    checkpoints.keep_witness(configuration, now)
    with unguarded():
        attack(configuration)
    assert not checkpoints.keep_witness(configuration, now)  # the proof is not written over
    assert not verifying.verify(configuration).is_valid


def test_what_does_not_continue_its_checkpoint_is_not_signed(
    kept: dict[str, str], configuration: Configuration, write: Write, now: datetime
) -> None:
    with unguarded():
        edit_and_make_the_hashes_anew(configuration)
    write(1)
    with pytest.raises(Conflict, match="does not continue"):
        checkpoints.fresh(configuration, now)


def test_a_missing_trigger_is_found(kept: dict[str, str], configuration: Configuration) -> None:
    with authorizer.lifted(connection):
        guards.remove(connection)
    assert "audit_logs_no_update" in said(verifying.verify(configuration))


def test_a_forged_entry_at_the_end_is_found(kept: dict[str, str], configuration: Configuration) -> None:
    with unguarded():
        last = Entry.objects.get(pk=SIZE)
        last.sequence = SIZE + 1
        last.save(force_insert=True)
    assert "stands behind the end" in said(verifying.verify(configuration))


def test_a_restore_takes_the_log_back_and_says_so(
    kept: dict[str, str], configuration: Configuration, write: Write, now: datetime
) -> None:
    checkpoints.keep_witness(configuration, now)
    with unguarded():  # stands for the older database that takes the place of this one
        go_back_to_an_old_state(configuration)
    with transaction.atomic():
        epoch = epochs.begin_after_restore(configuration, replaced=kept["mail"], backup="full.age", now=now)
    write(250)
    checkpoints.fresh(configuration, now + timedelta(days=1))
    checkpoints.keep_witness(configuration, now)
    outcome = verifying.verify(configuration, kept)
    assert said(outcome) == ""
    assert epoch.origin.endswith("/audit/2")
    assert any("full.age was restored, and says so" in note for note in outcome.notes)
    entry = Entry.objects.get(pk=401)
    assert (entry.action, '"new":{"size":400},"old":{"size":600}' in entry.body) == ("audit.restored", True)


def test_a_second_restore_of_the_same_backup_is_another_epoch(
    kept: dict[str, str], configuration: Configuration, write: Write, now: datetime
) -> None:
    for number in (2, 3):
        with unguarded():
            sql("DELETE FROM audit_logs WHERE sequence > 400")
            rebuild()
            sql("DELETE FROM audit_checkpoints WHERE size > 400")
            sql("DELETE FROM audit_epochs WHERE number > 1")
        with transaction.atomic():
            replaced = checkpoints.read_witness(configuration) or kept["mail"]
            epoch = epochs.begin_after_restore(configuration, replaced=replaced, backup=f"{number}.age", now=now)
        assert epoch.number == number
        write(300)
        checkpoints.keep_witness(configuration, now)
        kept[f"epoch {number}"] = checkpoints.read_witness(configuration)
    checkpoints.fresh(configuration, now + timedelta(days=1))
    outcome = verifying.verify(configuration, kept)
    assert said(outcome) == ""
    assert sum("3.age was restored, and says so" in note for note in outcome.notes) >= 2


def test_a_log_without_its_end_is_not_signed(kept: dict[str, str], configuration: Configuration, now: datetime) -> None:
    with unguarded():
        cut_off_the_end(configuration)
    assert not checkpoints.keep_witness(configuration, now)
    with pytest.raises(Conflict, match="lost its last entry, which is number 600"):
        checkpoints.fresh(configuration, now)
