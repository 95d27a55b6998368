from __future__ import annotations

from tests.executions.conftest import configuration, make, no_child_is_left, report, schedule, shop

__all__ = ["configuration", "make", "no_child_is_left", "report", "schedule", "shop"]
