"""One value, one text: the canonical JSON of RFC 8785 over values without floating point numbers.

The bytes are stored and hashed as they are, and never made again to verify. What JSON cannot say the same everywhere is
said as text: decimals, floats, moments, integers beyond 2^53.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum
from pathlib import PurePath
from typing import Any
from uuid import UUID

from presstime.audit.redaction import Secret, fingerprint

EXACT = 2**53  # integers from here on are not the same in every reader of JSON (RFC 8785, 3.2.2.3)
LONGEST_TEXT = 8_000
SHOWN = 200

# Half of a surrogate pair is no Unicode text; PostgreSQL keeps no NUL.
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


def clean(text: str) -> str:
    """*text* with the replacement character for what no database keeps."""
    return _UNSTORABLE.sub("\ufffd", text)


def moment(at: datetime) -> str:
    """RFC 3339 in UTC, always with six digits of fraction: as text it sorts by time."""
    return at.astimezone(UTC).isoformat(timespec="microseconds").removesuffix("+00:00") + "Z"


def encode(value: Mapping[str, Any]) -> str:
    """The canonical JSON of *value*, which may hold only what `plain` answers."""
    return json.dumps(_sorted(value), separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def _sorted(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _sorted(value[key]) for key in sorted(value, key=_utf16)}
    if isinstance(value, list):
        return [_sorted(item) for item in value]
    return value


def _utf16(key: str) -> bytes:
    """RFC 8785, 3.2.3: names sort by their UTF-16 units."""
    return key.encode("utf-16-be")


def plain(value: Any) -> Any:
    """*value* in the types that canonical JSON has here; TypeError names one that is none of ours."""
    if isinstance(value, Mapping):
        return {clean(str(plain(key))): plain(item) for key, item in value.items()}
    if isinstance(value, AbstractSet):
        return sorted((plain(item) for item in value), key=str)
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    if isinstance(value, Enum):
        return plain(value.value)
    return _single(value)


def _single(value: Any) -> Any:
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, int):
        return value if -EXACT < value < EXACT else str(value)
    return _scalar(value)


def _scalar(value: Any) -> Any:
    if isinstance(value, Secret):
        return {"redacted": True, "fp": fingerprint(value)}
    if isinstance(value, datetime):
        return moment(value) if value.tzinfo else value.isoformat()
    if isinstance(value, timedelta):
        return plain(value // timedelta(seconds=1)) if not value.microseconds else str(value.total_seconds())
    if isinstance(value, (date, time)):
        return value.isoformat()
    if isinstance(value, (float, Decimal, UUID, PurePath)):
        return str(value)
    raise TypeError(f"A {type(value).__name__} cannot stand in the audit log; say it as text or as a Secret.")


def _text(value: str) -> Any:
    """*value*; a long one by its hash, its length and its beginning."""
    cleaned = clean(value)
    if len(cleaned) <= LONGEST_TEXT:
        return cleaned
    digest = hashlib.sha256(cleaned.encode()).hexdigest()
    return {"sha256": digest, "characters": len(cleaned), "beginning": cleaned[:SHOWN]}
