"""What docs/audit.md tells an outsider to do works, with OpenSSL and plain Python."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from presstime.base.configuration_fields import Configuration
from tests.audit.conftest import Write
from tests.commands import command

pytestmark = pytest.mark.django_db
DOCUMENT = (Path(__file__).parents[2] / "docs/audit.md").read_text(encoding="utf-8")


def block(language: str) -> str:
    return re.search(rf"```{language}\n(.*?)```", DOCUMENT, re.DOTALL)[1]  # type: ignore[index]


def audit(*arguments: object) -> str:
    result = command("audit", *map(str, arguments))
    assert result.exit_code == 0, result.output
    return result.stdout


@pytest.mark.skipif(not shutil.which("openssl"), reason="needs OpenSSL")
def test_openssl_verifies_a_checkpoint(write: Write, configuration: Configuration, tmp_path: Path) -> None:
    write(20)
    checkpoint = tmp_path / "checkpoint.txt"
    checkpoint.write_text(audit("checkpoint"), encoding="utf-8")

    def run() -> subprocess.CompletedProcess[str]:
        environment = {**os.environ, "KEY": audit("key").strip()}
        command = ["sh", "-ec", block("sh")]
        return subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)

    assert run().returncode == 0
    checkpoint.write_text(checkpoint.read_text(encoding="utf-8").replace("\n20\n", "\n21\n"), encoding="utf-8")
    assert run().returncode != 0


@pytest.mark.parametrize("count", [1, 7, 256, 300])
def test_plain_python_finds_the_root(count: int, write: Write, configuration: Configuration, tmp_path: Path) -> None:
    write(count)
    out = tmp_path / "audit.jsonl"
    audit("export", "--out", out)
    root = (tmp_path / "audit.jsonl.checkpoint").read_text(encoding="utf-8").splitlines()[2]
    command = [sys.executable, "-I", "-c", block("python"), str(out)]
    assert subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip() == root


def test_every_route_of_the_api_is_in_the_document() -> None:
    from presstime.audit.api import router

    for path in router.path_operations:
        assert f"/api/audit-logs{path.replace('{entry}', '{id}')}" in DOCUMENT
