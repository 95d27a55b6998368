"""A real worker tells of an alert, and one whose channels cannot be read does not start."""

from __future__ import annotations

from collections.abc import Iterator
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

import pytest

from tests.alerts.webhook import Webhook, serving
from tests.machine import free_port, wait_until
from tests.system.harness import Installation

ALARM = """
    from presstime.alerts.kinds import Kind
    from presstime.alerts.service import clear, raise_alert
    raise_alert(Kind.BACKUP_FAILED, detail="There is no room.", now=now)
    clear(Kind.BACKUP_FAILED, now=now)
"""


@pytest.fixture
def webhook() -> Iterator[Webhook]:
    with serving() as server:
        yield server


def test_a_worker_tells_of_the_beginning_and_of_the_end(tmp_path: Path, webhook: Webhook) -> None:
    urls = f"json://127.0.0.1:{webhook.server_port}/t0ken"
    with Installation(tmp_path, admin_emails="dana@example.com", alert_urls=urls) as house:
        house.run("migrate")
        worker = house.start_worker()
        house.python(ALARM)
        wait_until(lambda: len(webhook.posted) == 2, "the webhook was told of both")
        assert [posted["type"] for posted in webhook.posted] == ["failure", "success"]
        mails = wait_until(lambda: found if len(found := _mails(house)) == 2 else None, "both mails have arrived")
        worker.stop()
        assert {str(mail["Subject"]) for mail in mails} == {
            "[Presstime] Critical: The backup failed",
            "[Presstime] Over: The backup failed",
        }
        assert "t0ken" not in worker.log


def _mails(house: Installation) -> list[EmailMessage]:
    files = sorted((house.data / "mail").glob("*.eml"))
    return [message_from_bytes(file.read_bytes(), policy=policy.default) for file in files]


def test_addresses_that_cannot_be_read_end_the_server_and_are_not_shown(tmp_path: Path) -> None:
    with Installation(tmp_path, alert_urls="slack://s3cret") as house:
        server = house.start("serve", "--bind", f"127.0.0.1:{free_port()}")
        assert server.wait() == 1
        assert "no. 1 (slack)" in server.log
        assert "s3cret" not in server.log
