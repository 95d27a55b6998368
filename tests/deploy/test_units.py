"""The systemd units: well formed, hardened, and naming only commands and settings that exist."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from presstime.base.configuration_fields import Configuration
from presstime.cli.commands import COMMANDS

DEPLOY = Path(__file__).parents[2] / "deploy"
UNITS = sorted((DEPLOY / "systemd").glob("*.service"))
SETTING = re.compile(r"\bPRESSTIME_([A-Z_]+)")


def settings_of(text: str) -> set[str]:
    return {name.removesuffix("_FILE").lower() for name in SETTING.findall(text)}


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_a_unit_starts_a_command_that_exists(unit: Path) -> None:
    command = re.search(r"^ExecStart=/opt/presstime/bin/presstime (\S+)$", unit.read_text(), re.MULTILINE)

    assert command is not None
    assert command[1] in {command.name for command in COMMANDS}


@pytest.mark.parametrize("file", [*UNITS, *(DEPLOY / "systemd").glob("*.conf"), *(DEPLOY / "systemd").glob("*.env")])
def test_units_name_settings_that_exist(file: Path) -> None:
    named = settings_of(file.read_text())

    assert named <= set(Configuration.model_fields)


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="needs systemd-analyze")
def test_systemd_reads_the_units_without_a_word(tmp_path: Path) -> None:
    for unit in UNITS:
        name = unit.name.replace("@.", "@1.")
        (tmp_path / name).write_text(unit.read_text().replace("/opt/presstime/bin/presstime", "/bin/true"))

    said = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", *tmp_path.iterdir()], capture_output=True, text=True, check=False
    )

    assert (said.returncode, said.stderr) == (0, "")


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="needs systemd-analyze")
@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_a_unit_is_exposed_to_little(unit: Path, tmp_path: Path) -> None:
    copy = tmp_path / unit.name.replace("@.", "@1.")
    copy.write_text(unit.read_text())

    said = subprocess.run(
        ["systemd-analyze", "security", "--offline=true", "--threshold=20", copy],
        capture_output=True,
        text=True,
        check=False,
    )

    assert said.returncode == 0, said.stdout
