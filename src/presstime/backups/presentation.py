"""A backup as the API and the commands show it; its moments have the offset of PRESSTIME_TIME_ZONE."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings

from presstime.api.schemas import identifier, reference
from presstime.backups.models import Backup


def present(backup: Backup) -> dict[str, Any]:
    return {
        "id": identifier(backup.pk),
        "created_at": local(backup.created_at),
        "bytes": backup.bytes,
        "uncompressed_bytes": backup.uncompressed_bytes,
        "kind": backup.kind,
        "base": identifier(backup.base_id) if backup.base_id else None,
        "location": backup.location,
        "name": backup.name,
        "sha256": backup.sha256 or None,
        "verified_at": local(backup.verified_at),
        "verified_how": backup.verified_how or None,
        "status": backup.status,
        "trigger": backup.trigger,
        "requested_by": reference(backup.requested_by),
        "error": backup.error or None,
        "progress": _progress(backup),
    }


def _progress(backup: Backup) -> dict[str, Any] | None:
    if not backup.stage:
        return None
    return {"stage": backup.stage, "done_bytes": backup.done_bytes, "total_bytes": backup.total_bytes or None}


def local(at: datetime | None) -> str | None:
    """RFC 3339 in the zone of the installation, `Z` where that is UTC."""
    if at is None:
        return None
    text = at.astimezone(ZoneInfo(settings.CONFIGURATION.time_zone)).isoformat()
    return text.replace("+00:00", "Z")
