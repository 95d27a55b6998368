"""The entries of executions and their files in the audit log: what people do to them and take from them."""

from __future__ import annotations

from datetime import datetime

from presstime.audit import journal as audit
from presstime.audit.targets import Target
from presstime.executions.models import Artifact, Execution


def target_of(execution: Execution) -> Target:
    named = execution.schedule or execution.report
    return Target("execution", str(execution.pk), f"{named} {execution.scheduled_for:%Y-%m-%d %H:%M} UTC")


def cancelled(execution: Execution, now: datetime) -> None:
    audit.record("execution.cancelled", target_of(execution), old={"status": execution.status}, now=now)


def retried(execution: Execution, now: datetime) -> None:
    audit.record(
        "execution.retried", target_of(execution), old={"run_at": execution.run_at}, new={"run_at": now}, now=now
    )


def timeout_changed(execution: Execution, seconds: int) -> None:
    old, new = {"timeout_seconds": execution.timeout_seconds}, {"timeout_seconds": seconds}
    audit.record("execution.timeout_changed", target_of(execution), old=old, new=new)


def downloaded(artifact: Artifact, now: datetime, *, by_link: bool = False) -> None:
    """Who has taken a file; by a link from a mail it is whoever has the link."""
    taken = {"name": artifact.name, "format": artifact.format, "sha256": artifact.sha256, "by_link": by_link}
    audit.record("artifact.downloaded", target_of(artifact.execution), new=taken, now=now)
