"""PostgreSQL's own programs: `pg_dump` for a copy, `pg_restore` and `psql` for the way back."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from presstime.backups.errors import BackupFailed, Damaged, told

if TYPE_CHECKING:
    import psycopg

STRICTLY = ("--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1")
SCRATCH = "presstime_drill_of_"
PROGRAMS = ("pg_dump", "pg_restore", "psql")
CONNECT_SECONDS = 10
# What pg_restore writes before everything else since version 17, and what servers before that do not know.
NEWER_SETTING = b"SET transaction_timeout = 0;"
NEWER_SINCE = 17
HEAD_BYTES = 8192


class Unreachable(BackupFailed):
    """The server does not answer, or does not let us in."""


def dump(database: Mapping[str, Any], path: Path) -> str:
    """Write a dump of *database* (Django's settings) to *path*; the version of the program that did."""
    check_programs(database)
    path.touch(mode=0o600)
    # Not compressed by pg_dump: zstd over the whole is three times as fast and as small.
    run_tool(database, "pg_dump", "--format=custom", "--compress=0", "--no-owner", f"--file={path}")
    check_dump(path)
    return tool_version("pg_dump")


def check_dump(path: Path) -> None:
    """Damaged unless `pg_restore` reads the whole dump."""
    try:
        run_tool(None, "pg_restore", "--file=/dev/null", str(path))
    except BackupFailed as error:
        raise Damaged(f"The dump is damaged. {error.message}") from error


def write_script(database: Mapping[str, Any], dump: Path, script: Path) -> None:
    """Write the SQL of *dump* to *script*, such that the server of *database* takes it."""
    run_tool(None, "pg_restore", "--no-owner", "--no-privileges", f"--file={script}", str(dump))
    if server_version(database) >= NEWER_SINCE:
        return
    with told("Preparing the restore"), script.open("r+b") as file:
        at = file.read(HEAD_BYTES).find(b"\n" + NEWER_SETTING)
        if at >= 0:
            file.seek(at + 1)
            file.write(b"-- ")  # a comment of the same length


def try_restore(database: Mapping[str, Any], dump: Path, script: Path) -> bool:
    """Restore *dump* into a database of its own beside *database*, which is dropped again; BackupFailed when that fails.

    False when the user of *database* may make none: then nothing was tried.
    """
    import psycopg
    from psycopg import sql

    scratch = f"{SCRATCH}{database['NAME']}"[:63]
    name = sql.Identifier(scratch)
    with _connected(database) as connection:
        try:
            connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(name))
            make = "CREATE DATABASE {} TEMPLATE template0 ENCODING 'UTF8' LOCALE 'C'"
            connection.execute(sql.SQL(make).format(name))
        except psycopg.errors.InsufficientPrivilege:
            return False
        try:
            write_script(database, dump, script)
            beside = {**database, "NAME": scratch}
            run_tool(beside, "psql", *STRICTLY, "--single-transaction", f"--file={script}")
        finally:
            connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(name))
    return True


def check_programs(database: Mapping[str, Any]) -> None:
    """BackupFailed unless all programs are there and none is older than the server: such a one refuses, or loses things."""
    for tool in PROGRAMS:
        program(tool)
    server = server_version(database)
    for tool in PROGRAMS:
        said = tool_version(tool)
        found = re.search(r"\d+", said)
        if found and int(found[0]) < server:
            raise BackupFailed(
                f"{tool} is of version {found[0]}, the server of version {server}: an older {tool} cannot be used. Install "
                f"PostgreSQL's client programs in version {server} or later (Debian: apt-get install "
                f"postgresql-client-{server}) and see that they come first on the PATH; {program(tool)} is used now."
            )


def server_version(database: Mapping[str, Any]) -> int:
    """The major version of the server."""
    with _connected(database) as connection:
        version: int = connection.info.server_version
    return version // 10000


@contextmanager
def _connected(database: Mapping[str, Any]) -> Iterator[psycopg.Connection]:
    """A connection of its own, without transactions; BackupFailed for what the server says against it."""
    import psycopg

    password = str(database.get("PASSWORD") or "") or None
    given: dict[str, Any] = {"password": password, "connect_timeout": CONNECT_SECONDS, "autocommit": True}
    try:
        opened = psycopg.connect(address(database), **given)
    except psycopg.Error as error:
        raise Unreachable(f"The database cannot be reached: {' '.join(str(error).split())[:500]}") from error
    try:
        with closing(opened) as connection:
            yield connection
    except psycopg.Error as error:
        raise BackupFailed(f"The database said: {' '.join(str(error).split())[:500]}") from error


def run_tool(database: Mapping[str, Any] | None, tool: str, *arguments: str) -> str:
    """Run a program of PostgreSQL, on *database* if one is given; its output. The password goes through the environment."""
    target = [f"--dbname={address(database)}"] if database is not None else []
    done = subprocess.run(  # noqa: S603 - a program of PostgreSQL with arguments of ours
        [program(tool), *arguments, *target],
        env=_environment(database or {}),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        lines = done.stderr.strip().splitlines() or [f"exit code {done.returncode}"]
        raise BackupFailed(f"{tool} failed: {' '.join(lines[-3:])[:500]}")
    return done.stdout


def program(tool: str) -> str:
    """Where *tool* is; BackupFailed says how to get it."""
    found = shutil.which(tool)
    if found is None:
        raise BackupFailed(
            f"The program {tool} is not on the PATH. Install PostgreSQL's client programs in the server's version "
            "or later (Debian: apt-get install postgresql-client)."
        )
    return found


def tool_version(tool: str) -> str:
    """What *tool* says of itself: `pg_dump (PostgreSQL) 18.6`."""
    done = subprocess.run([program(tool), "--version"], capture_output=True, text=True, check=False)  # noqa: S603
    return done.stdout.strip()


def address(given: Mapping[str, Any]) -> str:
    """How libpq finds the database, without its password."""
    from psycopg.conninfo import make_conninfo

    parts = {"host": given.get("HOST"), "port": given.get("PORT"), "user": given.get("USER"), "dbname": given["NAME"]}
    options = {name: value for name, value in dict(given.get("OPTIONS") or {}).items() if isinstance(value, str)}
    known = {name: value for name, value in (options | parts).items() if value}
    return make_conninfo(**known)


def _environment(database: Mapping[str, Any]) -> dict[str, str]:
    own = {name: value for name, value in os.environ.items() if not name.startswith("PRESSTIME_")}
    password = str(database.get("PASSWORD") or "")
    return own | ({"PGPASSWORD": password} if password else {})
