"""Single sign-on as a person does it: the policy of the pages lets the browser go to the issuer and come back."""

from __future__ import annotations

from tests.accounts.oidc_provider import Provider
from tests.browser.conftest import Open, Site, sign_in


def test_from_linking_ones_account_to_signing_out_of_the_issuer(
    site: Site, open_window: Open, issuer: Provider
) -> None:
    issuer.reset()
    window = open_window(signed_in=False)
    page = window.page
    sign_in(page, "alice")
    page.goto("/accounts/")
    page.get_by_role("button", name="Link it").click()
    page.get_by_role("link", name="Go on to Example ID").click()
    page.get_by_text("Your account is linked with Example ID.").wait_for()
    page.context.clear_cookies()

    page.goto("/schedules/new")
    page.get_by_role("link", name="Sign in with Example ID").click()
    page.get_by_role("heading", name="New schedule").wait_for()
    page.goto("/accounts/confirm/?next=/accounts/tokens/")
    page.get_by_role("link", name="Confirm with Example ID").click()
    page.get_by_role("tab", name="Tokens").or_(page.get_by_role("link", name="Tokens")).first.wait_for()
    assert page.url == f"{site.address}/accounts/tokens/"

    page.evaluate("document.querySelector('form[action*=logout]').requestSubmit()")
    there = page.get_by_role("link", name="Sign out of Example ID")
    there.wait_for()
    assert str(there.get_attribute("href")).startswith(f"{issuer.issuer}/logout?client_id=")
    assert window.complaints == []


def test_who_is_refused_reads_why_and_can_use_the_password(site: Site, open_window: Open, issuer: Provider) -> None:
    issuer.reset()
    issuer.person |= {"sub": "a-stranger"}
    page = open_window(signed_in=False, width=390).page
    page.goto("/accounts/login/?next=/schedules/new")
    page.get_by_role("link", name="Sign in with Example ID").click()
    assert "no account here" in page.get_by_role("alert").inner_text()
    page.get_by_label("User name").fill("alice")
    page.get_by_label("Password").fill("correct horse battery staple")
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("heading", name="New schedule").wait_for()
