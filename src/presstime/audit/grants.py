"""On PostgreSQL: what the server's role may do to the log beside the guards, and how another role comes to own it.

Whoever owns a table can switch its triggers off, and whoever owns a trigger's function can empty it. Where both belong to
a role with which nobody signs in, the server's own role can do neither.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from presstime.audit.guards import FUNCTIONS, WRITTEN_ONCE
from presstime.base.errors import Invalid

OWNER = "presstime_audit"
TABLES = ("audit_logs", "audit_head", *WRITTEN_ONCE, "audit_duties", "audit_verifications")
# What the server does beside reading and adding: the guards allow of it what must be.
ALLOWED = {
    "audit_logs": {"DELETE"},  # retention
    "audit_head": {"UPDATE"},
    "audit_duties": {"UPDATE", "DELETE"},
    "audit_verifications": {"UPDATE", "DELETE"},
}
_CHANGES = ("UPDATE", "DELETE", "TRUNCATE", "TRIGGER")

_PLAIN = re.compile(r"[a-z_][a-z0-9_]{0,62}")
_ROLE = "SELECT current_user, rolsuper FROM pg_roles WHERE rolname = current_user"
_OWNED = """
    SELECT 'schema ' || nspname FROM pg_namespace
        WHERE oid = current_schema()::regnamespace AND pg_has_role(current_user, nspowner, 'MEMBER')
    UNION ALL SELECT 'database ' || datname FROM pg_database
        WHERE datname = current_database() AND pg_has_role(current_user, datdba, 'MEMBER')
    UNION ALL SELECT 'table ' || relname FROM pg_class WHERE relnamespace = current_schema()::regnamespace
        AND relname = ANY(%s::text[]) AND pg_has_role(current_user, relowner, 'MEMBER')
    UNION ALL SELECT 'function ' || proname FROM pg_proc WHERE pronamespace = current_schema()::regnamespace
        AND proname = ANY(%s::text[]) AND pg_has_role(current_user, proowner, 'MEMBER')
"""
_PRIVILEGES = """
    SELECT relname, privilege FROM pg_class, unnest(%s::text[]) privilege WHERE relnamespace = current_schema()::regnamespace
        AND relname = ANY(%s::text[]) AND has_table_privilege(current_user, pg_class.oid, privilege)
"""


def weaknesses(connection: Any) -> list[str]:
    """What the role of *connection* could do to the log that it need not, in sentences; none is best."""
    with connection.cursor() as cursor:
        cursor.execute(_ROLE)
        role, is_superuser = cursor.fetchone()
        if is_superuser:
            return [f'The role "{role}" is a superuser: it can switch the guards of the audit log off.']
        cursor.execute(_OWNED, [list(TABLES), list(FUNCTIONS)])
        owned = [str(thing) for (thing,) in cursor.fetchall()]
        cursor.execute(_PRIVILEGES, [list(_CHANGES), list(TABLES)])
        more = sorted(
            f"{privilege} {table}" for table, privilege in cursor.fetchall() if not _is_allowed(table, privilege)
        )
    said = []
    if owned:
        said.append(f'The role "{role}" can switch the guards of the audit log off: it owns {_listed(owned)}.')
    if more:
        said.append(f'The role "{role}" has rights to the audit log that it does not need: {_listed(more)}.')
    return said


def _is_allowed(table: str, privilege: str) -> bool:
    return privilege in ALLOWED.get(table, ())


def _listed(things: list[str]) -> str:
    more = f" and {len(things) - 3} more" if len(things) > 3 else ""
    return ", ".join(things[:3]) + more


def statements(connection: Any, owner: str) -> Iterator[str]:
    """The SQL that gives the log to *owner*, for an administrator of the server to run; it may be run again.

    Invalid when *owner* is no plain name.
    """
    if not _PLAIN.fullmatch(owner):
        raise Invalid.of(
            "owner", f'"{owner}" is no plain name of a role: small letters, digits and _ are allowed, up to 63.'
        )
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_user, current_database(), current_schema()")
        role, database, schema = (_quoted(name) for name in cursor.fetchone())
    new = _quoted(owner)
    exists = f"EXISTS (SELECT 1 FROM pg_roles WHERE rolname = '{owner}')"  # noqa: S608 - its name was looked at
    yield f"DO $$ BEGIN IF NOT {exists} THEN CREATE ROLE {new} NOLOGIN; END IF; END $$"
    yield f"REVOKE {new} FROM {role}"
    yield f"ALTER DATABASE {database} OWNER TO {new}"
    yield f"GRANT CONNECT, TEMPORARY, CREATE ON DATABASE {database} TO {role}"
    yield f"ALTER SCHEMA {schema} OWNER TO {new}"
    yield f"GRANT USAGE, CREATE ON SCHEMA {schema} TO {role}"
    for function in FUNCTIONS:
        yield f"ALTER FUNCTION {schema}.{function}() OWNER TO {new}"
    for table in TABLES:
        yield f"ALTER TABLE {schema}.{table} OWNER TO {new}"
        yield f"REVOKE ALL ON {schema}.{table} FROM {role}, PUBLIC"
        rights = ", ".join(["SELECT", "INSERT", *sorted(ALLOWED.get(table, ()))])
        yield f"GRANT {rights} ON {schema}.{table} TO {role}"


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
