"""The account of a check that broke, as it may stand in a log: its traceback without what settings keep secret."""

from __future__ import annotations

import re
import traceback
from urllib.parse import unquote

from pydantic import SecretStr

from pressroom.sources.urls import mask_url, replace_secrets
from presstime.base.configuration_fields import SECRETS, Configuration

HIDDEN = "***"
_BETWEEN = re.compile(r"[:/?#@&=,\s]+")
_SHORTEST_PART = 4  # a shorter one stands in every other word


def account_of(error: BaseException, configuration: Configuration) -> str:
    """The traceback of *error*; no secret setting is in it, nor a piece of one, nor the password of any address."""
    text = "".join(traceback.format_exception(error))
    for secret in sorted(_secrets(configuration), key=len, reverse=True):
        text = text.replace(secret, HIDDEN)
    return "\n".join(mask_url(line) for line in text.splitlines())


def _secrets(configuration: Configuration) -> set[str]:
    found: set[str] = set()
    for name in SECRETS:
        value = getattr(configuration, name)
        if isinstance(value, SecretStr) and value.get_secret_value().strip():
            whole = value.get_secret_value().strip()
            found |= {whole, *_pieces(whole)}
    for address in configuration.alert_addresses:  # of such an address nearly all is secret
        found |= _broken_up(address.partition("://")[2])
    return found


def _pieces(address: str) -> set[str]:
    """The secrets within an address, and what libraries quote of one that they cannot read: any piece, also decoded."""
    found: set[str] = set()

    def keep(_name: str, secret: str) -> str:
        found.update(_broken_up(secret), {secret, unquote(secret)} - {""})
        return ""

    replace_secrets(address, keep)
    return found


def _broken_up(text: str) -> set[str]:
    parts = {part for each in (text, unquote(text)) for part in _BETWEEN.split(each)}
    return {part for part in parts if len(part) >= _SHORTEST_PART}
