"""Web and worker are killed at random instants, again and again: every execution ends, nothing happens twice."""

from __future__ import annotations

import os
import random
import signal
import urllib.request
from collections import Counter
from pathlib import Path

import pytest

from tests.mail.smtp_server import Mailbox, smtp_server
from tests.system.conftest import Installed
from tests.system.harness import Installation, Process, descendants, free_port, wait_until

EXECUTIONS = 300
SEED = 20261124


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


@pytest.mark.slow
def test_three_hundred_executions_survive_kills_at_random_instants(installed: Installed):
    chance = random.Random(SEED)
    mailbox, port = Mailbox(), free_port()
    with smtp_server(mailbox) as mail_port:
        installation = installed(
            smtp_url=f"smtp://127.0.0.1:{mail_port}?tls=none",
            mail_retry_base_seconds=1,
            retry_base_seconds=0.5,
            bind=f"127.0.0.1:{port}",
            base_url=f"http://127.0.0.1:{port}",
        )
        installation.enqueue("quick", EXECUTIONS, recipients={"to": ["reader@example.com"]})
        serve = installation.start("serve")
        serve.wait_for_log(": ready")
        killed: Counter[str] = Counter()
        while ended(installation) < EXECUTIONS - 20:
            before = ended(installation)
            pause = chance.uniform(0.2, 2.0)
            wait_until(lambda: ended(installation) >= before + 15, "it goes on", seconds=180)  # noqa: B023
            wait_until(lambda: chance.random() < 0.2, "a random instant", every=pause / 20)
            killed[kill_somebody(serve, chance)] += 1
        wait_until(lambda: installation.unfinished() == 0, "all have ended", seconds=180)
        statuses = installation.query("select status, count(*) as n from executions_execution group by status")
        assert statuses == [{"status": "succeeded", "n": EXECUTIONS}]
        sent = "select count(*) from mail_email where status = 'sent'"
        wait_until(lambda: installation.value(sent) == EXECUTIONS, "all mails are sent", seconds=120)
        received = Counter(mail.message["Message-ID"] for mail in mailbox.received)
        assert (len(received), set(received.values())) == (EXECUTIONS, {1})
        assert installation.value("select count(*) from executions_artifact") == EXECUTIONS
        assert killed["worker"] >= 5
        wait_until(lambda: answers(port), "the pages answer again")
        assert serve.stop() == 0


def answers(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/api/health/live", timeout=5) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False
