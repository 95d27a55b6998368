"""The headers by which a mail program offers to unsubscribe (RFC 2369, RFC 8058), and the tokens in their addresses.

A token names a list (the id of a schedule) and an address, signed, and never expires: an old mail must still let go. The
headers are each recipient's own and are put on when the mail leaves; the stored message has none, so that nobody who may
look at mail could unsubscribe others. docs/decisions/0007-unsubscribe-headers.md.
"""

from __future__ import annotations

import base64
import binascii
from urllib.parse import urlsplit
from uuid import UUID

from django.core.signing import BadSignature, Signer

from presstime.mail.transports.server import is_loopback


def headers(base_url: str, list_id: UUID | None, address: str) -> str:
    """Whole header lines for the mail to *address*; none where nobody could reach the page or there is no list.

    The button that needs no page is offered with https only, as RFC 8058 wants it.
    """
    parts = urlsplit(base_url)
    if list_id is None or not parts.hostname or is_loopback(parts.hostname):
        return ""
    link = f"List-Unsubscribe: <{base_url}/unsubscribe/{write(list_id, address)}>\r\n"
    return link + "List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n" if parts.scheme == "https" else link


def write(list_id: UUID, address: str) -> str:
    """The token that takes *address* off the list."""
    written = base64.urlsafe_b64encode(address.encode()).decode().rstrip("=")
    return _signer().sign(f"{list_id.hex}.{written}")


def read(token: str) -> tuple[UUID, str] | None:
    """List and address of *token*; None when nobody here has signed it."""
    try:
        list_id, _, written = _signer().unsign(token).partition(".")
        return UUID(list_id), base64.urlsafe_b64decode(written + "=" * (-len(written) % 4)).decode()
    except (BadSignature, binascii.Error, ValueError):
        return None


def _signer() -> Signer:
    return Signer(sep="~", salt="presstime.unsubscribe")
