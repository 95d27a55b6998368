"""Every operation of the API keeps to its description, whatever it is sent: no 500, no answer of another form."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ON_POSTGRES
from tests.machine import free_port, wait_until
from tests.system.conftest import Installed
from tests.system.harness import Installation
from tests.system.test_serve import fetch

CONFIGURATION = Path(__file__).with_name("schemathesis.toml")


def token(installation: Installation) -> str:
    installation.python(
        """
        from presstime.accounts import service
        service.create_user("alice", "alice@example.com", "admin", "correct horse battery", now)
        """
    )
    answer = installation.run("token", "create", "--user", "alice", "--name", "trial", "--scopes", "all", "--json")
    return str(json.loads(answer)["token"])


def try_all(bind: str, secret: str, folder: Path, phases: str) -> subprocess.CompletedProcess[str]:
    command = [
        *(sys.executable, "-m", "schemathesis.cli", "--config-file", str(CONFIGURATION)),
        *("run", f"http://{bind}/api/openapi.json", "--header", f"Authorization: Bearer {secret}"),
        # Tokens: it would revoke its own. Users: it would switch itself off.
        *("--exclude-path-regex", "/(tokens|users)/", "--seed", "1", "--warnings", "off", "--no-color"),
        *("--phases", phases),
    ]
    return subprocess.run(
        command, cwd=folder, capture_output=True, text=True, timeout=600, check=False, env=dict(os.environ)
    )


@pytest.mark.parametrize("phases", ["fuzzing", pytest.param("coverage", marks=pytest.mark.slow)])
@pytest.mark.skipif(ON_POSTGRES, reason="the API is the same")
def test_every_operation_keeps_to_its_description(installed: Installed, tmp_path: Path, phases: str) -> None:
    installation = installed()
    bind = f"127.0.0.1:{free_port()}"
    secret = token(installation)
    web = installation.start("web", "--bind", bind)
    wait_until(lambda: fetch(bind, "/api/health/live")[0] == 200, "the web server answers", every=0.1)

    done = try_all(bind, secret, tmp_path, phases)

    assert done.returncode == 0, done.stdout[-8000:] + done.stderr[-2000:]
    assert "Traceback" not in web.log
