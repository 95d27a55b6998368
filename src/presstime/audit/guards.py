"""Triggers that make the tables append-only, whoever is connected.

`make` is called by migrations only: a migration that changes one of these tables calls `remove` before and `make` after,
because SQLite makes a changed table anew, without its triggers.

An entry may go only when a segment that was sealed a day ago holds it and it is a year older than the newest entry and
than now: a wrong clock alone deletes nothing.
"""

from __future__ import annotations

from typing import Any

WRITTEN_ONCE = ("audit_nodes", "audit_checkpoints", "audit_segments", "audit_epochs")


def make(connection: Any) -> None:
    """Set up every guard."""
    _run(connection, _SQLITE if connection.vendor == "sqlite" else _POSTGRES)


def remove(connection: Any) -> None:
    """Take every guard away."""
    _run(connection, _SQLITE_AWAY if connection.vendor == "sqlite" else _POSTGRES_AWAY)


def found(connection: Any) -> set[str]:
    """The names of the guards that are in force."""
    with connection.cursor() as cursor:
        cursor.execute(_SQLITE_FOUND if connection.vendor == "sqlite" else _POSTGRES_FOUND)
        return {str(name) for (name,) in cursor.fetchall()}


def expected(connection: Any) -> set[str]:
    """The names of all guards on this database."""
    return _SQLITE_NAMES if connection.vendor == "sqlite" else _POSTGRES_NAMES


def _run(connection: Any, statements: list[str]) -> None:
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


# ---- SQLite ---------------------------------------------------------------------------------------------------------


def _refuse(table: str, event: str, when: str = "", words: str = "is append-only") -> str:
    return (
        f"CREATE TRIGGER {table}_no_{event} BEFORE {event} ON {table} {f'WHEN {when}' if when else ''} "
        f"BEGIN SELECT RAISE(ABORT, '{table}: {words}'); END"
    )


_YEAR_AGO = (
    "min(strftime('%Y-%m-%d %H:%M:%S', 'now', '-365 days'), "
    "strftime('%Y-%m-%d %H:%M:%S', (SELECT last_time FROM audit_head), '-365 days'))"
)
_SEALED_TO = "(SELECT coalesce(max(last), 0) FROM audit_segments WHERE sealed_at <= strftime('%Y-%m-%d %H:%M:%S', 'now', '-1 day'))"

# `INSERT OR REPLACE` deletes without the delete trigger; that a row must follow the head closes it, and gaps too.
_SQLITE = [
    _refuse("audit_logs", "update"),
    _refuse(
        "audit_logs",
        "delete",
        f"OLD.time >= {_YEAR_AGO} OR OLD.sequence > {_SEALED_TO}",
        "is append-only: this entry is not sealed, or not a year old",
    ),
    _refuse(
        "audit_logs",
        "insert",
        "NEW.sequence IS NOT (SELECT size + 1 FROM audit_head) OR length(NEW.leaf) IS NOT 32 "
        "OR NEW.time < (SELECT last_time FROM audit_head)",
        "an entry must follow the last one",
    ),
    _refuse("audit_head", "insert", words="there is one head"),
    _refuse("audit_head", "delete", words="there is one head"),
    _refuse(
        "audit_head",
        "update",
        "NEW.id IS NOT 1 OR NEW.size IS NOT OLD.size + 1 OR NEW.size IS NOT (SELECT max(sequence) FROM audit_logs)",
        "the head moves on with each entry",
    ),
    *(_refuse(table, event) for table in WRITTEN_ONCE for event in ("update", "delete")),
    _refuse(
        "audit_nodes",
        "insert",
        "EXISTS (SELECT 1 FROM audit_nodes WHERE level = NEW.level AND position = NEW.position)",
    ),
    _refuse("audit_checkpoints", "insert", "EXISTS (SELECT 1 FROM audit_checkpoints WHERE id = NEW.id)"),
    _refuse("audit_epochs", "insert", "NEW.number <= (SELECT coalesce(max(number), 0) FROM audit_epochs)"),
    _refuse(
        "audit_segments",
        "insert",
        "NEW.first IS NOT (SELECT coalesce(max(last), 0) + 1 FROM audit_segments) OR NEW.last % 256 <> 0 "
        "OR NEW.last < NEW.first OR NEW.last > (SELECT size FROM audit_head)",
        "segments follow one another and end on a multiple of 256",
    ),
]
_SQLITE_NAMES = {statement.split()[2] for statement in _SQLITE}
_SQLITE_AWAY = [f"DROP TRIGGER IF EXISTS {name}" for name in sorted(_SQLITE_NAMES)]
_SQLITE_FOUND = "SELECT name FROM sqlite_master WHERE type = 'trigger' AND name LIKE 'audit_%'"


# ---- PostgreSQL -----------------------------------------------------------------------------------------------------

_BODIES = {
    "audit_refuse": "RAISE EXCEPTION '%: is append-only', TG_TABLE_NAME USING ERRCODE = 'integrity_constraint_violation';",
    "audit_logs_keep": """
        IF OLD.time >= least(now(), (SELECT last_time FROM audit_head)) - interval '365 days' OR OLD.sequence >
            (SELECT coalesce(max(last), 0) FROM audit_segments WHERE sealed_at <= now() - interval '1 day') THEN
            RAISE EXCEPTION 'audit_logs: is append-only: this entry is not sealed, or not a year old'
                USING ERRCODE = 'integrity_constraint_violation';
        END IF;
        RETURN OLD;""",
    "audit_logs_follow": """
        IF NEW.sequence IS DISTINCT FROM (SELECT size + 1 FROM audit_head) OR length(NEW.leaf) IS DISTINCT FROM 32
            OR NEW.time < (SELECT last_time FROM audit_head) THEN
            RAISE EXCEPTION 'audit_logs: an entry must follow the last one' USING ERRCODE = 'integrity_constraint_violation';
        END IF;
        RETURN NEW;""",
    "audit_head_follow": """
        IF NEW.id IS DISTINCT FROM 1 OR NEW.size IS DISTINCT FROM OLD.size + 1
            OR NEW.size IS DISTINCT FROM (SELECT max(sequence) FROM audit_logs) THEN
            RAISE EXCEPTION 'audit_head: the head moves on with each entry' USING ERRCODE = 'integrity_constraint_violation';
        END IF;
        RETURN NEW;""",
    "audit_epochs_follow": """
        IF NEW.number <= (SELECT coalesce(max(number), 0) FROM audit_epochs) THEN
            RAISE EXCEPTION 'audit_epochs: epochs follow one another' USING ERRCODE = 'integrity_constraint_violation';
        END IF;
        RETURN NEW;""",
    "audit_segments_follow": """
        IF NEW.first IS DISTINCT FROM (SELECT coalesce(max(last), 0) + 1 FROM audit_segments) OR NEW.last % 256 <> 0
            OR NEW.last < NEW.first OR NEW.last > (SELECT size FROM audit_head) THEN
            RAISE EXCEPTION 'audit_segments: segments follow one another and end on a multiple of 256'
                USING ERRCODE = 'integrity_constraint_violation';
        END IF;
        RETURN NEW;""",
}
FUNCTIONS = tuple(_BODIES)
_TABLES = ("audit_logs", "audit_head", *WRITTEN_ONCE)
# Trigger, when, table, per, function.
_TRIGGERS = [
    ("audit_logs_no_update", "BEFORE UPDATE", "audit_logs", "ROW", "audit_refuse"),
    ("audit_logs_no_delete", "BEFORE DELETE", "audit_logs", "ROW", "audit_logs_keep"),
    ("audit_logs_no_insert", "BEFORE INSERT", "audit_logs", "ROW", "audit_logs_follow"),
    ("audit_head_no_other", "BEFORE INSERT OR DELETE", "audit_head", "ROW", "audit_refuse"),
    ("audit_head_no_update", "BEFORE UPDATE", "audit_head", "ROW", "audit_head_follow"),
    ("audit_epochs_no_insert", "BEFORE INSERT", "audit_epochs", "ROW", "audit_epochs_follow"),
    ("audit_segments_no_insert", "BEFORE INSERT", "audit_segments", "ROW", "audit_segments_follow"),
    *((f"{table}_no_change", "BEFORE UPDATE OR DELETE", table, "ROW", "audit_refuse") for table in WRITTEN_ONCE),
    *((f"{table}_no_truncate", "BEFORE TRUNCATE", table, "STATEMENT", "audit_refuse") for table in _TABLES),
]


def _trigger(name: str, when: str, table: str, per: str, function: str) -> list[str]:
    """An ordinary trigger is silent under `session_replication_role = replica`; an ALWAYS one is not."""
    return [
        f"CREATE TRIGGER {name} {when} ON {table} FOR EACH {per} EXECUTE FUNCTION {function}()",
        f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {name}",
    ]


_POSTGRES = [
    *(
        f"CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $guard$ BEGIN {body} END $guard$"
        for name, body in _BODIES.items()
    ),
    *(statement for trigger in _TRIGGERS for statement in _trigger(*trigger)),
]
_POSTGRES_NAMES = {trigger[0] for trigger in _TRIGGERS}
_POSTGRES_AWAY = [f"DROP TRIGGER IF EXISTS {name} ON {table}" for name, _, table, *_ in _TRIGGERS]
_POSTGRES_FOUND = (
    "SELECT tgname FROM pg_trigger JOIN pg_class ON pg_class.oid = tgrelid WHERE tgname LIKE 'audit_%' "
    "AND tgenabled = 'A' AND relnamespace = current_schema()::regnamespace"
)
