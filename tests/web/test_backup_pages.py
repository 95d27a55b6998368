from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.test import Client

from presstime.accounts.models import User
from presstime.backups import queries, restorations, service
from presstime.backups.models import Backup
from presstime.base import clock

SignIn = Callable[[User], Client]

pytestmark = pytest.mark.django_db


@pytest.fixture
def operator(make_user: Callable[[str, str], User], signed_in: SignIn) -> Client:
    return signed_in(make_user("olga", "operator"))


def verified(created_at: datetime) -> Backup:
    name = f"{created_at:%Y%m%dT%H%M%SZ}-1a2b3c4d-full.sqlite.zst.age"
    facts = {"name": name, "bytes": 700_000_000, "uncompressed_bytes": 2_000_000_000, "verified_at": created_at}
    return Backup.objects.create(status="verified", created_at=created_at, **facts)


def test_the_last_good_backup_is_the_headline(operator: Client) -> None:
    assert "There is no backup yet" in operator.get("/backups").content.decode()
    verified(clock.now() - timedelta(days=3))
    assert "The last good backup is old" in operator.get("/backups").content.decode()
    newest = verified(clock.now())
    page = operator.get("/backups").content.decode()
    assert "Last good backup:" in page
    assert f"presstime backup restore {newest.pk}" in page


def test_buttons_ask_for_a_backup_and_for_a_verification(operator: Client) -> None:
    backup = verified(clock.now())
    assert "has been asked for" in operator.post("/backups/create", follow=True).content.decode()
    assert queries.is_asked()
    assert "has not begun yet" in operator.post("/backups/create", follow=True).content.decode()
    page = operator.post(f"/backups/{backup.pk}/verify", follow=True).content.decode()
    assert "is being read and verified" in page
    backup.refresh_from_db()
    assert (backup.status, backup.task) == ("running", "verify")


def test_an_auditor_sees_why_the_buttons_do_nothing(make_user: Callable[[str, str], User], signed_in: SignIn) -> None:
    verified(clock.now())
    page = signed_in(make_user("ada", "auditor")).get("/backups").content.decode()
    assert page.count('aria-disabled="true"') == 2


def test_after_a_restore_every_page_says_so_until_a_person_resumes(operator: Client, now: datetime) -> None:
    restorations.pause("20261124T023000Z-1a2b3c4d-full.sqlite.zst.age", now, now)
    assert "Restored from a backup" in operator.get("/executions").content.decode()
    assert "0 schedules on again" in operator.post("/backups/resume", follow=True).content.decode()
    assert "Restored from a backup" not in operator.get("/executions").content.decode()
    assert operator.post("/backups/resume").status_code == 409
    assert service.LINK == "/backups"
