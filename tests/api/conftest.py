"""Clients of the API: a browser's session that must prove itself, and bearers of tokens."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client

from presstime.accounts import service
from presstime.accounts.models import User
from presstime.base import clock


@pytest.fixture
def session() -> Callable[[User], Client]:
    """`session(alice)`: a browser in which Alice has signed in; CSRF is checked as in production."""

    def sign_in(user: User) -> Client:
        client = Client(enforce_csrf_checks=True)
        client.force_login(user)
        return client

    return sign_in


@pytest.fixture
def bearer() -> Callable[..., Client]:
    """`bearer(alice, "reports:read")`: a script with a token of Alice."""

    def make(user: User, *scopes: str) -> Client:
        _, secret = service.create_token(user, "test", scopes or ["all"], clock.now())
        return Client(enforce_csrf_checks=True, headers={"Authorization": f"Bearer {secret}"})

    return make
