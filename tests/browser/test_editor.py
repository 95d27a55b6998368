"""The report editor as an author uses it: write, see what is wrong, mend it, look, save, compare, go back."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Open, Site

FOCUSED_LINE = "document.activeElement.shadowRoot?.querySelector('.cm-activeLine')?.textContent"
TEXT = """---
title: Fruit
source: shop
formats: [pdf]
---
There are **{{ total.things }}** kinds.

```sql total
select count(*) as things from stok
```

```table
data: totl
```
"""


def write(page: Page, text: str) -> None:
    """Put *text* into the editor in one go, as pasting does; `fill` would let the browser edit, with style attributes."""
    page.get_by_role("textbox", name="Text", exact=True).focus()
    page.keyboard.press("Control+a")
    page.keyboard.press("Delete")
    page.keyboard.insert_text(text)
    assert text_of(page) == text


def text_of(page: Page) -> str:
    return page.locator("#id_definition").input_value()


def ready(page: Page) -> None:
    page.get_by_text("Made in").wait_for()


def test_a_report_is_written_mended_seen_saved_compared_and_restored(site: Site, open_window: Open) -> None:
    window = open_window()
    page = window.page
    page.goto("/reports/new")
    page.get_by_label("Name", exact=True).fill("Fruit")

    write(page, TEXT)
    findings = page.get_by_role("list", name="Problems of the text")
    findings.get_by_text("'totl', which is not a query").wait_for()
    expect(page.locator("[data-code] .cm-lint-marker-error")).to_have_count(1)
    findings.get_by_role("button", name="Line 12").click()
    assert page.evaluate(FOCUSED_LINE) == "```table"

    write(page, TEXT.replace("totl", "total"))
    findings.get_by_text("stok").wait_for()  # only the source knows, and the preview asked it
    findings.get_by_role("button", name="Line 9").wait_for()  # the line of the query that names it
    right = TEXT.replace("totl", "total").replace("stok", "stock")
    write(page, right)
    page.keyboard.press("Control+Enter")
    frame = page.frame_locator("iframe[name=preview]")
    frame.get_by_text("There are").wait_for()
    assert "1 query, 1 row" in page.get_by_role("status").filter(has_text="Made in").inner_text()
    page.get_by_role("button", name="PDF", exact=True).click()
    frame.get_by_role("img", name="Page 1 of the PDF").wait_for()
    page.get_by_role("button", name="Data", exact=True).click()
    frame.get_by_role("columnheader", name="things").wait_for()
    page.get_by_role("button", name="E-mail", exact=True).click()
    page.get_by_role("button", name="322 pixels, as a mail on a phone").click()
    assert page.locator("iframe[name=preview]").bounding_box()["width"] == 322  # type: ignore[index]

    page.get_by_role("button", name="Save", exact=True).click()
    page.get_by_role("heading", name="Edit Fruit").wait_for()
    write(page, right.replace("kinds", "sorts"))
    page.get_by_text("with unsaved changes").wait_for()
    page.get_by_label("What changed").fill("Sorts, not kinds")
    page.keyboard.press("Control+s")
    page.get_by_text("Saved as revision 2.").wait_for()

    page.get_by_role("link", name="Revisions").click()
    page.get_by_text("Sorts, not kinds").wait_for()
    page.get_by_role("button", name="Compare the two chosen").click()
    expect(page.locator("del mark")).to_have_text("kinds")
    expect(page.locator("ins mark")).to_have_text("sorts")
    page.get_by_role("link", name="Side by side").click()
    expect(page.locator("table.side ins mark")).to_have_text("sorts")
    page.get_by_role("link", name="Revision 1").click()
    page.get_by_role("button", name="Restore").click()
    page.get_by_text("Restored from revision 1").wait_for()
    # A text that was refused is a 422, and the browser tells its console so.
    assert [said for said in window.complaints if "422" not in said] == []


def test_the_keyboard_alone_leads_through_the_editor(site: Site, open_window: Open) -> None:
    window = open_window()
    page = window.page
    page.goto(f"{site.report}/edit")
    ready(page)
    page.get_by_label("What changed").focus()
    page.keyboard.press("Tab")
    assert page.evaluate(FOCUSED_LINE) == "---"
    page.keyboard.press("Control+End")
    page.keyboard.type("jr/ is text")
    assert text_of(page).endswith("jr/ is text"), "single keys are letters here"
    page.keyboard.press("Control+f")
    page.keyboard.type("pieces")
    page.keyboard.press("Escape")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.shadowRoot") is None, "Tab leaves the editor"
    page.on("dialog", lambda dialog: dialog.accept())
    page.goto("/reports")
    assert window.complaints == []


def test_a_failed_or_stopped_preview_leaves_the_last_good_one(site: Site, open_window: Open) -> None:
    page = open_window().page
    page.goto(f"{site.report}/edit")
    ready(page)
    frame = page.frame_locator("iframe[name=preview]")
    frame.get_by_text("There are").wait_for()
    page.locator("[data-auto]").uncheck()
    endless = "with recursive n(i) as (select 1 union all select i + 1 from n) select count(*) as things from n"
    write(page, text_of(page).replace("select count(*) as things from stock where pieces >= :least", endless))
    page.keyboard.press("Control+Enter")
    page.get_by_role("button", name="Stop").click()
    page.get_by_text("Stopped; the preview before it is shown.").wait_for()
    frame.get_by_text("There are").wait_for()
    write(page, text_of(page).replace("from n)", "from m)"))
    page.keyboard.press("Control+Enter")
    page.get_by_text("the last good one is shown").wait_for()
    frame.get_by_text("There are").wait_for()


def test_two_authors_of_one_report_lose_nothing(site: Site, open_window: Open) -> None:
    site.installation.python(
        "from presstime.reports import service\n"
        "service.create(name='Shared', definition=text, by=None, now=now)\nresult = None",
        text=TEXT.replace("totl", "total").replace("stok", "stock"),
    )
    first, second = open_window().page, open_window().page
    for page, words in ((first, "Hers."), (second, "His.")):
        page.goto("/reports")
        page.get_by_role("link", name="Shared").click()
        page.get_by_role("link", name="Edit").click()
        ready(page)
        write(page, f"{text_of(page)}\n{words}\n")
    first.keyboard.press("Control+s")
    first.get_by_text("Saved as revision 2.").wait_for()
    second.keyboard.press("Control+s")
    dialog = second.get_by_role("dialog", name="Somebody else saved meanwhile")
    dialog.get_by_text("dana saved revision 2 meanwhile").wait_for()
    dialog.get_by_role("button", name="Compare").click()
    second.get_by_role("heading", name="Somebody else saved meanwhile").wait_for()
    assert text_of(second).endswith("His.\n")
    second.get_by_role("button", name="Save", exact=True).click()
    second.get_by_text("Saved as revision 3.").wait_for()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_words_of_the_text_are_coloured_in_both_themes(site: Site, open_window: Open, scheme: str) -> None:
    page = open_window(scheme=scheme).page
    page.goto(site.report)
    inks = page.locator("[data-read]").evaluate(
        "place => [...new Set([...place.shadowRoot.querySelectorAll('.cm-line span')].map((span) => getComputedStyle(span).color))]"
    )
    assert len(inks) > 3
    assert (
        page.locator("[data-read]").evaluate(
            "place => getComputedStyle(place.shadowRoot.querySelector('.cm-content')).whiteSpace"
        )
        == "pre"
    )
