"""Commands and jobs leave their entries too: by the operating system's user, or by the part of the server that acted."""

from __future__ import annotations

import getpass
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection, transaction
from typer.testing import CliRunner

from presstime.accounts.models import User
from presstime.audit.actors import acting, system
from presstime.audit.models import Entry
from presstime.cli.commands import COMMANDS
from presstime.cli.shell import app, load
from presstime.deadletters import service as deadletters
from presstime.deadletters import states as limits
from presstime.disk import cleanups
from presstime.executions.endings import Ending
from presstime.executions.faults import Fault
from presstime.executions.models import Execution
from presstime.executions.states import Category, Status, Trigger
from presstime.mail import service as mail
from presstime.mail.models import Email
from presstime.schedules import pausing
from tests.audit import world as worlds
from tests.audit.doors import linked
from tests.audit.world import PICTURE, World

pytestmark = pytest.mark.django_db


@pytest.fixture
def world(db: None, tmp_path: Path, admin: User, alice: User, bob: User, now: datetime) -> World:
    return worlds.build(tmp_path, admin, alice, bob, now)


@dataclass(frozen=True)
class Told:
    """A command line and the actions that it leaves; `{letter}` is the id of the world's dead letter."""

    actions: str
    line: str
    given: str = ""
    before: Callable[[World], object] = lambda _: None


NEW_PASSWORD = "a quite long pass phrase\n"
COMMAND_LINES: dict[str, Told] = {
    "user add": Told("user.created", "user add erin --email e@example.com --role viewer --password-stdin", NEW_PASSWORD),
    "user password": Told("user.password_changed", "user password bob --password-stdin", NEW_PASSWORD),
    "user role": Told("user.role_changed", "user role bob operator"),
    "user disable": Told("user.disabled", "user disable bob"),
    "user enable": Told(
        "user.enabled", "user enable bob", before=lambda world: User.objects.filter(pk=world.bob.pk).update(is_active=False)
    ),
    "user unlink": Told("user.identity_unlinked", "user unlink bob", before=lambda world: linked(world.bob)),
    "user hand-over": Told(
        "schedule.handed_over schedule.handed_over user.handed_over", "user hand-over alice dana"
    ),
    "source add": Told("source.created", "source add more files:///{folder}"),
    "source limit": Told("source.limited", "source limit spare --group Sales"),
    "asset add": Told("asset.added", "asset add brand/new.svg {picture}"),
    "asset delete": Told("asset.deleted", "asset delete logo.svg", before=lambda _: worlds.put_asset()),
    "dead-letters retry": Told("dead_letter.retried", "dead-letters retry {letter}"),
    "dead-letters resolve": Told("dead_letter.resolved", "dead-letters resolve {letter}"),
    "dead-letters delete": Told("dead_letter.removed", "dead-letters delete {letter}"),
    "alerts acknowledge": Told("alert.acknowledged", "alerts acknowledge {alert}"),
    "breakers reset": Told("breaker.reset", "breakers reset {breaker}"),
    "emails pause": Told("email_queue.paused", "emails pause"),
    "emails resume": Told("email_queue.resumed", "emails resume", before=lambda world: mail.pause(None, world.now)),
    "emails retry": Told("email.retried", "emails retry {email}"),
    "emails resend": Told(
        "email.resent", "emails resend {email}",
        before=lambda world: Email.objects.filter(pk=world.email.pk).update(status="sent", sent_at=world.now),
    ),
    "backup resume": Told(
        "schedule.enabled backup.resumed", "backup resume", before=lambda world: worlds.restoration(world.off, world.now)
    ),
    "audit deliveries": Told("deliveries.exported", "audit deliveries --date 2026-11-24"),
    "audit export": Told("audit.exported", "audit export --out {folder}/log.jsonl"),
    "group add": Told("group.created", "group add Buyers"),
    "group members": Told("group.updated", "group members Sales --add alice"),
    "group delete": Told("group.deleted", "group delete Sales"),
    "token create": Told("token.created", "token create --user bob --name one --scopes reports:read"),
    "token revoke": Told("token.revoked", "token revoke {token}"),
    "report limit": Told("report.limited", "report limit Stock --group Sales"),
    "recipients replace": Told(
        "schedule.updated schedule.updated recipient.replaced", "recipients replace ann@example.com bo@example.com --yes"
    ),
    "apply": Told("report.created configuration.applied", "apply {files}"),
    "export": Told("configuration.exported", "export {folder}/out"),
    "execution cancel": Told("execution.cancelled", "execution cancel {waiting}"),
    "execution retry": Told("execution.retried", "execution retry {retrying}"),
    "execution timeout": Told("execution.timeout_changed", "execution timeout {waiting} 900"),
    "run": Told("schedule.executed", "run {schedule}"),
    "schedule enable": Told("schedule.enabled", "schedule enable {off}"),
    "schedule acknowledge": Told("schedule.missed_acknowledged", "schedule acknowledge {late} --all"),
    "schedule run-missed": Told("schedule.executed", "schedule run-missed {late} {missed}"),
    "schedule disable": Told("schedule.disabled", "schedule disable {schedule}"),
}  # fmt: skip

# Commands that change nothing that is watched, or that are tried with real processes elsewhere.
QUIET = {
    **dict.fromkeys(
        ["check", "config show", "health", "metrics show", "disk show", "execution list", "execution show"], "looks"
    ),
    **{f"{name} list": "looks" for name in ("user", "source", "asset", "dead-letters", "alerts", "breakers", "emails")},
    **{f"{name} list": "looks" for name in ("backup", "group", "token", "schedule", "recipients")},
    "emails queue": "looks",
    "keys list": "looks",
    **dict.fromkeys(["schedule missed", "dead-letters show", "errors trend", "errors summary"], "looks"),
    "user link": "tests/accounts calls it with an issuer",
    "keys rotate": "tests/cli changes a real key",
    "keys forget": "tests/cli changes a real key",
    "source test": "connects and reads one row",
    "report preview": "renders, keeps nothing",
    "report schema": "prints",
    "report lint": "looks at a text",
    "metrics rebuild": "counts again what the tables say",
    "migrate": "migrations are decided by whoever upgrades",
    "serve": "starts others",
    "web": "answers requests",
    "worker": "runs the jobs below",
    "disk cleanup": "asks for nothing where there is nothing to remove; the operation of the API is walked",
    "demo": "calls the services of the other commands",
    "alerts test": "tests/alerts looks at the channels; the entry is written first",
    "user end-sessions": "tests/accounts ends real sessions",
    "user reset-two-factor": "tests/accounts takes a real second factor away",
    "audit grants": "prints SQL and changes nothing",
    "audit verify": "verifies the log itself and keeps the outcome",
    "audit checkpoint": "signs the log itself",
    "audit key": "prints",
    "backup create": "tests/backups makes real ones and looks at the entry",
    "backup verify": "tests/backups verifies real ones",
    "backup restore": "tests/backups restores real ones",
    "backup prune": "tests/backups prunes real ones",
    "backup key": "makes a key file where there is none; no table is written",
    "backup drill": "tests/backups drills with a real one",
    "backup perform": "what a worker has asked for",
}


def commands() -> Iterator[str]:
    for command in COMMANDS:
        loaded = load(command)
        names = getattr(loaded, "commands", None)
        yield from ([command.name] if names is None else (f"{command.name} {name}" for name in names))


def test_no_command_is_forgotten() -> None:
    found = set(commands())
    assert found - set(COMMAND_LINES) - set(QUIET) == set()
    assert (set(COMMAND_LINES) | set(QUIET)) - found == set()


def filled(line: str, world: World, folder: Path) -> list[str]:
    places = {"folder": str(folder), "picture": str(folder / "new.svg"), "files": str(folder / "files")}
    places["missed"] = worlds.missed_at(world)
    return [
        re.sub(r"\{(\w+)\}", lambda found: places.get(found[1]) or str(getattr(world, found[1]).pk), word)
        for word in line.split()
    ]


def last(count: int) -> list[Entry]:
    return list(Entry.objects.order_by("sequence")[count:])


def test_every_command_that_changes_something_leaves_its_entries(world: World, tmp_path: Path) -> None:
    (tmp_path / "new.svg").write_bytes(PICTURE)
    (tmp_path / "files/reports").mkdir(parents=True)
    (tmp_path / "files/reports/More.md").write_text("---\ntitle: More\nsource: shop\n---\nMore.\n")
    wrong = []
    for name, told in COMMAND_LINES.items():
        before = transaction.savepoint()
        told.before(world)
        count = Entry.objects.count()
        done = CliRunner().invoke(app, filled(told.line, world, tmp_path), input=told.given)
        entries = last(count)
        connection.savepoint_rollback(before)
        if [entry.action for entry in entries] != told.actions.split():
            wrong.append(f"{name}: {[entry.action for entry in entries]} {done.output[-300:]}")
        elif {(entry.actor_type, entry.actor_id) for entry in entries} != {("command", f"os:{getpass.getuser()}")}:
            wrong.append(f"{name}: by {[(entry.actor_type, entry.actor_name) for entry in entries]}")
    assert wrong == []


# ---- what the server does by itself ---------------------------------------------------------------------------------


def by_the_server(name: str, count: int) -> list[tuple[str, str, str]]:
    return [(entry.action, entry.actor_type, entry.actor_name) for entry in last(count)]


def test_a_schedule_that_is_paused_for_its_failures_is_disabled_by_the_system_with_the_reason(world: World) -> None:
    fault = Fault(Category.DATA, "sql_syntax", "No such table.", "Correct it.", "")
    Execution.objects.filter(pk=world.waiting.pk).update(trigger=Trigger.CATCH_UP)
    world.waiting.refresh_from_db()
    count = Entry.objects.count()
    with acting(system("slot")):
        for _ in range(settings.CONFIGURATION.auto_pause_after):
            with transaction.atomic():
                pausing.follow(ending=Ending(world.waiting, Status.DEAD, world.now, fault))
    assert by_the_server("slot", count) == [
        ("schedule.disabled", "system", "slot"),
        ("schedule.owner_notified", "system", "slot"),
    ]
    said = json.loads(last(count)[0].body)
    assert "No such table." in said["new"]["paused_reason"]
    assert json.loads(last(count)[1].body)["new"]["to"] == ["alice@example.com"]


def test_what_is_removed_because_there_are_too_many_is_named(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    from presstime.deadletters import queries

    monkeypatch.setattr(queries, "OPEN_LIMIT", 1)
    count = Entry.objects.count()
    with acting(system("slot")), transaction.atomic():
        deadletters._bury(world.finished, Fault(Category.DATA, "one", "No.", "", ""), world.now)
    assert {action for action, _, _ in by_the_server("slot", count)} == {"dead_letter.removed"}
    said = json.loads(last(count)[0].body)
    assert said["new"] == {"because": limits.Removal.LIMIT.value}
    assert said["old"]["error_code"] == "sql_syntax"


def test_what_is_gone_for_good_after_thirty_days_is_named(world: World) -> None:
    deadletters.delete(world.letter.pk, world.now)
    count = Entry.objects.count()
    with acting(system("janitor")):
        deadletters.purge(world.now + timedelta(days=31))
    assert by_the_server("janitor", count) == [("dead_letter.purged", "system", "janitor")]


def test_a_cleanup_says_what_it_has_removed(world: World) -> None:
    from presstime.disk.states import Action

    cleanups.request([Action.SCRATCH_FILES], world.admin, world.now)
    count = Entry.objects.count()
    with acting(system("cleanup")):
        assert cleanups.go_on(settings.CONFIGURATION, world.now)
    assert by_the_server("cleanup", count) == [("cleanup.finished", "system", "cleanup")]


def test_the_success_of_a_retry_resolves_its_dead_letter_in_the_name_of_the_system(world: World) -> None:
    execution = deadletters.retry(world.letter.pk, None, world.now)
    count = Entry.objects.count()
    with acting(system("slot")), transaction.atomic():
        deadletters.follow(ending=Ending(execution, Status.SUCCEEDED, world.now, None))
    assert by_the_server("slot", count) == [("dead_letter.resolved", "system", "slot")]
