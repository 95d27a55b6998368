"""Assets through the API, the pages and the command: who may, what is refused, what is shown before a file goes."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from typer.testing import CliRunner

from presstime.accounts import service as accounts
from presstime.accounts.models import User
from presstime.assets.cli import app
from presstime.base import clock
from presstime.reports import service as reports
from presstime.sources import service as sources
from tests.pressroom.asset_files import SVG, font_file, png_file, svg

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("assets_folder")]

SANDBOX = "sandbox; default-src 'none'; frame-ancestors 'none'"
REPORT = """---
title: Sales
source: shop
theme: acme
---
![The tower](brand/tower.png)
"""


@pytest.fixture
def report(tmp_path: Path, alice: User, now: datetime) -> str:
    (tmp_path / "shop.csv").write_text("a\n1\n")
    sources.add(name="shop", url=f"files:///{tmp_path}", by=alice, now=now)
    return reports.create(name="Sales", definition=REPORT, by=alice, now=now).name


def bearer(user: User) -> Client:
    _, secret = accounts.create_token(user, "test", ["all"], clock.now())
    return Client(headers={"Authorization": f"Bearer {secret}"})


def put(client: Client, name: str, content: bytes) -> Any:
    return client.put(f"/api/assets/{name}", content, content_type="application/octet-stream")


def page_of(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def upload(client: Client, content: bytes, file: str = "logo.png", **fields: str) -> Any:
    return client.post("/assets/upload", {"file": SimpleUploadedFile(file, content), **fields}, follow=True)


def test_the_api_puts_lists_gives_and_deletes_a_file(alice: User) -> None:
    client = bearer(alice)
    assert client.get("/api/assets").json() == {"items": [], "next_cursor": None, "total": 0}
    made = put(client, "brand/logo.png", png_file()).json()
    assert (made["name"], made["kind"], made["detail"], made["warnings"]) == (
        "brand/logo.png",
        "picture",
        "PNG, 6 × 4 pixels",  # noqa: RUF001
        [],
    )
    assert put(client, "map.svg", SVG).status_code == 200
    first = client.get("/api/assets?limit=1").json()
    assert ([item["name"] for item in first["items"]], first["total"]) == (["brand/logo.png"], 2)
    second = client.get(f"/api/assets?limit=1&cursor={first['next_cursor']}").json()
    assert ([item["name"] for item in second["items"]], second["next_cursor"]) == (["map.svg"], None)
    given = client.get(second["items"][0]["url"])
    assert (given.content, given["Content-Type"], given["Content-Security-Policy"]) == (SVG, "image/svg+xml", SANDBOX)
    assert given["Content-Disposition"] == 'attachment; filename="map.svg"'
    assert client.delete("/api/assets/map.svg").status_code == 204
    assert client.get("/api/assets/map.svg").status_code == 404
    assert client.delete("/api/assets/map.svg").status_code == 404


@pytest.mark.parametrize(
    ("name", "content", "field", "said"),
    [
        ("logo.png", b"no picture", "file", "is not a picture"),
        ("logo.svg", svg("<a href='https://example.com'/>"), "file", "has an element <a>"),
        ("themes/acme.yaml", b"brand: green\n", "file", "line 1: `brand` of the theme"),
        ("fonts/hand.ttf", b"no font", "file", "is not a font"),
        ("logo.exe", b"MZ", "name", "is of no kind"),
        ("..%2Fkeys%2Fage.png", png_file(), "name", "cannot be the name"),
    ],
)
def test_what_no_report_could_use_is_refused_with_the_reason(
    alice: User, assets_folder: Path, name: str, content: bytes, field: str, said: str
) -> None:
    answer = put(bearer(alice), name, content)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == field
    assert said in answer.json()["errors"][0]["message"]
    assert not assets_folder.exists() or not list(assets_folder.rglob("*.*"))


@pytest.mark.parametrize("role", ["viewer", "operator", "auditor"])
def test_those_who_read_reports_see_assets_and_change_none(
    make_user: Callable[[str, str], User], alice: User, role: str
) -> None:
    put(bearer(alice), "logo.png", png_file())
    someone = make_user("someone", role)
    client = bearer(someone)
    assert client.get("/api/assets").json()["total"] == 1
    assert client.get("/api/assets/logo.png").content == png_file()
    assert put(client, "logo.png", png_file()).status_code == 403
    assert client.delete("/api/assets/logo.png").status_code == 403
    page = page_of(someone)
    assert "your role does not" in page.get("/assets").content.decode()
    assert page.get("/assets/file/logo.png").status_code == 200
    assert upload(page, png_file()).status_code == 403
    assert page.post("/assets/delete/logo.png").status_code == 403
    assert page.post("/assets/replace/logo.png").status_code == 403


def test_a_file_in_use_names_its_reports_before_it_goes(alice: User, report: str) -> None:
    client, page = bearer(alice), page_of(alice)
    put(client, "brand/tower.png", png_file())
    put(client, "brand/logo.png", png_file())
    put(client, "themes/acme.yaml", b"logo: brand/logo.png\nfont: Inter\n")
    put(client, "fonts/inter.ttf", font_file())
    users = {
        item["name"]: [user["name"] for user in item["used_by"]] for item in client.get("/api/assets").json()["items"]
    }
    used = ("brand/logo.png", "brand/tower.png", "fonts/inter.ttf", "themes/acme.yaml")
    assert users == {name: [report] for name in used}
    refused = client.delete("/api/assets/brand/tower.png")
    assert (refused.status_code, '"Sales"' in refused.json()["detail"]) == (409, True)
    shown = page.get("/assets/file/brand/tower.png").content.decode()
    assert "The next runs of these reports fail:" in shown
    assert page.post("/assets/delete/brand/tower.png").status_code == 409
    assert client.get("/api/assets/brand/tower.png").status_code == 200
    page.post("/assets/delete/brand/tower.png", {"even_if_used": "1"})
    assert client.get("/api/assets/brand/tower.png").status_code == 404
    assert client.delete("/api/assets/brand/logo.png?even_if_used=true").status_code == 204


def test_what_a_text_names_and_is_not_there_is_a_warning_and_it_is_saved(alice: User, report: str) -> None:
    found = bearer(alice).post("/api/reports/lint", {"definition": REPORT}, content_type="application/json").json()
    assert [(each["severity"], each["code"], each["line"]) for each in found["findings"]] == [
        ("warning", "missing_asset", 4),
        ("warning", "missing_asset", 6),
    ]
    assert found["valid"]


def test_the_page_takes_a_file_under_its_own_name_and_replaces_only_when_told(alice: User, assets_folder: Path) -> None:
    client = page_of(alice)
    assert "logo.png is saved." in upload(client, png_file()).content.decode()
    assert upload(client, b'brand: "#0a7d55"\n', "acme.yaml").redirect_chain[-1][0] == "/assets/file/themes/acme.yaml"
    again = upload(client, png_file(9, 9))
    assert (again.status_code, "There is a file logo.png already." in again.content.decode()) == (422, True)
    upload(client, png_file(9, 9), replace="on")
    assert (assets_folder / "logo.png").read_bytes() == png_file(9, 9)
    replaced = client.post(
        "/assets/replace/logo.png", {"file": SimpleUploadedFile("x.png", png_file(3, 3))}, follow=True
    )
    assert "3 × 3 pixels" in replaced.content.decode()  # noqa: RUF001
    refused = client.post("/assets/replace/logo.png", {"file": SimpleUploadedFile("x.png", b"nothing")})
    assert (refused.status_code, "is not a picture" in refused.content.decode()) == (422, True)


def test_a_file_that_is_too_large_is_not_even_read(alice: User, assets_folder: Path) -> None:
    large = upload(page_of(alice), b"\x89PNG\r\n\x1a\n" + b"x" * 5_000_000)
    assert large.status_code == 413
    assert put(bearer(alice), "logo.png", b"x" * 4_500_000).status_code == 413
    assert not assets_folder.exists()


def test_an_image_of_an_author_is_never_a_page_of_this_site(alice: User, assets_folder: Path) -> None:
    assets_folder.mkdir()
    (assets_folder / "evil.svg").write_bytes(svg("<script>alert(1)</script>"))  # put there by hand
    given = page_of(alice).get("/assets/content/evil.svg")
    assert given["Content-Disposition"].startswith("attachment")
    assert (given["Content-Security-Policy"], given["X-Content-Type-Options"]) == (SANDBOX, "nosniff")
    shown = page_of(alice).get("/assets/file/evil.svg").content.decode()
    assert "Reports that show it fail:" in shown
    assert "<img" not in shown.partition("<main")[2]


def test_the_command_adds_lists_and_deletes(tmp_path: Path) -> None:
    (tmp_path / "map.svg").write_bytes(SVG)
    run = CliRunner().invoke
    assert run(app, ["add", "brand/map.svg", str(tmp_path / "map.svg")]).stdout.startswith("brand/map.svg: SVG, 40")
    assert '"name": "brand/map.svg"' in run(app, ["list", "--json"]).stdout
    assert run(app, ["add", "x.svg", str(tmp_path / "nothing.svg")]).exit_code == 2
    assert run(app, ["delete", "brand/map.svg"]).exit_code == 0
