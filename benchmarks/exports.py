"""Large results as files, from query to file through pressroom: CSV, Parquet, XLSX, and PostgreSQL to CSV.

Peers, in the same run and interleaved: DuckDB's own COPY (nothing but the copy, without digest, without guard against
formulas), XlsxWriter in its constant-memory mode. Every work is a process of its own, measured from its start to its end.
"""

from __future__ import annotations

import shutil
import tempfile
from functools import partial
from importlib.util import find_spec
from pathlib import Path

import duckdb

from benchmarks.measure import REMEDY, interleaved, run, show

LARGE, SHEET, SERVER = 10_000_000, 1_000_000, 1_000_000
ROUNDS = 5
REPORT = """---
title: Orders
source: data
formats: [{format}]
row_limit: 20000000
---
```sql orders
select * from orders
```
```table
data: orders
limit: 50
```
"""
# Ten columns: whole numbers short and beyond 2^53, binary and decimal fractions, day, moment, two texts, boolean, gaps.
ROWS = """
    select range::bigint as id, (range * 900719925474 + 7)::bigint as big, random() * 1e6 as fraction,
           (random() * 1e8)::decimal(18,4) as amount, date '2020-01-01' + (range % 2000)::int as day,
           timestamp '2024-01-01' + to_milliseconds(range * 977) as moment, 'Customer ' || (range % 9973) as customer,
           ['North', 'South', 'East & West', '<b>Centre</b>'][1 + range % 4] as region, range % 3 = 0 as paid,
           case when range % 7 > 0 then (range % 90)::integer end as quantity
    from range({count})
"""


def main() -> None:
    path = Path(tempfile.mkdtemp(prefix="presstime-benchmark-"))
    try:
        _files(path)
        _workbook(path)
        _postgresql(path)
    finally:
        shutil.rmtree(path, ignore_errors=True)


def _orders(path: Path, count: int) -> Path:
    folder = path / str(count)
    folder.mkdir()
    with duckdb.connect(config={"threads": 2, "memory_limit": "1GB"}) as connection:
        connection.execute(f"copy ({ROWS.format(count=count)}) to '{folder / 'orders.parquet'}' (format parquet)")
    return folder


def _report(path: Path, format_name: str) -> Path:
    report = path / f"{format_name}.md"
    report.write_text(REPORT.format(format=format_name))
    return report


def _files(path: Path) -> None:
    folder = _orders(path, LARGE)
    for name, options in (("csv", "format csv"), ("parquet", "format parquet, compression zstd")):
        works = {
            "pressroom": partial(run, "render_files", _report(path, name), f"files:///{folder}", path / "out"),
            "DuckDB COPY": partial(run, "duckdb_copy", folder / "orders.parquet", path / f"peer.{name}", options),
        }
        results = interleaved(works, ROUNDS)
        show(f"{LARGE:,} rows of ten columns as {name}", results, "1.3 times COPY, under 1 GB")
    shutil.rmtree(folder)


def _workbook(path: Path) -> None:
    folder, out = _orders(path, SHEET), path / "workbook"
    render = partial(run, "render_files", _report(path, "xlsx"), f"files:///{folder}", out)
    peer = partial(run, "xlsxwriter", folder / "orders.parquet", path / "peer.xlsx")
    results = interleaved({"pressroom": render, "XlsxWriter, constant memory": peer}, 1)
    show(f"{SHEET:,} rows of ten columns as xlsx", results, "ten times faster, under 400 MB, every cell equal")
    if find_spec("python_calamine"):
        said = run("check_workbook", folder / "orders.parquet", next(out.glob("*.xlsx"))).said
        print(f"  read back with calamine: {said['wrong']} of {said['cells']:,} cells differ", flush=True)
    else:
        print(f"  not read back: calamine is missing; {REMEDY}")


def _postgresql(path: Path) -> None:
    from tests.postgres_server import PostgresUnavailable, running_postgres

    try:
        with running_postgres() as server:
            server.execute(f"""create table orders as select g as id, g * 900719925474 + 7 as big, random() * 1e6 as fraction,
                (random() * 1e8)::numeric(18,4) as amount, date '2020-01-01' + (g % 2000)::int as day,
                timestamp '2024-01-01' + g * interval '1 second' as moment, 'Customer ' || (g % 9973) as customer,
                'North' as region, g % 3 = 0 as paid, case when g % 7 > 0 then (g % 90)::int end as quantity
                from generate_series(1::bigint, {SERVER}) g""")
            work = partial(run, "render_files", _report(path, "csv"), server.url, path / "out")
            show(f"{SERVER:,} rows from PostgreSQL as csv", interleaved({"pressroom": work}, 3), "under 250 MB")
    except PostgresUnavailable as error:
        print(f"no PostgreSQL: {error}")
