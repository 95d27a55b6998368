"""What programs are told, by whom it may be read, and in which format."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.test import Client
from django.urls import path
from prometheus_client.openmetrics.parser import text_string_to_metric_families as read_openmetrics
from prometheus_client.parser import text_string_to_metric_families as read_prometheus

from presstime.accounts.models import User
from presstime.accounts.service import create_token
from presstime.api.routes import assemble
from presstime.base import clock
from presstime.executions.models import Execution
from presstime.metrics.api import router_of
from presstime.metrics.exposition import Format, chosen
from presstime.metrics.registry import groups

PROMETHEUS = (
    "application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,"
    "text/plain;version=0.0.4;q=0.5,*/*;q=0.1"
)
BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"

handler403 = "presstime.web.views.forbidden"
urlpatterns = [path("api/", assemble([("/metrics", router_of(is_public=True))], namespace="open").urls)]


@pytest.fixture
def client(make_user: Callable[[str, str], User]) -> Client:
    """A monitoring system with a token that opens metrics and nothing else."""
    _, secret = create_token(make_user("prometheus", "operator"), "scrape", ["metrics:read"], clock.now(), days=1)
    return Client(headers={"Authorization": f"Bearer {secret}"})


def test_json_is_the_default_and_each_metric_has_its_timestamp(client: Client) -> None:
    began = clock.now()
    for accept in ("", "*/*", "application/json", BROWSER):
        answer = client.get("/api/metrics", headers={"Accept": accept})
        assert answer["Content-Type"] == "application/json"
        assert answer["Vary"] == "Accept"
        metrics = answer.json()["metrics"]
        assert {"name", "type", "unit", "labels", "value", "timestamp"} == set(metrics[0])
        for each in metrics:
            at = datetime.fromisoformat(each["timestamp"])
            assert began <= at <= clock.now()
    found = {(each["name"], tuple(each["labels"].values())): each for each in metrics}
    assert found["presstime_execution_success_ratio", ("24h",)]["value"] is None
    assert found["presstime_schedules", ("active",)]["value"] == 0
    assert found["presstime_disk_free_bytes", ("data",)]["unit"] == "bytes"
    assert client.get("/api/schedules").status_code == 403


def test_prometheus_is_answered_in_its_format(client: Client) -> None:
    answer = client.get("/api/metrics", headers={"Accept": PROMETHEUS})
    assert answer["Content-Type"].startswith("application/openmetrics-text; version=1.0.0")
    families = {family.name: family for family in read_openmetrics(answer.content.decode())}
    assert families["presstime_execution_duration_seconds"].type == "histogram"
    assert families["presstime_execution_duration_seconds"].unit == "seconds"
    assert families["presstime_execution_timeouts"].type == "counter"
    assert "presstime_execution_success_ratio" not in families
    assert all(sample.timestamp is None for family in families.values() for sample in family.samples)


def test_the_older_text_comes_by_parameter(client: Client) -> None:
    answer = client.get("/api/metrics?format=prometheus&timestamps=1")
    assert answer["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"
    families = {family.name: family for family in read_prometheus(answer.content.decode())}
    assert all(sample.timestamp for family in families.values() for sample in family.samples)
    again = client.get("/api/metrics?format=openmetrics&timestamps=1").content.decode()
    now = clock.now().timestamp()
    assert all(
        abs(float(sample.timestamp) - now) < 60 for family in read_openmetrics(again) for sample in family.samples
    )
    assert client.get("/api/metrics?format=xml").status_code == 422


@pytest.mark.parametrize(
    ("accept", "expected"),
    [
        (PROMETHEUS, Format.OPENMETRICS),
        ("text/plain", Format.PROMETHEUS),
        ("text/plain;version=0.0.4;q=0.3,application/json", Format.JSON),
        ("application/openmetrics-text;version=nonsense", Format.OPENMETRICS),
        ("text/plain;q=nonsense", Format.JSON),
        ("image/png", Format.JSON),
    ],
)
def test_the_format_is_the_one_that_is_wanted_most(accept: str, expected: Format) -> None:
    assert chosen(accept) is expected


@pytest.mark.django_db
def test_strangers_are_refused() -> None:
    assert Client().get("/api/metrics").status_code == 401


@pytest.mark.urls(__name__)
@pytest.mark.django_db
def test_metrics_can_be_opened_to_everybody() -> None:
    assert Client().get("/api/metrics", headers={"Accept": PROMETHEUS}).status_code == 200


@pytest.mark.skipif(shutil.which("promtool") is None, reason="promtool is not installed")
def test_promtool_has_nothing_to_say(client: Client) -> None:
    text = client.get("/api/metrics?format=prometheus").content
    done = subprocess.run(["promtool", "check", "metrics"], input=text, capture_output=True, check=False)
    assert (done.returncode, done.stdout + done.stderr) == (0, b"")


def test_nothing_that_people_have_named_is_told(client: Client, make: Callable[..., Execution], now: datetime) -> None:
    make(recipients={"to": ["reader@example.com"]})
    text = client.get("/api/metrics").content.decode()
    for name in ("Stock", "shop", "reader", "example.com", "prometheus"):
        assert name not in text
    allowed = {"window", "status", "state", "quantile", "category", "waiting_for", "loop", "volume", "level", "severity", "kind", "version", "check", "le"}  # fmt: skip
    assert {label for group in groups() for metric in group.metrics for label in metric.labels} <= allowed


def test_every_value_belongs_to_a_metric_that_is_declared(client: Client) -> None:
    declared = {metric.name: metric for group in groups() for metric in group.metrics}
    assert len(declared) == sum(len(group.metrics) for group in groups())
    for each in json.loads(client.get("/api/metrics").content)["metrics"]:
        name = each["name"]
        for suffix in ("_bucket", "_sum", "_count"):
            name = name if name in declared else name.removesuffix(suffix)
        assert set(declared[name].labels) == set(each["labels"]) - {"le"}
    assert all(metric.help.endswith(".") for metric in declared.values())


def test_a_running_and_a_queued_execution_are_told_at_once(
    client: Client, make: Callable[..., Execution], now: datetime
) -> None:
    from presstime.executions import service

    make()
    make()
    claimed = service.claim("node", now, now + timedelta(seconds=30))
    assert claimed is not None
    found = {each["name"]: each["value"] for each in client.get("/api/metrics").json()["metrics"] if not each["labels"]}
    assert (found["presstime_queue_depth"], found["presstime_executions_running"]) == (1, 1)
