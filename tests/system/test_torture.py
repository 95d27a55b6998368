"""Web and worker are killed at random instants, again and again: what was promised is done, and nothing happens twice."""

from __future__ import annotations

import http.client
import json
import logging
import os
import random
import signal
import urllib.request
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from uuid import UUID

import pytest

from tests.machine import descendants, free_port, wait_until
from tests.mail.smtp_server import Mailbox, smtp_server
from tests.system.conftest import Installed
from tests.system.harness import Installation, Process

EXECUTIONS = 300
BACKLOG = 30
SEED = 20261124

log = logging.getLogger(__name__)


def victims(serve: Process) -> dict[str, int]:
    """The web and the worker process of `serve`, by name."""
    found: dict[str, int] = {}
    for pid in descendants(serve.pid):
        try:
            words = Path(f"/proc/{pid}/cmdline").read_bytes().decode().split("\0")
            parent = int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
        except (FileNotFoundError, ProcessLookupError):
            continue
        if parent == serve.pid:
            found |= {name: pid for name in ("web", "worker") if name in words}
    return found


def kill_somebody(serve: Process, chance: random.Random) -> str:
    alive = wait_until(lambda: victims(serve), "serve has children")
    name = chance.choice(sorted(alive))
    try:
        os.kill(alive[name], signal.SIGKILL)
    except ProcessLookupError:
        return ""
    return name


def ended(installation: Installation) -> int:
    return int(installation.value("select count(*) from executions_execution where finished_at is not null"))


@dataclass
class Asker:
    """Somebody who asks the web for one run after the other, again when nobody answers; what was promised is kept."""

    installation: Installation
    port: int
    token: str
    schedule: str
    accepted: list[str] = field(default_factory=list)
    unanswered: int = 0

    def ask(self) -> None:
        while len(self.accepted) < EXECUTIONS:
            if len(self.accepted) - ended(self.installation) > BACKLOG:
                wait_until(lambda: len(self.accepted) - ended(self.installation) <= BACKLOG, "it goes on", 180)
            try:
                self.accepted.append(self._run())
            except (OSError, http.client.HTTPException):
                self.unanswered += 1
                wait_until(lambda: answers(self.port), "the web is back")

    def _run(self) -> str:
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}
        with closing(http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)) as connection:
            connection.request("POST", f"/api/schedules/{self.schedule}/run", "{}", headers)
            answer = connection.getresponse()
            said = answer.read()
        assert answer.status == 202, (answer.status, said)
        return str(json.loads(said)["id"]).replace("-", "")


def asker(installation: Installation, port: int) -> Asker:
    token, schedule = installation.python(
        """
        from presstime.accounts import service as accounts
        from presstime.schedules import service as schedules
        alice = accounts.create_user("alice", "alice@example.com", "admin", "correct horse battery staple", now)
        given = {"name": "Often", "report": "quick", "cron": "0 0 1 1 *", "recipients": {"to": ["reader@example.com"]}}
        made = schedules.create(given, alice, now)
        result = [accounts.create_token(alice, "test", ["all"], now)[1], str(made.pk)]
        """
    )
    return Asker(installation, port, token, schedule)


@pytest.mark.slow
def test_three_hundred_executions_survive_kills_at_random_instants(installed: Installed):
    chance = random.Random(SEED)
    mailbox, port = Mailbox(), free_port()
    with smtp_server(mailbox) as mail_port, ThreadPoolExecutor(1) as threads:
        installation = installed(
            smtp_url=f"smtp://127.0.0.1:{mail_port}?tls=none",
            mail_retry_base_seconds=1,
            retry_base_seconds=0.5,
            bind=f"127.0.0.1:{port}",
            base_url=f"http://127.0.0.1:{port}",
        )
        somebody = asker(installation, port)
        serve = installation.start("serve")
        serve.wait_for_log(": ready")
        wait_until(lambda: answers(port), "the web answers")
        asking = threads.submit(somebody.ask)
        killed: Counter[str] = Counter()
        while ended(installation) < EXECUTIONS - 20:
            before = ended(installation)
            pause = chance.uniform(0.2, 2.0)
            wait_until(lambda: ended(installation) >= before + 15 or asking.done(), "it goes on", seconds=180)  # noqa: B023
            wait_until(lambda: chance.random() < 0.2, "a random instant", every=pause / 20)
            killed[kill_somebody(serve, chance)] += 1
        asking.result(180)
        wait_until(lambda: installation.unfinished() == 0, "all have ended", seconds=180)
        assert_each_happened_once(installation, somebody.accepted, mailbox)
        assert min(killed["worker"], killed["web"]) >= 4, killed
        wait_until(lambda: answers(port), "the pages answer again")
        assert serve.stop() == 0
    log.info(
        "killed %s, %d requests without an answer, %d executions",
        dict(killed),
        somebody.unanswered,
        ended(installation),
    )


def assert_each_happened_once(installation: Installation, accepted: list[str], mailbox: Mailbox) -> None:
    """A request whose answer was lost may have been taken: then it is an execution like the others."""
    rows = installation.query("select id, status from executions_execution")
    assert {row["status"] for row in rows} == {"succeeded"}
    number = len(rows)
    assert len(set(accepted)) == EXECUTIONS
    assert set(accepted) <= {row["id"] for row in rows}
    assert number <= EXECUTIONS + 20

    sent = "select count(*) from mail_email where status = 'sent'"
    wait_until(lambda: installation.value(sent) == number, "all mails are sent", seconds=120)
    received = Counter(mail.message["Message-ID"] for mail in mailbox.received)
    assert (len(received), set(received.values())) == (number, {1})
    for table, condition in (
        ("executions_artifact", ""),
        ("executions_attempt", " where status = 'succeeded'"),
        ("audit_logs", " where action = 'schedule.executed'"),
    ):
        assert installation.value(f"select count(*) from {table}{condition}") == number, table
    paths = {row["path"] for row in installation.query("select path from executions_artifact")}
    reports = installation.data / "reports"
    files = {path.relative_to(reports).as_posix() for path in reports.rglob("*.csv")}
    assert paths <= files
    # What a worker had written that died before it said so: nobody's, and the janitor's.
    lost = installation.query("select execution_id, number from executions_attempt where status = 'lost'")
    left = {f"{UUID(row['execution_id'])}.{row['number']}" for row in lost}
    assert {path.split("/")[2] for path in files - paths} <= left
    assert installation.value("select count(*) from deadletters_deadletter") == 0


def answers(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/api/health/live", timeout=5) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False
