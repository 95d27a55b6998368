from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from presstime.accounts.models import User
from presstime.alerts import service
from presstime.alerts.kinds import KINDS, Kind
from presstime.base.configuration_fields import Configuration

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


@pytest.fixture
def client(make_user: Callable[[str, str], User]) -> Client:
    client = Client()
    client.force_login(make_user("olga", "operator"))
    return client


def _post(client: Client, path: str) -> Any:
    return client.post(path, {}, content_type="application/json")


def test_an_alert_is_shown_with_all_its_fields(client: Client, administrators: Configuration, now: datetime) -> None:
    alert = service.raise_alert(Kind.DISK_CRITICAL, "reports", detail="800 MB are free.", link="/storage", now=now)
    answer = client.get("/api/alerts").json()
    (item,) = answer["items"]
    deliveries = item.pop("deliveries")
    assert item == {
        "id": str(alert.pk),
        "kind": "disk_critical",
        "key": "reports",
        "severity": "critical",
        "status": "open",
        "title": "Disk space is nearly used up",
        "detail": "800 MB are free.",
        "advice": KINDS[Kind.DISK_CRITICAL].advice,
        "link": "/storage",
        "count": 1,
        "raised_at": "2026-11-24T09:00:00Z",
        "last_seen_at": "2026-11-24T09:00:00Z",
        "cleared_at": None,
        "acknowledged_at": None,
        "acknowledged_by": None,
    }
    assert [delivery["channel"] for delivery in deliveries] == ["E-mail to dana@example.com", "json://127.0.0.1:9"]
    assert deliveries[0] == {
        "event": "raised",
        "medium": "email",
        "channel": "E-mail to dana@example.com",
        "status": "pending",
        "attempts": 0,
        "created_at": "2026-11-24T09:00:00Z",
        "next_attempt_at": "2026-11-24T09:00:00Z",
        "finished_at": None,
        "error": "",
    }
    assert client.get(f"/api/alerts/{alert.pk}").json()["deliveries"] == deliveries


@pytest.mark.parametrize(
    ("query", "kinds"),
    [
        ("kind=disk_warning", ["disk_warning"]),
        ("severity=critical", ["audit_broken"]),
        ("status=cleared", ["email_backlog"]),
        ("status=open", ["audit_broken", "disk_warning"]),
        ("from=2026-11-24T10:00:00Z", ["email_backlog", "audit_broken"]),
        ("to=2026-11-24T10:00:00Z", ["disk_warning"]),
        ("limit=1", ["email_backlog"]),
    ],
)
def test_the_list_is_narrowed_by_filters_newest_first(
    client: Client, now: datetime, query: str, kinds: list[str]
) -> None:
    for hours, kind in enumerate([Kind.DISK_WARNING, Kind.AUDIT_BROKEN, Kind.EMAIL_BACKLOG]):
        service.raise_alert(kind, now=now + hours * HOUR)
    service.clear(Kind.EMAIL_BACKLOG, now=now + 3 * HOUR)
    assert [item["kind"] for item in client.get(f"/api/alerts?{query}").json()["items"]] == kinds


def test_pages_follow_one_another(client: Client, now: datetime) -> None:
    for number in range(3):
        service.raise_alert(Kind.RUN_MISSED, str(number), now=now)
    first = client.get("/api/alerts?limit=2").json()
    second = client.get(f"/api/alerts?limit=2&cursor={first['next_cursor']}").json()
    assert len({item["id"] for item in [*first["items"], *second["items"]]}) == 3
    assert (first["total"], second["next_cursor"]) == (3, None)


def test_an_operator_acknowledges_once_and_can_take_it_back(client: Client, now: datetime) -> None:
    path = f"/api/alerts/{service.raise_alert(Kind.AUDIT_BROKEN, now=now).pk}"
    known = _post(client, f"{path}/acknowledge")
    assert (known.status_code, known.json()["status"]) == (200, "acknowledged")
    assert known.json()["acknowledged_by"]["name"] == "olga"
    assert _post(client, f"{path}/acknowledge").status_code == 409
    assert _post(client, f"{path}/reopen").json()["acknowledged_at"] is None
    assert _post(client, f"{path}/reopen").status_code == 409


def test_an_unknown_alert_is_not_found_and_an_unknown_filter_is_refused(client: Client) -> None:
    for identity in ("nonsense", "00000000-0000-7000-8000-000000000000"):
        assert client.get(f"/api/alerts/{identity}").status_code == 404
        assert _post(client, f"/api/alerts/{identity}/acknowledge").status_code == 404
    assert client.get("/api/alerts?severty=critical").status_code == 422
    assert client.get("/api/alerts?kind=nonsense").status_code == 422


@pytest.mark.parametrize(
    ("role", "reads", "acknowledges"),
    [("viewer", 403, 403), ("author", 403, 403), ("auditor", 200, 403), ("admin", 200, 200)],
)
def test_who_may(
    make_user: Callable[[str, str], User], now: datetime, role: str, reads: int, acknowledges: int
) -> None:
    client = Client()
    client.force_login(make_user("erin", role))
    alert = service.raise_alert(Kind.AUDIT_BROKEN, now=now)
    assert client.get(f"/api/alerts/{alert.pk}").status_code == reads
    assert _post(client, f"/api/alerts/{alert.pk}/acknowledge").status_code == acknowledges
