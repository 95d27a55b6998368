"""One value has one text."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from presstime.accounts.rights import Role
from presstime.audit.canonical import encode, plain
from presstime.audit.redaction import Secret

TEXT = st.text(st.characters(codec="utf-8"), max_size=20)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=20,
)


@given(st.dictionaries(TEXT, VALUES, max_size=5))
def test_it_is_the_canonical_json_of_rfc_8785(value: dict[str, Any]) -> None:
    stored = plain(value)
    assert encode(stored).encode() == rfc8785.dumps(stored)


@given(st.dictionaries(st.text(max_size=5), st.text(max_size=5)))
def test_whatever_text_comes_it_can_be_stored_and_read(value: dict[str, str]) -> None:
    text = encode(plain(value))
    assert "\x00" not in text
    assert json.loads(text.encode()) == plain(value)


def test_what_json_says_differently_everywhere_is_text() -> None:
    value = {
        "decimal": Decimal("1.10"),
        "float": 1e16,
        "large": 2**53,
        "at": datetime(2026, 11, 24, 9, tzinfo=UTC),
        "on": date(2026, 11, 24),
        "role": Role.ADMIN,
        "formats": {"xlsx", "pdf"},
        "path": Path("a/b"),
        "timeout": timedelta(minutes=30),
    }
    assert plain(value) == {
        "decimal": "1.10",
        "float": "1e+16",
        "large": "9007199254740992",
        "at": "2026-11-24T09:00:00.000000Z",
        "on": "2026-11-24",
        "role": "admin",
        "formats": ["pdf", "xlsx"],
        "path": "a/b",
        "timeout": 1800,
    }


def test_a_secret_is_a_fingerprint_that_tells_only_whether_it_changed() -> None:
    one, same, other = (plain(Secret(text)) for text in ("hunter2", "hunter2", "hunter3"))
    assert one == same != other
    assert one["redacted"] is True
    assert "hunter2" not in str(one)
    assert "hunter2" not in repr(Secret("hunter2"))


def test_a_long_text_is_kept_by_its_hash() -> None:
    kept = plain({"definition": "x" * 9_000})["definition"]
    assert (kept["characters"], len(kept["beginning"]), len(kept["sha256"])) == (9_000, 200, 64)


def test_what_has_no_text_is_refused_by_its_type() -> None:
    with pytest.raises(TypeError, match="bytes"):
        plain({"a": b"1"})
