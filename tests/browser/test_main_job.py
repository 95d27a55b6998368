"""The main job as a person does it: sign in, make a schedule, run it, open the file, read the mail."""

from __future__ import annotations

import zipfile
from pathlib import Path

from tests.browser.conftest import Open, Site, sign_in


def test_from_the_sign_in_to_the_mail(site: Site, open_window: Open, tmp_path: Path) -> None:
    window = open_window(signed_in=False)
    page = window.page
    sign_in(page, "alice")

    page.get_by_role("link", name="New schedule").click()
    page.get_by_label("Name", exact=True).fill("Stock on Fridays")
    page.get_by_label("Report", exact=True).select_option("Stock")
    page.get_by_label("At least").fill("4")
    page.get_by_label("Runs", exact=True).select_option("once a week")
    page.get_by_label("On", exact=True).select_option("Friday")
    page.get_by_label("At", exact=True).fill("18:15")
    assert page.get_by_label("Cron expression").input_value() == "15 18 * * 5"
    page.get_by_text("“At 18:15, only on Friday”").wait_for()
    page.get_by_label("Time zone").fill("Europe/Berlin")
    page.get_by_label("To optional", exact=True).fill("ann@example.com")
    page.get_by_label("CSV").check()
    page.get_by_role("button", name="Save").click()

    page.get_by_role("heading", name="Stock on Fridays").wait_for()
    assert "Europe/Berlin" in page.inner_text("main")
    page.get_by_role("button", name="Run now").click()

    page.get_by_text("Succeeded", exact=True).first.wait_for()
    for name in ("stock", ".pdf"):
        assert name in page.inner_text("main")
    with page.expect_download() as download:
        page.get_by_role("link", name="stock", exact=False).filter(has_text=".pdf").first.click()
    assert Path(download.value.path()).read_bytes().startswith(b"%PDF-")
    with page.expect_download() as download:
        page.locator("a.row-link").filter(has_text="csv").click()
    assert "Apples" in _text_of(Path(download.value.path()))

    page.get_by_role("link", name="ann@example.com").click()
    message = page.frame_locator("iframe")
    message.get_by_text("There are").wait_for()
    assert "2" in message.locator("strong, b").first.inner_text()
    page.get_by_role("link", name="Text", exact=True).click()
    assert "There are" in page.inner_text("pre")
    page.get_by_role("link", name="Headers").click()
    assert "ann@example.com" in page.inner_text("main")
    assert window.complaints == []


def _text_of(path: Path) -> str:
    """A CSV file, or the first one of an archive."""
    if not zipfile.is_zipfile(path):
        return path.read_text("utf-8-sig")
    with zipfile.ZipFile(path) as archive:
        return "".join(archive.read(name).decode("utf-8-sig") for name in archive.namelist())


def test_a_wrong_report_keeps_its_text_and_its_preview_shows_the_mended_one(site: Site, open_window: Open) -> None:
    page = open_window().page
    page.goto(f"{site.report}/edit")
    text = page.get_by_role("textbox", name="Text", exact=True)
    right = page.locator("#id_definition").input_value()
    text.fill(right.replace("data: stock", "data: stok"))
    page.get_by_role("button", name="Save").click()
    page.get_by_text("Not saved: mend the problems under the text first.").wait_for()
    assert "data: stok" in page.locator("#id_definition").input_value()
    page.get_by_role("button", name="Line").first.click()
    assert page.evaluate(FOCUSED_LINE) == "```chart"
    text.fill(right)
    page.get_by_role("button", name="Preview").click()
    page.frame_locator("iframe").get_by_text("There are").wait_for()


FOCUSED_LINE = "document.activeElement.shadowRoot.querySelector('.cm-activeLine').textContent"


def test_a_schedule_is_switched_off_and_the_undo_switches_it_on(site: Site, open_window: Open) -> None:
    window = open_window()
    page = window.page
    page.goto("/schedules?state=on")
    page.get_by_role("switch", name="Far away").click()
    page.get_by_text("Far away is off.").wait_for()
    assert page.url.endswith("/schedules?state=on")
    page.get_by_role("button", name="Undo").click()
    page.get_by_text("Far away is on.").wait_for()
    assert page.get_by_role("switch", name="Far away").get_attribute("aria-checked") == "true"
    assert window.complaints == []
