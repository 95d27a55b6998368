"""The policies of a schedule. Pure; imports nothing of Django."""

from __future__ import annotations

from enum import StrEnum


class CatchUp(StrEnum):
    """What is done about instants that passed while nothing ran."""

    LATEST = "latest"
    SKIP = "skip"
    ALL = "all"


class SendWhen(StrEnum):
    ALWAYS = "always"
    ROWS = "rows"  # only if the queries gave at least one row
