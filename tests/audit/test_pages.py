"""The pages of the log: found by filters, read as old and new, proved, verified, exported; for auditors and administrators."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest
from django.test import Client

from presstime.accounts.models import User
from presstime.accounts.rights import RIGHTS, Right, Role
from presstime.audit.models import Entry
from presstime.base.configuration_fields import Configuration
from presstime.schedules import service as schedules
from presstime.sources import service as sources
from tests.audit import world as worlds
from tests.audit.conftest import forge, unguarded
from tests.audit.world import World

pytestmark = pytest.mark.django_db


@pytest.fixture
def world(
    db: None, tmp_path: Path, admin: User, alice: User, bob: User, now: datetime, configuration: Configuration
) -> World:
    return worlds.build(tmp_path, admin, alice, bob, now)


@pytest.fixture
def auditor(make_user: Callable[[str, str], User]) -> Client:
    client = Client()
    client.force_login(make_user("audrey", "auditor"))
    return client


@pytest.fixture
def changed(world: World) -> Entry:
    schedules.change(world.schedule.pk, {"cron": "30 6 * * 1", "retries": 2}, world.now)
    return Entry.objects.latest("sequence")


def page(client: Client, address: str = "/audit") -> str:
    response = client.get(address)
    assert response.status_code == 200, address
    return response.content.decode()


def test_a_change_is_shown_as_old_and_new(auditor: Client, changed: Entry) -> None:
    shown = page(auditor, f"/audit?target={changed.target_id}")
    assert "<del>0 9 * * *</del>" in shown
    assert "<ins>30 6 * * 1</ins>" in shown
    assert "<del>—</del>" in shown  # what had no value
    assert f'href="/schedules/{changed.target_id}"' in shown


def test_filters_narrow_the_list_and_stand_in_its_address(auditor: Client, world: World) -> None:
    found = page(auditor, "/audit?action=dead_letter.*")
    assert "No entry matches" in found
    found = page(auditor, "/audit?action=source.created&target=spare")
    assert found.count("<tr data-row") == 1
    assert "Remove filter: What: spare" in found
    assert "No entry matches" in page(auditor, "/audit?user=nobody")
    assert "No entry matches" in page(auditor, "/audit?to=2020-01-01")
    assert "<tr data-row" in page(auditor, "/audit?from=2026-11-24")


def test_a_long_list_goes_on_where_the_page_ended(auditor: Client, world: World) -> None:
    for number in range(60):
        schedules.change(world.schedule.pk, {"retries": number % 10}, world.now)
    first = page(auditor, "/audit?action=schedule.updated")
    assert first.count("<tr data-row") == 50
    cursor = first.split("cursor=")[1].split('"')[0]
    second = page(auditor, f"/audit?action=schedule.updated&cursor={cursor}")
    assert second.count("<tr data-row") == 10
    assert page(auditor, "/audit?cursor=nonsense").count("<tr data-row") == 50


def test_an_entry_has_its_proof_its_body_and_its_neighbours(auditor: Client, changed: Entry) -> None:
    shown = page(auditor, f"/audit/{changed.sequence}")
    assert bytes(changed.leaf).hex() in shown
    assert "&quot;action&quot;:&quot;schedule.updated&quot;" in shown
    assert f'href="/audit/{changed.sequence - 1}"' in shown
    assert auditor.get("/audit/999999").status_code == 404


def test_a_secret_is_a_fingerprint(auditor: Client, world: World) -> None:
    url = "postgresql://reader:hunter2@db.example.com/shop"
    source = sources.add(name="db", url=url, by=None, now=world.now)
    sources.change(source.pk, now=world.now, url=url.replace("hunter2", "hunter3"))
    entry = Entry.objects.order_by("sequence").last()
    assert "hunter" not in entry.body
    shown = page(auditor, f"/audit/{entry.sequence}")
    assert "secret, fingerprint" in shown
    assert "whole_url" in shown  # the masked address is the same


def test_verifying_says_that_it_is_whole_or_which_entry_is_not(auditor: Client, changed: Entry) -> None:
    answer = auditor.post("/audit/verify", follow=True).content.decode()
    assert "The log is whole" in answer
    assert "Verified" in answer
    with unguarded():
        forge(changed.sequence)
    answer = auditor.post("/audit/verify", follow=True).content.decode()
    assert "Not what was written" in answer
    assert str(changed.sequence) in answer


def test_what_the_filters_leave_is_exported_and_that_is_an_entry(auditor: Client, changed: Entry) -> None:
    response = auditor.post("/audit/export?action=schedule.updated", {"format": "csv"})
    lines = b"".join(response.streaming_content).decode().splitlines()  # type: ignore[attr-defined]
    assert response["Content-Disposition"].endswith('.csv"')
    assert lines[0].startswith("sequence,time,")
    assert len(lines) == 2
    last = Entry.objects.order_by("sequence").last()
    assert (last.action, last.actor_name) == ("audit.exported", "audrey")
    assert auditor.get("/audit/export").status_code == 405


def test_the_checkpoint_can_be_taken_away(auditor: Client, changed: Entry) -> None:
    response = auditor.get("/audit/checkpoint")
    assert response["Content-Disposition"].startswith("attachment")
    assert f"\n{Entry.objects.count()}\n" in response.content.decode()


def test_only_those_who_may_read_the_log_see_it_and_its_place_in_the_navigation(
    make_user: Callable[[str, str], User], changed: Entry
) -> None:
    for role in Role:
        client = Client()
        client.force_login(make_user(f"the-{role}", role))
        may = Right.AUDIT_READ in RIGHTS[role]
        assert may == (role in (Role.ADMIN, Role.AUDITOR))
        assert client.get("/audit").status_code == (200 if may else 403)
        assert client.get(f"/audit/{changed.sequence}").status_code == (200 if may else 403)
        assert ('href="/audit"' in page(client, "/")) == may


def test_schedules_and_reports_show_their_history_to_all_and_its_values_to_readers_of_the_log(
    auditor: Client, world: World, changed: Entry
) -> None:
    schedule = f"/schedules/{world.schedule.pk}"
    shown = page(auditor, schedule)
    assert "Fields of a schedule were changed" in shown
    assert f'href="/audit?target={world.schedule.pk}"' in shown
    viewer = Client()
    viewer.force_login(world.bob)
    shown = page(viewer, schedule)
    assert "Fields of a schedule were changed" in shown
    assert "/audit" not in shown
    assert "A report was made" in page(viewer, f"/reports/{world.report.pk}")
