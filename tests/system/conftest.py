from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.conftest import ON_POSTGRES
from tests.system.harness import Installation

# 512 entries of two years ago leave the database of an installation that has no others yet; what was sealed, what went.
SEAL = """
    from django.conf import settings
    from tests.audit.conftest import writer
    from presstime.audit import sealed
    write = writer(now)
    write(700, begin=now - timedelta(days=730))
    write(20, begin=now - timedelta(days=1))
    segment = sealed.seal_due(settings.CONFIGURATION, now - timedelta(days=2))
    result = [segment.last, sealed.prune_due(settings.CONFIGURATION, now)]
"""
QUICK = """---
title: Stock
source: shop
formats: [csv]
---
Stock of the day.

```sql stock
select name, pieces from stock order by name
```

```table
data: stock
```
"""

# Hours of work for SQLite, without a word in between.
ENDLESS = QUICK.replace(
    "select name, pieces from stock order by name",
    "with recursive numbers(n) as (select 1 union all select n + 1 from numbers where n < 40000000000000)\n"
    "select max(n) as n from numbers",
)


Installed = Callable[..., Installation]


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with tables and the two reports, made once and copied for each test."""
    with Installation(tmp_path_factory.mktemp("template")) as installation:
        installation.prepare({"quick": QUICK, "endless": ENDLESS})
        return installation.data


@pytest.fixture
def installed(template: Path, tmp_path: Path) -> Iterator[Installed]:
    """`installed(concurrency=4)`: an installation with the two reports; its processes end with the test."""
    with ExitStack() as stack:

        def installed(**settings: object) -> Installation:
            shutil.copytree(template, tmp_path / "data")
            return stack.enter_context(Installation(tmp_path, **settings))

        yield installed


@pytest.fixture(autouse=True)
def on_sqlite() -> None:
    """These tests bring their own database, a SQLite file: once is enough."""
    if ON_POSTGRES:
        pytest.skip("runs on its own SQLite file")
