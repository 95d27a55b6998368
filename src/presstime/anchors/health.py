"""The check of the audit log: what the last verification found, and whether there was one lately."""

from __future__ import annotations

from datetime import datetime, timedelta

from presstime.audit import queries
from presstime.health.registry import Check
from presstime.health.registry import register as add
from presstime.health.states import Finding, Level

STALE_AFTER = timedelta(hours=50)  # two missed in a row

ADVICE = {
    Level.WARN: "See that a worker runs: it verifies the audit log every day. By hand: `presstime audit verify`.",
    Level.FAIL: "Keep the database as it is, run `presstime audit verify`, and compare with the last backup and the checkpoints "
    "that were mailed.",
}


def check(now: datetime) -> Finding:
    """Whether the audit log is what was written, as far as that is known."""
    found = queries.find_last_verification()
    if found is None:
        return Finding(Level.PASS, "The audit log was not verified yet.")
    seconds = round((now - found.began_at).total_seconds())
    if found.problems:
        return Finding(Level.FAIL, "The audit log does not verify.", seconds, "s")
    if now - found.began_at > STALE_AFTER:
        return Finding(Level.WARN, "The audit log was not verified for two days.", seconds, "s")
    return Finding(Level.PASS, "The audit log is what was written.", seconds, "s")


def register() -> None:
    add(Check("audit", "Audit log", check, ADVICE, link="/audit"))
