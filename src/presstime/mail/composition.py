"""Writes a mail once, for all its recipients: headers, text and HTML, inline pictures, attachments. Pure, without Django.

It runs inside the process of the execution, so that encoding a large attachment never happens in the worker and never
more than once. The result is plain ASCII (RFC 5321), whatever the report says; only an address with a foreign local
part makes it UTF-8 (RFC 6532) and needs a server that speaks SMTPUTF8.
"""

from __future__ import annotations

import hashlib
import html as markup
import os
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from email import policy
from email.headerregistry import Address as HeaderAddress
from email.message import EmailMessage
from email.policy import EmailPolicy
from email.utils import format_datetime
from pathlib import Path
from uuid import UUID

from presstime.mail.addresses import Address, parse_address

# Encoded, as it travels: many servers stop at 10 MB, and base64 adds a third.
ATTACHMENT_LIMIT_BYTES = 10 * 1000 * 1000
MEGABYTE = 1000 * 1000
SUBJECT_LENGTH = 500
_ENCODED = 78 / 57  # base64 turns 57 bytes into a line of 76 characters and its end
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")
_LONE_SURROGATE = re.compile(r"[\ud800-\udfff]")
_IMAGES = {".png": "png", ".jpg": "jpeg", ".gif": "gif"}  # the names of writers.pictures


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file of a mail; `link` is where it can be got instead when it is too large to attach."""

    path: Path
    name: str
    media_type: str
    rows: int | None = None
    link: str = ""

    @property
    def bytes(self) -> int:
        return self.path.stat().st_size


@dataclass(frozen=True, slots=True)
class Content:
    """All that a mail says. `sender`, `to` and `cc` are addresses, with or without a name; `date` is aware.

    `images` are (key, file name, bytes) and stand in *html* as `cid:<key>`. Attachments go into the mail while they are
    at most `limit_bytes` together, as they travel; the others are named with their links, and `link_note` says what
    holds for these.
    """

    message_id: str
    sender: str
    to: Sequence[str]
    subject: str
    text: str
    html: str
    date: datetime
    cc: Sequence[str] = ()
    images: Sequence[tuple[str, str, bytes]] = ()
    attachments: Sequence[Attachment] = ()
    headers: Mapping[str, str] = field(default_factory=dict)
    limit_bytes: int = ATTACHMENT_LIMIT_BYTES
    link_note: str = ""
    reply_to: str = ""  # where answers go; to the sender when it is empty


@dataclass(frozen=True, slots=True)
class Composed:
    """A written mail; `left_out` are the names of files that were too large to attach."""

    path: Path
    bytes: int
    sha256: str
    left_out: tuple[str, ...] = ()


def message_id(identity: UUID, sender: str) -> str:
    """`<identity@domain of the sender>`: the same identity gives the same Message-ID at every try."""
    return f"<{identity}@{parse_address(sender).domain}>"


def thread_headers(sender: str, execution_id: UUID, schedule_id: UUID | None, schedule_name: str) -> dict[str, str]:
    """Headers by which mail programs sort and thread the mails of one schedule, and people find the execution."""
    headers = {"X-Presstime-Execution": str(execution_id)}
    if schedule_id is not None:
        domain = parse_address(sender).domain
        # An identifier that no mail has: clients thread by the common root (RFC 5256, "dummy" containers).
        headers["References"] = f"<{schedule_id}@{domain}>"
        phrase = re.sub(r"[^A-Za-z0-9 ._-]+", " ", schedule_name).strip()
        label = f"{schedule_id}.{domain}"
        headers["List-Id"] = f'"{phrase}" <{label}>' if phrase else f"<{label}>"
    return headers


def compose(content: Content, *, path: Path) -> Composed:
    """Write the mail to *path*, synced to disk. Bcc recipients are the envelope's and never stand in it."""
    attached, left_out = _divide(content.attachments, content.limit_bytes)
    message = EmailMessage(policy=_policy(content))
    _write_headers(message, content)
    _write_body(message, content, left_out)
    for file in attached:
        main, _, sub = file.media_type.partition(";")[0].strip().partition("/")
        message.add_attachment(
            file.path.read_bytes(), maintype=main, subtype=sub or "octet-stream", filename=_one_line(file.name)
        )
    data = message.as_bytes()
    write_synced(path, data)
    names = tuple(_one_line(file.name) for file in left_out)
    return Composed(path, len(data), hashlib.sha256(data).hexdigest(), names)


def _policy(content: Content) -> EmailPolicy[EmailMessage]:
    addresses = (content.sender, content.reply_to, *content.to, *content.cc)
    foreign = any(parse_address(text).needs_utf8 for text in addresses if text)
    # 7bit: text that is not ASCII goes as quoted-printable or base64, so that no server has to offer 8BITMIME.
    return policy.SMTP.clone(cte_type="7bit", utf8=foreign)


def _write_headers(message: EmailMessage, content: Content) -> None:
    message["From"] = _header_address(parse_address(content.sender))
    message["To"] = _header_addresses(content.to) or "undisclosed-recipients:;"
    if content.cc:
        message["Cc"] = _header_addresses(content.cc)
    if content.reply_to:
        message["Reply-To"] = _header_address(parse_address(content.reply_to))
    message["Subject"] = _one_line(content.subject)[:SUBJECT_LENGTH]
    message["Date"] = format_datetime(content.date)
    message["Message-ID"] = content.message_id
    message["Auto-Submitted"] = "auto-generated"  # RFC 3834: no vacation notice comes back
    for name, value in content.headers.items():
        message[name] = _one_line(value)


def _header_addresses(texts: Iterable[str]) -> tuple[HeaderAddress, ...]:
    return tuple(_header_address(parse_address(text)) for text in texts)


def _header_address(address: Address) -> HeaderAddress:
    return HeaderAddress(_one_line(address.name), address.local, address.domain)


def _write_body(message: EmailMessage, content: Content, left_out: Sequence[Attachment]) -> None:
    text, html = content.text, content.html
    if left_out:
        text = f"{text.rstrip()}\n\n{_notice(left_out, content.link_note)}\n"
        html = _insert_before_end(html, _notice_as_html(left_out, content.link_note)) if html else html
    message.set_content(_clean(text))
    if not html:
        return
    ids = {key: key if "@" in key else f"{key}@presstime" for key, _, _ in content.images}
    message.add_alternative(_clean(_with_content_ids(html, ids)), subtype="html")
    page = message.get_payload()[-1]  # type: ignore[index]
    for key, name, data in content.images:
        page.add_related(  # type: ignore[union-attr]
            data, "image", _IMAGES[Path(name).suffix], cid=f"<{ids[key]}>", filename=_one_line(name),
            disposition="inline",
        )  # fmt: skip


def _with_content_ids(html: str, ids: Mapping[str, str]) -> str:
    """*html* with every `cid:<key>` naming the picture's Content-ID."""
    return re.sub(r"cid:([^\"'\s)>]+)", lambda found: f"cid:{ids.get(found[1], found[1])}", html)


def _divide(attachments: Sequence[Attachment], limit_bytes: int) -> tuple[list[Attachment], list[Attachment]]:
    """What fits into the limit, smallest first but in the given order, and what does not."""
    room = float(limit_bytes)
    fitting: set[Path] = set()
    for file in sorted(attachments, key=lambda attachment: attachment.bytes):
        size = file.bytes * _ENCODED
        if size <= room:
            room -= size
            fitting.add(file.path)
    return [a for a in attachments if a.path in fitting], [a for a in attachments if a.path not in fitting]


_TOO_LARGE = "Too large for an e-mail, therefore not attached:"


def _notice(left_out: Sequence[Attachment], note: str) -> str:
    files = [
        f"- {_one_line(file.name)} ({_size(file)})" + (f"\n  {file.link}" if file.link else "") for file in left_out
    ]
    return "\n".join([_TOO_LARGE, *files, *([note] if note else [])])


def _notice_as_html(left_out: Sequence[Attachment], note: str) -> str:
    files = "".join(
        f'<li style="margin:4px 0">{_linked(file)} ({markup.escape(_size(file))})</li>' for file in left_out
    )
    said = f'<p style="margin:0">{markup.escape(note)}</p>' if note else ""
    return (
        f'<div style="margin:16px 24px"><p style="margin:0">{_TOO_LARGE}</p>'
        f'<ul style="margin:8px 0;padding-left:20px">{files}</ul>{said}</div>'
    )


def _linked(file: Attachment) -> str:
    name = markup.escape(_one_line(file.name))
    return f'<a href="{markup.escape(file.link)}">{name}</a>' if file.link else name


def _size(file: Attachment) -> str:
    """`23.4 MB, 1,204,332 rows`."""
    size = f"{file.bytes / MEGABYTE:,.1f} MB" if file.bytes >= MEGABYTE else f"{max(1, file.bytes // 1000)} kB"
    if file.rows is None:
        return size
    return f"{size}, {file.rows:,} {'row' if file.rows == 1 else 'rows'}"


def _insert_before_end(html: str, part: str) -> str:
    head, end, tail = html.rpartition("</body>")
    return f"{head}{part}{end}{tail}" if end else html + part


def _one_line(text: str) -> str:
    """*text* without line breaks and control characters, so that no value can begin a header of its own."""
    return _LONE_SURROGATE.sub("\ufffd", _CONTROL.sub(" ", text)).strip()


def _clean(text: str) -> str:
    """*text* without NUL and lone surrogates, which no encoding of a mail can carry."""
    return _LONE_SURROGATE.sub("\ufffd", text).replace("\0", "")


def write_synced(path: Path, data: bytes) -> None:
    """Write *data*, on the disk when this returns."""
    with path.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
