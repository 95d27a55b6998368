"""Writes docs/metrics.md from the metrics that the features declare: `python -m tools.metrics_page > docs/metrics.md`."""

from __future__ import annotations

import os
import sys
import tempfile

HEAD = """# Metrics

`GET /api/metrics` tells every figure of the moment of the question: the token needs the scope `metrics:read`, which
operators, auditors and administrators have; `PRESSTIME_METRICS_PUBLIC=true` opens it to everybody. No label holds anything
that people have named: no report, schedule, source, host, address or user. `presstime metrics show` prints the same.

| asked with | answered with |
|---|---|
| nothing, `Accept: application/json`, a browser | JSON: `{"metrics": [{"name", "type", "unit", "labels", "value", "timestamp"}]}` |
| `Accept` as Prometheus sends it | OpenMetrics 1.0 |
| `Accept: text/plain`, or `?format=prometheus` | Prometheus' text |
| `?format=openmetrics`, `?format=json` | that |

- **Timestamps.** Each metric of the JSON has its own. The text carries none unless asked with `?timestamps=1`: Prometheus
  keeps showing a sample with an explicit timestamp for five minutes after it has gone, and drops one whose value changes
  under the same timestamp. Whoever wants them in the text sets `honor_timestamps: false` in the scrape configuration. What happened at
  a moment is a gauge of its own, `…_timestamp_seconds`.
- **A value that there is not**, such as the success ratio of a window without executions, is `null` in JSON and absent in the
  text; 0 and 1 would both be wrong.
- **Histograms** are in JSON their `_bucket`, `_sum` and `_count`.

```yaml
scrape_configs:
  - job_name: presstime
    scrape_interval: 30s
    metrics_path: /api/metrics
    authorization: {credentials_file: /etc/prometheus/presstime-token}
    static_configs: [{targets: ["reports.example.com"]}]
    scheme: https
```
`presstime token create --user NAME --name prometheus --scopes metrics:read --days 365 --json` makes the token.

## How they are counted
Each execution that ends and each e-mail that is sent or fails is counted into its hour in the very transaction that
writes it, so the figures are neither late nor estimated. A window is `24h`, `7d` or `30d` up to now, to the microsecond: the hours that lie wholly in it from these
counts, the rest of its first hour from the rows themselves. The whole answer costs the same with ten executions and with a million.

- **Success** is `succeeded / (succeeded + failed + dead)`; a cancelled execution is neither. An execution that succeeds after retries succeeded. Each
  execution counts once, at its end; a retry of a dead letter is an execution of its own.
- **Durations** are those of the last attempt. Quantiles come from buckets 12 % apart and are interpolated within theirs.
- **E-mails** count once per recipient. Retrying a failed one takes its failure out of the windows; the counter since ever keeps it.
- **Since ever** counts from the first start with this version, with everything that the database still held then. A worker counts that beside
  its work, half a minute for a million executions; until then it is left out of the windows.
- Hours are kept for 400 days.

`presstime metrics rebuild` counts everything anew from the rows (a million executions take some seconds; others go on
writing, and what they count meanwhile is added). It is needed only after somebody has changed the tables by hand; counters may go back by it, which Prometheus takes for a
restart.

## All metrics
"""


def metrics_page() -> str:
    """The page; Django is set up."""
    from presstime.metrics.registry import groups

    lines = [HEAD.rstrip(), ""]
    for group in sorted(groups(), key=lambda group: group.title):
        lines += [f"### {group.title}", "| name | type | labels | what |", "|---|---|---|---|"]
        for metric in group.metrics:
            labels = ", ".join(f"`{label}`" for label in metric.labels)
            lines.append(f"| `{metric.name}` | {metric.kind.value} | {labels} | {metric.help} |")
        lines.append("")
    return "\n".join(lines).rstrip() + "\n"


def main() -> None:
    import django

    with tempfile.TemporaryDirectory() as folder:  # nothing of an installation is read or made
        os.environ.update(PRESSTIME_DATA_DIR=folder, DJANGO_SETTINGS_MODULE="presstime.project.settings")
        django.setup()
        sys.stdout.write(metrics_page())


if __name__ == "__main__":
    main()
