"""Executions: each planned run computed at least once, its effects kept exactly once, none lost at kill -9."""
