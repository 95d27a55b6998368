"""Work done by a process of its own: seconds from its start to its end, seconds of processor, and its memory at most."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

PEERS = ("weasyprint", "python_calamine")
REMEDY = 'pip install --group benchmark (or: pip install "weasyprint>=66" python-calamine)'


@dataclass(frozen=True, slots=True)
class Run:
    """One run of a work; `said` is what it printed of itself."""

    seconds: float
    processor: float
    peak: int  # bytes, resident
    said: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Median:
    """The medians of several runs, and their highest peak."""

    seconds: float
    processor: float
    peak: int
    said: list[dict[str, Any]]

    def __str__(self) -> str:
        return f"{self.seconds:8.2f} s  processor {self.processor:7.2f} s  peak {self.peak / 1e6:6.0f} MB"


def run(work: str, *arguments: str | Path) -> Run:
    """`benchmarks.work.WORK(*arguments)` in a fresh interpreter."""
    command = [sys.executable, "-m", "benchmarks.work", work, *map(str, arguments)]
    began = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.PIPE)
    assert process.stdout
    said = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - began
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise RuntimeError(f"{work} ended with {process.returncode}")
    answer = json.loads(said.splitlines()[-1])
    return Run(seconds, usage.ru_utime + usage.ru_stime, answer.pop("peak"), answer)


def interleaved(works: dict[str, Callable[[], Run]], rounds: int) -> dict[str, Median]:
    """Each of *works* once in every round, so that all of them meet the same disturbances."""
    runs: dict[str, list[Run]] = {name: [] for name in works}
    for _ in range(rounds):
        for name, work in works.items():
            runs[name].append(work())
    return {name: _median(done) for name, done in runs.items()}


def _median(runs: Iterable[Run]) -> Median:
    done = list(runs)
    return Median(
        statistics.median(one.seconds for one in done),
        statistics.median(one.processor for one in done),
        max(one.peak for one in done),
        [one.said for one in done],
    )


def show(title: str, results: dict[str, Median], limits: str) -> None:
    """A line for each of *results*, the first being ours; its ratios to the others below."""
    print(f"\n== {title} ==")
    for name, result in results.items():
        print(f"{result}  {name}")
    (_, ours), *others = results.items()
    for name, peer in others:
        print(
            f"  against {name}: seconds {ours.seconds / peer.seconds:.2f}, processor {ours.processor / peer.processor:.2f}"
            f" (the other way round {peer.seconds / ours.seconds:.1f}, {peer.processor / ours.processor:.1f})"
        )
    print(f"  to be reached: {limits}", flush=True)
