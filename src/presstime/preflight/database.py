"""The database: whether it answers and can be written, its version, its tables, and the clock against what is in it."""

from __future__ import annotations

import sys
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from presstime.base.configuration import HIDDEN, Problem
from presstime.database import driver
from presstime.database.address import django_database
from presstime.disk.volumes import database_file
from presstime.preflight.context import Context

CONNECT_SECONDS = 5
OLDEST_POSTGRESQL = 140000
BUILT = datetime(2026, 11, 1, tzinfo=UTC)  # no clock that is right shows an earlier day
TOLERANCE = timedelta(minutes=5)


def check_database(context: Context) -> list[Problem]:
    """Whether the database answers and takes writes; without Django, so that it can be told beside wrong settings."""
    if "database_url" in context.wrong:
        return []
    file = database_file(context.configuration)
    return _check_sqlite(context, file) if file is not None else _check_postgresql(context)


def _check_sqlite(context: Context, file: Path) -> list[Problem]:
    problems = []
    if not driver.is_whole():
        problems.append(
            context.about(
                "database_url",
                f"SQLite {sqlite_version()} can corrupt a database that several processes write (fixed in 3.51.3).",
                read=sqlite_version(),
                allowed="3.51.3 or newer",
                remedy="Install the package pysqlite3 0.6.1 or newer beside Presstime.",
                is_error=False,
            )
        )
    if not file.exists():
        return problems  # it is made at the first start, in a folder that is checked by itself
    if file.stat().st_mode & 0o077 and not _is_closed_above(file):
        problems.append(
            context.about(
                "database_url",
                f"The database {file} may be read by other users of the machine.",
                remedy=f"chmod 600 {file}",
                is_error=False,
            )
        )
    try:
        _try_sqlite(file)
    except _library().Error as error:
        if "locked" in str(error):
            return problems  # somebody writes at length; that will pass
        problems.append(
            context.about(
                "database_url",
                f"The database {file} cannot be used: {error}.",
                read=file,
                allowed="an SQLite database that can be written, or a file that is not there yet.",
                remedy="Name the right file, mend its owner, or restore a backup: presstime backup restore.",
            )
        )
    return problems


def _is_closed_above(file: Path) -> bool:
    return not file.parent.stat().st_mode & 0o007


def _try_sqlite(file: Path) -> None:
    with closing(_library().connect(f"file:{file}?mode=rw", uri=True, timeout=CONNECT_SECONDS)) as connection:
        connection.isolation_level = None
        connection.execute("select count(*) from sqlite_master").fetchone()
        connection.execute("begin immediate")
        connection.execute("rollback")


def _library() -> Any:
    """SQLite's module as the driver has put it; the name `sqlite3` may still mean Python's own here."""
    return sys.modules["sqlite3"]


def sqlite_version() -> str:
    return str(_library().sqlite_version)


def _check_postgresql(context: Context) -> list[Problem]:
    import psycopg

    named = django_database(context.configuration.database_address)
    given = {"dbname": "NAME", "user": "USER", "password": "PASSWORD", "host": "HOST", "port": "PORT"}
    parameters: dict[str, Any] = {name: named[key] for name, key in given.items() if named[key]} | named["OPTIONS"]
    try:
        with psycopg.connect(**{"connect_timeout": CONNECT_SECONDS} | parameters) as connection:
            version = connection.info.server_version
    except psycopg.Error as error:
        return [
            context.about(
                "database_url",
                f"The database cannot be reached: {' '.join(str(error).split())}",
                read=HIDDEN,
                allowed="the address of a PostgreSQL server that answers, and a user who may sign in.",
                remedy="Start the server, or mend the address, the user or the password.",
            )
        ]
    if version >= OLDEST_POSTGRESQL:
        return []
    text = f"PostgreSQL {version // 10000} is older than 14, the oldest that is tried."
    return [context.about("database_url", text, remedy="Upgrade the server.", is_error=False)]


# ---- with Django ----------------------------------------------------------------------------------------------------


def check_tables(context: Context) -> list[Problem]:
    """Whether the tables are those of this version."""
    from django.db import DatabaseError, connection

    from presstime.database.upgrade import is_current

    try:
        if _is_absent(context) or not connection.introspection.table_names():
            return [_about_tables(context, "There are no tables yet: `presstime serve` makes them.", is_error=False)]
        if is_current():
            return []
    except DatabaseError:
        return []  # that it cannot be used is said already
    finally:
        connection.close()
    return [_about_tables(context, "The database's tables are of another version.", is_error=True)]


def _about_tables(context: Context, text: str, *, is_error: bool) -> Problem:
    remedy = "Run `presstime migrate`; `presstime serve` does that by itself."
    return context.about("database_url", text, remedy=remedy, is_error=is_error)


def _is_absent(context: Context) -> bool:
    """Whether there is no SQLite file: to look into it would make an empty one."""
    file = database_file(context.configuration)
    return file is not None and not file.exists()


def check_clock(context: Context) -> list[Problem]:
    """Whether the clock is right as far as that can be known: not before this version, nor before what it wrote itself."""
    newest = _newest(context)
    if context.now >= max(BUILT, newest - TOLERANCE if newest else BUILT):
        return []
    seen = f"the newest entry of the database is of {newest:%Y-%m-%d %H:%M} UTC" if newest else "this version is newer"
    return [
        Problem(
            name="clock",
            origin="system",
            message=f"The clock is behind: {seen}.",
            read=f"{context.now:%Y-%m-%d %H:%M} UTC",
            allowed="the present time",
            remedy="Set the clock and let a time service keep it: timedatectl set-ntp true.",
        )
    ]


def _newest(context: Context) -> datetime | None:
    from django.db import DatabaseError, connection

    from presstime.executions.models import Execution, Worker

    try:
        if _is_absent(context):
            return None
        seen = Worker.objects.order_by("-seen_at").values_list("seen_at", flat=True).first()
        queued = Execution.objects.order_by("-queued_at").values_list("queued_at", flat=True).first()
        return max((at for at in (seen, queued) if at is not None), default=None)
    except DatabaseError:
        return None
    finally:
        connection.close()


def check_audit_rights(context: Context) -> list[Problem]:
    """On PostgreSQL, whether the server's own role could change the audit log behind its guards."""
    from django.db import OperationalError, connection

    from presstime.audit import grants

    try:
        is_there = connection.vendor == "postgresql" and grants.TABLES[0] in connection.introspection.table_names()
        found = grants.weaknesses(connection) if is_there else []
    except OperationalError:
        return []  # that it cannot be used is said already
    finally:
        connection.close()
    remedy = (
        "Give the log to another role: presstime audit grants > grants.sql, and let an administrator of the server run it "
        "in this database (docs/audit.md). A superuser is to be replaced by an ordinary role first."
    )
    return [context.about("database_url", text, read=HIDDEN, remedy=remedy, is_error=False) for text in found]


def check_stored_secrets(context: Context) -> list[Problem]:
    """Whether the key is the one with which the addresses of the sources were encrypted."""
    from django.db import DatabaseError, connection

    from presstime.base.errors import PresstimeError
    from presstime.sources import queries, service

    try:
        first = None if _is_absent(context) else queries.list_sources().first()
        if first is not None:
            service.shown_url(first)  # decrypts and looks no further: a file that is missing is no reason to refuse
    except PresstimeError as error:
        remedy = "Give back the key with which they were stored, from a backup of the keys."
        return [context.about("secret_key", error.message, read=HIDDEN, remedy=remedy)]
    except DatabaseError:
        return []
    finally:
        connection.close()
    return []
