"""Takes the pictures of the documents from a running demonstration, with the system's Chromium, light and dark.

presstime demo --dir demo-data &
python tools/pictures.py http://127.0.0.1:8000 "$(cat demo-data/keys/demo-password.txt)" docs/pictures
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from pressroom.definition import Definition, parse, read_definition
from pressroom.document import Document
from pressroom.render import render
from pressroom.sources import open_source
from pressroom.workspace import Workspace
from pressroom.writers import pdf

ROOT = Path(__file__).resolve().parents[1]
DEMO = ROOT / "src/presstime/demo"
WIDTH, HEIGHT = 1280, 800
EDITED = "airline-league-table"
PRINTED = "airport-punctuality"
PRINTED_AT = datetime(2014, 1, 2, 8, tzinfo=UTC)
PPI = 90
SIGN_IN = "/accounts/login/"
MODES = {"light": "", "dark": "-dark"}


def main(address: str, password: str, folder: Path) -> None:
    """Sign in as the demonstration's administrator and write a PNG of each page into *folder*."""
    folder.mkdir(parents=True, exist_ok=True)
    printed(folder / f"{PRINTED}.png")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        for mode, ending in MODES.items():
            page = signed_in(browser, address, password, mode)
            page.wait_for_load_state("networkidle")
            shot(page, folder / f"overview{ending}.png", full_page=True)
            edit(page)
            shot(page, folder / f"editor{ending}.png")
            page.close()
        browser.close()


def signed_in(browser: Browser, address: str, password: str, mode: str) -> Page:
    page = browser.new_page(base_url=address, viewport={"width": WIDTH, "height": HEIGHT}, color_scheme=mode)
    page.goto(SIGN_IN)
    page.get_by_label("User name").fill("admin")
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("heading", name="Overview").wait_for()
    return page


def edit(page: Page) -> None:
    """Open a report in the editor and wait until it is seen."""
    page.goto("/reports")
    page.get_by_role("link", name=EDITED).click()
    page.get_by_role("link", name="Edit").click()
    page.get_by_text("Made in").wait_for()
    page.frame_locator("iframe").get_by_role("heading").first.wait_for()


def shot(page: Page, path: Path, *, full_page: bool = False) -> None:
    page.screenshot(path=path, full_page=full_page)
    print(path)


def printed(path: Path) -> None:
    """The first page of a report's PDF, as the first run of the demonstration sends it."""

    def first(_definition: Definition, document: Document, workspace: Workspace) -> None:
        pages, _ = pdf.pictures(document, workspace, ppi=PPI, cells=pdf.CELLS_IN_ONE_PART)
        path.write_bytes(pages[0])
        print(path)

    source = open_source(f"files:///{DEMO / 'data'}")
    definition = parse(read_definition(DEMO / "reports" / f"{PRINTED}.md"))
    with tempfile.TemporaryDirectory() as out:
        render(
            definition, sources={"flights": source}, parameters={}, at=PRINTED_AT, out=Path(out), formats=(), look=first
        )
    source.close()


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], Path(sys.argv[3]))
