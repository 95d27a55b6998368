"""A composed message read back for the page that shows it: headers, text, HTML with its pictures inside, attachments."""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage, MIMEPart
from functools import cached_property
from pathlib import Path
from typing import Any, TypeAlias

from presstime.base.errors import NotFound

# Beyond this a browser gets slow; the file itself can be downloaded.
MOST_SOURCE_BYTES = 200_000
Part: TypeAlias = "MIMEPart[Any, Any]"  # not subscriptable when it runs
_CID = re.compile(r"""cid:([^"'\s>)]+)""")


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file of a message; `number` counts from 1 and is its address."""

    number: int
    name: str
    media_type: str
    bytes: int


@dataclass(frozen=True)
class ReadMessage:
    """The message as it was sent; its parts are decoded when they are asked for."""

    raw: bytes

    @cached_property
    def _parsed(self) -> EmailMessage:
        return message_from_bytes(self.raw, policy=policy.default)

    @property
    def headers(self) -> list[tuple[str, str]]:
        return [(name, str(value)) for name, value in self._parsed.items()]

    @property
    def source(self) -> str:
        """The message as the mail server received it, cut after 200 kB."""
        return self.raw[:MOST_SOURCE_BYTES].decode("utf-8", "replace")

    @property
    def is_source_cut(self) -> bool:
        return len(self.raw) > MOST_SOURCE_BYTES

    @property
    def text(self) -> str:
        return _content(self._parsed.get_body(("plain",)))

    @property
    def html(self) -> str:
        """The HTML part, with the pictures that it names by Content-ID put in."""
        pictures = {_content_id(part): _data_url(part) for part in self._parsed.walk() if part.get("Content-ID")}
        return _CID.sub(lambda match: pictures.get(match[1], ""), _content(self._parsed.get_body(("html",))))

    @property
    def attachments(self) -> list[Attachment]:
        return [
            Attachment(number, part.get_filename() or f"part-{number}", part.get_content_type(), len(_bytes(part)))
            for number, part in enumerate(self._parsed.iter_attachments(), 1)
        ]

    def attachment(self, number: int) -> tuple[Attachment, bytes]:
        """The attachment with that number; NotFound when there is none."""
        parts = list(self._parsed.iter_attachments())
        if not 1 <= number <= len(parts):
            raise NotFound.of("attachment", number)
        part = parts[number - 1]
        return self.attachments[number - 1], _bytes(part)


def read(path: str, reports: Path, *, is_confidential: bool = False) -> ReadMessage:
    """The message at *path* below the reports folder; NotFound when the file is gone or not to be read by others."""
    if is_confidential:
        raise NotFound("This message is for its recipient alone; nobody can read it here.")
    root = reports.resolve()
    file = (root / path).resolve()
    if not file.is_relative_to(root) or not file.is_file():
        raise NotFound("The message's file is no longer there; what is known of it stands in the list of e-mails.")
    return ReadMessage(file.read_bytes())


def _content(part: Part | None) -> str:
    return str(part.get_content()) if part is not None else ""


def _bytes(part: Part) -> bytes:
    content = part.get_payload(decode=True)
    return content if isinstance(content, bytes) else b""


def _content_id(part: Part) -> str:
    return str(part["Content-ID"]).strip().strip("<>")


def _data_url(part: Part) -> str:
    return f"data:{part.get_content_type()};base64,{base64.b64encode(_bytes(part)).decode()}"
