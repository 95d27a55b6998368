"""What is too large for a mail comes as a link, and the mail says so."""

from __future__ import annotations

from collections.abc import Callable
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

import pytest

from presstime.mail.composition import Attachment, Composed, Content, compose

Make = Callable[..., Content]
NOTE = "Whoever has a link can get its file until 8 December 2026, 09:00 UTC."


def _attachments(folder: Path) -> list[Attachment]:
    small, large = folder / "small.csv", folder / "large.xlsx"
    small.write_bytes(b"a,b\n1,2\n")
    large.write_bytes(b"x" * 2_000_000)
    return [
        Attachment(large, "large & wide.xlsx", "application/x-sheet", 1_204_332, "https://r.example.com/files/t/large"),
        Attachment(small, "small.csv", "text/csv", 1, "https://r.example.com/files/t/small.csv"),
    ]


def _written(composed: Composed) -> EmailMessage:
    found = message_from_bytes(composed.path.read_bytes(), policy=policy.default)
    assert isinstance(found, EmailMessage)
    return found


def test_what_is_too_large_is_named_with_size_rows_and_link(make_content: Make, tmp_path: Path) -> None:
    content = make_content(attachments=_attachments(tmp_path), limit_bytes=1_000_000, link_note=NOTE)
    composed = compose(content, path=tmp_path / "message.eml")
    message = _written(composed)
    assert composed.left_out == ("large & wide.xlsx",)
    assert [part.get_filename() for part in message.iter_attachments()] == ["small.csv"]
    plain, page = message.get_body(("plain",)), message.get_body(("html",))
    assert plain is not None
    assert page is not None
    text = plain.get_content().replace("\r\n", "\n")
    assert "therefore not attached:\n- large & wide.xlsx (2.0 MB, 1,204,332 rows)\n" in text
    assert "  https://r.example.com/files/t/large\n" in text
    assert NOTE in text
    html = page.get_content()
    assert '<a href="https://r.example.com/files/t/large">large &amp; wide.xlsx</a> (2.0 MB, 1,204,332 rows)' in html
    assert NOTE in html
    assert "small" not in text


@pytest.mark.parametrize(("limit", "attached"), [(0, 0), (100, 1), (2_736_842, 1), (2_736_860, 2)])
def test_the_limit_counts_files_as_they_travel(make_content: Make, tmp_path: Path, limit: int, attached: int) -> None:
    content = make_content(attachments=_attachments(tmp_path), limit_bytes=limit)
    message = _written(compose(content, path=tmp_path / "message.eml"))
    assert len(list(message.iter_attachments())) == attached
