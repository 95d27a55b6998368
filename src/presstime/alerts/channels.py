"""The channels that the settings name: e-mail to the administrators, and each Apprise address. Nothing here connects."""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from presstime.alerts.states import Medium
from presstime.base.configuration_fields import Configuration

EMAIL = "email"
LABEL_LENGTH = 200
# Of these the host is no secret; of others it may be a token.
_WITH_HOST = frozenset({"json", "jsons", "xml", "xmls", "form", "forms"})


@dataclass(frozen=True, slots=True)
class Channel:
    """One way to tell people. `key` recognises it without its address, `label` is what may be shown."""

    medium: Medium
    key: str
    label: str
    recipients: tuple[str, ...] = ()
    url: str = field(default="", repr=False)


def channels_of(configuration: Configuration, secret: str, recipients: Sequence[str] = ()) -> list[Channel]:
    """Every channel of an alert to *recipients*, e-mail addresses; to the administrators when there are none."""
    to = tuple(recipients) or configuration.admin_emails
    found = [Channel(Medium.EMAIL, EMAIL, _cut(f"E-mail to {', '.join(to)}"), to)] if to else []
    return [*found, *apprise_channels(configuration, secret)]


def apprise_channels(configuration: Configuration, secret: str) -> list[Channel]:
    """The Apprise addresses of the settings, each once, in their order."""
    urls = configuration.alert_addresses
    labels = list(_numbered([_label(url) for url in urls]))
    return [Channel(Medium.APPRISE, _key(url, secret), label, url=url) for url, label in zip(urls, labels, strict=True)]


def _key(url: str, secret: str) -> str:
    """A name for *url* from which nobody can guess its password."""
    return hmac.new(secret.encode(), f"presstime.alerts {url}".encode(), hashlib.sha256).hexdigest()[:32]


def _label(url: str) -> str:
    """The service alone: user, password, path and often the host are what lets one in."""
    scheme = re.split(r":/*", url, maxsplit=1)[0].lower()
    if scheme not in _WITH_HOST:
        return scheme
    parts = urlsplit(url)
    return _cut(f"{scheme}://{parts.netloc.rpartition('@')[2]}")


def _numbered(labels: Sequence[str]) -> Iterator[str]:
    for place, label in enumerate(labels):
        earlier = labels[:place].count(label)
        yield f"{label} ({earlier + 1})" if labels.count(label) > 1 else label


def _cut(text: str) -> str:
    return text if len(text) <= LABEL_LENGTH else f"{text[: LABEL_LENGTH - 1]}…"
