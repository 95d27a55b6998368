"""Administrators with an address and an Apprise channel; nothing goes out unless a test delivers it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.conf import settings
from django.test import override_settings
from pydantic import SecretStr

from presstime.base.configuration_fields import Configuration
from tests.alerts.webhook import Webhook, serving

Configure = Callable[..., Configuration]


@pytest.fixture
def configure() -> Iterator[Configure]:
    """`configure(admin_emails=…, alert_urls=…)` for the rest of the test."""
    changed: list[override_settings] = []

    def change(**values: Any) -> Configuration:
        if "alert_urls" in values:
            values["alert_urls"] = SecretStr(values["alert_urls"])
        configuration = settings.CONFIGURATION.model_copy(update=values)
        override = override_settings(CONFIGURATION=configuration)
        override.enable()
        changed.append(override)
        return configuration

    yield change
    for override in reversed(changed):
        override.disable()


@pytest.fixture
def administrators(configure: Configure) -> Configuration:
    """Dana reads mail, and there is a webhook."""
    return configure(admin_emails=("dana@example.com",), alert_urls="json://127.0.0.1:9/hook")


@pytest.fixture
def webhook() -> Iterator[Webhook]:
    with serving() as server:
        yield server
