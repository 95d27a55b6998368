"""What every test stands on: a data folder of its own, a database on disk, four people, and nothing left behind.

The suite runs on SQLite; with `PRESSTIME_TEST_DATABASE=postgres` on a PostgreSQL server from the wheel.
"""

from __future__ import annotations

import os
import shutil
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import django
import pytest

if TYPE_CHECKING:
    from presstime.accounts.models import User

_stack = ExitStack()
_data = Path(tempfile.mkdtemp(prefix="presstime-tests-"))
_stack.callback(shutil.rmtree, _data, ignore_errors=True)
ON_POSTGRES = os.environ.pop("PRESSTIME_TEST_DATABASE", "") == "postgres"


def _set_environment() -> None:
    """The settings of the suite; nothing of the developer's own environment reaches a test."""
    for name in [name for name in os.environ if name.startswith("PRESSTIME_")]:
        del os.environ[name]
    os.environ["PRESSTIME_DATA_DIR"] = str(_data)
    os.environ["PRESSTIME_SECRET_KEY"] = "test-key-" + "0" * 40
    os.environ["PRESSTIME_BASE_URL"] = "http://testserver"
    os.environ["DJANGO_SETTINGS_MODULE"] = "presstime.project.settings"
    if ON_POSTGRES:
        from tests.postgres_server import running_postgres

        server = _stack.enter_context(running_postgres())
        os.environ["PRESSTIME_DATABASE_URL"] = server.url


def _hash_quickly() -> None:
    """A password costs a quarter of a second by design; a suite that makes thousands of people does not need that."""
    from django.conf import settings

    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


def _guard() -> None:
    from tests.guarding import install

    install()


_set_environment()
_guard()
django.setup()
_hash_quickly()


def pytest_unconfigure() -> None:
    _stack.close()


# What never meets Presstime's own database is tried once, in the suite on SQLite.
WITHOUT_DATABASE = ("architecture", "base", "browser", "contracts", "deploy", "pressroom")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if ON_POSTGRES:
        here = Path(__file__).parent
        left_out = [item for item in items if item.path.relative_to(here).parts[0] in WITHOUT_DATABASE]
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if item not in set(left_out)]


def pytest_report_header() -> str:
    return "database: " + ("PostgreSQL" if ON_POSTGRES else "SQLite")


@pytest.fixture(scope="session")
def django_db_modify_db_settings() -> None:
    """A file instead of memory: threads and other processes must see the same database."""
    from django.conf import settings

    if not ON_POSTGRES:
        settings.DATABASES["default"].setdefault("TEST", {})["NAME"] = str(_data / "test.sqlite3")


@pytest.fixture(autouse=True, scope="session")
def _the_audit_log_can_be_emptied() -> Iterator[None]:
    """Tests that commit empty all tables afterwards; the guards of the audit log forbid just that."""
    from django.db import connection
    from django.db.backends.base.operations import BaseDatabaseOperations

    from presstime.audit import guards
    from presstime.audit.models import Head
    from presstime.database import authorizer

    flush = BaseDatabaseOperations.execute_sql_flush

    def without_guards(operations: BaseDatabaseOperations, statements: list[str]) -> None:
        with authorizer.lifted(connection):
            guards.remove(connection)
            flush(operations, statements)
            Head.objects.create(id=1, size=0, last_time=datetime(1970, 1, 1, tzinfo=UTC), frontier=b"")
            guards.make(connection)

    BaseDatabaseOperations.execute_sql_flush = without_guards  # type: ignore[method-assign]
    yield
    BaseDatabaseOperations.execute_sql_flush = flush  # type: ignore[method-assign]


@pytest.fixture
def data_path() -> Path:
    """The data folder of the suite."""
    return _data


@pytest.fixture
def assets_folder() -> Iterator[Path]:
    """The installation's folder of assets, empty before and after."""
    from django.conf import settings

    path: Path = settings.CONFIGURATION.assets_path
    shutil.rmtree(path, ignore_errors=True)
    yield path
    shutil.rmtree(path, ignore_errors=True)


@pytest.fixture
def now() -> datetime:
    """A Tuesday morning."""
    return datetime(2026, 11, 24, 9, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def nothing_is_left() -> Iterator[None]:
    """Every test gives back its threads."""
    before = set(threading.enumerate())
    yield
    left = [thread for thread in threading.enumerate() if thread not in before]
    for thread in left:
        thread.join(5)
    assert not [thread.name for thread in left if thread.is_alive()]


PASSWORD = "correct horse battery staple"


@pytest.fixture
def make_user(db: None, now: datetime) -> Callable[[str, str], User]:
    """`make_user("alice", "author")`."""
    from presstime.accounts.models import User

    def make(username: str, role: str) -> User:
        user = User(username=username, email=f"{username}@example.com", role=role, created_at=now)
        user.set_password(PASSWORD)
        user.save()
        return user

    return make


@pytest.fixture
def admin(make_user: Callable[[str, str], User]) -> User:
    """May do everything."""
    return make_user("dana", "admin")


@pytest.fixture
def alice(make_user: Callable[[str, str], User]) -> User:
    """May make and run reports and schedules."""
    return make_user("alice", "author")


@pytest.fixture
def bob(make_user: Callable[[str, str], User]) -> User:
    """May look."""
    return make_user("bob", "viewer")


@pytest.fixture
def charlie(make_user: Callable[[str, str], User]) -> User:
    """Must not see: his account is switched off."""
    user = make_user("charlie", "viewer")
    user.is_active = False
    user.save()
    return user
