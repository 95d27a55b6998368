"""Rows, alerts and the worker's step; the work is done in this process, as the worker's child would."""

from __future__ import annotations

import errno
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import IO, Any

import fsspec
import pytest
from django.conf import settings
from django.test import Client, override_settings
from fsspec.implementations.memory import MemoryFileSystem
from pydantic import SecretStr

from presstime.accounts import service as accounts
from presstime.accounts.models import User
from presstime.alerts import queries as alerts
from presstime.alerts.kinds import Kind as AlertKind
from presstime.backups import loops, queries, service
from presstime.backups.errors import BackupFailed
from presstime.backups.manifest import SUFFIX
from presstime.backups.models import Backup
from presstime.backups.states import Status
from presstime.base.configuration_fields import Configuration
from presstime.base.errors import Conflict
from tests.conftest import ON_POSTGRES

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def configuration(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Configuration]:
    """An installation of its own over the suite's database; backups at 02:30."""
    if ON_POSTGRES:
        from tests.postgres_server import programs_folder

        monkeypatch.setenv("PATH", str(programs_folder()), prepend=":")
    changed = settings.CONFIGURATION.model_copy(
        update={"data_dir": tmp_path / "data", "backup_url": SecretStr(f"file://{tmp_path / 'store'}")}
    )
    changed.data_path.mkdir()
    with override_settings(CONFIGURATION=changed):
        yield changed


@pytest.fixture
def place(tmp_path: Path) -> Path:
    return tmp_path / "store"


class Steps:
    """The worker's step with a clock of the test; its child runs here."""

    def __init__(self, configuration: Configuration) -> None:
        self.now: datetime
        self.ran: list[Sequence[str]] = []
        self.dies = False
        self._backups = loops.Backups(configuration, self._run)

    def at(self, now: datetime) -> None:
        self.now = now
        while self._backups.step(now):
            pass

    def _run(self, arguments: Sequence[str], lock: IO[str]) -> int:
        self.ran.append(arguments)
        if self.dies:
            return -9
        shop = service.workshop(clock=lambda: self.now)
        try:
            if arguments[0] == "drill":
                service.drill(shop)
            else:
                service.perform(queries.get_backup(arguments[1]), shop)
        except BackupFailed:
            return 1
        return 0


@pytest.fixture
def steps(configuration: Configuration) -> Steps:
    return Steps(configuration)


def statuses() -> list[str]:
    return list(queries.list_backups().values_list("status", flat=True))


def test_a_backup_is_made_at_its_time_once_and_made_up_for_when_it_was_missed(steps: Steps, now: datetime) -> None:
    steps.at(now)
    assert statuses() == [], "nobody missed what was due before the first start"
    steps.at(now.replace(day=25, hour=2, minute=29))
    assert statuses() == []
    steps.at(now.replace(day=25, hour=2, minute=30))
    steps.at(now.replace(day=25, hour=2, minute=31))
    assert statuses() == ["verified"]
    steps.at(now.replace(day=28, hour=17))
    assert statuses() == ["verified", "verified"], "three days off are one backup"


def test_a_week_has_one_full_backup(steps: Steps, now: datetime) -> None:
    steps.at(now)
    for day in range(1, 10):
        steps.at(now.replace(hour=2, minute=30) + timedelta(days=day))
    kinds = list(queries.list_backups().order_by("created_at").values_list("kind", flat=True))
    expected = ["full"] * 9 if ON_POSTGRES else ["full", *["incremental"] * 6, "full", "incremental"]
    assert kinds == expected


def test_a_failure_is_told_and_tried_again_after_an_hour_and_its_end_is_told(
    steps: Steps, place: Path, now: datetime
) -> None:
    steps.at(now)
    place.write_text("a file where a folder should be")
    due = now.replace(day=25, hour=2, minute=30)
    steps.at(due)
    assert statuses() == ["failed"]
    assert alerts.is_active(AlertKind.BACKUP_FAILED, "")
    steps.at(due + timedelta(minutes=59))
    assert statuses() == ["failed"]
    place.unlink()
    steps.at(due + timedelta(minutes=61))
    assert statuses() == ["verified", "failed"]
    assert not alerts.is_active(AlertKind.BACKUP_FAILED, "")


def test_an_age_over_26_hours_is_told_once_and_cleared_by_a_backup(steps: Steps, now: datetime) -> None:
    steps.at(now)
    steps.dies = True
    late = now + timedelta(hours=26, minutes=1)
    steps.at(late)
    assert alerts.is_active(AlertKind.BACKUP_STALE, "")
    alert = alerts.list_alerts(kind=AlertKind.BACKUP_STALE).get()
    steps.at(late + timedelta(seconds=1))
    alert.refresh_from_db()
    assert alert.count == 1
    steps.dies = False
    service.ask(now=late)
    steps.at(late + timedelta(minutes=1))
    assert not alerts.is_active(AlertKind.BACKUP_STALE, "")


def test_what_died_in_the_middle_begins_again_and_is_given_up_at_the_third_time(steps: Steps, now: datetime) -> None:
    wish = service.ask(now=now)
    steps.dies = True
    steps.at(now)
    assert [list(each) for each in steps.ran] == [["perform", str(wish.pk)]] * 3
    wish.refresh_from_db()
    assert (wish.status, wish.error) == ("failed", "3 processes ended in the middle of it.")
    assert alerts.is_active(AlertKind.BACKUP_FAILED, "")


def test_while_another_process_is_at_a_backup_the_step_waits(
    steps: Steps, configuration: Configuration, now: datetime
) -> None:
    service.ask(now=now)
    with service.alone(configuration) as lock:
        assert lock is not None
        steps.at(now)
        assert steps.ran == []
    steps.at(now)
    assert statuses() == ["verified"]


def test_a_second_wish_is_refused_while_the_first_waits(configuration: Configuration, now: datetime) -> None:
    service.ask(now=now)
    with pytest.raises(Conflict):
        service.ask(now=now)


def made(steps: Steps, now: datetime) -> Backup:
    wish = service.ask(now=now)
    steps.at(now)
    return queries.get_backup(wish.pk)


def test_a_changed_backup_fails_its_verification_and_is_told(steps: Steps, place: Path, now: datetime) -> None:
    backup = made(steps, now)
    path = place / backup.name
    content = path.read_bytes()
    path.write_bytes(content[:-1])
    service.ask_verification(backup.pk)
    steps.at(now)
    backup.refresh_from_db()
    assert (backup.status, alerts.is_active(AlertKind.BACKUP_FAILED, str(backup.pk))) == ("failed", True)
    path.write_bytes(content)
    service.ask_verification(backup.pk)
    steps.at(now)
    backup.refresh_from_db()
    assert (backup.status, alerts.is_active(AlertKind.BACKUP_FAILED, str(backup.pk))) == ("verified", False)


class AwayFileSystem(MemoryFileSystem):
    """Breaks off while it is away."""

    protocol = "away"
    store: dict[str, Any] = {}
    pseudo_dirs: list[str] = [""]
    is_away = False

    def _open(self, path: str, mode: str = "rb", **given: Any) -> Any:
        if self.is_away:
            raise ConnectionResetError(errno.ECONNRESET, "Connection reset by peer")
        return super()._open(path, mode, **given)


def test_a_good_backup_stays_good_when_its_place_is_away_and_that_is_told(
    configuration: Configuration, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    fsspec.register_implementation("away", AwayFileSystem, clobber=True)
    elsewhere = configuration.model_copy(update={"backup_url": SecretStr("away://place")})
    with override_settings(CONFIGURATION=elsewhere):
        steps = Steps(elsewhere)
        backup = made(steps, now)
        for is_away in (True, False):
            monkeypatch.setattr(AwayFileSystem, "is_away", is_away)
            service.ask_verification(backup.pk)
            steps.at(now)
            backup.refresh_from_db()
            assert backup.status == "verified"
            assert alerts.is_active(AlertKind.BACKUP_FAILED, str(backup.pk)) is is_away


def test_a_drill_is_made_every_week_where_the_key_is(steps: Steps, now: datetime) -> None:
    steps.at(now)
    made(steps, now)
    steps.at(now + timedelta(days=7))
    steps.at(now + timedelta(days=7, minutes=1))
    assert [list(each) for each in steps.ran].count(["drill"]) == 1
    plan = queries.find_plan()
    assert plan is not None
    assert (plan.drill_error, plan.drilled_at) == ("", now + timedelta(days=7))


def test_pruning_removes_files_and_rows_of_what_is_old_and_leftovers(
    configuration: Configuration, place: Path, now: datetime
) -> None:
    def full(days: int) -> Backup:
        then = now - timedelta(days=days)
        return service.perform(service.ask(full=True, now=then), service.workshop(clock=lambda: then))

    first, *kept = [full(days) for days in (400, 399, 20, 10, 0)]
    (place / "20260101T000000Z-00000000-full.sqlite.zst.age.part").write_bytes(b"half")
    (place / "a stranger's file.txt").write_text("stays")
    assert service.prune(service.workshop(), now) == [first.name], "of its week and its month it is not the last"
    names = {path.name for path in place.iterdir()}
    files = {each.name for each in kept}
    assert names == files | {name + SUFFIX for name in files} | {"a stranger's file.txt"}
    assert queries.names() == [each.name for each in reversed(kept)]


def test_what_lies_in_the_store_is_known_again_without_rows(
    steps: Steps, configuration: Configuration, now: datetime
) -> None:
    backup = made(steps, now)
    Backup.objects.all().delete()
    from presstime.backups import keys

    shop = service.workshop()
    assert service.adopt(shop, keys.trusted_signers(configuration)) == 1
    assert service.adopt(shop, keys.trusted_signers(configuration)) == 0
    again = queries.get_backup(backup.pk)
    assert (again.status, again.sha256, again.created_at) == (Status.VERIFIED, backup.sha256, backup.created_at)
    assert shop.store.names() == sorted([backup.name, backup.name + SUFFIX])


# ---- through the API ------------------------------------------------------------------------------------------------


@pytest.fixture
def client(make_user: Callable[[str, str], User], now: datetime) -> Client:
    """Olga, an operator, with a token."""
    _, secret = accounts.create_token(make_user("olga", "operator"), "test", ["all"], now)
    return Client(headers={"Authorization": f"Bearer {secret}"})


def test_the_api_asks_shows_and_verifies(steps: Steps, client: Client, now: datetime) -> None:
    asked = client.post("/api/backups", "{}", content_type="application/json")
    assert (asked.status_code, asked.json()["status"]) == (202, "running")
    address = f"/api/backups/{asked.json()['id']}"
    assert client.post(f"{address}/verify").status_code == 409
    steps.at(now)
    shown = client.get(address).json()
    assert (shown["status"], shown["kind"], shown["created_at"]) == ("verified", "full", "2026-11-24T09:00:00Z")
    assert shown["location"].endswith(".age")
    assert min(shown["bytes"], shown["uncompressed_bytes"]) > 0
    assert len(shown["sha256"]) == 64
    assert client.get("/api/backups?status=verified").json()["items"] == [shown]
    again = client.post(f"{address}/verify")
    assert (again.status_code, again.json()["status"]) == (202, "running")
    later = now + timedelta(minutes=5)
    steps.at(later)
    assert client.get(address).json()["verified_at"] == "2026-11-24T09:05:00Z"


def test_progress_is_shown_while_it_runs_and_gone_at_its_end(
    configuration: Configuration, client: Client, now: datetime
) -> None:
    wish = service.ask(now=now)
    assert queries.take(wish, service.host(), now)
    seen: list[dict[str, Any] | None] = []

    def look(stage: str, done: int, total: int) -> None:
        seen.append(client.get(f"/api/backups/{wish.pk}").json()["progress"])

    service.perform(wish, replace(service.workshop(clock=lambda: now), progress=look))
    stages = [each["stage"] for each in seen if each]
    assert stages[-1] in ("writing", "verifying")
    assert all(0 <= each["done_bytes"] <= (each["total_bytes"] or each["done_bytes"]) for each in seen if each)
    assert client.get(f"/api/backups/{wish.pk}").json()["progress"] is None


def test_a_wish_may_have_no_body(steps: Steps, client: Client) -> None:
    for status in (202, 409):
        assert client.post("/api/backups", "", content_type="application/json").status_code == status
    assert client.get("/api/backups/nonsense").status_code == 404


def test_an_auditor_looks_and_makes_none(steps: Steps, make_user: Callable[[str, str], User], now: datetime) -> None:
    _, secret = accounts.create_token(make_user("ada", "auditor"), "test", ["all"], now)
    ada = Client(headers={"Authorization": f"Bearer {secret}"})
    assert ada.get("/api/backups").status_code == 200
    assert ada.post("/api/backups", "{}", content_type="application/json").status_code == 403
