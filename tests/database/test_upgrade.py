"""`presstime migrate` on real files: what is there is copied before it is changed."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from datetime import datetime
from pathlib import Path

import pytest
from django.db import connection

from presstime.accounts.models import User
from presstime.database.upgrade import copy_sqlite, is_current, upgrade
from tests.conftest import ON_POSTGRES

on_sqlite = pytest.mark.skipif(ON_POSTGRES, reason="about the file of an SQLite database")


def presstime(folder: Path, *code: str) -> str:
    """Run Python code in a process whose data folder is *folder*, with Django set up; what it prints."""
    program = "\n".join(["import django; django.setup()", "from django.core.management import call_command", *code])
    environment = {
        "PATH": "/usr/bin:/bin",
        "PRESSTIME_DATA_DIR": str(folder),
        "DJANGO_SETTINGS_MODULE": "presstime.project.settings",
    }
    done = subprocess.run(
        [sys.executable, "-c", program], env=environment, cwd=folder.parent, capture_output=True, text=True, check=True
    )
    return done.stdout


UPGRADE = (
    "from datetime import datetime, UTC; from presstime.database.upgrade import upgrade; "
    "print(*upgrade(datetime(2026, 11, 24, 9, tzinfo=UTC)), sep='\\n')"
)


@on_sqlite
def test_an_older_database_is_copied_before_it_is_changed(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    assert presstime(folder, UPGRADE) == "Made the tables.\n"
    assert list(folder.glob("presstime-before-*")) == []
    presstime(folder, "call_command('migrate', 'sessions', 'zero', verbosity=0)")

    said = presstime(folder, UPGRADE).splitlines()

    [copy] = folder.glob("presstime-before-*.sqlite3")
    assert said == [
        f"Kept a copy of the database as it was: {copy}.",
        "Applied 1 migration(s): sessions.0001_initial.",
    ]
    assert copy.name.endswith("-20261124T090000Z.sqlite3")
    assert copy.stat().st_mode & 0o077 == 0
    assert "django_session" not in tables(copy)
    assert "accounts_user" in tables(copy)
    assert "django_session" in tables(folder / "presstime.sqlite3")


@on_sqlite
def test_two_starts_at_once_upgrade_once(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    program = f"import django; django.setup(); {UPGRADE}"
    environment = {
        "PATH": "/usr/bin:/bin",
        "PRESSTIME_DATA_DIR": str(folder),
        "DJANGO_SETTINGS_MODULE": "presstime.project.settings",
    }
    both = [
        subprocess.Popen(
            [sys.executable, "-c", program], env=environment, cwd=tmp_path, stdout=subprocess.PIPE, text=True
        )
        for _ in range(2)
    ]
    said = sorted(process.communicate(timeout=120)[0] for process in both)
    assert said == ["Made the tables.\n", "The database is up to date.\n"]


def tables(path: Path) -> set[str]:
    with closing(sqlite3.connect(path)) as database:
        assert database.execute("pragma integrity_check").fetchone() == ("ok",)
        return {name for (name,) in database.execute("select name from sqlite_master where type = 'table'")}


@on_sqlite
@pytest.mark.django_db(transaction=True)
def test_a_copy_holds_what_was_committed(tmp_path: Path, make_user: Callable[[str, str], User]) -> None:
    make_user("alice", "author")
    copy_sqlite(tmp_path / "copy.sqlite3")
    with closing(sqlite3.connect(tmp_path / "copy.sqlite3")) as copy:
        assert copy.execute("select username from accounts_user").fetchall() == [("alice",)]
    assert [path.name for path in tmp_path.iterdir()] == ["copy.sqlite3"]


@pytest.mark.django_db(transaction=True)
def test_a_current_database_is_left_alone(now: datetime) -> None:
    assert is_current()
    assert upgrade(now) == ["The database is up to date."]
    assert "cache" in connection.introspection.table_names()
