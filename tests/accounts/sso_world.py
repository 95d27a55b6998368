"""An installation with single sign-on at an issuer on loopback, and a browser that goes there and back."""

from __future__ import annotations

import html
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
import requests
from django.conf import settings as django_settings
from django.core.cache import cache
from django.test import Client
from pydantic import SecretStr

from presstime.accounts import oidc
from presstime.audit.models import Entry
from presstime.base.configuration_fields import Configuration
from tests.accounts.oidc_provider import CLIENT, SECRET, Provider, running_provider

BEGIN = "/accounts/oidc/"


@pytest.fixture(scope="module")
def running() -> Iterator[Provider]:
    with running_provider() as provider:
        yield provider


@pytest.fixture(autouse=True)
def fresh(db: None, running: Provider) -> None:
    cache.clear()
    oidc.forget()
    running.reset()


@dataclass
class World:
    provider: Provider
    client: Client
    settings: Any

    def configure(self, **changes: Any) -> None:
        """Settings of single sign-on; by default accounts are linked by address."""
        given = {
            "oidc_issuer": self.provider.issuer,
            "oidc_client_id": CLIENT,
            "oidc_client_secret": SecretStr(SECRET),
            "oidc_name": "Acme ID",
            "oidc_link_by_email": True,
        }
        self.settings.CONFIGURATION = django_settings.CONFIGURATION.model_copy(update=given | changes)

    @property
    def configuration(self) -> Configuration:
        configuration: Configuration = self.settings.CONFIGURATION
        return configuration

    def there(self, path: str = BEGIN, **query: str) -> str:
        """The address at the issuer to which the browser is sent."""
        return str(self.client.get(path, query)["Location"])

    def back(self, address: str) -> str:
        """The address here to which the issuer sends the browser."""
        found = requests.get(address, allow_redirects=False, timeout=5).headers["Location"]
        return found.removeprefix("http://testserver")

    def sign_in(self, path: str = BEGIN, **query: str) -> Any:
        return self.client.get(self.back(self.there(path, **query)))

    def who(self) -> str | None:
        answer = self.client.get("/api/me")
        return answer.json()["name"] if answer.status_code == 200 else None


@pytest.fixture
def world(running: Provider, client: Client, settings: Any) -> World:
    made = World(running, client, settings)
    made.configure()
    return made


def last(action: str) -> Entry:
    return Entry.objects.filter(action=action).latest("sequence")


def said(response: Any) -> str:
    """What the sign-in page says went wrong."""
    return html.unescape(response.content.decode().split('role="alert">')[1].split("<span>")[1].split("</span>")[0])
