"""Takes the pictures of the documents from a running demonstration, with the system's Chromium.

presstime demo --dir demo-data &
python tools/pictures.py http://127.0.0.1:8000 "$(cat demo-data/keys/demo-password.txt)" docs/pictures
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

WIDTH, HEIGHT = 1280, 800
PAGES = {"overview": "/"}
REPORT = "airline-league-table"
SIGN_IN = "/accounts/login/"


def main(address: str, password: str, folder: Path) -> None:
    """Sign in as the demonstration's administrator and write a PNG of each page into *folder*."""
    folder.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        page = browser.new_page(base_url=address, viewport={"width": WIDTH, "height": HEIGHT})
        page.goto(SIGN_IN)
        page.get_by_label("User name").fill("admin")
        page.get_by_label("Password").fill(password)
        page.get_by_role("button", name="Sign in").click()
        page.get_by_role("heading", name="Overview").wait_for()
        for name, path in PAGES.items():
            page.goto(path, wait_until="networkidle")
            page.screenshot(path=folder / f"{name}.png", full_page=True)
            print(folder / f"{name}.png")
        page.goto("/reports")
        page.get_by_role("link", name=REPORT).click()
        page.get_by_role("link", name="Edit").click()
        page.get_by_text("Made in").wait_for()
        page.frame_locator("iframe").get_by_role("heading").first.wait_for()
        page.screenshot(path=folder / "editor.png")
        print(folder / "editor.png")
        browser.close()


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], Path(sys.argv[3]))
