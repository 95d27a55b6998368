"""Who may call: sessions with their CSRF token, tokens within their scopes, nobody else."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from presstime.accounts import queries, service
from presstime.accounts.models import Token, User
from presstime.base import clock

Bearer = Callable[..., Client]
Session = Callable[[User], Client]
NEW_USER = {"name": "eve", "email": "eve@example.com", "role": "viewer", "password": "a long enough phrase"}


def post(client: Client, address: str, body: Any, **headers: str) -> Any:
    return client.post(address, body, content_type="application/json", headers=headers)


def with_secret(secret: str) -> Client:
    return Client(headers={"Authorization": f"Bearer {secret}"})


def refusal(client: Client, status: int, address: str = "/api/me") -> str:
    response = client.get(address)
    assert response.status_code == status
    assert response["Content-Type"] == "application/problem+json"
    return str(response.json()["detail"])


def test_without_credentials_the_answer_is_401_and_says_what_is_needed(db: None) -> None:
    response = Client().get("/api/users")
    assert response.status_code == 401
    assert response["WWW-Authenticate"].startswith("Bearer")
    assert "Authorization: Bearer" in response.json()["detail"]


def test_a_browser_without_a_session_is_sent_to_the_sign_in_page(db: None) -> None:
    response = Client().get("/api/docs", headers={"Accept": "text/html,*/*"})
    assert (response.status_code, response["Location"]) == (302, "/accounts/login/?next=/api/docs")


def test_a_token_opens_what_its_user_may_do(admin: User, bearer: Bearer) -> None:
    assert bearer(admin).get("/api/users").status_code == 200


def test_a_session_opens_what_its_user_may_do(admin: User, session: Session) -> None:
    assert session(admin).get("/api/users").status_code == 200


def test_a_token_does_nothing_outside_its_scopes(admin: User, bearer: Bearer) -> None:
    limited = bearer(admin, "reports:read", "users:read")
    assert limited.get("/api/users").status_code == 200
    response = post(limited, "/api/users", NEW_USER)
    assert response.status_code == 403
    assert '"users:write"' in response.json()["detail"]
    assert queries.find_user("eve") is None


def test_a_scope_does_not_give_what_the_role_does_not(bob: User, bearer: Bearer) -> None:
    response = bearer(bob, "users:read").get("/api/users")
    assert response.status_code == 403
    assert "Your role is viewer" in response.json()["detail"]
    assert "admin, auditor" in response.json()["detail"]


@pytest.mark.parametrize("secret", ["pt_wrong", "", "ä", "x" * 5000])
def test_an_unknown_token_is_401(db: None, secret: str) -> None:
    assert refusal(with_secret(secret.encode().decode("latin-1")), 401) == "This token is not known."


def test_other_schemes_are_401(db: None) -> None:
    assert "Bearer" in refusal(Client(headers={"Authorization": "Basic YTpi"}), 401)


def test_an_expired_token_is_401(alice: User) -> None:
    _, secret = service.create_token(alice, "old", ["all"], clock.now() - timedelta(days=91), days=90)
    assert "expired" in refusal(with_secret(secret), 401)


def test_a_revoked_token_is_401_at_once(alice: User, bearer: Bearer) -> None:
    client = bearer(alice)
    assert client.get("/api/me").status_code == 200
    service.revoke_token(Token.objects.get(), clock.now())
    assert "revoked" in refusal(client, 401)


def test_the_token_of_a_user_who_was_switched_off_is_401(alice: User, admin: User, bearer: Bearer) -> None:
    client = bearer(alice)
    service.disable(alice, clock.now())
    assert "switched off" in refusal(client, 401)


def test_the_session_of_a_user_who_was_switched_off_has_ended(alice: User, session: Session) -> None:
    client = session(alice)
    assert client.get("/api/me").status_code == 200
    service.disable(alice, clock.now())
    assert client.get("/api/me").status_code == 401


def test_a_bad_token_is_not_made_good_by_a_session(admin: User, session: Session) -> None:
    client = session(admin)
    assert client.get("/api/me", headers={"Authorization": "Bearer pt_wrong"}).status_code == 401


def test_a_session_changes_nothing_without_its_csrf_token(admin: User, session: Session) -> None:
    client = session(admin)
    response = post(client, "/api/users", NEW_USER)
    assert response.status_code == 403
    assert "X-CSRFToken" in response.json()["detail"]
    assert queries.find_user("eve") is None


def test_a_session_changes_things_with_its_csrf_token(admin: User, session: Session) -> None:
    client = session(admin)
    client.get("/accounts/password/")  # any page with a form hands it out
    response = post(client, "/api/users", NEW_USER, **{"X-CSRFToken": client.cookies["csrftoken"].value})
    assert response.status_code == 201
    assert queries.get_user("eve").role == "viewer"


def test_a_token_needs_no_csrf_token(admin: User, bearer: Bearer) -> None:
    assert post(bearer(admin), "/api/users", NEW_USER).status_code == 201


def test_the_right_is_looked_at_before_the_body(bob: User, bearer: Bearer) -> None:
    response = bearer(bob).post("/api/users", "{not json", content_type="application/json")
    assert response.status_code == 403


def test_the_use_of_a_token_is_noted_at_most_once_a_minute(alice: User) -> None:
    start = clock.now()
    token, secret = service.create_token(alice, "script", ["all"], start)
    for after, noted in ((0, 0), (59, 0), (60, 60), (61, 60)):
        service.authenticate_token(secret, start + timedelta(seconds=after), ip=f"192.0.2.{after}")
        token.refresh_from_db()
        assert token.last_used_at == start + timedelta(seconds=noted)
        assert token.last_used_ip == f"192.0.2.{noted}"


def test_the_openapi_document_names_the_right_of_every_operation(bob: User, bearer: Bearer) -> None:
    document = bearer(bob).get("/api/openapi.json").json()
    operations = [operation for methods in document["paths"].values() for operation in methods.values()]
    assert all(operation["x-right"] for operation in operations)
    assert len({operation["operationId"] for operation in operations}) == len(operations)
    assert document["components"]["schemas"]["Problem"]
    assert document["security"] == [{"token": []}, {"session": []}]


def test_the_documentation_page_loads_nothing_from_elsewhere(bob: User, session: Session) -> None:
    response = session(bob).get("/api/docs")
    page = response.content.decode()
    assert response.status_code == 200
    assert "https://" not in page
    assert 'src="/static/ninja/swagger-ui-bundle.js"' in page
    assert "script-src 'self'" in response["Content-Security-Policy"]
