"""Makes deploy/grafana/presstime.json: `python -m tools.dashboard > deploy/grafana/presstime.json`."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

SELECTOR: Final = 'job="$job", instance=~"$instance"'
DATASOURCE: Final = {"type": "prometheus", "uid": "${datasource}"}
GREEN, YELLOW, RED = "green", "yellow", "red"


@dataclass(frozen=True)
class Query:
    """An expression in which `@` stands for the labels of the chosen job and instance."""

    expression: str
    legend: str = ""

    def target(self, place: int) -> dict[str, Any]:
        return {
            "datasource": DATASOURCE,
            "refId": chr(ord("A") + place),
            # Every web server tells the same figures: the highest of the chosen ones is that of the installation.
            "expr": self.expression.replace("@", SELECTOR),
            "legendFormat": self.legend or "__auto",
        }


@dataclass(frozen=True)
class Panel:
    """One panel: a figure with colours from `steps` on ("stat"), or lines over time ("timeseries")."""

    title: str
    queries: tuple[Query, ...]
    unit: str = "short"
    kind: str = "timeseries"
    steps: tuple[tuple[str, float | None], ...] = ((GREEN, None),)
    about: str = ""
    stacked: bool = False

    def as_json(self, number: int, x: int, y: int, width: int, height: int) -> dict[str, Any]:
        return {
            "id": number,
            "type": self.kind,
            "title": self.title,
            "description": self.about,
            "datasource": DATASOURCE,
            "gridPos": {"x": x, "y": y, "w": width, "h": height},
            "targets": [query.target(place) for place, query in enumerate(self.queries)],
            "fieldConfig": {"defaults": self._defaults(), "overrides": []},
            "options": self._options(),
        }

    def _defaults(self) -> dict[str, Any]:
        defaults: dict[str, Any] = {
            "unit": self.unit,
            "min": 0,
            "thresholds": {
                "mode": "absolute",
                "steps": [{"color": color, "value": value} for color, value in self.steps],
            },
        }
        if self.kind == "timeseries":
            stacking = {"mode": "normal" if self.stacked else "none", "group": "A"}
            defaults["custom"] = {"fillOpacity": 20 if self.stacked else 0, "stacking": stacking, "spanNulls": False}
        else:
            defaults["color"] = {"mode": "thresholds"}
        return defaults

    def _options(self) -> dict[str, Any]:
        if self.kind == "stat":
            return {
                "reduceOptions": {"calcs": ["lastNotNull"], "fields": "", "values": False},
                "colorMode": "background",
                "graphMode": "area",
            }
        return {"legend": {"displayMode": "list", "placement": "bottom"}, "tooltip": {"mode": "multi", "sort": "desc"}}


def figure(title: str, expression: str, unit: str = "short", *, about: str = "", **steps: float) -> Panel:
    """A figure that is green, from `yellow=` on yellow and from `red=` on red; below them with `red_below=`."""
    if "red_below" in steps:
        limits = ((RED, None), (YELLOW, steps["red_below"]), (GREEN, steps.get("green_from", steps["red_below"])))
    else:
        limits = ((GREEN, None), *((color, steps[color]) for color in (YELLOW, RED) if color in steps))
    return Panel(title, (Query(expression),), unit, "stat", limits, about)


def lines(title: str, *queries: tuple[str, str], unit: str = "short", stacked: bool = False, about: str = "") -> Panel:
    return Panel(title, tuple(Query(*query) for query in queries), unit, stacked=stacked, about=about)


def quantile(share: float, histogram: str) -> str:
    return f"histogram_quantile({share}, max by (le) (rate({histogram}_bucket{{@}}[$__rate_interval])))"


FIGURES: Final = (
    figure("Answers", "min(up{@})", red_below=1, about="1 while Prometheus reaches every chosen instance."),
    figure("Workers", "max(presstime_workers{@})", red_below=1),
    figure(
        "Succeeded, 24 h",
        'max(presstime_execution_success_ratio{@, window="24h"})',
        "percentunit",
        red_below=0.9,
        green_from=0.95,
    ),
    figure(
        "Mails taken, 24 h",
        'max(presstime_email_success_ratio{@, window="24h"})',
        "percentunit",
        red_below=0.9,
        green_from=0.95,
    ),
    figure("Missed runs", "max(presstime_missed_runs_open{@})", red=1),
    figure("Dead letters", 'max(presstime_dead_letters{@, status="open"})', yellow=1, red=100),
    figure("Age of the backup", "max(presstime_backup_age_seconds{@})", "s", yellow=90_000, red=93_600),
    figure("Least free space", "min(presstime_disk_free_bytes{@})", "bytes", red_below=1e9, green_from=5e9),
    figure("Running", "max(presstime_executions_running{@})"),
    figure("Queued", "max(presstime_queue_depth{@})"),
    figure(
        "Mails waiting", 'sum(max by (status) (presstime_email_queue_depth{@, status=~"pending|sending"}))', red=101
    ),
    figure("Active schedules", 'max(presstime_schedules{@, state="active"})'),
)

ROWS: Final[tuple[tuple[str, tuple[Panel, ...]], ...]] = (
    (
        "Executions",
        (
            lines(
                "Ended per hour",
                ("max by (status) (increase(presstime_executions_total{@}[1h]))", "{{status}}"),
                stacked=True,
            ),
            lines(
                "Success ratio",
                ("max by (window) (presstime_execution_success_ratio{@})", "{{window}}"),
                unit="percentunit",
            ),
            lines(
                "Duration",
                (quantile(0.5, "presstime_execution_duration_seconds"), "median"),
                (quantile(0.95, "presstime_execution_duration_seconds"), "95 %"),
                ('max(presstime_execution_duration_average_seconds{@, window="24h"})', "mean of 24 h"),
                unit="s",
            ),
            lines(
                "From the planned instant to the start",
                (quantile(0.5, "presstime_execution_start_lag_seconds"), "median"),
                (quantile(0.95, "presstime_execution_start_lag_seconds"), "95 %"),
                unit="s",
            ),
            lines(
                "Failed attempts per hour",
                ("max by (category) (increase(presstime_execution_errors_total{@}[1h]))", "{{category}}"),
                ("max(increase(presstime_execution_timeouts_total{@}[1h]))", "of these at the time limit"),
                stacked=False,
            ),
            lines(
                "Retries and lost workers per hour",
                ("max(increase(presstime_execution_retries_total{@}[1h]))", "retries"),
                ("max(increase(presstime_lease_losses_total{@}[1h]))", "taken back from dead workers"),
            ),
            lines(
                "Queue",
                ("max(presstime_queue_depth{@})", "queued"),
                ("max(presstime_executions_running{@})", "running"),
                ("max(presstime_executions_retrying{@})", "wait for the next attempt"),
            ),
            lines("What executions wait for", ("max by (waiting_for) (presstime_queue_waiting{@})", "{{waiting_for}}")),
            lines("Longest wait", ("max(presstime_queue_oldest_age_seconds{@})", "oldest that could start"), unit="s"),
            lines(
                "Dead letters",
                ("max by (category) (presstime_dead_letters_open{@})", "{{category}}"),
                stacked=True,
            ),
        ),
    ),
    (
        "E-mail",
        (
            lines("Queue", ("max by (status) (presstime_email_queue_depth{@})", "{{status}}"), stacked=True),
            lines(
                "Sent and failed per hour",
                ("max by (status) (increase(presstime_emails_total{@}[1h]))", "{{status}}"),
                stacked=True,
            ),
            lines("Longest wait", ("max(presstime_email_queue_oldest_age_seconds{@})", "oldest that waits"), unit="s"),
            lines(
                "Open breakers",
                ("max by (kind) (presstime_breaker_open_age_seconds{@})", "{{kind}}, open for"),
                unit="s",
            ),
        ),
    ),
    (
        "Storage and backups",
        (
            lines(
                "Free space",
                ("min by (volume) (presstime_disk_free_bytes{@})", "{{volume}}"),
                ("max by (level) (presstime_disk_threshold_bytes{@})", "threshold: {{level}}"),
                unit="bytes",
            ),
            lines("Files of reports", ("max(presstime_reports_disk_bytes{@})", "kept"), unit="bytes"),
            lines("Age of the newest backup", ("max(presstime_backup_age_seconds{@})", "age"), unit="s"),
            lines("Size of the newest backup", ("max(presstime_backup_last_size_bytes{@})", "stored"), unit="bytes"),
        ),
    ),
    (
        "Schedules and workers",
        (
            lines(
                "Schedules",
                ("max by (state) (presstime_schedules{@})", "{{state}}"),
                ("max(presstime_schedules_paused{@})", "switched off by failures"),
                ("max(presstime_schedules_overdue{@})", "overdue"),
            ),
            lines("Missed runs", ("max by (window) (presstime_missed_runs{@})", "{{window}}")),
            lines(
                "Last step of each loop",
                ("max by (loop) (presstime_loop_heartbeat_age_seconds{@})", "{{loop}}"),
                unit="s",
            ),
            lines(
                "Workers",
                ("max(presstime_workers{@})", "workers"),
                ("max(presstime_worker_slots{@})", "slots"),
            ),
            lines(
                "Open alerts of Presstime itself",
                ("max by (severity, status) (presstime_alerts{@})", "{{severity}}, {{status}}"),
            ),
        ),
    ),
)


def dashboard() -> dict[str, Any]:
    """The dashboard as Grafana imports it."""
    return {
        "uid": "presstime",
        "title": "Presstime",
        "tags": ["presstime"],
        "schemaVersion": 39,
        "version": 1,
        "editable": True,
        "refresh": "1m",
        "time": {"from": "now-24h", "to": "now"},
        "timezone": "browser",
        "graphTooltip": 1,
        "templating": {"list": list(_variables())},
        "annotations": {"list": []},
        "panels": list(_panels()),
    }


def _variables() -> Iterable[dict[str, Any]]:
    yield {"name": "datasource", "label": "Data source", "type": "datasource", "query": "prometheus", "current": {}}
    for name, label, query in (
        ("job", "Job", "label_values(presstime_build_info, job)"),
        ("instance", "Instance", 'label_values(presstime_build_info{job="$job"}, instance)'),
    ):
        yield {
            "name": name,
            "label": label,
            "type": "query",
            "datasource": DATASOURCE,
            "definition": query,
            "query": {"query": query, "refId": name},
            "refresh": 2,
            "includeAll": name == "instance",
            "multi": name == "instance",
            "current": {"text": "All", "value": "$__all"} if name == "instance" else {},
        }


def _panels() -> Iterable[dict[str, Any]]:
    number = 0
    for number, panel in enumerate(FIGURES, 1):
        place = number - 1
        yield panel.as_json(number, place % 6 * 4, place // 6 * 4, 4, 4)
    y = (len(FIGURES) + 5) // 6 * 4
    for title, panels in ROWS:
        number += 1
        yield {
            "id": number,
            "type": "row",
            "title": title,
            "collapsed": False,
            "panels": [],
            "gridPos": {"x": 0, "y": y, "w": 24, "h": 1},
        }
        for place, panel in enumerate(panels):
            number += 1
            yield panel.as_json(number, place % 2 * 12, y + 1 + place // 2 * 8, 12, 8)
        y += 1 + (len(panels) + 1) // 2 * 8


if __name__ == "__main__":
    print(json.dumps(dashboard(), indent=1))
