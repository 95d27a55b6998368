"""The entries of assets in the audit log."""

from __future__ import annotations

import hashlib
from datetime import datetime

from presstime.audit import journal as audit
from presstime.audit.targets import Target


def put(name: str, content: bytes, before: bytes | None, now: datetime) -> None:
    """A new file, or another content of one."""
    action = "asset.added" if before is None else "asset.replaced"
    old = None if before is None else _kept(before)
    audit.record(action, Target("asset", name, name), old=old, new=_kept(content), now=now)


def deleted(name: str, content: bytes, now: datetime) -> None:
    audit.record("asset.deleted", Target("asset", name, name), old=_kept(content), now=now)


def _kept(content: bytes) -> dict[str, object]:
    return {"bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
