"""The password of a source stands in its row encrypted, and is shown nowhere: API, pages, commands, logs, errors."""

from __future__ import annotations

import json
import logging
import pickle
import traceback

import pytest
from django.db import connection
from django.test import Client
from typer.testing import CliRunner

from pressroom.errors import SourceError
from pressroom.sources import open_source
from presstime.accounts import service as accounts
from presstime.accounts.models import User
from presstime.base import clock
from presstime.cli import app
from presstime.sources import service

SECRET = "hunter2-secret"
URLS = [f"{kind}://reader:{SECRET}@127.0.0.1:1/sales" for kind in ("postgresql", "mysql")]
WRONG = [f"mysql://reader:{SECRET}@127.0.0.1:1/sales?{end}" for end in ("local_infile=1", f"password={SECRET}")]
WRONG += [f"postgres//reader:{SECRET}@127.0.0.1/sales", f"host=127.0.0.1 password={SECRET} dbname=sales"]


@pytest.fixture
def everything_logged(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    caplog.set_level(logging.DEBUG)
    return caplog


@pytest.mark.parametrize("url", URLS)
def test_the_database_has_it_encrypted(admin: User, url: str) -> None:
    source = service.add(name="sales", url=url, by=admin, now=clock.now())
    with connection.cursor() as cursor:
        cursor.execute("select * from sources_source")
        assert SECRET not in repr(cursor.fetchall())
    assert SECRET not in f"{source!r} {source} {service.shown_url(source)} {service.open(source)!r}"
    assert SECRET in service.address_of("sales")[0]


@pytest.mark.parametrize("url", URLS)
def test_the_api_gives_it_to_nobody(admin: User, everything_logged: pytest.LogCaptureFixture, url: str) -> None:
    _, token = accounts.create_token(admin, "test", ["all"], clock.now())
    client = Client(headers={"Authorization": f"Bearer {token}"})
    answers = [
        client.generic(method, f"/api/sources{path}", json.dumps(body) if body else "", content_type="application/json")
        for method, path, body in (
            ("POST", "", {"name": "sales", "url": url}),
            *(("POST", "", {"name": "other", "url": wrong}) for wrong in WRONG),
            ("POST", "", {"name": "other", "url": url, "unknown": url}),
            ("GET", "", None),
            ("GET", "/sales", None),
            ("PATCH", "/sales", {"url": url}),
            ("PATCH", "/sales", {"url": WRONG[0]}),
            ("POST", "/sales/test", None),
        )
    ]
    assert [answer.status_code for answer in answers] == [201, *[422] * len(WRONG), 422, 200, 200, 200, 422, 200]
    for answer in answers:
        assert SECRET not in answer.content.decode() + str(answer.headers)
    assert SECRET not in everything_logged.text


@pytest.mark.parametrize("url", URLS)
def test_no_page_shows_it_not_even_the_form_that_was_refused(
    admin: User, client: Client, everything_logged: pytest.LogCaptureFixture, url: str
) -> None:
    client.force_login(admin)
    answers = [client.post("/sources/new", {"name": "two words", "url": wrong}) for wrong in (url, *WRONG)]
    assert {answer.status_code for answer in answers} == {422}
    added = client.post("/sources/new", {"name": "sales", "url": url}, follow=True)
    assert "does not answer" in added.content.decode()
    pk = service.queries.get_source("sales").pk
    answers += [added, client.get("/sources"), client.get(f"/sources/{pk}/edit")]
    answers.append(client.post(f"/sources/{pk}/edit", {"name": "sales", "url": WRONG[0]}))
    answers.append(client.post(f"/sources/{pk}/test", follow=True))
    assert [answer.status_code for answer in answers[1 + len(WRONG) :]] == [200, 200, 200, 422, 200]
    for answer in answers:
        assert SECRET not in answer.content.decode()
    assert SECRET not in everything_logged.text


def test_a_refused_address_without_a_secret_need_not_be_typed_again(admin: User, client: Client) -> None:
    client.force_login(admin)
    answer = client.post("/sources/new", {"name": "x", "url": "sqlite:////nowhere/sales.db"})
    assert 'value="sqlite:////nowhere/sales.db"' in answer.content.decode()


@pytest.mark.parametrize("url", [*URLS, *WRONG])
def test_no_command_prints_it(db: None, url: str) -> None:
    runner = CliRunner()
    said = [
        runner.invoke(app, ["source", *arguments], input=f"{url}\n", prog_name="presstime")
        for arguments in (["add", "sales", "-"], ["test", "sales"], ["list"], ["list", "--json"], ["add", "sales", url])
    ]
    for result in said:
        assert SECRET not in result.output + repr(result.exception)


@pytest.mark.parametrize("url", URLS)
def test_no_error_carries_it_into_an_execution(url: str) -> None:
    """The detail of an execution's error is the traceback; the error itself goes from process to process."""
    with pytest.raises(SourceError) as caught:
        open_source(url).test()
    error = caught.value
    again = pickle.loads(pickle.dumps(error))  # noqa: S301 - our own
    text = "".join(traceback.format_exception(error))
    assert SECRET not in f"{text} {error!r} {error.__cause__!r} {again} {again.__dict__}"


@pytest.mark.parametrize("kind", ["postgresql", "mysql"])
def test_a_parameter_s_value_stays_out_of_the_errors_of_a_query(kind: str) -> None:
    with pytest.raises(SourceError) as caught:
        open_source(f"{kind}://reader@127.0.0.1:1/sales").stream("select :who", {"who": SECRET})
    assert SECRET not in "".join(traceback.format_exception(caught.value))
