"""A real Prometheus reads the metrics of a real server: without a warning, and the dashboard gets its figures."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import time
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from tools.dashboard import dashboard

from tests.conftest import ON_POSTGRES
from tests.machine import free_port, wait_until
from tests.system.conftest import Installed
from tests.system.test_openapi import token
from tests.system.test_serve import serve

pytestmark = [
    pytest.mark.skipif(shutil.which("prometheus") is None, reason="needs Prometheus"),
    pytest.mark.skipif(ON_POSTGRES, reason="the metrics are the same"),
]
RULES = Path(__file__).parents[2] / "deploy" / "prometheus" / "presstime-rules.yml"
# What a fresh installation cannot have: nothing has failed, no backup, no breaker, no worker has died.
LATER = (
    "backup",
    "breaker",
    "success_ratio",
    "duration",
    "start_lag",
    "missed_runs{",
    "email",
    "errors_total",
    "audit",
)


@contextmanager
def running_prometheus(folder: Path, target: str, secret: str) -> Iterator[str]:
    """Prometheus on loopback, scraping *target* every three seconds; its address."""
    port = free_port()
    (folder / "token").write_text(secret)
    (folder / "prometheus.yml").write_text(
        "global: {scrape_interval: 3s, scrape_timeout: 3s, evaluation_interval: 3s}\n"
        f"rule_files: [{RULES}]\n"
        "scrape_configs:\n"
        "  - job_name: presstime\n"
        "    metrics_path: /api/metrics\n"
        f"    authorization: {{credentials_file: {folder / 'token'}}}\n"
        f"    static_configs: [{{targets: ['{target}']}}]\n"
    )
    command = ["prometheus", f"--config.file={folder / 'prometheus.yml'}", f"--storage.tsdb.path={folder / 'data'}"]
    with (folder / "log").open("w") as log:
        process = subprocess.Popen(
            [*command, f"--web.listen-address=127.0.0.1:{port}"], stdout=log, stderr=log, cwd=folder
        )
        try:
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()
            process.wait(20)


def ask(base: str, path: str, **parameters: str) -> Any:
    url = f"{base}/api/v1/{path}?{urllib.parse.urlencode(parameters)}"
    with urllib.request.urlopen(url, timeout=10) as answer:  # noqa: S310 - our own address
        return json.load(answer)["data"]


def value(base: str, expression: str) -> float | None:
    found = ask(base, "query", query=expression)["result"]
    return float(found[0]["value"][1]) if found else None


@pytest.mark.parametrize("seconds", [12, pytest.param(60, marks=pytest.mark.slow)])
def test_prometheus_scrapes_without_a_warning_and_feeds_the_dashboard(
    installed: Installed, tmp_path: Path, seconds: int
) -> None:
    installation = installed()
    secret = token(installation)
    _, bind = serve(installation)
    execution = installation.enqueue("quick")[0]
    wait_until(lambda: installation.status(execution) == "succeeded", "the execution has succeeded")
    folder = tmp_path / "prometheus"
    folder.mkdir()

    with running_prometheus(folder, bind, secret) as base:
        wait_until(lambda: "ready to receive" in (folder / "log").read_text(), "Prometheus is ready", every=0.2)
        time.sleep(seconds)  # noqa: TID251 - what is tried is time passing

        (target,) = ask(base, "targets")["activeTargets"]
        assert (target["health"], target["lastError"]) == ("up", "")
        assert value(base, "min(min_over_time(up[1m]))") == 1
        assert value(base, 'presstime_executions_total{status="succeeded"}') == 1
        assert value(base, "presstime_workers") == 1
        assert all(rule["health"] == "ok" for group in ask(base, "rules")["groups"] for rule in group["rules"])
        empty = [each for each in dashboard_expressions() if value(base, each) is None]
        log = (folder / "log").read_text()

    assert [each for each in empty if not any(word in each for word in LATER)] == []
    assert not re.findall(".*level=(?:warn|error).*", log)


def dashboard_expressions() -> list[str]:
    filled = {"$job": "presstime", "$instance": ".*", "$__rate_interval": "1m"}
    found = [target["expr"] for panel in dashboard()["panels"] for target in panel.get("targets", [])]
    for name, text in filled.items():
        found = [each.replace(name, text) for each in found]
    return found
