from __future__ import annotations

import subprocess
import sys

from presstime.processes.serve import LONGEST_PAUSE_SECONDS, STEADY_SECONDS, Service


def test_what_keeps_dying_young_waits_longer_each_time():
    service = Service("worker", ["worker"])
    pauses = []
    for moment in range(10):
        service.started_at = moment
        pauses.append(service.plan_again(moment + 1.0))
    assert pauses[:4] == [0.5, 1.0, 2.0, 4.0]
    assert pauses[-1] == LONGEST_PAUSE_SECONDS


def test_what_has_lived_long_begins_again_at_once():
    service = Service("worker", ["worker"], failures=7)
    assert service.plan_again(STEADY_SECONDS + 1) == 0.5
    assert service.again_at == STEADY_SECONDS + 1.5


def test_the_supervisor_imports_neither_django_nor_the_settings():
    code = (
        "import sys, presstime.processes.serve; "
        "print([m for m in ('django', 'pydantic', 'typer', 'gunicorn') if m in sys.modules])"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"
