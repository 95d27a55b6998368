"""`/api/metrics` over a long history: 1,000,000 executions within 30 days, 100,000 schedules.

The rates are compared with those of the raw rows in the same run; the least is the liveness probe, and counting by a scan
of the rows shows what the rollups save.
"""

from __future__ import annotations

import json
import sqlite3
import statistics
import time
import urllib.request
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path
from threading import Event
from typing import Any

from benchmarks.installation import environment, folder, free_port, inbox, server
from benchmarks.load import connect, make_report
from presstime.base import clock

EXECUTIONS, SCHEDULES = 1_000_000, 100_000
TIMES = 20
LIMIT_SECONDS = 0.05
SERIES = "with recursive series(n) as (select 0 union all select n + 1 from series where n < {count} - 1)"


def token() -> dict[str, str]:
    """The header of a monitoring system, for the database that this process is connected to."""
    from presstime.accounts import service
    from presstime.accounts.models import User
    from presstime.database.guard import exempted

    with exempted("nobody's doing: it is a measurement"):
        user, _ = User.objects.get_or_create(
            username="prometheus", defaults={"role": "admin", "created_at": clock.now()}
        )
    _, secret = service.create_token(user, f"scrape {time.time()}", ["metrics:read"], clock.now(), days=1)
    return {"Authorization": f"Bearer {secret}"}


def ask(address: str, headers: dict[str, str]) -> bytes:
    with urllib.request.urlopen(urllib.request.Request(address, headers=headers), timeout=60) as answer:
        return bytes(answer.read())


def fill(database: Path, now: datetime) -> None:
    """Insert the history with SQL: every sixtieth execution died, durations from a second to seven minutes."""
    with closing(sqlite3.connect(database)) as connection, connection:
        connection.execute("pragma synchronous = off")
        connection.execute("pragma cache_size = -1000000")
        report, revision = connection.execute("select id, current_id from reports_report").fetchone()
        schedule = {
            "id": "printf('%032x', n + 1)",
            "name": "'schedule ' || n",
            "report_id": f"'{report}'",
            "cron": "'0 8 * * *'",
            "timezone": "'UTC'",
            "enabled": "n % 10 > 0",
            "catch_up": "'latest'",
            "send_when": "'always'",
            "timeout_seconds": "1800",
            "catch_up_max_age_seconds": "86400",
            **dict.fromkeys(("recipients", "parameters"), "'{}'"),
            "formats": "'[]'",
            "next_run_at": f"'{_sql(now + timedelta(days=1))}'",
            **dict.fromkeys(("created_at", "updated_at"), f"'{_sql(now)}'"),
        }
        _insert(connection, "schedules_schedule", schedule, SCHEDULES)
        ended = f"strftime('%Y-%m-%d %H:%M:%f', julianday('{_sql(now)}') - 29.9 * (n + 1) / {EXECUTIONS})"
        began = f"strftime('%Y-%m-%d %H:%M:%f', julianday('{_sql(now)}') - 29.9 * (n + 1) / {EXECUTIONS} - (1 + n * 7919 % 420) / 86400.0)"
        execution = {
            "id": "printf('%032x', n + 1)",
            "schedule_id": f"printf('%032x', n % {SCHEDULES} + 1)",
            "report_id": f"'{report}'",
            "revision_id": f"'{revision}'",
            "trigger": "'manual'",
            "status": "case when n % 60 = 0 then 'dead' else 'succeeded' end",
            "error_category": "case when n % 60 = 0 then 'data' else '' end",
            "timezone": "'UTC'",
            **dict.fromkeys(("recipients", "parameters"), "'{}'"),
            "formats": "'[]'",
            "send_when": "'always'",
            "timeout_seconds": "1800",
            "priority": "10",
            **dict.fromkeys(("scheduled_for", "run_at", "queued_at", "started_at"), began),
            "finished_at": ended,
            "fence": "1",
        }
        _insert(connection, "executions_execution", execution, EXECUTIONS)
        connection.execute("analyze")


def _insert(connection: sqlite3.Connection, table: str, given: dict[str, str], count: int) -> None:
    """Fill *table* in one statement; columns that are not given get what their type takes. Indexes are made at the end."""
    columns = {}
    for _, name, kind, is_needed, _, _ in connection.execute(f"pragma table_info({table})"):
        plain = "0" if "int" in kind.lower() or "bool" in kind.lower() else "''"
        columns[name] = given.get(name, plain if is_needed else "null")
    rows = connection.execute("select name, sql from sqlite_master where tbl_name = ? and type = 'index'", [table])
    indexes = [(name, sql) for name, sql in rows if sql]
    for name, _ in indexes:
        connection.execute(f'drop index "{name}"')
    names, values = ", ".join(columns), ", ".join(columns.values())
    connection.execute(f"insert into {table} ({names}) {SERIES.format(count=count)} select {values} from series")
    for _, sql in indexes:
        connection.execute(sql)


def _sql(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M:%S.%f}"


def raw_ratio(database: Path, at: datetime, days: int) -> tuple[float, float]:
    """The success ratio by a scan of the rows, and how long that took."""
    began = time.perf_counter()
    with closing(sqlite3.connect(database)) as connection:
        good, total = connection.execute(
            "select sum(status = 'succeeded'), count(*) from executions_execution "
            "not indexed where finished_at >= ? and finished_at <= ?",
            [_sql(at - timedelta(days=days)), _sql(at)],
        ).fetchone()
    return good / total, time.perf_counter() - began


def seconds(address: str, headers: dict[str, str]) -> list[float]:
    found = []
    for _ in range(TIMES + 1):
        began = time.perf_counter()
        ask(address, headers)
        found.append(time.perf_counter() - began)
    return sorted(found[1:])


def processor(headers: dict[str, str]) -> float:
    """Seconds of processor for an answer, which other work on the machine sways less: the median of some in this process."""
    from django.test import Client

    client = Client(headers=headers, SERVER_NAME="localhost")
    found = []
    for _ in range(TIMES + 1):
        began = time.process_time()
        assert client.get("/api/metrics").status_code == 200
        found.append(time.process_time() - began)
    return statistics.median(found[1:])


def differences(database: Path, answer: dict[str, Any]) -> list[str]:
    """The windows whose rate is not that of the rows."""
    metrics = {(each["name"], each["labels"].get("window")): each for each in answer["metrics"]}
    wrong = []
    for window, days in (("24h", 1), ("7d", 7), ("30d", 30)):
        each = metrics["presstime_execution_success_ratio", window]
        exact, _ = raw_ratio(database, datetime.fromisoformat(each["timestamp"]).replace(tzinfo=None), days)
        if abs(each["value"] - exact) > 1e-12:
            wrong.append(window)
    return wrong


def main() -> dict[str, Any]:
    with inbox() as box, folder() as path:
        settings = environment(path, box.port, free_port())
        connect(settings)
        make_report(path)
        headers, database = token(), path / "presstime.sqlite3"
        fill(database, clock.now())
        from presstime.metrics import service

        began = time.perf_counter()
        service.rebuild(clock.now())
        rebuilt = time.perf_counter() - began
        with server(settings):
            base = settings["PRESSTIME_BASE_URL"]
            Event().wait(5)
            least = statistics.median(seconds(f"{base}/api/health/live", {}))
            json_ = seconds(f"{base}/api/metrics", headers)
            text = seconds(f"{base}/api/metrics?format=prometheus", headers)
            wrong = differences(database, json.loads(ask(f"{base}/api/metrics", headers)))
            _, scan = raw_ratio(database, clock.now(), 30)
            work = processor(headers)
    found = {
        "executions": EXECUTIONS,
        "schedules": SCHEDULES,
        "limit_seconds": LIMIT_SECONDS,
        "json_p50_seconds": round(statistics.median(json_), 4),
        "json_most_seconds": round(json_[-1], 4),
        "text_p50_seconds": round(statistics.median(text), 4),
        "json_processor_seconds": round(work, 4),
        "least_seconds": round(least, 4),
        "scan_of_one_window_seconds": round(scan, 4),
        "rebuild_seconds": round(rebuilt, 2),
        "windows_that_differ_from_the_rows": wrong,
    }
    print(json.dumps(found, indent=2))
    return found


if __name__ == "__main__":
    main()
