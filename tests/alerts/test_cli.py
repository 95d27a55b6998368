from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime

import pytest
from pydantic import SecretStr
from typer.testing import Result

from presstime.alerts import queries, service
from presstime.alerts.kinds import Kind
from tests.alerts.conftest import Configure
from tests.alerts.webhook import Webhook
from tests.commands import command
from tests.mail.smtp_server import Mailbox, smtp_server

pytestmark = pytest.mark.django_db
Run = Callable[..., Result]


@pytest.fixture
def run() -> Run:
    return lambda *arguments: command("alerts", *arguments)


def test_the_list_has_what_is_not_over_the_pressing_ones_first(run: Run, now: datetime) -> None:
    service.raise_alert(Kind.DISK_WARNING, "reports", detail="4 GB are free.", now=now)
    service.raise_alert(Kind.AUDIT_BROKEN, now=now)
    service.raise_alert(Kind.BREAKER_OPEN, now=now)
    service.clear(Kind.BREAKER_OPEN, now=now)
    first, second, detail = run("list").stdout.splitlines()
    assert first.endswith("critical open         The audit log does not verify")
    assert second.endswith("warning  open         Disk space is getting short")
    assert detail == "    4 GB are free."
    assert len(json.loads(run("list", "--all", "--json").stdout)) == 3


def test_acknowledging_names_those_that_are_not_open(run: Run, now: datetime) -> None:
    alert = service.raise_alert(Kind.AUDIT_BROKEN, now=now)
    done = run("acknowledge", str(alert.pk), "nonsense")
    assert done.exit_code == 1
    assert done.stdout == f"{alert.pk}: acknowledged: The audit log does not verify\n"
    assert 'nonsense: There is no alert "nonsense".' in done.stderr
    assert queries.get_alert(alert.pk).status == "acknowledged"


def test_a_trial_goes_through_each_channel_and_tells_each_result(
    run: Run, configure: Configure, webhook: Webhook
) -> None:
    mailbox = Mailbox(at_rcpt=lambda address: "550 5.1.1 No such user" if "olga" in address else "250 Ok")
    with smtp_server(mailbox) as port:
        configure(
            admin_emails=("dana@example.com", "olga@example.com"),
            alert_urls=f"json://127.0.0.1:{webhook.server_port}/t0ken",
            smtp_url=SecretStr(f"smtp://127.0.0.1:{port}"),
            mail_from="presstime@example.com",
        )
        tried = run("test")
    assert tried.exit_code == 1
    assert tried.stdout.splitlines() == [
        "ok      dana@example.com",
        "failed  olga@example.com: The mail server said: 550 5.1.1 No such user",
        f"ok      json://127.0.0.1:{webhook.server_port}",
    ]
    assert mailbox.received[0].message["Subject"] == "[Presstime] Test: alerts reach you here"
    assert webhook.posted[0]["title"] == "[Presstime] Test: alerts reach you here"
    assert not queries.list_alerts().exists()


def test_a_trial_without_a_channel_says_what_to_set(run: Run) -> None:
    tried = run("test")
    assert tried.exit_code == 1
    assert "There is no channel: set PRESSTIME_ADMIN_EMAILS or PRESSTIME_ALERT_URLS." in tried.stderr
