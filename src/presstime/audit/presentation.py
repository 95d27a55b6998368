"""An entry as the API, the page and the command show it."""

from __future__ import annotations

import json
from typing import Any

from presstime.audit.models import Entry, Verification


def present(entry: Entry) -> dict[str, Any]:
    """The entry as its body says it; `hash` is that of its leaf in the tree."""
    said = json.loads(entry.body)
    return {
        "sequence": entry.sequence,
        "id": str(entry.sequence),
        "time": said["time"],
        "user": {"token": None, **said["user"]},
        "action": said["action"],
        "target": said["target"],
        "old": said["old"],
        "new": said["new"],
        "ip": said["ip"],
        "request_id": said["request_id"],
        "hash": bytes(entry.leaf).hex(),
    }


def differences(entry: Entry) -> list[dict[str, Any]]:
    """Each field of the change as {"field", "old", "new"}, None where it is not on that side."""
    said = json.loads(entry.body)
    old, new = said["old"] or {}, said["new"] or {}
    return [
        {
            "field": name,
            "old": old.get(name),
            "new": new.get(name),
            "is_added": name not in old,
            "is_removed": name not in new,
        }
        for name in sorted({*old, *new})
    ]


def present_verification(verification: Verification) -> dict[str, Any]:
    """What a verification found; `status` is "running", "verified" or "broken"."""
    is_done = verification.finished_at is not None
    return {
        "status": ("broken" if verification.problems else "verified") if is_done else "running",
        "valid": not verification.problems if is_done else None,
        "began_at": verification.began_at,
        "finished_at": verification.finished_at,
        "entries": verification.size,
        "root": verification.root,
        "problems": verification.problems,
        "notes": verification.notes,
    }
