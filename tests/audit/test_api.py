"""The log over the API: search, proofs, verify, export; and nothing that changes it."""

from __future__ import annotations

import base64
import csv
import io
import json
from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from django.test import Client

from presstime.accounts.models import User
from presstime.accounts.rights import Role
from presstime.accounts.service import create_token
from presstime.audit import notes
from presstime.audit.merkle import is_consistent, is_included, leaf_hash
from presstime.audit.models import Entry
from presstime.audit.notes import Verifier
from presstime.base.configuration_fields import Configuration
from tests.audit.conftest import Write, forge, unguarded

pytestmark = pytest.mark.django_db


@pytest.fixture
def client(make_user: Callable[[str, str], User], configuration: Configuration, now: datetime) -> Client:
    """With a token: signing in would be an entry of today, and no later one could be of the day of the test."""
    _, secret = create_token(make_user("audrey", "auditor"), "reader", ["all"], now)
    return Client(headers={"Authorization": f"Bearer {secret}"})


def get(client: Client, path: str = "", **filters: Any) -> Any:
    response = client.get(f"/api/audit-logs{path}", filters)
    assert response.status_code == 200, response.content
    return response.json()


def size() -> int:
    return Entry.objects.order_by("-sequence").first().sequence


def test_an_entry_has_the_fields_of_the_contract(client: Client, write: Write, now: datetime) -> None:
    before = Entry.objects.count()
    write(1)
    item = get(client)["items"][0]
    number = before + 1
    assert item == {
        "sequence": number,
        "id": str(number),
        "time": "2026-11-24T09:01:00.000000Z",
        "user": {"type": "user", "id": "id-bob", "name": "bob", "token": None},
        "action": "schedule.executed",
        "target": {"type": "schedule", "id": "s1", "name": "schedule 1"},
        "old": {"n": 1},
        "new": {"n": 2},
        "ip": "192.0.2.1",
        "request_id": "request-1",
        "hash": leaf_hash(Entry.objects.get(pk=number).body.encode()).hex(),
    }
    assert get(client, f"/{number}") == item


@pytest.mark.parametrize(
    ("filters", "wanted"),
    [
        ({"user": "alice"}, lambda n: n % 3 == 0),
        ({"user": "id-bob"}, lambda n: n % 3 == 1),
        ({"action": "user.signed_in"}, lambda n: n % 4 == 3),
        ({"action": "schedule.*"}, lambda n: n % 4 in (0, 1)),
        ({"target": "schedule 3"}, lambda n: n % 7 == 3),
        ({"target": "s5", "user": "dana"}, lambda n: n % 7 == 5 and n % 3 == 2),
        ({"user": "bob", "action": "schedule.*"}, lambda n: n % 3 == 1 and n % 4 in (0, 1)),
        ({"user": "bob", "action": "report.updated", "target": "s2"}, lambda n: (n % 3, n % 4, n % 7) == (1, 2, 2)),
        ({"from": "2026-11-24T10:00:00Z"}, lambda n: n >= 60),
        (
            {"from": "2026-11-24T10:00:00Z", "to": "2026-11-24T10:30:00Z", "user": "bob"},
            lambda n: 60 <= n < 90 and n % 3 == 1,
        ),
        ({"user": "nobody"}, lambda n: False),
        ({"from": "2030-01-01T00:00:00Z"}, lambda n: False),
    ],
    ids=str,
)
def test_filters_find_what_they_say_page_by_page(
    filters: dict[str, str], wanted: Callable[[int], bool], client: Client, write: Write
) -> None:
    write(200)
    first = size() - 200
    numbers = [n for n in range(1, 201) if wanted(n)]
    found: list[int] = []
    cursor: dict[str, str] = {}
    while True:
        page = get(client, **filters, limit="17", **cursor)
        found += [item["new"]["n"] - 1 for item in page["items"] if item["sequence"] > first]
        assert page["total_is_exact"]
        if page["next_cursor"] is None:
            break
        cursor = {"cursor": page["next_cursor"]}
    assert found == numbers[::-1]
    if filters.get("user") or filters.get("target"):
        assert page["total"] == len(numbers)


def test_a_row_that_comes_meanwhile_moves_nothing(client: Client, write: Write) -> None:
    write(10)
    page = get(client, limit="5")
    write(3)
    later = get(client, limit="5", cursor=page["next_cursor"])
    assert page["items"][-1]["sequence"] == later["items"][0]["sequence"] + 1


@pytest.mark.parametrize("name", ["cursor", "from", "limit", "users"])
def test_a_wrong_parameter_is_named(name: str, client: Client) -> None:
    response = client.get("/api/audit-logs", {name: "nonsense"})
    assert response.status_code == 422
    assert response.json()["errors"][0]["field"] == name


def test_a_moment_without_an_offset_is_refused(client: Client) -> None:
    assert client.get("/api/audit-logs", {"from": "2026-11-24T10:00:00"}).status_code == 422


@pytest.mark.parametrize("reference", ["0", "99999", "x", "-1", "9" * 30, "²"])
def test_what_is_not_there_is_404(reference: str, client: Client) -> None:
    assert client.get(f"/api/audit-logs/{reference}").status_code == 404


@pytest.mark.parametrize("method", ["put", "patch", "delete"])
@pytest.mark.parametrize("path", ["", "/1", "/checkpoint", "/1/proof", "/export"])
def test_nothing_changes_or_removes_an_entry(method: str, path: str, client: Client, write: Write) -> None:
    write(1)
    before = list(Entry.objects.values())
    response = getattr(client, method)(f"/api/audit-logs{path}", {}, content_type="application/json")
    assert response.status_code == 405
    assert list(Entry.objects.values()) == before


@pytest.mark.parametrize("role", Role)
def test_auditors_and_administrators_read_it_nobody_else(role: Role, make_user: Callable[[str, str], User]) -> None:
    client = Client()
    client.force_login(make_user(f"the-{role}", role))
    wanted = 200 if role in (Role.ADMIN, Role.AUDITOR) else 403
    for path in ("", "/checkpoint", "/export", "/verify"):
        assert client.get(f"/api/audit-logs{path}").status_code == wanted


def test_a_checkpoint_is_of_now_and_proves_an_entry_and_growth(client: Client, write: Write) -> None:
    write(300)
    note = client.get("/api/audit-logs/checkpoint").content.decode()
    proof = get(client, "/150/proof")
    said = notes.read(note, [Verifier.parse(proof["verifier"])])
    assert (said.size, said.root.hex()) == (size(), proof["root"])
    path = [bytes.fromhex(each) for each in proof["proof"]]
    assert is_included(leaf_hash(proof["body"].encode()), proof["leaf_index"], proof["size"], path, said.root)
    write(50)
    grown = get(client, "/consistency", old=said.size)
    roots = bytes.fromhex(grown["old_root"]), bytes.fromhex(grown["root"])
    assert roots[0] == said.root
    assert is_consistent(said.size, grown["size"], [bytes.fromhex(each) for each in grown["proof"]], *roots)
    assert client.get("/api/audit-logs/consistency", {"old": 10_000}).status_code == 422


def test_verifying_tells_what_is_broken(client: Client, write: Write) -> None:
    write(30)
    answer = client.post("/api/audit-logs/verify", {}, content_type="application/json")
    assert (answer.status_code, answer.json()["status"], answer.json()["problems"]) == (200, "verified", [])
    with unguarded():
        forge(size() - 3)
    found = client.post("/api/audit-logs/verify", {}, content_type="application/json").json()
    assert (found["status"], found["valid"], found["problems"][0]["sequence"]) == ("broken", False, size() - 3)
    assert get(client, "/verify") == found


def test_an_export_is_an_entry_and_carries_its_checkpoint(client: Client, write: Write) -> None:
    write(20)
    response = client.get("/api/audit-logs/export", {"user": "alice"})
    lines = b"".join(response.streaming_content).decode().splitlines()
    header = json.loads(lines[0])
    assert header["filters"] == {"user": "alice"}
    assert header["entries"] == 6
    assert notes.read(header["checkpoint"], [Verifier.parse(header["verifier"])]).size == size()
    last = get(client)["items"][0]
    assert (last["action"], last["new"]["filters"]) == ("audit.exported", {"user": "alice"})


def test_a_spreadsheet_calculates_nothing_of_an_export(client: Client, write: Write, now: datetime) -> None:
    from presstime.audit.service import record
    from presstime.audit.targets import Target

    record("report.created", Target("report", "1", "=1+1"), new={"a": 1}, now=now)
    response = client.get("/api/audit-logs/export", {"format": "csv", "target": "=1+1"})
    (row,) = csv.DictReader(io.StringIO(b"".join(response.streaming_content).decode()))
    assert (row["target_name"], row["new"], row["hash"]) == ("'=1+1", '{"a":1}', leaf_hash(row["body"].encode()).hex())
    assert json.loads(base64.b64decode(response["X-Audit-Export"]))["entries"] == 1
