"""Executions with files, as in the tests of executions."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.test import override_settings

from presstime.base.configuration_fields import Configuration
from presstime.executions.models import Artifact, Execution
from presstime.executions.states import Status
from tests.executions.conftest import configuration, make, report, schedule, shop

__all__ = ["configuration", "make", "report", "schedule", "shop"]

Finished = Callable[..., Path]


@pytest.fixture
def in_force(configuration: Configuration) -> Iterator[Configuration]:
    """The settings of this test, also where pages and API look for them."""
    with override_settings(CONFIGURATION=configuration, LOADED=settings.LOADED):
        yield configuration


@pytest.fixture
def finished(make: Callable[..., Execution], configuration: Configuration, now: datetime) -> Finished:
    """`finished(days=3, bytes=100, schedule_id=…)`: the folder of an execution that succeeded that long ago."""

    def finish(*, days: float = 0, size: int = 100, **changes: object) -> Path:
        execution = make(**changes)
        at = now - timedelta(days=days)
        folder = configuration.reports_path / "2026/11" / f"{execution.pk}.1"
        folder.mkdir(parents=True)
        (folder / "stock.csv").write_bytes(b"x" * size)
        Execution.objects.filter(pk=execution.pk).update(
            status=Status.SUCCEEDED, fence=1, queued_at=at, started_at=at, finished_at=at
        )
        Artifact.objects.create(
            execution=execution,
            name="stock.csv",
            format="csv",
            media_type="text/csv",
            path=f"2026/11/{execution.pk}.1/stock.csv",
            bytes=size,
            sha256="0" * 64,
            created_at=at,
        )
        return folder

    return finish


def make_old(path: Path, now: datetime, days: float) -> None:
    """Let *path* look as if it was written that long ago."""
    then = (now - timedelta(days=days)).timestamp()
    os.utime(path, (then, then))
