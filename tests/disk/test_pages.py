"""The page Storage, the page Settings and the command, as people see them."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client, override_settings
from pydantic import SecretStr
from typer.testing import CliRunner

from presstime.accounts.models import User
from presstime.base import clock
from presstime.base.configuration_fields import Configuration
from presstime.cli import app
from presstime.disk import service, survey
from presstime.disk.models import Cleanup
from tests.mail.smtp_server import Mailbox, smtp_server

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def client(admin: User, in_force: Configuration) -> Client:
    client = Client()
    client.force_login(admin)
    return client


def test_the_page_has_the_figures_and_the_drawing_as_a_table_too(client: Client) -> None:
    page = client.get("/storage").content.decode()
    assert "Enough" in page
    assert "database, reports, scratch files" in page
    assert page.count('class="limit-critical"') == 2
    assert "Show as table" in page


def test_what_no_worker_has_measured_is_not_said_to_be_nothing(client: Client, now: datetime) -> None:
    page = client.get("/storage").content.decode()
    assert "Not measured yet" in page
    assert page.count("Not looked up yet") == 2
    assert "Looked up" not in page
    survey.keep(settings.CONFIGURATION, clock.now())
    page = client.get("/storage").content.decode()
    assert ("Not measured yet" in page, "Files of executions" in page, "may have changed" in page) == (
        False,
        True,
        False,
    )
    survey.keep(settings.CONFIGURATION, clock.now() - timedelta(hours=2))
    assert "none has for more than an hour" in client.get("/storage").content.decode()


def test_thresholds_are_set_in_gigabytes_and_given_back(client: Client) -> None:
    assert client.post("/storage/thresholds", {"warning_gb": "7.5", "critical_gb": "2"}).status_code == 302
    assert service.thresholds().warning_bytes == 7_500_000_000
    assert 'value="7.5"' in client.get("/storage").content.decode()
    refused = client.post("/storage/thresholds", {"warning_gb": "1", "critical_gb": "2"})
    assert refused.status_code == 422
    assert "is above the warning" in refused.content.decode()
    client.post("/storage/thresholds", {"warning_gb": "", "critical_gb": ""})
    assert service.chosen().origins == {"warning_bytes": "default", "critical_bytes": "default"}


def test_what_is_ticked_is_asked_for_once(client: Client, finished: Callable[..., Path], admin: User) -> None:
    finished(days=100)
    survey.keep(settings.CONFIGURATION, clock.now())
    assert "Old reports" in client.get("/storage").content.decode()
    assert "Nothing was chosen" in client.post("/storage/cleanup", {}, follow=True).content.decode()
    for _ in range(2):
        page = client.post("/storage/cleanup", {"actions": ["old_reports"]}, follow=True).content.decode()
    assert "under way already" in page
    cleanup = Cleanup.objects.get()
    assert (cleanup.actions, cleanup.requested_by) == (["old_reports"], admin)


def test_operators_read_the_page_and_change_nothing(
    make_user: Callable[[str, str], User], in_force: Configuration
) -> None:
    client = Client()
    client.force_login(make_user("olga", "operator"))
    page = client.get("/storage").content.decode()
    assert "/storage/thresholds" not in page
    assert client.get("/settings").status_code == 403


def test_the_settings_are_shown_without_secrets(client: Client) -> None:
    page = client.get("/settings").content.decode()
    assert "PRESSTIME_SECRET_KEY" in page
    assert settings.CONFIGURATION.secret_key is None or "test-key-" not in page
    assert "environment: PRESSTIME_BASE_URL" in page


def test_a_test_mail_goes_to_whoever_asks_and_a_refusal_is_shown(client: Client, in_force: Configuration) -> None:
    mailbox = Mailbox()
    with smtp_server(mailbox) as port:
        named = in_force.model_copy(update={"smtp_url": SecretStr(f"smtp://127.0.0.1:{port}")})
        with override_settings(CONFIGURATION=named):
            page = client.post("/settings/test-mail", follow=True).content.decode()
    assert "took a test mail to dana@example.com" in page
    assert len(mailbox.received) == 1
    with override_settings(CONFIGURATION=named):
        assert "was not taken" in client.post("/settings/test-mail", follow=True).content.decode()


def test_the_command_shows_and_cleans_without_a_worker(
    finished: Callable[..., Path], in_force: Configuration, now: datetime
) -> None:
    folder = finished(days=400, size=5)
    shown = CliRunner().invoke(app, ["disk", "show", "--json"])
    assert json.loads(shown.stdout)["recommendations"][0]["action"] == "old_reports"
    tried = CliRunner().invoke(app, ["disk", "cleanup", "--dry-run"])
    assert "old_reports: 1, 5 B." in tried.stdout
    assert folder.exists()
    done = CliRunner().invoke(app, ["disk", "cleanup", "--action", "old_reports"])
    assert (done.exit_code, "Freed 5 B." in done.stdout) == (0, True)
    assert not folder.exists()
