"""A real server with a worker, and a real Chromium that looks at it. Without Chromium these tests are skipped."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, sync_playwright

from tests.accounts.oidc_provider import CLIENT, SECRET, Provider, running_provider
from tests.conftest import ON_POSTGRES
from tests.machine import free_port
from tests.system.harness import Installation

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
PASSWORD = "correct horse battery staple"
PATIENCE_MILLISECONDS = 60_000
DEFINITION = """---
title: Stock
source: shop
parameters:
  least: {type: number, default: 1, label: At least}
formats: [pdf, csv]
---
There are **{{ total.things }}** things.

```sql total
select count(*) as things from stock where pieces >= :least
```

```sql stock
select name, pieces from stock order by name
```

```chart
data: stock
type: bar
x: name
y: pieces
```

```table
data: stock
```
"""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    for item in items:
        if item.path.is_relative_to(here):
            item.add_marker(pytest.mark.browser)
            if CHROMIUM is None:
                item.add_marker(pytest.mark.skip("no Chromium here: install Debian's package `chromium`"))
            elif ON_POSTGRES:
                item.add_marker(pytest.mark.skip("runs on its own SQLite file: once is enough"))


@dataclass(frozen=True)
class Site:
    """A running installation: its address, and the pages that have something to show."""

    address: str
    installation: Installation
    report: str
    schedule: str


@pytest.fixture(scope="package")
def issuer() -> Iterator[Provider]:
    """Where people sign in by single sign-on."""
    with running_provider() as provider:
        yield provider


@pytest.fixture(scope="package")
def site(tmp_path_factory: pytest.TempPathFactory, issuer: Provider) -> Iterator[Site]:
    """A server with a worker; its mail goes into a folder. Alice is an author, Dana an administrator."""
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    elsewhere = {"oidc_issuer": issuer.issuer, "oidc_client_id": CLIENT, "oidc_client_secret": SECRET}
    with Installation(
        tmp_path_factory.mktemp("site"), base_url=address, environment="testing", oidc_name="Example ID", **elsewhere
    ) as installation:
        installation.prepare({"Stock": DEFINITION})
        ids = installation.python(PEOPLE, password=PASSWORD)
        server = installation.start("serve", "--bind", f"127.0.0.1:{port}")
        server.wait_for_log(": ready")
        yield Site(address, installation, f"/reports/{ids['report']}", f"/schedules/{ids['schedule']}")
        server.stop()


PEOPLE = """
    from presstime.accounts import service as accounts
    from presstime.reports import queries as reports
    from presstime.schedules import service as schedules
    alice = accounts.create_user("alice", "alice@example.com", "author", password, now)
    accounts.create_user("dana", "dana@example.com", "admin", password, now)
    given = {"name": "Far away", "report": "Stock", "cron": "0 0 1 1 *", "recipients": {"to": ["ann@example.com"]}}
    schedule = schedules.create(given, alice, now)
    result = {"report": reports.get_report("Stock").pk, "schedule": schedule.pk}
"""


@pytest.fixture(scope="package")
def chromium() -> Iterator[Browser]:
    """One browser for these tests; it is gone before the next package's tests use the database."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        browser.close()


@dataclass
class Window:
    """A page with everything that the browser complained of: refused by the policy, thrown, not found."""

    page: Page
    complaints: list[str] = field(default_factory=list)

    def watch(self) -> None:
        self.page.on("console", self._on_console)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))

    def _on_console(self, message: ConsoleMessage) -> None:
        # 422 is the answer to a text or a form with mistakes, which the page shows.
        if message.type in ("error", "warning") and "status of 422" not in message.text:
            self.complaints.append(message.text)

    @property
    def overflow(self) -> int:
        """By how many pixels something sticks out to the right."""
        return int(self.page.evaluate("document.documentElement.scrollWidth - window.innerWidth"))


Open = Callable[..., Window]


@pytest.fixture(scope="package")
def cookies(site: Site, chromium: Browser) -> dict[str, object]:
    """The session of Dana, who signed in through the form."""
    context = chromium.new_context(base_url=site.address)
    page = context.new_page()
    sign_in(page, "dana")
    state = context.storage_state()
    context.close()
    return dict(state)


def sign_in(page: Page, username: str) -> None:
    page.goto("/accounts/login/")
    page.get_by_label("User name").fill(username)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("heading", name="Overview").wait_for()


@pytest.fixture
def open_window(site: Site, chromium: Browser, cookies: dict[str, object]) -> Iterator[Open]:
    """`open_window(width=320)`: a window of Dana's; `signed_in=False` for a stranger's."""
    contexts: list[BrowserContext] = []

    def open_it(*, width: int = 1280, scheme: str = "light", signed_in: bool = True, zone: str = "UTC") -> Window:
        context = chromium.new_context(
            base_url=site.address,
            viewport={"width": width, "height": 900},
            color_scheme=scheme,  # type: ignore[arg-type]
            timezone_id=zone,
            storage_state=cookies if signed_in else None,  # type: ignore[arg-type]
            reduced_motion="reduce",
        )
        context.set_default_timeout(PATIENCE_MILLISECONDS)
        contexts.append(context)
        window = Window(context.new_page())
        window.watch()
        return window

    yield open_it
    for context in contexts:
        context.close()
