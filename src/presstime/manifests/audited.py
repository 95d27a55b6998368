"""The entries of files that make an installation, and are made of it; each change that they cause has its own as well."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from presstime.audit import journal as audit
from presstime.audit.targets import Target

_FOLDER: Final = Target("configuration", "folder", "Sources, reports, schedules, limits and assets as files")


def applied(counts: Mapping[str, int], now: datetime) -> None:
    audit.record("configuration.applied", _FOLDER, new=dict(counts), now=now)


def exported(files: int) -> None:
    audit.record("configuration.exported", _FOLDER, new={"files": files})
