"""The command line, in this process and as a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import Result

from tests.commands import command


@pytest.fixture
def run(db: None) -> Callable[..., Result]:
    """`run("user", "list")`, with the database of the tests."""

    def invoke(*arguments: str, given: str | None = None) -> Result:
        return command(*arguments, given=given)

    return invoke


@pytest.fixture
def presstime(tmp_path: Path) -> Callable[..., subprocess.CompletedProcess[str]]:
    """`presstime("migrate")`: the installed command, in a folder and with a data folder of its own."""

    def call(*arguments: str, given: str = "", **environment: str) -> subprocess.CompletedProcess[str]:
        own: dict[str, Any] = {name: value for name, value in os.environ.items() if not name.startswith("PRESSTIME_")}
        own |= {"PRESSTIME_DATA_DIR": str(tmp_path / "data"), **environment}
        command = [sys.executable, "-c", "from presstime.cli import main; main()", *arguments]
        return subprocess.run(
            command, input=given, env=own, cwd=tmp_path, capture_output=True, text=True, timeout=120, check=False
        )

    return call
