"""Queries of the workers that are there, and what their heartbeats say."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from presstime.executions.models import Worker

SILENT_AFTER = timedelta(minutes=1)  # a worker says every few seconds that it is there


@dataclass(frozen=True, slots=True)
class Heard:
    """The workers that were heard lately, when the last of all was, and by loop how long ago one of them did a step."""

    alive: list[Worker]
    age: timedelta | None
    loops: dict[str, timedelta]


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
            "beats": worker.beats,
        },
    )


def touch(node: str, now: datetime, beats: Mapping[str, datetime]) -> None:
    """Say that the worker *node* is still there, and when a step of each of its loops last ended well."""
    written = {name: at.isoformat(timespec="milliseconds") for name, at in beats.items()}
    Worker.objects.filter(node=node).update(seen_at=now, beats=written)


def heard(now: datetime) -> Heard:
    """What is known of the workers at *now*."""
    workers = list(Worker.objects.order_by("-seen_at"))
    alive = [worker for worker in workers if now - worker.seen_at <= SILENT_AFTER]
    loops: dict[str, timedelta] = {}
    for worker in alive:
        for name, at in worker.beats.items():
            age = max(timedelta(), now - datetime.fromisoformat(at))
            loops[name] = min(age, loops.get(name, age))
    last = max(timedelta(), now - workers[0].seen_at) if workers else None
    return Heard(alive, last, dict(sorted(loops.items())))
