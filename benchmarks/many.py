"""Pages and API over a long history: 1,000,000 executions, 1,000 open dead letters; the time of each answer.

The least in the same run is the sign-in page, which asks the database nothing about executions.
"""

from __future__ import annotations

import json
import sqlite3
import statistics
import time
import urllib.request
import uuid
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

from benchmarks.installation import environment, folder, free_port, inbox, server
from benchmarks.load import connect, make_report, make_schedules
from presstime.base import clock

EXECUTIONS, SCHEDULES, DEAD = 1_000_000, 1_000, 1_000
TIMES = 15
LIMIT_SECONDS = 0.2
PAGES = (
    "/",
    "/executions",
    "/executions?status=dead&error_category=data",
    "/dead-letters",
    "/dead-letters?status=all&within=week",
    "/schedules",
)
OPERATIONS = (
    "/api/executions",
    "/api/executions?status=dead",
    "/api/executions?schedule=schedule+7",
    "/api/dead-letters",
    "/api/dead-letters?status=open&error_category=data",
    "/api/errors/trend?by=day",
)


def fill(database: Path) -> None:
    """Insert the history with SQL: an execution a minute of each thousandth schedule, one in a thousand dead."""
    now = clock.now()
    with closing(sqlite3.connect(database)) as connection, connection:
        connection.row_factory = sqlite3.Row
        connection.execute("pragma synchronous = off")
        connection.execute("pragma cache_size = -2000000")
        schedules = [row["id"] for row in connection.execute("select id from schedules_schedule")]
        report, revision = connection.execute("select id, current_id from reports_report").fetchone()
        columns = _columns(connection, "executions_execution")
        indexes = _drop_indexes(connection, "executions_execution")
        connection.executemany(
            _insert("executions_execution", columns), (_execution(n, now, schedules, report, revision, columns) for n in range(EXECUTIONS))
        )  # fmt: skip
        for statement in indexes:
            connection.execute(statement)
        letters = _columns(connection, "deadletters_deadletter")
        dead = connection.execute("select id, finished_at from executions_execution where status = 'dead'").fetchall()
        connection.executemany(_insert("deadletters_deadletter", letters), (_letter(row, letters) for row in dead))
        connection.execute("analyze")


def _drop_indexes(connection: sqlite3.Connection, table: str) -> list[str]:
    """Drop the indexes of *table*, which are made faster when it is full; the statements that make them again."""
    rows = connection.execute("select name, sql from sqlite_master where tbl_name = ? and type = 'index'", [table])
    made = [(row["name"], row["sql"]) for row in rows if row["sql"]]
    for name, _ in made:
        connection.execute(f'drop index "{name}"')
    return [statement for _, statement in made]


def _columns(connection: sqlite3.Connection, table: str) -> dict[str, Any]:
    """Every column with a value that it takes: its default, or what suits its type."""
    found: dict[str, Any] = {}
    for row in connection.execute(f"pragma table_info({table})"):
        kind = str(row["type"]).lower()
        found[row["name"]] = None if not row["notnull"] else 0 if "int" in kind or "bool" in kind else ""
    return found


def _insert(table: str, columns: dict[str, Any]) -> str:
    return f"insert into {table} ({', '.join(columns)}) values ({', '.join('?' * len(columns))})"


def _execution(
    number: int, now: Any, schedules: list[str], report: str, revision: str, columns: dict[str, Any]
) -> list[Any]:
    at = now - timedelta(seconds=30 * (EXECUTIONS - number))
    is_dead = number % (EXECUTIONS // DEAD) == 0
    values = columns | {
        "id": uuid.UUID(int=number + 1).hex,
        "schedule_id": schedules[number % len(schedules)],
        "report_id": report,
        "revision_id": revision,
        "trigger": "schedule",
        "status": "dead" if is_dead else "succeeded",
        "error_category": "data" if is_dead else "",
        "error_code": "missing_table" if is_dead else "",
        "error_message": f"There is no table {number}." if is_dead else "",
        "timezone": "UTC",
        "parameters": "{}",
        "formats": "[]",
        "recipients": "{}",
        "send_when": "always",
        "timeout_seconds": 1800,
        "priority": 10,
        **dict.fromkeys(("scheduled_for", "run_at", "queued_at", "started_at"), _sql(at)),
        "finished_at": _sql(at + timedelta(seconds=2)),
        "fence": 1,
    }
    return list(values.values())


def _letter(row: sqlite3.Row, columns: dict[str, Any]) -> list[Any]:
    values = columns | {
        "id": uuid.uuid4().hex,
        "execution_id": row["id"],
        "status": "open",
        "error_category": "data",
        "error_code": "missing_table",
        "error_message": "There is no table.",
        "fingerprint": row["id"][-2:].rjust(16, "0"),
        "dead_at": row["finished_at"],
    }
    return list(values.values())


def _sql(at: Any) -> str:
    return f"{at:%Y-%m-%d %H:%M:%S.%f}"


def seconds(address: str, headers: dict[str, str]) -> list[float]:
    """How long each of some answers takes; the first one is left out."""
    found = []
    for _ in range(TIMES + 1):
        began = time.perf_counter()
        with urllib.request.urlopen(urllib.request.Request(address, headers=headers), timeout=60) as answer:
            answer.read()
        found.append(time.perf_counter() - began)
    return sorted(found[1:])


def credentials() -> tuple[dict[str, str], dict[str, str]]:
    """Headers of a session and of a token of the same administrator."""
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
    from django.contrib.sessions.backends.db import SessionStore

    from presstime.accounts import service
    from presstime.accounts.models import User

    user = User.objects.get(username="benchmark")
    store = SessionStore()
    store[SESSION_KEY] = str(user.pk)
    store[BACKEND_SESSION_KEY] = "django.contrib.auth.backends.ModelBackend"
    store[HASH_SESSION_KEY] = user.get_session_auth_hash()
    store.save()
    _, secret = service.create_token(user, "many", ["all"], clock.now(), days=1)
    return {"Cookie": f"sessionid={store.session_key}"}, {"Authorization": f"Bearer {secret}"}


def main() -> dict[str, Any]:
    with inbox() as box, folder() as path:
        settings = environment(path, box.port, free_port())
        connect(settings)
        make_schedules(make_report(path), ["csv"], [time.time() + 86_400] * SCHEDULES)
        session, token = credentials()
        fill(path / "presstime.sqlite3")
        with server(settings):
            base = settings["PRESSTIME_BASE_URL"]
            least = statistics.median(seconds(f"{base}/accounts/login/", {}))
            found = {page: seconds(base + page, session) for page in PAGES}
            found |= {operation: seconds(base + operation, token) for operation in OPERATIONS}
    return {
        "executions": EXECUTIONS,
        "dead_letters": DEAD,
        "limit_seconds": LIMIT_SECONDS,
        "least_seconds": round(least, 4),
        "median_seconds": {name: round(statistics.median(times), 4) for name, times in found.items()},
        "over_the_limit": [name for name, times in found.items() if statistics.median(times) > LIMIT_SECONDS],
    }


if __name__ == "__main__":
    print(json.dumps(main(), indent=2))
