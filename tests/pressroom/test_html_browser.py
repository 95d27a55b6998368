"""The page and the mail in a real browser: nothing runs, nothing is refused, nothing sticks out on a phone."""

import base64
import re
import shutil
from dataclasses import replace
from datetime import date, datetime

import pytest

from pressroom.document import Kind, Kpis, Lane, Paragraph, SideBySide, Span, Tile
from pressroom.writers import email, html
from tests.pressroom.documents import MemoryResults, document, full_document, strange_rows, table_of

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium here: install Debian's package `chromium`"),
]


@pytest.fixture(scope="module")
def chromium():
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def pages(tmp_path_factory):
    made, results = full_document()
    table = table_of(results, "strange", {"text": Kind.TEXT, "value": Kind.FLOAT}, strange_rows()[:-1], title="Strange")
    made = replace(made, blocks=(*made.blocks, table))
    folder = tmp_path_factory.mktemp("pages")
    body = email.email_body(made, results, link="https://reports.example.org/42")
    mail = body.html
    for image in body.images:
        picture = base64.b64encode(image.content).decode()
        mail = mail.replace(f"cid:{image.cid_key}@presstime", f"data:image/png;base64,{picture}")
    (folder / "mail.html").write_text(mail, encoding="utf-8")
    return {"page": html.write(made, results, folder), "mail": folder / "mail.html"}


BOXES = """(selector) => [...document.querySelectorAll(selector)].map((element) => {
  const box = element.getBoundingClientRect();
  return [Math.round(box.top), Math.round(box.height)];
})"""


def text(words):
    return Paragraph((Span(words),))


def opened(chromium, path, *, width=900, scheme="light"):
    page = chromium.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme)
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.on("dialog", lambda dialog: said.append(dialog.message))
    page.on("request", lambda request: said.append(request.url) if request.url.startswith("http") else None)
    page.goto(path.as_uri())
    return page, said


@pytest.mark.parametrize("face", ["page", "mail"])
def test_nothing_runs_and_nothing_is_fetched_or_refused(chromium, pages, face):
    page, said = opened(chromium, pages[face])
    assert "<script>alert(1)</script>" in page.inner_text("body")
    assert said == []
    page.close()


@pytest.mark.parametrize("width", [360, 640, 1200])
def test_the_page_does_not_scroll_sideways(chromium, pages, width):
    page, _ = opened(chromium, pages["page"], width=width)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.close()


@pytest.mark.parametrize("face", ["page", "mail"])
@pytest.mark.parametrize(("scheme", "is_dark"), [("light", False), ("dark", True)])
def test_colours_follow_the_readers_setting(chromium, pages, face, scheme, is_dark):
    page, _ = opened(chromium, pages[face], scheme=scheme)
    selector = "body" if face == "page" else ".card"
    red = page.evaluate(f"getComputedStyle(document.querySelector('{selector}')).backgroundColor.match(/\\d+/)[0]")
    assert (int(red) < 40) is is_dark
    page.close()


def test_the_label_of_a_column_of_figures_breaks_before_the_table_scrolls(chromium, tmp_path):
    results = MemoryResults()
    columns = {f"an_hour_late_or_more_{n}": Kind.INTEGER for n in range(5)}
    path = html.write(document(table_of(results, "labels", columns, [(1,) * 5])), results, tmp_path)
    page, _ = opened(chromium, path, width=700)
    assert page.evaluate(
        "document.querySelector('.scroll').scrollWidth <= document.querySelector('.scroll').clientWidth"
    )
    page.close()


@pytest.mark.parametrize(("width", "least"), [(322, 9.0), (375, 9.0), (1200, 9.0)])
def test_words_of_charts_can_be_read_on_a_phone(chromium, pages, width, least):
    page, _ = opened(chromium, pages["page"], width=width)
    labels = "[...document.querySelectorAll('.picture text')].map(label => label.getBoundingClientRect())"
    boxes = page.evaluate(f"{labels}.filter(box => box.width).map(box => [box.height, box.right])")
    assert boxes
    assert min(height for height, _ in boxes) >= least
    assert max(right for _, right in boxes) <= width
    page.close()


def test_codes_and_moments_stay_whole_on_a_phone(chromium, tmp_path):
    results = MemoryResults()
    kinds = {"at": Kind.TIMESTAMP, "flight": Kind.TEXT, "from": Kind.TEXT, "to": Kind.TEXT, "why": Kind.TEXT}
    moment = datetime(2013, 12, 31, 23, 59)  # noqa: DTZ001 - a wall clock
    table = table_of(results, "codes", kinds, [(moment, "UA1106", "EWR", "MWW", "a reason of some length")])
    page, _ = opened(chromium, html.write(document(table), results, tmp_path), width=322)
    assert page.evaluate(LINES, "tbody td")[:4] == [1, 1, 1, 1]
    page.close()


def test_small_lines_of_tiles_end_at_the_same_height(chromium, tmp_path):
    course = (1.0, 3.0, 2.0)
    tiles = Kpis(
        (Tile("A", "1", 1, "", spark=course), Tile("B", "2", 2, "", delta="+1", caption="vs June", spark=course))
    )
    page, _ = opened(chromium, html.write(document(tiles), MemoryResults(), tmp_path))
    assert len({top for top, _ in page.evaluate(BOXES, ".spark svg")}) == 1
    page.close()


def test_the_pictures_of_the_mail_are_shown(chromium, pages):
    page, _ = opened(chromium, pages["mail"], width=360)
    widths = page.evaluate("[...document.images].map(image => [image.naturalWidth, image.clientWidth])")
    assert len(widths) == 2
    assert all(natural > 1000 and shown <= 360 for natural, shown in widths)
    page.close()


LINES = """(selector) => [...document.querySelectorAll(selector)].map((element) => {
  const range = document.createRange();
  range.selectNodeContents(element);
  return new Set([...range.getClientRects()].map((box) => Math.round(box.top))).size;
})"""


@pytest.mark.parametrize("face", ["page", "mail"])
def test_on_a_phone_words_dates_and_figures_stay_whole(chromium, tmp_path, face):
    results = MemoryResults()
    rows = [("Southwest", "Corporation", date(2013, 12, 31), 1.5)]
    kinds = {"airline": Kind.TEXT, "kind": Kind.TEXT, "day": Kind.DATE, "share": Kind.FLOAT}
    table = table_of(results, "narrow", kinds, rows)
    tiles = Kpis(
        (Tile("Miles", "350,217,607", 350217607, "number"), Tile("Revenue", "3.209.760\xa0€", 3209760, "number"))
    )
    made = document(tiles, table)
    path = html.write(made, results, tmp_path)
    if face == "mail":
        path = tmp_path / "mail.html"
        path.write_text(email.email_body(made, results).html, encoding="utf-8")
    page, _ = opened(chromium, path, width=322)
    cells = "tbody td" if face == "page" else ".data tbody td"
    assert page.evaluate(LINES, cells) == [1, 1, 1, 1]
    assert page.evaluate(LINES, ".value" if face == "page" else ".v") == [1, 1]
    page.close()


def bare_mail(made, results, folder):
    """The mail as programs show it that know no style sheets."""
    path = folder / "bare.html"
    path.write_text(re.sub(r"<style>.*?</style>", "", email.email_body(made, results).html, flags=re.DOTALL), "utf-8")
    return path


@pytest.mark.parametrize(("width", "rows"), [(322, 2), (375, 2), (600, 1), (1280, 1)])
def test_tiles_of_a_mail_find_their_places_without_a_style_sheet(chromium, tmp_path, width, rows):
    results = MemoryResults()
    tiles = Kpis(
        (
            Tile("Miles", "350,217,607", 350217607, "number"),
            Tile("A label of several words", "12", 12, "", delta="+3.0%", caption="compared with the year before"),
            Tile("Short", "1", 1, ""),
            Tile("Left", "2", 2, ""),
        )
    )
    wide = table_of(results, "wide", {f"column_{n}": Kind.TEXT for n in range(9)}, [("a long cell",) * 9])
    halves = (Lane((text("One lane"),), 0.5), Lane((text("The other"),), 0.5))
    page, _ = opened(chromium, bare_mail(document(tiles, wide, SideBySide(halves)), results, tmp_path), width=width)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    boxes = page.evaluate(BOXES, ".kpi")
    assert len({top for top, _ in boxes}) == rows
    assert len({height for _, height in boxes}) == 1
    assert page.evaluate(LINES, ".v") == [1, 1, 1, 1]
    assert len({top for top, _ in page.evaluate(BOXES, ".lane")}) == rows
    page.close()


def test_a_mail_without_its_style_sheet_is_no_wider_than_a_phone(chromium, pages, tmp_path):
    """As programs show it that know no style sheets."""
    bare = re.sub(r"<style>.*?</style>", "", pages["mail"].read_text("utf-8"), flags=re.DOTALL)
    (tmp_path / "bare.html").write_text(bare, encoding="utf-8")
    page, _ = opened(chromium, tmp_path / "bare.html", width=360)
    assert page.evaluate("document.querySelector('.card').offsetWidth") <= 360
    page.close()


PLACES = """(words) => {
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const found = [];
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const at = node.data.indexOf(words);
    if (at < 0 || !node.parentElement.checkVisibility()) continue;
    found.push([...words].map((_, index) => {
      const range = document.createRange();
      range.setStart(node, at + index);
      range.setEnd(node, at + index + 1);
      return range.getBoundingClientRect().left;
    }));
  }
  return found;
}"""


@pytest.mark.parametrize("face", ["page", "mail"])
def test_a_sign_stands_before_its_figure_in_arabic(chromium, tmp_path, face):
    results = MemoryResults()
    table = table_of(results, "t", {"n": Kind.INTEGER}, [(-512,)])
    tile = Tile("الرحلات", "1,047", 1047, "number", "+4.7%", caption="مقارنة بشهر يونيو")
    made = replace(document(Kpis((tile,)), text("ارتفع العدد +4.7% أيضا"), table), locale="ar")
    path = tmp_path / "page.html"
    path.write_text(html.page(made, results) if face == "page" else email.email_body(made, results).html, "utf-8")
    page, _ = opened(chromium, path)
    found = page.evaluate(PLACES, "+4.7%") + page.evaluate(PLACES, "\u2212512")
    assert len(found) == 3
    assert all(places == sorted(places) for places in found)


BROKEN_WORDS = """() => [...document.querySelectorAll('th')].flatMap((head) => {
  const walker = document.createTreeWalker(head, NodeFilter.SHOW_TEXT);
  const broken = [];
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    for (const word of node.data.matchAll(/[^\\s-]+/g)) {
      const range = document.createRange();
      range.setStart(node, word.index);
      range.setEnd(node, word.index + word[0].length);
      if (new Set([...range.getClientRects()].map((box) => Math.round(box.top))).size > 1) broken.push(word[0]);
    }
  }
  return broken;
})"""
HEADS = (
    "Airline",
    "Durchschnittsverspätung",
    "売上高合計",
    "매출액합계",
    "Year-to-date",
    "MWMWMWMWMW",
    "Среднее опоздание",
)


@pytest.mark.parametrize("width", [320, 360])
@pytest.mark.parametrize("face", ["page", "mail"])
def test_words_of_a_head_stay_whole_on_a_phone(chromium, tmp_path, face, width):
    results = MemoryResults()
    table = table_of(results, "t", dict.fromkeys(HEADS, Kind.TEXT), [("x",) * len(HEADS)])
    columns = tuple(replace(column, label=head) for column, head in zip(table.columns, HEADS, strict=True))
    made = document(replace(table, columns=columns))
    path = tmp_path / "page.html"
    words = html.page(made, results) if face == "page" else email.email_body(made, results).html
    # Mail programs put a mail into a box with rules of their own, which cells inherit.
    path.write_text(words.replace("<body", '<body class="box"', 1), "utf-8")
    page, _ = opened(chromium, path, width=width)
    page.evaluate(
        "document.adoptedStyleSheets = [new CSSStyleSheet()];"
        "document.adoptedStyleSheets[0].replaceSync('.box{word-break:break-word;overflow-wrap:anywhere;hyphens:auto}')"
    )
    assert page.evaluate(BROKEN_WORDS) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_a_long_head_without_spaces_may_break(chromium, tmp_path):
    results = MemoryResults()
    table = table_of(results, "t", {"a": Kind.TEXT, "b": Kind.TEXT}, [("x", "y")])
    long = replace(table.columns[0], label="前年同月比増減率と当月予算達成率および累計達成率")
    path = html.write(document(replace(table, columns=(long, table.columns[1]))), results, tmp_path)
    page, _ = opened(chromium, path, width=360)
    assert page.evaluate("document.querySelector('th').getBoundingClientRect().width") < 330
