"""Prometheus rules and the Grafana dashboard: sound, tried, and fed by metrics that exist."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml
from tools.dashboard import dashboard

from presstime.metrics.families import Kind
from presstime.metrics.registry import groups

ROOT = Path(__file__).parents[2]
PROMETHEUS = ROOT / "deploy" / "prometheus"
RUNBOOKS = ROOT / "docs" / "operations" / "alerts"
needs_promtool = pytest.mark.skipif(shutil.which("promtool") is None, reason="needs promtool")


def rules() -> list[dict[str, Any]]:
    content = yaml.safe_load((PROMETHEUS / "presstime-rules.yml").read_text())
    return [rule for group in content["groups"] for rule in group["rules"]]


def expressions() -> list[str]:
    written = json.loads((ROOT / "deploy" / "grafana" / "presstime.json").read_text())
    panels = [target["expr"] for panel in written["panels"] for target in panel.get("targets", [])]
    variables = [each["definition"] for each in written["templating"]["list"] if each["type"] == "query"]
    return [*panels, *variables, *(rule["expr"] for rule in rules())]


def known() -> dict[str, set[str]]:
    """Names of series with their labels."""
    found: dict[str, set[str]] = {}
    for group in groups():
        for metric in group.metrics:
            suffixes = ("_bucket", "_sum", "_count") if metric.kind is Kind.HISTOGRAM else ("",)
            for suffix in suffixes:
                found[metric.name + suffix] = {*metric.labels, *(["le"] if suffix == "_bucket" else [])}
    return found


def test_the_dashboard_is_that_of_the_code() -> None:
    assert json.loads((ROOT / "deploy" / "grafana" / "presstime.json").read_text()) == dashboard()


@pytest.mark.parametrize("expression", expressions())
def test_every_metric_and_label_exists(expression: str) -> None:
    metrics = known()
    records = {rule["record"] for rule in rules() if "record" in rule}
    named = re.findall(r"(?<![:\w])(presstime_\w+)(?:\{([^}]*)\})?", expression)

    for name, selector in named:
        assert name in metrics
        assert set(re.findall(r"(\w+)\s*=~?", selector)) - {"job", "instance"} <= metrics[name]
    assert set(re.findall(r"presstime:[\w:]+", expression)) <= records
    assert named or "up{" in expression or "presstime:" in expression
    for labels in re.findall(r"\bby \(([^)]*)\)", expression):
        wanted = set(labels.split(", ")) - {"job", "instance"}
        assert any(wanted <= metrics[name] for name, _ in named) or not wanted


def test_no_two_panels_share_a_number_or_a_place() -> None:
    panels = dashboard()["panels"]
    places = [(panel["gridPos"]["x"], panel["gridPos"]["y"]) for panel in panels]

    assert len({panel["id"] for panel in panels}) == len(panels)
    assert len(set(places)) == len(places)
    assert all(panel["gridPos"]["x"] + panel["gridPos"]["w"] <= 24 for panel in panels)


@needs_promtool
def test_promtool_takes_rules_and_configuration() -> None:
    for command in (["check", "rules", "presstime-rules.yml"], ["check", "config", "--syntax-only", "prometheus.yml"]):
        done = subprocess.run(["promtool", *command], cwd=PROMETHEUS, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr


@needs_promtool
def test_each_alert_fires_when_it_should_and_only_then() -> None:
    done = subprocess.run(
        ["promtool", "test", "rules", "presstime-rules-test.yml"],
        cwd=PROMETHEUS,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stdout + done.stderr


def test_each_alert_is_tried_both_ways() -> None:
    content = yaml.safe_load((PROMETHEUS / "presstime-rules-test.yml").read_text())
    fires, quiet = set(), set()
    for test in content["tests"]:
        for case in test["alert_rule_test"]:
            (fires if case["exp_alerts"] else quiet).add(case["alertname"])

    assert fires == quiet == {rule["alert"] for rule in rules() if "alert" in rule}


def test_each_alert_says_how_bad_it_is_and_what_to_do() -> None:
    for rule in rules():
        if "alert" in rule:
            assert rule["labels"]["severity"] in ("critical", "warning")
            assert set(rule["annotations"]) == {"summary", "description", "runbook"}
