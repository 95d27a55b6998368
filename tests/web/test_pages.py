"""The pages as a browser receives them: who sees what, what is said, what is kept."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.db import OperationalError
from django.test import Client, RequestFactory

from presstime.accounts.models import User
from presstime.accounts.rights import Role
from presstime.executions.models import Execution
from presstime.reports import service as reports
from presstime.schedules.models import Schedule
from presstime.web.views import server_error
from tests.web.conftest import DEFINITION, House

SignIn = Callable[[User], Client]


def addresses(house: House) -> dict[str, set[Role]]:
    """Every page, and the roles that may see it."""
    everybody = set(Role)
    not_viewers = everybody - {Role.VIEWER}
    authors = {Role.ADMIN, Role.AUTHOR}
    watchers = {Role.ADMIN, Role.OPERATOR, Role.AUDITOR}
    report, schedule = f"/reports/{house.report.pk}", f"/schedules/{house.schedule.pk}"
    email = f"/emails/{house.sent.pk}"
    return {
        "/": everybody,
        "/executions": everybody,
        "/executions?schedule=Daily+stock&status=dead&error_category=data&trigger=retry&from=2026-11-01&to=2026-11-30": everybody,
        "/executions?status=bogus&from=yesterday": everybody,
        "/executions?schedule=nothing": everybody,
        f"/executions/{house.succeeded.pk}": everybody,
        f"/executions/{house.dead.pk}": everybody,
        f"/executions/{house.queued.pk}": everybody,
        "/schedules": everybody,
        "/schedules?name=stock&state=on&owner=me": everybody,
        schedule: everybody,
        f"{schedule}/edit": authors,
        "/schedules/new": authors,
        f"/schedules/new?report={house.report.pk}": authors,
        f"/schedules/parameters?report={house.report.pk}": authors,
        "/reports": everybody,
        report: everybody,
        f"{report}/revisions/1": everybody,
        f"{report}/revisions/2": everybody,
        f"{report}/revisions": everybody,
        f"{report}/revisions/compare?before=2&after=1": everybody,
        f"{report}/revisions/compare?before=1&after=2&view=side": everybody,
        f"{report}/text": everybody,
        f"{report}/edit": authors,
        f"{report}/preview": authors,
        "/reports/new": authors,
        "/reports/new?start=dashboard&source=shop": authors,
        f"/reports/new?copy={house.report.pk}": authors,
        "/reports/draft": authors,
        "/errors": everybody,
        "/errors?within=day": everybody,
        "/dead-letters": not_viewers,
        "/emails": not_viewers,
        "/emails?status=failed&to=bo&priority=scheduled": not_viewers,
        email: not_viewers,
        f"{email}?view=text": not_viewers,
        f"{email}?view=headers": not_viewers,
        f"{email}?view=source": not_viewers,
        f"/emails/{house.failed.pk}": not_viewers,
        f"{email}/body": not_viewers,
        "/alerts": watchers,
        "/alerts?kind=disk_critical&severity=critical&from=2026-11-01&to=2026-11-30": watchers,
        "/assets": everybody,
        "/sources": not_viewers,
        "/sources/new": {Role.ADMIN},
        "/accounts/password/": everybody,
    }


@pytest.mark.parametrize("role", list(Role))
def test_each_role_sees_its_pages_and_no_others(
    role: Role, house: House, make_user: Callable[[str, str], User], signed_in: SignIn
) -> None:
    client = signed_in(make_user("somebody", role))
    answers = {address: client.get(address).status_code for address in addresses(house)}
    assert answers == {address: 200 if role in roles else 403 for address, roles in addresses(house).items()}


def test_nothing_is_shown_before_the_sign_in(house: House, client: Client) -> None:
    for address in addresses(house):
        answer = client.get(address)
        assert answer.status_code == 302
        assert answer["Location"].startswith("/accounts/login/?next=/")


def test_an_empty_installation_says_what_to_do(alice: User, signed_in: SignIn) -> None:
    client = signed_in(alice)
    said = {
        "/": "No schedule yet",
        "/executions": "Nothing has run yet",
        "/schedules": "No schedule yet",
        "/reports": "No report yet",
        "/emails": "No mail yet",
        "/sources": "No source yet",
    }
    for address, words in said.items():
        assert words in client.get(address).content.decode()


def test_the_navigation_leads_only_where_a_person_may_go(bob: User, house: House, signed_in: SignIn) -> None:
    page = signed_in(bob).get("/schedules").content.decode()
    assert 'href="/executions"' in page
    assert 'href="/emails"' not in page
    assert 'href="/sources"' not in page
    assert "New schedule" not in page
    assert "Run now" not in page


def test_every_page_has_the_strict_policy(alice: User, house: House, signed_in: SignIn, client: Client) -> None:
    signed_out = client.get("/accounts/login/")
    for page in (signed_out, *(signed_in(alice).get(address) for address in ("/", "/schedules", "/nowhere"))):
        policy = dict(part.split(" ", 1) for part in page["Content-Security-Policy"].split("; "))
        assert policy["default-src"] == policy["base-uri"] == policy["frame-ancestors"] == "'none'"
        assert policy["script-src"] == policy["style-src"] == policy["connect-src"] == policy["form-action"] == "'self'"
        assert policy["img-src"] == "'self' data:"
        assert page["X-Frame-Options"] == "DENY"
        assert "camera=()" in page["Permissions-Policy"]
        assert page["X-Content-Type-Options"] == "nosniff"


def test_the_environment_stands_in_the_title_and_beside_the_name(
    alice: User, signed_in: SignIn, settings: object
) -> None:
    settings.CONFIGURATION = settings.CONFIGURATION.model_copy(update={"environment": "staging"})  # type: ignore[attr-defined]
    page = signed_in(alice).get("/schedules").content.decode()
    assert "<title>Schedules – staging · Presstime</title>" in page  # noqa: RUF001 - as typographers write it
    assert '<span class="env">staging</span>' in page


def test_names_are_shown_and_never_run(alice: User, house: House, signed_in: SignIn, now: datetime) -> None:
    evil = '<img src=x onerror=alert(1)>"'
    Schedule.objects.filter(pk=house.schedule.pk).update(name=evil)
    reports.change(house.report.pk, name=evil, by=alice, now=now)
    client = signed_in(alice)
    for address in addresses(house):
        answer = client.get(address)
        if answer.status_code == 200:
            assert "<img src=x" not in answer.content.decode(), address


def test_active_filters_are_chips_that_can_be_taken_away(alice: User, house: House, signed_in: SignIn) -> None:
    page = signed_in(alice).get("/executions?status=dead&error_category=data").content.decode()
    assert "Status: Dead" in page
    assert 'href="/executions?status=dead" aria-label="Remove filter: Error: Data"' in page
    assert "1 of 1" in page
    assert str(house.succeeded.pk) not in page


def test_a_list_goes_on_where_its_page_ended(alice: User, house: House, signed_in: SignIn, now: datetime) -> None:
    Execution.objects.bulk_create(
        Execution(
            schedule=house.schedule, report=house.report, revision=house.report.current, trigger="manual", status="cancelled",
            scheduled_for=now, timezone="UTC", send_when="always", timeout_seconds=300, priority=0, run_at=now, queued_at=now, finished_at=now,
        )
        for _ in range(120)
    )  # fmt: skip
    client = signed_in(alice)
    seen: set[str] = set()
    address: str | None = "/executions?status=cancelled"
    pages = 0
    while address:
        found = client.get(address).context["listing"]
        ids = {str(execution.pk) for execution in found.items}
        assert not ids & seen
        seen |= ids
        address, pages = found.older, pages + 1
    assert (len(seen), pages) == (120, 3)


def test_a_broken_cursor_is_refused_in_words(alice: User, signed_in: SignIn) -> None:
    answer = signed_in(alice).get("/executions?cursor=nonsense")
    assert answer.status_code == 409
    assert "not a cursor of this list" in answer.content.decode()


def test_what_is_not_there_is_said_by_name(alice: User, signed_in: SignIn) -> None:
    answer = signed_in(alice).get("/executions/00000000-0000-0000-0000-000000000000")
    assert answer.status_code == 404
    assert "There is no execution" in answer.content.decode()


def test_a_form_from_elsewhere_is_refused(alice: User, house: House) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(alice)
    answer = client.post(f"/schedules/{house.schedule.pk}/disable")
    assert answer.status_code == 403
    assert "This form has expired" in answer.content.decode()
    assert Schedule.objects.get(pk=house.schedule.pk).enabled


def test_a_file_is_saved_and_never_shown(bob: User, house: House, signed_in: SignIn) -> None:
    answer = signed_in(bob).get(f"/executions/{house.succeeded.pk}/files/stock.csv")
    assert answer["Content-Disposition"] == 'attachment; filename="stock.csv"'
    assert "sandbox" in answer["Content-Security-Policy"]
    assert b"".join(answer.streaming_content) == b"name,pieces\r\nApples,3\r\n"  # type: ignore[attr-defined]


def test_an_execution_shows_where_its_time_went(bob: User, house: House, signed_in: SignIn) -> None:
    page = signed_in(bob).get(f"/executions/{house.succeeded.pk}").content.decode()
    assert "Waiting 1 s, Query 1 s, Render 2 s, Compose mail 500 ms" in page
    assert "ann@example.com" in page
    assert "ab" * 6 in page


def test_an_error_is_shown_with_its_remedy_and_its_detail(bob: User, house: House, signed_in: SignIn) -> None:
    page = signed_in(bob).get(f"/executions/{house.dead.pk}").content.decode()
    assert "There is no table &lt;stoc&gt;." in page
    assert "Its tables are stock." in page
    assert "missing_table" in page
    assert "<details" in page


def test_a_waiting_execution_can_be_cancelled_once(
    house: House, make_user: Callable[[str, str], User], signed_in: SignIn
) -> None:
    client = signed_in(make_user("olga", "operator"))
    address = f"/executions/{house.queued.pk}"
    assert client.post(f"{address}/cancel", follow=True).context["execution"].status == "cancelled"
    again = client.post(f"{address}/cancel", headers={"Referer": f"http://testserver{address}"}, follow=True)
    assert "has ended already" in again.content.decode()


def test_a_message_is_shown_in_quarantine(alice: User, house: House, signed_in: SignIn) -> None:
    answer = signed_in(alice).get(f"/emails/{house.sent.pk}/body")
    assert answer["Content-Security-Policy"].startswith("sandbox; default-src 'none'; img-src data:;")
    assert "script-src" not in answer["Content-Security-Policy"]
    assert answer["X-Frame-Options"] == "SAMEORIGIN"
    body = answer.content.decode()
    assert "data:image/png;base64," in body
    assert "cid:" not in body


def test_the_parts_of_a_message_can_be_saved(alice: User, house: House, signed_in: SignIn) -> None:
    client = signed_in(alice)
    attached = client.get(f"/emails/{house.sent.pk}/attachments/1")
    assert attached["Content-Disposition"] == 'attachment; filename="stock.csv"'
    assert attached.content == b"name,pieces\r\nApples,3\r\n"
    assert client.get(f"/emails/{house.sent.pk}/attachments/2").status_code == 404
    assert client.get(f"/emails/{house.sent.pk}/source").content.startswith(b"From: Reports")


def test_a_message_whose_file_is_gone_still_tells_what_became_of_it(
    alice: User, house: House, signed_in: SignIn, settings: object
) -> None:
    (settings.CONFIGURATION.reports_path / house.sent.message.path).unlink()  # type: ignore[attr-defined]
    page = signed_in(alice).get(f"/emails/{house.sent.pk}").content.decode()
    assert "The file is gone" in page
    assert "250 ok" in page


def test_a_failed_mail_can_be_sent_again_and_a_sent_one_cannot(
    house: House, make_user: Callable[[str, str], User], signed_in: SignIn
) -> None:
    client = signed_in(make_user("olga", "operator"))
    assert client.post(f"/emails/{house.failed.pk}/retry", follow=True).context["email"].status == "pending"
    assert client.post(f"/emails/{house.sent.pk}/retry").status_code == 409


def test_the_overview_counts_what_the_lists_show(alice: User, house: House, signed_in: SignIn, now: datetime) -> None:
    from presstime.overview.page import overview

    page = overview(alice, now + timedelta(seconds=9))
    assert page.executed.total == 3
    assert page.mailed is not None
    assert (page.mailed.sent, page.mailed.failed) == (1, 1)
    titles = [item.title for item in page.attention]
    assert "No worker is running" in titles
    assert "1 execution gave up and waits for a person" in titles
    assert "1 e-mail could not be delivered" in titles
    assert sum(hour.total for hour in page.hours) == 3


def test_the_overview_keeps_mail_from_those_who_may_not_see_it(bob: User, house: House, now: datetime) -> None:
    from presstime.overview.page import overview

    page = overview(bob, now + timedelta(seconds=9))
    assert page.mailed is None
    assert not [item for item in page.attention if "e-mail" in item.title]


def test_a_report_is_saved_from_the_form(alice: User, house: House, signed_in: SignIn) -> None:
    sent = {"name": "Another", "definition": DEFINITION.replace("\n", "\r\n")}
    answer = signed_in(alice).post("/reports/new", sent, follow=True)
    assert answer.context["report"].name == "Another"
    assert answer.context["report"].current.definition == DEFINITION


def test_a_wrong_report_is_not_saved_and_every_problem_stands_at_its_line(
    alice: User, house: House, signed_in: SignIn
) -> None:
    text = DEFINITION.replace("source: shop", "sorce: shop").replace("data: stock", "data: stok")
    answer = signed_in(alice).post("/reports/new", {"name": "Wrong", "definition": text})
    assert answer.status_code == 422
    wrong = {line.text.strip() for line in answer.context["wrong"]}
    assert "sorce: shop" in wrong
    assert answer.context["form"]["definition"].value() == text
    assert not house.report.__class__.objects.filter(name="Wrong").exists()


def test_the_preview_of_an_unsaved_text_names_its_problems(alice: User, house: House, signed_in: SignIn) -> None:
    answer = signed_in(alice).post("/reports/draft", {"name": "x", "definition": "no front matter"})
    assert "There is no preview yet" in answer.content.decode()
    assert answer["Content-Security-Policy"].startswith("sandbox;")


@pytest.mark.django_db(transaction=True)
def test_the_preview_of_an_unsaved_text_takes_its_defaults(alice: User, house: House, signed_in: SignIn) -> None:
    text = DEFINITION.replace("default: 1", "default: 6")
    answer = signed_in(alice).post("/reports/draft", {"name": "x", "definition": text})
    assert "There are <strong>1</strong> things." in answer.content.decode()


@pytest.mark.django_db(transaction=True)
def test_a_preview_shows_the_report_with_the_chosen_parameters(alice: User, house: House, signed_in: SignIn) -> None:
    client = signed_in(alice)
    page = client.get(f"/reports/{house.report.pk}/preview/page?p-least=5")
    assert "There are <strong>2</strong> goods." in page.content.decode()
    assert page["Content-Security-Policy"].startswith("sandbox;")
    wrong = client.get(f"/reports/{house.report.pk}/preview/page?p-least=many").content.decode()
    assert "least" in wrong
    saved = client.get(f"/reports/{house.report.pk}/preview/csv")
    assert saved["Content-Disposition"].startswith("attachment;")
    b"".join(saved.streaming_content)  # type: ignore[attr-defined]


def test_a_revision_shows_what_changed(bob: User, house: House, signed_in: SignIn) -> None:
    page = signed_in(bob).get(f"/reports/{house.report.pk}/revisions/2").content.decode()
    assert "<del>- There are **{{ total.things }}** <mark>things</mark>.</del>" in page
    assert "<ins>+ There are **{{ total.things }}** <mark>goods</mark>.</ins>" in page


def test_a_report_in_use_is_not_deleted(alice: User, house: House, signed_in: SignIn) -> None:
    address = f"http://testserver/reports/{house.report.pk}/edit"
    answer = signed_in(alice).post(f"/reports/{house.report.pk}/delete", headers={"Referer": address}, follow=True)
    assert "cannot be deleted" in answer.content.decode()


def test_a_source_is_added_tested_and_shown_without_its_password(admin: User, house: House, signed_in: SignIn) -> None:
    client = signed_in(admin)
    url = "postgresql://reader:s3cret@127.0.0.1:9/none"
    page = client.post("/sources/new", {"name": "warehouse", "url": url}, follow=True).content.decode()
    assert "warehouse does not answer" in page
    assert "s3cret" not in page
    wrong = client.post("/sources/new", {"name": "war house", "url": "ftp://x"})
    assert wrong.status_code == 422
    assert set(wrong.context["form"].errors) == {"name", "url"}


def test_a_full_disk_is_told_as_such(rf: RequestFactory) -> None:
    def fail() -> None:
        raise OperationalError("database or disk is full")

    try:
        fail()
    except OperationalError:
        answer = server_error(rf.get("/"))
    assert (answer.status_code, "No room on the disk" in answer.content.decode()) == (507, True)


def test_the_page_for_our_own_faults_needs_no_database(rf: RequestFactory) -> None:
    answer = server_error(rf.get("/"))
    assert answer.status_code == 500
    assert "It has been written to the server log" in answer.content.decode()


def test_a_request_without_sense_gets_a_page(client: Client) -> None:
    answer = client.get("/accounts/login/", headers={"Host": "elsewhere.example"})
    assert answer.status_code == 400
    assert "This request cannot be understood" in answer.content.decode()


def test_what_a_role_may_not_do_says_who_may(bob: User, house: House, signed_in: SignIn) -> None:
    client = signed_in(bob)
    said = {
        f"/schedules/{house.schedule.pk}": "Authors, operators and administrators run schedules; your role does not.",
        f"/reports/{house.report.pk}": "Authors and administrators edit reports; your role does not.",
        f"/executions/{house.queued.pk}": "Operators and administrators cancel executions; your role does not.",
    }
    for address, why in said.items():
        assert f'aria-disabled="true" title="{why}"' in client.get(address).content.decode()
