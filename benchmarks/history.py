"""A long history written into the database by SQL: a year of executions, mails, dead letters and counts of failures."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

EXECUTIONS, DEAD, EMAILS = 1_000_000, 1_000, 100_000
SCHEDULES = 1_000
COUNTS = 172_800  # thirty days of hours, 240 schedules
FILES = 260_000  # those of the last 90 days are kept

NUMBERS = "with recursive numbers(n) as (select 0 union all select n + 1 from numbers where n + 1 < {count})"
# An execution each half minute for 347 days; one in a thousand is dead.
RUNS = f"""
from (
  select n, n % {EXECUTIONS // DEAD} = 0 as dead, {{at}} as began, {{end}} as ended from numbers
) join places on place = n % {SCHEDULES}
""".format(
    at=f"strftime('%Y-%m-%d %H:%M:%f', unixepoch() - 30 * ({EXECUTIONS} - n), 'unixepoch') || '000'",
    end=f"strftime('%Y-%m-%d %H:%M:%f', unixepoch() - 30 * ({EXECUTIONS} - n) + 2, 'unixepoch') || '000'",
)
EXECUTION = {
    "id": "printf('%032x', n + 1)",
    "schedule_id": "places.id",
    "report_id": "places.report",
    "revision_id": "places.revision",
    "trigger": "'schedule'",
    "status": "iif(dead, 'dead', 'succeeded')",
    "error_category": "iif(dead, 'data', '')",
    "error_code": "iif(dead, 'missing_table', '')",
    "error_message": "iif(dead, 'There is no table ' || n || '.', '')",
    "timezone": "'UTC'",
    "parameters": "'{}'",
    "formats": "'[]'",
    "recipients": "'{}'",
    "send_when": "'always'",
    "timeout_seconds": "1800",
    "priority": "10",
    "fence": "1",
    **dict.fromkeys(("scheduled_for", "run_at", "queued_at", "started_at"), "began"),
    "finished_at": "ended",
}
ATTEMPT = {
    "id": "id",
    "execution_id": "id",
    "number": "1",
    "status": "iif(status = 'dead', 'failed', status)",
    "node": "'benchmark'",
    "started_at": "started_at",
    "finished_at": "finished_at",
    "timings": "'{}'",
    "error_category": "error_category",
    "error_code": "error_code",
    "error_message": "error_message",
}
LETTER = {
    "id": "id",
    "execution_id": "id",
    "status": "'open'",
    "error_category": "'data'",
    "error_code": "'missing_table'",
    "error_message": "error_message",
    "fingerprint": "printf('%016d', abs(random()) % 40)",
    "dead_at": "finished_at",
}
ARTIFACT = {
    "id": "id",
    "execution_id": "id",
    "name": "'orders.csv'",
    "format": "'csv'",
    "media_type": "'text/csv'",
    "path": "id || '/orders.csv'",
    "bytes": "100000 + abs(random()) % 100000",
    "rows": "1000",
    "created_at": "finished_at",
}
MESSAGE = {
    "id": "id",
    "execution_id": "id",
    "message_id": "'<' || id || '@example.com>'",
    "subject": "'Orders'",
    "sender": "'presstime@example.com'",
    "path": "id || '.eml'",
    "bytes": "1000",
    "created_at": "finished_at",
}
EMAIL = {
    "id": "id",
    "message_id": "id",
    "address": "'reader' || (rowid % 1000) || '@example.com'",
    "role": "'to'",
    "priority": "'scheduled'",
    "rank": "10",
    "status": "iif(rowid % 100 = 0, 'failed', 'sent')",
    "attempts": "1",
    "last_reply": "'250 OK'",
    "error_code": "iif(rowid % 100 = 0, 'recipient_refused', '')",
    "created_at": "created_at",
    "sent_at": "iif(rowid % 100 = 0, null, created_at)",
}
COUNT = {
    "id": "printf('%032x', n + 1)",
    "hour": "strftime('%Y-%m-%d %H:00:00', unixepoch() - 3600 * (n / 240), 'unixepoch')",
    "schedule_id": "places.id",
    "category": "case n % 3 when 0 then 'network' when 1 then 'data' else 'system' end",
    "code": "iif(n % 3 = 2, 'timeout', 'missing_table')",
    "count": "1 + n % 4",
}
DAY = {
    "id": "lower(hex(randomblob(16)))",
    "day": "substr(hour, 1, 10) || ' 00:00:00'",
    "schedule_id": "schedule_id",
    "category": "category",
    "code": "code",
    "count": "sum(count)",
}


def fill(database: Path) -> None:
    """Insert the history while no server runs."""
    with closing(sqlite3.connect(database)) as connection, connection:
        connection.execute("pragma synchronous = off")
        connection.execute("pragma cache_size = -500000")
        connection.execute(
            "create temp table places as select row_number() over () - 1 as place, s.id, r.id as report, "
            "r.current_id as revision from schedules_schedule s join reports_report r on r.id = s.report_id"
        )
        connection.execute("create index temp.by_place on places(place)")
        indexes = _drop_indexes(connection, "executions_execution")
        _insert(connection, "executions_execution", EXECUTION, RUNS, EXECUTIONS)
        for statement in indexes:
            connection.execute(statement)
        _insert(connection, "executions_attempt", ATTEMPT, "from executions_execution")
        latest = "from executions_execution order by id desc limit {}"
        _insert(connection, "executions_artifact", ARTIFACT, latest.format(FILES))
        _insert(connection, "deadletters_deadletter", LETTER, "from executions_execution where status = 'dead'")
        _insert(connection, "mail_message", MESSAGE, latest.format(EMAILS))
        _insert(connection, "mail_email", EMAIL, "from mail_message")
        _insert(connection, "failures_failurecount", COUNT, "from numbers join places on place = n % 240", COUNTS)
        _insert(
            connection,
            "failures_failureday",
            DAY,
            "from failures_failurecount group by substr(hour, 1, 10), schedule_id, category, code",
        )
        connection.commit()
        connection.execute("pragma wal_checkpoint(truncate)")  # as after a while: the log is short


def _insert(connection: sqlite3.Connection, table: str, values: dict[str, str], rows: str, numbers: int = 0) -> None:
    """Insert what *rows* select; a column that *values* do not name is empty."""
    wanted = _empty(connection, table) | values
    before = NUMBERS.format(count=numbers) if numbers else ""
    connection.execute(f"{before} insert into {table} ({', '.join(wanted)}) select {', '.join(wanted.values())} {rows}")


def _empty(connection: sqlite3.Connection, table: str) -> dict[str, str]:
    """Every column of *table* with the least that it takes."""
    found = {}
    for _, name, kind, needed, *_ in connection.execute(f"pragma table_info({table})"):
        is_number = any(word in str(kind).lower() for word in ("int", "bool"))
        found[name] = "null" if not needed else "0" if is_number else "''"
    return found


def _drop_indexes(connection: sqlite3.Connection, table: str) -> list[str]:
    """Drop the indexes of *table*, which are made faster when it is full; the statements that make them again."""
    rows = connection.execute("select name, sql from sqlite_master where tbl_name = ? and type = 'index'", [table])
    made = [(name, sql) for name, sql in rows if sql]
    for name, _ in made:
        connection.execute(f'drop index "{name}"')
    return [statement for _, statement in made]
