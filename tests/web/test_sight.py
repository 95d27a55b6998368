"""What is limited to a group does not exist for others: not in a list, a page, an answer, a file or a count."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

import pytest
from django.db.models import Value
from django.db.models.functions import Concat
from django.test import Client

from presstime.accounts import groups, sight
from presstime.accounts.doors import Access, door_of
from presstime.accounts.models import Group, User
from presstime.alerts.kinds import Kind
from presstime.alerts.models import Alert
from presstime.alerts.service import raise_alert
from presstime.base.errors import Conflict, Invalid
from presstime.base.ids import uuid7
from presstime.breakers.models import Breaker
from presstime.deadletters.models import DeadLetter
from presstime.executions.models import Artifact, Execution
from presstime.mail.models import Email, Message
from presstime.reports import service as reports
from presstime.reports.models import Report
from presstime.schedules import service as schedules
from presstime.schedules.models import Schedule
from presstime.sources import service as sources
from presstime.sources.models import Source
from tests.architecture.test_doors import OPERATIONS, PAGES, VALUES
from tests.architecture.test_doors import api as the_api
from tests.web.conftest import DEFINITION, House

MARK = "zebra"
Hidden = dict[str, str]


@pytest.fixture
def keepers(admin: User, alice: User, now: datetime) -> Group:
    """Alice is in it; Bob is not."""
    return groups.create("Keepers", now, members=[alice])


@pytest.fixture
def secret(house: House, keepers: Group, admin: User, now: datetime) -> Hidden:
    """The house, every name in it marked, its report and its source limited; the ids by the names of parameters."""
    Report.objects.update(name="Zebra stock", title="Zebra stock")
    Schedule.objects.update(name="Zebra daily")
    Source.objects.update(name="zebra")
    Message.objects.update(subject="Zebra stock of today")
    Email.objects.update(
        address=Concat(Value("zebra-"), "address"), last_reply="Zebra taken", error_message="Zebra refused"
    )
    DeadLetter.objects.update(error_message="There is no table <zebra>.", error_code="zebra_code")
    Execution.objects.update(error_message="There is no table <zebra>.", note="Zebra note")
    Artifact.objects.create(
        execution=house.succeeded, name="zebra.csv", format="csv", path="x", bytes=1, sha256="x", created_at=now
    )
    schedule, report, source = Schedule.objects.get(), Report.objects.get(), Source.objects.get()
    failing = raise_alert(Kind.SCHEDULE_FAILING, str(schedule.pk), title="Zebra daily fails", now=now)
    told = Message.objects.get(pk=house.sent.message_id)  # a mail about an alert, which has no execution
    told.pk, told.execution_id, told.message_id, told.about = uuid7(), None, "<told@x>", str(schedule.pk)
    told.save(force_insert=True)
    Email.objects.create(message=told, address="zebra@example.com", priority="alert", rank=0, created_at=now)
    breaker = Breaker.objects.create(kind="source", key=str(source.pk), name="zebra", last_error="Zebra is away")
    reports.limit(report.pk, [keepers], by=admin)
    sources.limit(source.pk, [keepers])
    ids = {
        "report": report.pk,
        "schedule": schedule.pk,
        "execution": house.succeeded.pk,
        "letter": DeadLetter.objects.get().pk,
        "dead_letter": DeadLetter.objects.get().pk,
        "email": house.sent.pk,
        "source": source.pk,
        "alert": failing.pk,
        "breaker": breaker.pk,
    }
    return {f"{name}{suffix}": str(key) for name, key in ids.items() for suffix in ("", "_id")}


def patterns(given: Hidden) -> Iterator[tuple[str, str, bool]]:
    """Method and address of every operation and page, with the hidden ids in it, and whether there is one."""
    from django.urls import get_resolver

    def fill(route: str) -> tuple[str, bool]:
        names = re.findall(r"[<{](?:\w+:)?(\w+)[>}]", route)

        def value(found: re.Match[str]) -> str:
            return given.get(found[2]) or VALUES.get(found[1] or "", "zebra.csv" if found[2] == "name" else "x")

        return re.sub(r"[<{](?:(\w+):)?(\w+)[>}]", value, route), any(name in given for name in names)

    for router in the_api._get_bound_routers():
        for route, view in router.path_operations.items():
            address = re.sub("/+", "/", "/".join(part for part in ("/api", router.prefix, route) if part))
            for operation in view.operations:
                if door_of(operation.view_func) is not Access.PUBLIC:
                    for method in operation.methods:
                        yield method, *fill(address)
    yield from _pages(get_resolver().url_patterns, "/", fill)


def _pages(found: list[Any], prefix: str, fill: Callable[[str], tuple[str, bool]]) -> Iterator[tuple[str, str, bool]]:
    from django.urls import URLResolver

    for pattern in found:
        if isinstance(pattern, URLResolver):
            if pattern.app_name != "ninja":
                yield from _pages(pattern.url_patterns, prefix + str(pattern.pattern), fill)
        elif door_of(pattern.callback) is not Access.PUBLIC:
            for method in ("GET", "POST"):
                yield method, *fill(prefix + str(pattern.pattern))


@pytest.mark.parametrize("role", ["viewer", "author", "operator"])
def test_nobody_outside_meets_it_anywhere(
    role: str, secret: Hidden, make_user: Callable[[str, str], User], tmp_path: Any
) -> None:
    client = Client()
    client.force_login(make_user("erin", role))
    client.raise_request_exception = False
    before = counts()
    walked = 0
    for method, address, is_hidden in patterns(secret):
        if address.startswith("/accounts/"):
            continue
        response = client.generic(method, address, "{}", content_type="application/json")
        body = b"".join(response.streaming_content) if response.streaming else response.content
        assert response.status_code < 500, f"{method} {address}"
        assert MARK not in body.decode(errors="replace").lower(), f"{method} {address}"
        if is_hidden and method == "GET":
            assert response.status_code in (403, 404, 405), f"{method} {address}: {response.status_code}"
        if is_hidden and method != "GET":
            assert response.status_code in (403, 404, 405, 422), f"{method} {address}: {response.status_code}"
        walked += is_hidden
    assert walked > 60
    assert counts() == before


def counts() -> list[int]:
    """How many there are of each thing, and how many are off, resolved or cancelled."""
    return [
        Report.objects.filter(deleted_at=None).count(),
        Schedule.objects.filter(deleted_at=None, enabled=True).count(),
        Execution.objects.filter(status="queued").count(),
        DeadLetter.objects.filter(status="open", removed_at=None).count(),
        Email.objects.filter(status="failed").count(),
        Alert.objects.filter(status="open").count(),
        Source.objects.count(),
    ]


@pytest.mark.parametrize("name", ["alice", "dana", "auditor"])
def test_members_administrators_and_auditors_see_it(
    name: str, secret: Hidden, alice: User, admin: User, make_user: Callable[[str, str], User]
) -> None:
    user = {"alice": alice, "dana": admin}.get(name) or make_user("ines", "auditor")
    client = Client()
    client.force_login(user)
    for address in (
        "/reports",
        "/schedules",
        "/executions",
        "/dead-letters",
        "/emails",
        "/api/reports",
        "/api/sources",
    ):
        assert MARK in client.get(address).content.decode().lower(), address
    for address in (f"/reports/{secret['report']}", f"/api/executions/{secret['execution']}"):
        assert client.get(address).status_code == 200


def test_bulk_acts_on_what_one_sees(secret: Hidden, make_user: Callable[[str, str], User]) -> None:
    client = Client()
    client.force_login(make_user("erin", "operator"))
    body = {"ids": [secret["letter"]], "note": ""}
    answer = client.post("/api/dead-letters/resolve", body, content_type="application/json").json()
    assert answer == {"done": 0, "skipped": [{"id": secret["letter"], "reason": "not_found"}]}
    every = {"all": True, "filter": {}, "expected": 0, "note": ""}
    assert client.post("/api/dead-letters/resolve", every, content_type="application/json").json()["done"] == 0
    mails = client.post("/api/emails/retry", {"ids": [secret["email"]]}, content_type="application/json").json()
    assert mails["skipped"][0]["reason"] == "not_found"


def test_an_author_queries_only_granted_sources(
    house: House, keepers: Group, make_user: Callable[[str, str], User], now: datetime
) -> None:
    erin = make_user("erin", "author")
    client = Client()
    client.force_login(erin)
    json = {"content_type": "application/json"}
    own = DEFINITION.replace("title: Stock", "title: Mine")
    sources.limit("shop", [keepers])
    refused = client.post("/api/reports", {"name": "Mine", "definition": own}, **json)
    assert refused.status_code == 422
    assert "shop" not in str(refused.json()["errors"][0].get("field"))
    wish = {"format": "csv", "definition": own}
    assert client.post(f"/api/reports/{house.report.pk}/preview", wish, **json).status_code == 422
    changed = client.patch(f"/api/reports/{house.report.pk}", {"definition": own}, **json)
    assert changed.status_code == 422  # not even in the text of somebody who was allowed to
    assert client.patch(f"/api/reports/{house.report.pk}", {"name": "Stock of today"}, **json).status_code == 200
    groups.change(keepers, members=[erin])
    assert client.post("/api/reports", {"name": "Mine", "definition": own}, **json).status_code == 201


def test_a_saved_text_is_looked_at_by_whoever_sees_the_report(
    house: House, keepers: Group, make_user: Callable[[str, str], User]
) -> None:
    sources.limit("shop", [keepers])
    client = Client()
    client.force_login(make_user("erin", "author"))
    answer = client.post(f"/api/reports/{house.report.pk}/preview", {"format": "csv"}, content_type="application/json")
    assert answer.status_code == 200
    answer.close()


def test_authors_limit_to_their_own_groups_and_keep_sight(
    house: House, keepers: Group, alice: User, admin: User, now: datetime
) -> None:
    others = groups.create("Others", now)
    with pytest.raises(Invalid, match="not in Others"):
        reports.limit(house.report.pk, [keepers, others], by=alice)
    reports.limit(house.report.pk, [keepers, others], by=admin)
    reports.limit(house.report.pk, [keepers, others], by=alice)  # what is there may stay
    with pytest.raises(Invalid, match="would not see it"):
        reports.limit(house.report.pk, [others], by=alice)
    with pytest.raises(Conflict, match="it limits the report"):
        groups.delete(keepers)
    reports.limit(house.report.pk, [], by=alice)


def test_the_pages_limit(house: House, keepers: Group, alice: User, admin: User, bob: User) -> None:
    client, other, his = Client(), Client(), Client()
    client.force_login(alice)
    other.force_login(admin)
    his.force_login(bob)
    page = f"/reports/{house.report.pk}"
    assert his.get(page).status_code == 200
    assert "Keepers" in client.get(page).content.decode()
    client.post(f"{page}/groups", {"groups": [str(keepers.pk)]})
    assert his.get(page).status_code == 404
    source = Source.objects.get()
    form = {"name": "shop", "url": "", "groups": [str(keepers.pk)]}
    assert other.post(f"/sources/{source.pk}/edit", form).status_code == 302
    assert [group.name for group in source.groups.all()] == ["Keepers"]


def test_workers_and_commands_see_everything_and_a_request_leaves_nothing_behind(secret: Hidden, bob: User) -> None:
    client = Client()
    client.force_login(bob)
    client.get("/reports")
    assert sight.hidden("report") == frozenset()
    with sight.of(bob):
        assert len(sight.hidden("report")) == 1
        with sight.everything():
            assert sight.hidden("report") == frozenset()
    assert schedules.queries.get_schedule("Zebra daily")
    assert PAGES
    assert OPERATIONS
