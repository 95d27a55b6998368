from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client

from presstime.deadletters.models import DeadLetter
from presstime.executions.models import Execution
from tests.web.conftest import misspelt_variables_fail

__all__ = ["misspelt_variables_fail"]


@pytest.fixture
def operator(make_user) -> Client:
    client = Client()
    client.force_login(make_user("olga", "operator"))
    return client


def page(client: Client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200
    return answer.content.decode()


def test_the_list_shows_groups_counts_and_what_can_be_done(operator, die, schedule, now):
    letter = die(schedule_id=schedule.pk)
    die(at=now - timedelta(hours=1))
    text = page(operator, "/dead-letters")
    assert "Daily stock" in text
    assert "no such table: stok" in text
    assert f"fingerprint={letter.fingerprint}" in text
    assert "Retry 2" in text
    assert 'name="expected_delete" value="2"' in text


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("/dead-letters", "Every execution has succeeded, or is still being tried."),
        ("/dead-letters?status=resolved", "No dead letter is in this state."),
        ("/dead-letters?text=nothing", "No dead letter matches"),
        ("/dead-letters?status=bogus&error_category=x&within=y&fingerprint=z", "out of retries"),
    ],
)
def test_each_empty_list_has_words_of_its_own(operator, address, said):
    assert said in page(operator, address)


def test_one_item_tells_its_error_and_every_try(operator, die):
    text = page(operator, f"/dead-letters/{die().pk}")
    for said in ("Correct the query.", "Traceback …", "The planned run", "Mark resolved", "Every try"):
        assert said in text


def test_retrying_on_the_page_offers_to_take_it_back(operator, die):
    letter = die()
    wrong = operator.post(f"/dead-letters/{letter.pk}/retry", {"minutes": "0"})
    assert wrong.status_code == 422
    answer = operator.post(f"/dead-letters/{letter.pk}/retry", {"minutes": "120"}, follow=True)
    assert "keeps others waiting for 120 minutes." in answer.content.decode()
    retry = Execution.objects.get(origin=letter.execution_id)
    assert retry.timeout_seconds == 7200
    assert f"/executions/{retry.pk}/cancel" in answer.content.decode()


def test_what_was_just_resolved_or_deleted_can_be_taken_back(operator, die):
    letter = die()
    for act, data in (("resolve", {"note": "Mended."}), ("delete", {})):
        answer = operator.post(f"/dead-letters/{letter.pk}/{act}", data, follow=True)
        *_, toast = answer.context["messages"]
        operator.post(toast.extra_tags.removeprefix("undo:"))
        letter.refresh_from_db()
        assert (letter.status, letter.removed_at) == ("open", None)


def test_all_that_match_are_deleted_only_after_a_question_and_with_the_number_that_was_shown(operator, die, now):
    die()
    die(at=now - timedelta(hours=1))
    address = "/dead-letters/bulk?error_category=data"
    form = {"act": "delete", "all_matching": "1", "expected_delete": "2"}
    asked = operator.post(address, form).content.decode()
    assert "Delete 2 dead letters?" in asked
    assert 'name="expected_delete" value="2"' in asked
    stale = operator.post(address, form | {"expected_delete": "1", "confirmed": "yes"}, follow=True).content.decode()
    assert "There are 2 such dead letters now, not 1." in stale
    done = operator.post(address, form | {"confirmed": "yes"}, follow=True).content.decode()
    assert "2 deleted." in done
    assert DeadLetter.objects.filter(removed_at=None).count() == 0


def test_several_are_retried_and_what_was_left_out_is_said(operator, die):
    first, second = die(), die(trigger="manual")
    operator.post(f"/dead-letters/{second.pk}/retry")
    form = {"act": "retry", "id": [str(first.pk), str(second.pk)]}
    text = operator.post("/dead-letters/bulk", form, follow=True).content.decode()
    assert "1 queued for another try, 1 skipped: retrying." in text
    assert "Nothing was chosen" in operator.post("/dead-letters/bulk", {"act": "retry"}, follow=True).content.decode()


def test_an_author_sees_why_the_buttons_do_nothing(alice, die):
    client = Client()
    client.force_login(alice)
    letter = die()
    assert "your role does not" in page(client, "/dead-letters")
    assert client.post(f"/dead-letters/{letter.pk}/delete").status_code == 403
