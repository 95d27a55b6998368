"""A sender killed with SIGKILL, as a process of its own on the database of the test."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection

from presstime.base import clock
from presstime.mail.models import Email, Message
from presstime.mail.states import Status
from tests.mail.smtp_server import Countdown, Mailbox

pytestmark = pytest.mark.django_db(transaction=True)
MAILS = 100


def worker_environment(tmp_path: Path, reports: Path, port: int) -> dict[str, str]:
    """The suite's own settings, with the database that the test is using."""
    database = settings.DATABASES["default"]
    url = f"sqlite:///{database['NAME']}"
    if connection.vendor == "postgresql":
        url = (
            f"postgresql://{database['USER']}:{database['PASSWORD']}@{database['HOST']}:{database['PORT']}"
            f"/{database['NAME']}"
        )
    return os.environ | {
        "PRESSTIME_DATABASE_URL": url,
        "PRESSTIME_DATA_DIR": str(tmp_path),
        "PRESSTIME_REPORTS_DIR": str(reports),
        "PRESSTIME_SMTP_URL": f"smtp://127.0.0.1:{port}",
        "PRESSTIME_MAIL_RETRY_BASE_SECONDS": "0.2",
        "PRESSTIME_BREAKER_PAUSE_SECONDS": "1",
        "PRESSTIME_BREAKER_MAX_SECONDS": "1",
    }


@contextmanager
def sending_worker(environment: dict[str, str]) -> Iterator[subprocess.Popen[bytes]]:
    with subprocess.Popen(
        [sys.executable, "-m", "tests.mail.sending_worker", "node-1"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=environment,
    ) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == b"sending\n"
            yield process
        finally:
            assert process.stdin is not None
            process.stdin.close()
            process.wait(20)


def _wait_until(condition: Callable[[], bool], seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        Countdown(1).wait(0.05)


def _all_sent() -> bool:
    return Email.objects.filter(status=Status.SENT).count() == MAILS


@pytest.mark.parametrize("kill_after", [7, 38, 71])
def test_a_killed_sender_leaves_each_mail_delivered_once(
    enqueue: Callable[..., Message], mailbox: Mailbox, port: int, tmp_path: Path, reports: Path, kill_after: int
) -> None:
    arrived = Countdown(kill_after)
    accept = mailbox.at_data

    def count(address: str) -> str:
        arrived.count()
        return accept(address)

    mailbox.at_data = count
    message = enqueue(*[f"reader{number}@example.com" for number in range(MAILS)], at=clock.now())
    environment = worker_environment(tmp_path, reports, port)
    with sending_worker(environment) as first:
        assert arrived.wait()
        first.send_signal(signal.SIGKILL)
        first.wait(10)
    with sending_worker(environment):
        _wait_until(_all_sent)
    times = Counter(received.recipient for received in mailbox.received)
    assert len(times) == MAILS
    assert set(times.values()) == {1}
    assert {received.message["Message-ID"] for received in mailbox.received} == {message.message_id}
    assert not Email.objects.filter(uncertain=True).exists()
