"""The editor's questions: problems of a text, previews, files, and who saved meanwhile."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from presstime.accounts.models import User
from presstime.reports import queries
from presstime.reports import service as reports
from tests.web.conftest import DEFINITION, House

SignIn = Callable[[User], Client]
TEXT = DEFINITION.replace("  least:", "  period: {type: period, default: last month}\n  least:")
JSON = {"Accept": "application/json"}


def ask(client: Client, path: str, text: str, **fields: str) -> Any:
    return client.post(f"/reports/draft/{path}", {"name": "x", "definition": text.replace("\n", "\r\n")} | fields)


def test_a_check_names_lines_and_says_which_days_a_period_is(alice: User, house: House, signed_in: SignIn) -> None:
    client = signed_in(alice)
    answer = ask(client, "check", TEXT, as_of="2026-03-31T08:00").json()
    assert [(found["severity"], found["line"]) for found in answer["findings"]] == [("warning", 6), ("warning", 16)]
    assert answer["meanings"]["period"] == "Sun 1 Feb 2026 to Sat 28 Feb 2026"
    assert 'name="p-least"' in answer["fields"]
    moved = ask(client, "check", f"{TEXT}\n\nMore.", **{"p-period": "2013-07", "p-least": "many"}).json()
    assert moved["declared"] == answer["declared"]
    assert moved["meanings"]["period"] == "Mon 1 Jul 2013 to Wed 31 Jul 2013"
    assert "which is not a number" in moved["meanings"]["least"]
    assert (answer["misfits"], moved["misfits"]) == ([], ["least"])
    wrong = ask(client, "check", TEXT.replace("title:", "titel:")).json()
    assert (wrong["findings"][0]["line"], "fields" in wrong) == (2, False)


@pytest.mark.django_db(transaction=True)
def test_a_preview_makes_all_views_and_says_what_it_cost(
    alice: User, admin: User, house: House, signed_in: SignIn
) -> None:
    client, key = signed_in(alice), uuid4()
    facts = ask(client, str(key), TEXT, **{"p-least": "5"}).json()
    assert [(query["name"], query["rows"], query["is_cut"]) for query in facts["queries"]] == [
        ("total", 1, False),
        ("stock", 3, False),
    ]
    assert facts["queries"][1]["columns"] == [{"name": "name", "type": "text"}, {"name": "pieces", "type": "integer"}]
    shown = {view: client.get(f"/reports/draft/{key}/{view}") for view in ("page", "email", "pdf", "data")}
    assert {answer.status_code for answer in shown.values()} == {200}
    assert all(answer["Content-Security-Policy"].startswith("sandbox;") for answer in shown.values())
    assert "There are <strong>2</strong> things." in shown["page"].content.decode()
    assert "data:image/png;base64," in shown["pdf"].content.decode()
    assert "Plums" in shown["data"].content.decode()
    assert client.get(f"/reports/draft/{key}/../x").status_code == 404
    assert signed_in(admin).get(f"/reports/draft/{key}/page").status_code == 404, "it is its author's alone"


@pytest.mark.django_db(transaction=True)
def test_a_preview_shows_the_pictures_of_the_assets(
    alice: User, house: House, signed_in: SignIn, assets_folder: Path
) -> None:
    assets_folder.mkdir(parents=True)
    (assets_folder / "dot.svg").write_text(
        '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><rect width="9" height="9"/></svg>'
    )
    client, key = signed_in(alice), uuid4()
    facts = ask(client, str(key), f"{DEFINITION}\n```image\nfile: dot.svg\nalt: A dot\n```\n").json()
    assert [view for view, made in facts["views"].items() if "problem" in made] == []
    assert 'alt="A dot"' in client.get(f"/reports/draft/{key}/page").content.decode()


@pytest.mark.django_db(transaction=True)
def test_a_preview_that_fails_names_the_line_and_leaves_nothing(alice: User, house: House, signed_in: SignIn) -> None:
    key = uuid4()
    answer = ask(signed_in(alice), str(key), DEFINITION.replace("from stock where", "from stok where"))
    [remark] = answer.json()["remarks"]
    assert (answer.status_code, remark["line"]) == (422, 12)
    assert "stok" in remark["message"]
    assert not (settings.CONFIGURATION.scratch_path / "previews" / str(alice.pk) / str(key)).exists()


@pytest.mark.django_db(transaction=True)
def test_a_file_of_an_unsaved_text_is_downloaded_or_refused_in_words(
    alice: User, house: House, signed_in: SignIn
) -> None:
    client = signed_in(alice)
    made = ask(client, "file/csv", DEFINITION)
    assert made["Content-Disposition"].startswith("attachment;")
    assert b"Apples" in b"".join(made.streaming_content)
    refused = ask(client, "file/csv", DEFINITION.replace("source: shop", "source: shp"))
    assert (refused.status_code, "There is no source" in refused.content.decode()) == (422, True)
    given = {"name": "Stock", "definition": DEFINITION.replace("source: shop", "source: shp")}
    told = client.post("/reports/draft/file/csv", given, headers={"Accept": "application/json"})
    assert (told.status_code, "There is no source" in told.json()["remarks"][0]["message"]) == (422, True)


def test_who_saves_second_keeps_the_text_and_sees_the_difference(
    alice: User, admin: User, house: House, signed_in: SignIn, now: datetime
) -> None:
    reports.change(house.report.pk, definition=f"{DEFINITION}\nTheirs.\n", by=admin, now=now)
    client, address = signed_in(alice), f"/reports/{house.report.pk}/edit"
    sent = {"name": "Stock", "definition": f"{DEFINITION}\nMine.\n", "revision": "2"}
    told = client.post(address, sent, headers=JSON)
    assert (told.status_code, told.json()["revision"]) == (409, 3)
    page = client.post(address, sent)
    assert page.status_code == 409
    assert "<del>- <mark>Theirs</mark>.</del><ins>+ <mark>Mine</mark>.</ins>" in page.content.decode()
    assert page.context["form"]["definition"].value() == sent["definition"]
    saved = client.post(address, sent | {"revision": "3", "note": "Both were right"}, headers=JSON)
    assert saved.json() == {"revision": 4, "name": "Stock"}
    assert queries.get_revision(house.report, 4).note == "Both were right"
    wrong = client.post(address, sent | {"revision": "4", "definition": "nothing"}, headers=JSON)
    assert (wrong.status_code, list(wrong.json()["errors"])) == (422, ["definition"])


def test_a_revision_is_restored_from_its_page(
    alice: User, bob: User, house: House, signed_in: SignIn, now: datetime
) -> None:
    address = f"/reports/{house.report.pk}/revisions"
    assert "Authors and administrators restore revisions" in signed_in(bob).get(f"{address}/1").content.decode()
    assert signed_in(bob).post(f"{address}/1/restore").status_code == 403
    page = signed_in(alice).post(f"{address}/1/restore", follow=True).content.decode()
    assert "Restored from revision 1" in page
    assert reports.text_of(queries.get_report("Stock")) == DEFINITION


def test_a_report_begins_with_a_template_a_copy_or_a_file(alice: User, house: House, signed_in: SignIn) -> None:
    client = signed_in(alice)
    begun = client.get("/reports/new?start=dashboard&source=shop").context["form"]["definition"].value()
    assert "source: shop" in begun
    assert "```kpi" in begun
    copy = client.get(f"/reports/new?copy={house.report.pk}").context["form"]
    assert (copy["name"].value(), "goods" in copy["definition"].value()) == ("Stock (copy)", True)
    file = SimpleUploadedFile("My stock.md", DEFINITION.replace("\n", "\r\n").encode("utf-8-sig"))
    opened = client.post("/reports/new", {"upload": file}).context["form"]
    assert (opened["name"].value(), opened["definition"].value()) == ("My stock", DEFINITION)
    picture = SimpleUploadedFile("logo.png", b"\x89PNG\xff")
    assert "is not UTF-8 text" in client.post("/reports/new", {"upload": picture}).content.decode()
    saved = client.get(f"/reports/{house.report.pk}/text")
    assert saved["Content-Disposition"] == 'attachment; filename="stock.md"'


@pytest.mark.parametrize("start", ["table", "dashboard", "blank"])
def test_every_template_is_a_report(start: str, alice: User, house: House, signed_in: SignIn) -> None:
    client = signed_in(alice)
    text = client.get(f"/reports/new?start={start}&source=shop").context["form"]["definition"].value()
    found = ask(client, "check", text).json()["findings"]
    assert [each for each in found if each["severity"] == "error"] == []


@pytest.mark.django_db(transaction=True)
def test_the_choices_of_a_query_are_offered_once_a_preview_has_met_them(
    alice: User, admin: User, house: House, signed_in: SignIn
) -> None:
    client = signed_in(alice)
    text = DEFINITION.replace(
        "parameters:\n", "parameters:\n  fruit: {type: choice, default: Pears, choices: {query: fruits, value: name}}\n"
    )
    text += "\n```sql fruits\nselect name from stock order by name\n```\n"
    before = ask(client, "check", text).json()
    assert '<input type="text" name="p-fruit"' in before["fields"]
    assert ask(client, str(uuid4()), text).status_code == 200
    after = ask(client, "check", text, **{"p-fruit": "Kiwis"}).json()
    assert after["declared"] != before["declared"], "the page shows the new fields"
    assert '<select name="p-fruit"' in after["fields"]
    assert ">Plums</option>" in after["fields"]
    assert 'value="Kiwis" selected' in after["fields"], "what a person has filled in stays"
    lower = text.replace("parameters:\n", "author: Alice\nparameters:\n")
    assert '<select name="p-fruit"' in ask(client, "check", lower).json()["fields"], "a line more above changes nothing"
