"""Values of entries in words for people."""

from __future__ import annotations

import json
from typing import Any


def readable(value: Any) -> str:
    """*value* as one text: lists with commas, things by their name, secrets as what they are."""
    if value is None or value in ("", [], {}):
        return "—"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, dict):
        return _of_object(value)
    if isinstance(value, list):
        return ", ".join(readable(part) for part in value)
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _of_object(value: dict[str, Any]) -> str:
    match value:
        case {"redacted": True, "fp": fingerprint}:
            return f"secret, fingerprint {fingerprint}"
        case {"sha256": digest, "characters": int(count), "beginning": beginning}:
            return f"{beginning}… ({count:,} characters, SHA-256 {digest})"
        case {"id": _, "name": name}:
            return str(name)
    parts = [(key, part) for key, part in value.items() if part not in (None, "", [], {})]
    return "; ".join(f"{key}: {readable(part)}" for key, part in parts) or "—"
