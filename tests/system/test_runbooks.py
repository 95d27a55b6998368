"""Every command in docs/operations is run on a real installation with a worker, a web server and a mail server."""

from __future__ import annotations

import json
import re
import shlex
import shutil
import subprocess
import sys
import textwrap
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import yaml
from typer.core import TyperGroup

from presstime.alerts.kinds import Kind
from presstime.cli.commands import COMMANDS
from presstime.cli.shell import load
from tests.conftest import ON_POSTGRES
from tests.machine import free_port, wait_until
from tests.mail.smtp_server import Mailbox, smtp_server
from tests.system.conftest import ENDLESS, QUICK
from tests.system.harness import ROOT, Installation, Process
from tests.system.test_serve import fetch

OPERATIONS = ROOT / "docs" / "operations"
RULES = ROOT / "deploy" / "prometheus" / "presstime-rules.yml"
ALERTS = sorted((OPERATIONS / "alerts").glob("*.md"))
PAGES = [*ALERTS, *(OPERATIONS / f"{name}.md" for name in ("README", "capacity", "upgrade", "moving", "course"))]
SCHEDULE = "Airport punctuality"
BROKEN = QUICK.replace("from stock", "from nowhere")
# These put another database in place: in a process of their own.
APART = ("backup restore", "migrate", "check")
DRIVER = """
import json, sys
import django
django.setup()
from django.db import connections
from typer.testing import CliRunner
from presstime.cli import shell
for line in sys.stdin:
    done = CliRunner().invoke(shell.app, json.loads(line), prog_name="presstime")
    connections.close_all()
    failed = "" if done.exception is None or isinstance(done.exception, SystemExit) else repr(done.exception)
    print(json.dumps([done.exit_code, done.output, failed]), flush=True)
"""


def commands(page: Path) -> list[str]:
    blocks = re.findall(r"^```sh\n(.*?)^```", page.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    return [line for block in blocks for line in block.strip().splitlines()]


class House:
    """An installation with something of everything that goes wrong, and whoever is on call."""

    def __init__(self, installation: Installation, bind: str) -> None:
        self.installation = installation
        self.bind = bind
        self.server: Process | None = None
        self._driver: subprocess.Popen[str] | None = None

    def start(self) -> None:
        self.server = self.installation.start("serve", "--bind", self.bind)
        wait_until(lambda: fetch(self.bind, "/api/health/live")[0] == 200, "the web server answers", every=0.1)
        self.server.wait_for_log(": ready")

    def stop(self) -> None:
        assert self.server is not None
        self.server.stop()
        self.server = None

    # ---- commands ---------------------------------------------------------------------------------------------------

    def run(self, line: str) -> tuple[int, str]:
        """Exit code and output of one line of a page."""
        words = shlex.split(self._filled(line))
        done = self._run(words)
        if "EXECUTION_ID" in line and "cancel" not in line:
            self.presstime("execution", "cancel", words[3])  # it would keep the worker from ending
        return done

    def _run(self, words: list[str]) -> tuple[int, str]:
        match words[0]:
            case "presstime":
                return self.presstime(*words[1:])
            case "systemctl":
                return self._systemctl(*words[1:])
            case "curl":
                address = words[-1].replace("127.0.0.1:8000", self.bind)
                return subprocess.run(
                    [*words[:-1], address], capture_output=True, text=True, check=False
                ).returncode, ""
            case other:
                raise AssertionError(f"{other} is no command of a runbook")

    def presstime(self, *words: str) -> tuple[int, str]:
        if " ".join(words).startswith(APART):
            self.close()
            done = subprocess.run(
                [sys.executable, "-m", "presstime", *words],
                cwd=self.installation.folder,
                env=self.installation.environment,
                capture_output=True,
                text=True,
                check=False,
                timeout=120,
            )
            return done.returncode, done.stdout + done.stderr
        if self._driver is None:
            self._driver = self._start_driver()
        assert self._driver.stdin is not None
        assert self._driver.stdout is not None
        self._driver.stdin.write(json.dumps(words) + "\n")
        self._driver.stdin.flush()
        code, output, failed = json.loads(self._driver.stdout.readline())
        return code, output + failed

    def _systemctl(self, verb: str, unit: str) -> tuple[int, str]:
        assert (ROOT / "deploy" / "systemd" / f"{unit}.service").exists()
        if verb in ("stop", "restart") and self.server is not None:
            self.stop()
        if verb in ("start", "restart"):
            self.start()
        return 0, ""

    def _start_driver(self) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-c", textwrap.dedent(DRIVER)],
            cwd=self.installation.folder,
            env=self.installation.environment | {"DJANGO_SETTINGS_MODULE": "presstime.project.settings"},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def close(self) -> None:
        if self._driver is not None:
            assert self._driver.stdin is not None
            assert self._driver.stdout is not None
            self._driver.stdin.close()
            self._driver.wait(20)
            self._driver.stdout.close()
            self._driver = None

    # ---- what the words in capitals stand for ------------------------------------------------------------------------

    def _filled(self, line: str) -> str:
        makers: dict[str, Callable[[], str]] = {
            "EXECUTION_ID": lambda: self.installation.enqueue("endless")[0],
            "DEAD_LETTER_ID": self._dead_letter,
            "EMAIL_ID": self._failed_mail,
            "BREAKER_ID": self._breaker,
            "PLANNED_FOR": self._missed_run,
        }
        for word, make in makers.items():
            if word in line:
                line = line.replace(word, make())
        return line

    def _dead_letter(self) -> str:
        self.installation.enqueue("broken")
        return self._first("dead-letters", "list", "--status", "open", "--json")

    def _failed_mail(self) -> str:
        self.presstime("run", "Refused", "--wait")
        return self._first("emails", "list", "--status", "failed", "--json")

    def _missed_run(self) -> str:
        """For when the first of two missed runs was planned."""
        self.installation.python(
            """
            from datetime import timedelta
            from presstime.schedules.models import MissedRun, Schedule
            of = Schedule.objects.get(name=schedule)
            for minutes in (10, 5):
                at = now.replace(microsecond=0) - timedelta(minutes=minutes)
                MissedRun.objects.create(schedule=of, planned_for=at, noted_at=now)
            """,
            schedule=SCHEDULE,
        )
        return str(json.loads(self.presstime("schedule", "missed", "--json")[1])[-1]["planned_for"])

    def _breaker(self) -> str:
        self.installation.python(
            """
            from django.conf import settings
            from presstime.breakers.service import policy_of, report_failure
            from presstime.breakers.states import Kind
            from presstime.sources.models import Source
            from presstime.breakers import service
            source = Source.objects.get(name="shop")
            target = service.Target(Kind.SOURCE, source.pk.hex, "shop")
            report_failure(target, "It was refused.", policy_of(settings.CONFIGURATION, target.kind), now, at_once=True)
            """
        )
        return self._first("breakers", "list", "--state", "open", "--json")

    def _first(self, *words: str) -> str:
        """The id of the first thing that a list shows, as soon as it shows any."""
        return wait_until(lambda: _ids(self.presstime(*words)[1]), f"something in {' '.join(words)}", every=0.3)[0]


def _ids(output: str) -> list[str]:
    listed = json.loads(output)
    return [each["id"] for each in (listed["items"] if isinstance(listed, dict) else listed)]


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    mailbox = Mailbox(at_rcpt=lambda address: "550 5.1.1 No such user" if "nobody" in address else "250 Ok")
    with smtp_server(mailbox) as port, Installation(tmp_path, **_settings(tmp_path, port)) as installation:
        (tmp_path / "backups").mkdir()
        installation.prepare({"quick": QUICK, "endless": ENDLESS, "broken": BROKEN})
        _fill(installation)
        house = House(installation, f"127.0.0.1:{free_port()}")
        house.start()
        installation.enqueue("broken", 2)
        house.presstime("backup", "create", "--full")
        yield house
        house.close()


def _settings(folder: Path, port: int) -> dict[str, object]:
    return {
        "smtp_url": f"smtp://127.0.0.1:{port}",
        "admin_emails": "admins@example.com",
        "backup_url": f"file://{folder / 'backups'}",
        "concurrency": 6,
    }


def _fill(installation: Installation) -> None:
    installation.python(
        """
        from presstime.accounts import service as accounts
        from presstime.schedules import service
        people = {name: accounts.create_user(name, f"{name}@example.com", "admin", "correct horse battery", now)
                  for name in ("dana", "ops")}
        common = {"report": "quick", "cron": "0 8 * * *", "timezone": "UTC", "formats": ["csv"]}
        for name, to in ((schedule, "dana@example.com"), ("Refused", "nobody@example.com")):
            service.create({**common, "name": name, "recipients": {"to": [to]}}, people["dana"], now)
        """,
        schedule=SCHEDULE,
    )


def all_commands() -> list[str]:
    inline = re.findall(r"`(presstime [^`]+)`", (ROOT / "docs" / "acceptance-failures.md").read_text(encoding="utf-8"))
    pages = [*PAGES, OPERATIONS / "disaster-recovery.md"]
    return sorted({line for page in pages for line in commands(page)} | set(inline) - {"presstime demo"})


@pytest.mark.parametrize("line", [line for line in all_commands() if line.startswith("presstime ")])
def test_a_command_takes_what_its_page_gives_it(line: str) -> None:
    filled = re.sub(r"\b[A-Z]+(?:_[A-Z]+)*_ID\b", "01a20f13-42cc-7a5f-9d9c-be5c0a2f692a", line)
    name, *words = shlex.split(filled)[1:]
    command = load(next(each for each in COMMANDS if each.name == name))
    while isinstance(command, TyperGroup):
        command = command.commands[words.pop(0)]

    assert command.make_context(name, words).args == []


@pytest.mark.slow
@pytest.mark.skipif(ON_POSTGRES, reason="the commands are the same")
def test_every_command_of_every_page_does_what_it_says(house: House) -> None:
    done: set[str] = set()
    wrong = []
    for page in PAGES:
        if house.server is None:
            house.start()
        for line in commands(page):
            if page in ALERTS and line in done:
                continue  # these pages are read one at a time; the others are followed from the top to the bottom
            if line == "presstime emails resume":
                house.run("presstime emails pause")
            if line.startswith("presstime recipients replace dana@example.com") and line in done:
                house.run("presstime recipients replace ops@example.com dana@example.com --yes")
            code, output = house.run(line)
            done.add(line)
            # Health tells by its exit code that a part fails; that is what its page is for.
            if code != 0 and not (line == "presstime health" and code == 1):
                wrong.append(f"{page.name}: {line}: {code}: {output[-400:]}")

    assert not wrong, "\n".join(wrong)
    assert len(done) > 60


@pytest.mark.slow
@pytest.mark.skipif(ON_POSTGRES, reason="the commands are the same")
def test_the_way_back_after_a_disaster(house: House) -> None:
    assert house.presstime("backup", "create", "--full")[0] == 0
    house.stop()
    house.close()
    folder = house.installation.folder
    shutil.copy(house.installation.data / "keys" / "backup-identity.txt", folder / "backup-identity.txt")
    shutil.copy(house.installation.data / "shop.db", folder / "shop.db")
    shutil.rmtree(house.installation.data)  # the machine is gone
    house.installation.data.mkdir(mode=0o700)
    shutil.copy(folder / "shop.db", house.installation.data / "shop.db")  # a source is nobody's backup

    for line in commands(OPERATIONS / "disaster-recovery.md"):
        code, output = house.run(line)
        assert code == 0, f"{line}: {code}: {output}"

    assert house.presstime("run", SCHEDULE, "--wait")[0] == 0


def test_each_alert_has_its_page_and_each_page_its_alert() -> None:
    content = yaml.safe_load(RULES.read_text())
    alerts = {rule["alert"]: rule for group in content["groups"] for rule in group["rules"] if "alert" in rule}

    assert {page.stem for page in ALERTS} == set(alerts)
    for name, rule in alerts.items():
        text = (OPERATIONS / "alerts" / f"{name}.md").read_text()
        assert rule["annotations"]["runbook"] == f"docs/operations/alerts/{name}.md"
        assert re.findall(r"^## (.+)$", text, re.MULTILINE) == ["What it means", "Look", "Mend", "Verify"]
        assert rule["expr"] in text
        assert f"({'alerts/' + name}.md)" in (OPERATIONS / "README.md").read_text()


def test_each_kind_of_our_own_alerts_leads_to_a_page() -> None:
    text = (OPERATIONS / "README.md").read_text()

    assert [kind.value for kind in Kind if f"`{kind.value}`" not in text] == []
