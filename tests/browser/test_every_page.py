"""What holds for every page: nothing is refused or thrown, nothing sticks out on a small phone, keys lead everywhere."""

from __future__ import annotations

import json
from importlib.resources import files
from pathlib import Path

import pytest
from playwright.sync_api import Page

from tests.browser.conftest import Open, Site
from tests.machine import wait_until

PAGES = (
    "/",
    "/executions",
    "/executions?status=dead&error_category=network&from=2026-11-01",
    "/errors",
    "/errors?within=day",
    "/dead-letters",
    "/dead-letters?status=all&within=week&text=stock",
    "/emails",
    "/alerts",
    "/backups",
    "/backups?status=failed&kind=full",
    "/alerts?kind=disk_critical&severity=warning",
    "{alert}",
    "/schedules",
    "/schedules/new",
    "/recipients",
    "/recipients/replace?old=ann@example.com&new=bo@example.com",
    "/reports",
    "/reports/new",
    "/assets",
    "{picture}",
    "/sources",
    "/sources/new",
    "/health",
    "/health/figures",
    "/health/slo?period=90d",
    "/storage",
    "/settings",
    "/audit",
    "/audit?action=schedule.*&user=dana&from=2026-11-01",
    "/audit/1",
    "/users",
    "/users/groups",
    "/users/roles",
    "/accounts/",
    "/accounts/two-factor/",
    "/accounts/two-factor/app/",
    "/accounts/sessions/",
    "/accounts/tokens/",
    "{schedule}",
    "{schedule}/edit",
    "{report}",
    "{report}/edit",
    "{report}/preview",
    "{report}/revisions",
    "{report}/revisions/1",
    "{execution}",
    "{dead}",
    "{letter}",
    "{email}",
    "{email}?view=text",
    "{email}?view=headers",
    "{email}?view=source",
    "/accounts/password/",
    "{unsubscribe}",
)


ALERTS = """
    from presstime.alerts.kinds import Kind
    from presstime.alerts.service import clear, raise_alert
    given = {"detail": "800 MB are free on the volume of the reports.", "link": "/executions", "now": now}
    result = raise_alert(Kind.DISK_CRITICAL, "reports", **given).pk
    from presstime.breakers import service as breakers
    from presstime.breakers.states import Kind as Of, Policy
    elsewhere = breakers.Target(Of.MAIL_SERVER, "elsewhere", "mail.example.com:25")
    breakers.report_failure(elsewhere, "Connection refused.", Policy(1, timedelta(hours=1), timedelta(hours=1)), now)
    from presstime.schedules.models import MissedRun, Schedule
    late = Schedule.objects.get(name="Far away")
    for hours in (1, 2):
        MissedRun.objects.create(schedule=late, planned_for=now - timedelta(hours=hours), noted_at=now)
    raise_alert(Kind.BACKUP_STALE, now=now)
    clear(Kind.BACKUP_STALE, now=now)
"""


PUBLIC = """
    from presstime.executions import links
    from presstime.mail import unsubscribing
    from presstime.schedules.models import Schedule
    schedule = Schedule.objects.get(name="Far away")
    people = [person for group in schedule.recipients.values() for person in group]
    ended = links.write(links.Grant(schedule.pk, now - timedelta(days=1)))
    result = ["/unsubscribe/" + unsubscribing.write(schedule.pk, people[0]), f"/files/{ended}/stock.csv"]
"""


@pytest.fixture(scope="module")
def public(site: Site) -> list[str]:
    """What people without an account are sent: the page to unsubscribe, and a link to a file that has ended."""
    return list(site.installation.python(PUBLIC))


@pytest.fixture(scope="module")
def addresses(site: Site, public: list[str]) -> list[str]:
    """Every page of an installation in which something has run and was sent."""
    house = site.installation
    execution = house.enqueue("Stock", formats=["pdf"], recipients={"to": ["bo@example.com"]})[0]
    wait_until(lambda: house.status(execution) == "succeeded", "the execution has succeeded")
    email = house.value("select id from mail_email where address = 'bo@example.com'")
    dead = house.enqueue("Stock", formats=["cuneiform"])[0]
    wait_until(lambda: house.status(dead) == "dead", "the execution has given up")
    letter = house.value("select id from deadletters_deadletter")
    alert = house.python(ALERTS)
    picture = Path(__file__).parents[2] / "docs/pictures/editor.png"
    house.run("asset", "add", "brand/editor.png", str(picture))
    found = {
        "picture": "/assets/file/brand/editor.png",
        "execution": f"/executions/{_id(execution)}",
        "dead": f"/executions/{_id(dead)}",
        "letter": f"/dead-letters/{_id(letter)}",
        "email": f"/emails/{_id(email)}",
        "alert": f"/alerts/{alert}",
        "unsubscribe": public[0],
    }
    return [page.format(schedule=site.schedule, report=site.report, **found) for page in PAGES]


def _id(text: str) -> str:
    plain = text.replace("-", "").lower()
    return "-".join((plain[:8], plain[8:12], plain[12:16], plain[16:20], plain[20:]))


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_page_is_refused_anything_throws_or_keeps_somebody_out(
    open_window: Open, addresses: list[str], scheme: str
) -> None:
    window = open_window(scheme=scheme)
    kept_out: dict[str, list[str]] = {}
    for address in addresses:
        answer = window.page.goto(address)
        assert answer is not None
        assert (address, answer.status) == (address, 200)
        kept_out |= _barriers(window.page, address)
        assert (address, window.complaints) == (address, [])
    assert kept_out == {}, json.dumps(kept_out, indent=1)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_who_is_not_signed_in_or_lost_is_not_kept_out_either(open_window: Open, public: list[str], scheme: str) -> None:
    signed_in, stranger = open_window(scheme=scheme).page, open_window(scheme=scheme, signed_in=False).page
    kept_out: dict[str, list[str]] = {}
    strange = [
        "/accounts/login/",
        "/accounts/oidc/signed-out/",
        "/accounts/password/reset/",
        *public,
        "/unsubscribe/forged",
    ]
    for page, address in (
        *((stranger, each) for each in strange),
        (signed_in, "/nowhere"),
        (signed_in, "/reports/nowhere"),
    ):
        page.goto(address)
        kept_out |= _barriers(page, address)
    assert kept_out == {}, json.dumps(kept_out, indent=1)


def _barriers(page: Page, address: str) -> dict[str, list[str]]:
    """What axe finds on a page, or cannot decide: by the rules of WCAG 2.2 AA and by good practice."""
    page.evaluate(AXE)
    found = page.evaluate(BARRIERS)
    return {address: found} if found else {}


AXE = (files("axe_playwright_python") / "axe.min.js").read_text("utf-8")
# The arrow of a select is a picture, behind which axe sees no colour: it is left out, the text in front of it counts.
# What it leaves open counts as found, but for text that scrolls below other text and for frames, which show a report.
BARRIERS = """async () => {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync('select { background-image: none !important }');
  document.adoptedStyleSheets.push(sheet);
  const found = await axe.run(document, { iframes: false, resultTypes: ['violations', 'incomplete'] });
  const open = found.incomplete.filter((rule) => !['color-contrast', 'frame-tested'].includes(rule.id));
  return [...found.violations, ...open].flatMap((rule) =>
    rule.nodes.map((node) => `${rule.impact} ${rule.id}: ${node.html} ${node.failureSummary}`));
}"""


@pytest.mark.parametrize("width", [320, 390, 768, 1024])
def test_nothing_sticks_out_on_a_small_screen(open_window: Open, addresses: list[str], width: int) -> None:
    window = open_window(width=width)
    for address in addresses:
        window.page.goto(address)
        assert (address, window.overflow) == (address, 0)


def test_every_page_has_one_heading_and_a_title_that_names_the_environment(
    open_window: Open, addresses: list[str]
) -> None:
    page = open_window().page
    for address in addresses:
        page.goto(address)
        assert page.locator("h1").count() == 1
        assert " – testing · Presstime" in page.title()  # noqa: RUF001 - as typographers write it


def test_every_control_has_a_name(open_window: Open, addresses: list[str]) -> None:
    page = open_window().page
    for address in addresses:
        page.goto(address)
        assert (address, page.evaluate(NAMELESS)) == (address, [])


NAMELESS = """[...document.querySelectorAll('a[href], button, input:not([type=hidden]), select, textarea, iframe')]
  .filter((element) => !(element.textContent.trim() && !element.matches('input, select, textarea'))
    && !element.getAttribute('aria-label') && !element.labels?.length && !element.title)
  .map((element) => element.outerHTML)"""


def test_diagnostics_are_copied_under_the_strict_policy(open_window: Open, site: Site) -> None:
    window = open_window()
    window.page.goto("/health")
    window.page.get_by_role("button", name="Copy diagnostics").click()
    window.page.get_by_text("Copied", exact=True).wait_for()
    assert window.complaints == []


def test_the_keyboard_leads_from_the_first_link_to_every_page(open_window: Open, site: Site) -> None:
    window = open_window()
    page = window.page
    page.goto("/executions")
    page.keyboard.press("Tab")
    assert _focused(page) == "Skip to content"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"
    page.keyboard.press("/")
    assert page.evaluate("document.activeElement.name") == "schedule"
    page.keyboard.press("g")
    page.keyboard.press("s")
    assert "/executions" in page.url, "keys are letters while a person types"
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press("j")
    first = _focused(page)
    page.keyboard.press("j")
    page.keyboard.press("k")
    assert _focused(page) == first
    page.keyboard.press("?")
    assert page.get_by_role("dialog").is_visible()
    assert _focused(page) == "Close"
    page.keyboard.press("Escape")
    assert not page.get_by_role("dialog").is_visible()
    page.keyboard.press("g")
    page.keyboard.press("s")
    page.wait_for_url("**/schedules")
    assert window.complaints == []


def _focused(page: Page) -> str:
    return str(page.evaluate("document.activeElement.textContent")).strip()


def test_every_entry_of_the_navigation_is_in_sight_without_scrolling(open_window: Open) -> None:
    page = open_window().page
    page.goto("/health")
    for height in (900, 720):
        page.set_viewport_size({"width": 1280, "height": height})
        boxes = [link.bounding_box() for link in page.locator("aside .nav-link").all()]
        found = [box for box in boxes if box is not None]
        assert len(found) == len(boxes) > 15
        assert all(box["y"] >= 0 and box["y"] + box["height"] <= height for box in found), height
        assert all(box["height"] >= 24 for box in found), "large enough to be hit (WCAG 2.5.8)"


def test_single_keys_can_be_switched_off(open_window: Open) -> None:
    page = open_window().page
    page.goto("/schedules")
    page.keyboard.press("?")
    page.get_by_label("Single keys are on").uncheck()
    page.keyboard.press("Escape")
    page.reload()
    page.keyboard.press("?")
    assert not page.get_by_role("dialog").is_visible()


def test_a_dialog_gives_the_focus_back_and_its_safe_button_comes_first(open_window: Open, site: Site) -> None:
    page = open_window().page
    page.goto(f"{site.schedule}/edit")
    page.get_by_role("button", name="Delete…").click()
    assert _focused(page) == "Keep"
    page.keyboard.press("Escape")
    assert _focused(page) == "Delete…"


def test_the_theme_holds_on_the_next_page(open_window: Open) -> None:
    page = open_window().page
    page.goto("/")
    page.get_by_role("button", name="dana").click()
    page.get_by_role("button", name="Dark").click()
    page.goto("/schedules")
    assert page.evaluate("document.documentElement.dataset.bsTheme") == "dark"
    page.goto("/schedules?theme=light")
    assert page.evaluate("document.documentElement.dataset.bsTheme") == "dark", "an address changes no setting"


def test_moments_follow_the_switch_between_utc_and_local_time(open_window: Open, addresses: list[str]) -> None:
    page = open_window(zone="Asia/Tokyo").page
    page.goto("/emails")
    moment = page.locator("time[data-follows] [data-exact]").first
    assert moment.inner_text().endswith("UTC")
    page.get_by_role("button", name="Local").click()
    assert moment.inner_text().endswith("GMT+9")
    page.reload()
    assert page.locator("time[data-follows] [data-exact]").first.inner_text().endswith("GMT+9")
    page.keyboard.press("t")
    assert page.locator("time[data-follows] [data-exact]").first.inner_text().endswith("UTC")


def test_an_open_list_shows_what_happened_meanwhile(open_window: Open, site: Site) -> None:
    window = open_window()
    page = window.page
    page.goto("/executions")
    before = page.locator("[data-row]").count()
    page.keyboard.press("j")
    focused = page.evaluate("document.activeElement.href")
    site.installation.enqueue("Stock")
    page.keyboard.press("r")
    page.wait_for_selector(f"[data-row] >> nth={before}")
    assert page.evaluate("document.activeElement.href") == focused, "a new row above takes nobody's focus"
    assert "Last updated" in page.inner_text("#updated")
    assert window.complaints == []


def test_the_pages_work_without_scripts(site: Site, chromium: object, cookies: dict[str, object]) -> None:
    context = chromium.new_context(base_url=site.address, java_script_enabled=False, storage_state=cookies)  # type: ignore[attr-defined]
    page = context.new_page()
    page.goto("/schedules?name=far")
    assert page.locator("[data-row]").count() == 1
    page.get_by_role("switch", name="Far away").click()
    page.get_by_text("Far away is off.").wait_for()
    page.get_by_role("button", name="Undo").click()
    page.get_by_text("Far away is on.").wait_for()
    context.close()


def test_a_page_that_refreshes_itself_says_that_nobody_asked(open_window: Open) -> None:
    page = open_window().page
    page.clock.install()
    page.goto("/executions")
    with page.expect_request("**/executions") as by_itself:
        page.clock.run_for(16_000)
    assert by_itself.value.headers["presstime-refresh"] == "live"
    with page.expect_request("**/executions") as by_a_person:
        page.keyboard.press("r")
    assert "presstime-refresh" not in by_a_person.value.headers
