"""Signed links: whoever has one gets the file, for a while, and nothing else."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.conf import settings
from django.test import Client

from presstime.base import clock
from presstime.base.logs import Handler
from presstime.executions import links
from presstime.executions.links import Grant
from presstime.executions.models import Artifact, Execution


@pytest.fixture
def artifact(make: Callable[..., Execution], now: datetime) -> Artifact:
    """A finished file of an execution."""
    execution = make()
    path = f"2026/11/{execution.pk}.1/flights 2026.csv"
    file = settings.CONFIGURATION.reports_path / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("a\n<script>\n", encoding="utf-8")
    return Artifact.objects.create(
        execution=execution, name="flights 2026.csv", format="csv", media_type="text/csv; charset=utf-8", path=path,
        bytes=11, sha256="0" * 64, rows=1, created_at=now,
    )  # fmt: skip


def _address(of: Artifact, ends_at: datetime, name: str = "flights%202026.csv") -> str:
    return f"/files/{links.write(Grant(of.execution_id, ends_at))}/{name}"


def _soon() -> datetime:
    return clock.now() + timedelta(days=1)


def test_a_link_gives_the_file_as_an_attachment_and_counts(artifact: Artifact) -> None:
    address = _address(artifact, _soon())
    Client().head(address).close()
    response: Any = Client().get(address)
    assert b"".join(response.streaming_content) == b"a\n<script>\n"
    assert (response.status_code, response["X-Content-Type-Options"]) == (200, "nosniff")
    assert response["Content-Disposition"].startswith("attachment;")
    response.close()
    assert "sandbox" in response["Content-Security-Policy"]
    artifact.refresh_from_db()
    assert artifact.link_downloads == 1
    assert artifact.link_downloaded_at is not None


def test_a_changed_token_opens_nothing(artifact: Artifact) -> None:
    address = _address(artifact, _soon())
    other = address.replace(artifact.execution_id.hex, "0" * 32)
    for wrong in (other, address.replace("~", "~A"), address.replace("~", ""), "/files/x/y"):
        assert Client().get(wrong).status_code == 404
    assert Client().get(_address(artifact, _soon(), "other.csv")).status_code == 410


def test_an_expired_link_says_so_and_leads_to_the_sign_in(artifact: Artifact) -> None:
    response = Client().get(_address(artifact, clock.now() - timedelta(seconds=1)))
    assert response.status_code == 410
    assert "This link has expired" in response.content.decode()
    assert f"/executions/{artifact.execution_id}" in response.content.decode()


def test_removing_the_file_takes_the_link_back(artifact: Artifact) -> None:
    address = _address(artifact, _soon())
    artifact.delete()
    response = Client().get(address)
    assert (response.status_code, "no longer here" in response.content.decode()) == (410, True)


def test_the_log_shows_no_token(artifact: Artifact) -> None:
    address = _address(artifact, _soon())
    record = logging.LogRecord("django.request", logging.WARNING, "", 0, "Gone: %s", (address,), None)
    assert Handler().format(record) == "Gone: /files/…/flights%202026.csv"


def test_a_mail_links_signed_or_to_the_sign_in_as_the_setting_says(artifact: Artifact, now: datetime) -> None:
    execution = artifact.execution
    execution.started_at = now
    signed = links.of(execution, settings.CONFIGURATION)
    token = signed.base.removeprefix("http://testserver/files/").rstrip("/")
    assert links.read(token) == Grant(execution.pk, now + timedelta(days=14))
    assert "8 December 2026, 09:00 UTC" in signed.note
    assert token not in repr(signed)
    account = settings.CONFIGURATION.model_copy(update={"links": "sign-in"})
    assert links.of(execution, account).base == f"http://testserver/executions/{execution.pk}/files/"
