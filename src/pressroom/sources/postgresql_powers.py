"""What the role of a PostgreSQL source may do that a reader need not."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

POWERS = """
select (select rolsuper from pg_catalog.pg_roles where rolname = current_user) as is_superuser,
       (select rolreplication from pg_catalog.pg_roles where rolname = current_user) as is_replicator,
       (select coalesce(string_agg(rolname, ', ' order by rolname), '') from pg_catalog.pg_roles
        where rolname in ('pg_execute_server_program', 'pg_read_server_files', 'pg_write_server_files', 'pg_write_all_data',
                          'pg_signal_backend')
          and pg_catalog.pg_has_role(current_user, oid, 'member')) as roles,
       (select count(*) from pg_catalog.pg_class as c
        join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
        where c.relkind in ('r', 'p') and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
          and pg_catalog.has_table_privilege(c.oid, 'INSERT, UPDATE, DELETE, TRUNCATE')) as tables
"""
_REMEDY = "Give the source a role with SELECT only: GRANT SELECT ON ALL TABLES IN SCHEMA public TO reader."


def warnings_of(powers: Mapping[str, Any]) -> list[str]:
    """A sentence about the row that `POWERS` gives; none for a role that only reads."""
    if powers["is_superuser"]:
        return [f"Its role is a superuser. {_REMEDY}"]
    if powers["is_replicator"]:
        return [f"Its role may make replication slots, which fill the server's disk. {_REMEDY}"]
    if powers["roles"]:
        return [f"Its role is a member of {powers['roles']}. {_REMEDY}"]
    if powers["tables"]:
        return [f"Its role may write to tables ({powers['tables']} of them). {_REMEDY}"]
    return []
