from __future__ import annotations

from tests.executions.conftest import make, no_child_is_left, report, schedule, shop

__all__ = ["make", "no_child_is_left", "report", "schedule", "shop"]
