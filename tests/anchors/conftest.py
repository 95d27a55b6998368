from __future__ import annotations

from tests.audit.conftest import configuration, write

__all__ = ["configuration", "write"]
