"""Queries of the workers that are there."""

from __future__ import annotations

from datetime import datetime

from presstime.executions.models import Worker


def save(worker: Worker) -> None:
    """Say that *worker* is there."""
    Worker.objects.update_or_create(
        node=worker.node,
        defaults={
            "pid": worker.pid,
            "version": worker.version,
            "slots": worker.slots,
            "started_at": worker.started_at,
            "seen_at": worker.seen_at,
        },
    )


def touch(node: str, now: datetime) -> None:
    """Say that the worker *node* is still there."""
    Worker.objects.filter(node=node).update(seen_at=now)
