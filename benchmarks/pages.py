"""Pages: a report of two, a table of about 900, and one page in a child of the fork server, all through pressroom.

Peer, in the same run: WeasyPrint with HTML and CSS of the same content, made beforehand; its chart is a picture that is
ready. Ours runs the queries and, when it begins cold, draws the chart.
"""

from __future__ import annotations

import html
import multiprocessing
import shutil
import sqlite3
import statistics
import tempfile
import time
from contextlib import closing
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import duckdb

from benchmarks.measure import REMEDY, Median, interleaved, run, show
from pressroom.writers import charts
from presstime.executions import isolation
from presstime.executions.drawing import DrawingProcess, drawn_at

ROUNDS = 5
LONG = 32_000
CHILDREN = 11
COLUMNS = ("Order", "Date", "Customer", "Region", "Product", "Qty", "Amount", "Status")
ROWS = """
    select 'PO-' || (100000 + range) as "Order", date '2026-07-01' + (range % 92)::int as "Date",
           ['Acorn Trading', 'Birch & Sons', 'Cedar Works', 'Dune Supplies Ltd'][1 + range % 4] as "Customer",
           ['North', 'South', 'East', 'West'][1 + range % 4] as "Region",
           ['Desk', 'Chair', 'Lamp', 'Shelf'][1 + (range * 7) % 4] as "Product",
           (range % 20 + 1)::int as "Qty", (range % 977 * 1.37)::decimal(12,2) as "Amount",
           ['Paid', 'Open', 'Overdue', 'Refunded'][1 + (range * 3) % 4] as "Status"
    from range({count})
"""
MONTHS = """
    select date '2025-10-01' + to_months(range::int) as month, 300 + range * 17 as revenue, 290 + range * 19 as target,
           10 + range % 4 as returned
    from range(12)
"""
HEAD = """---
title: Revenue of the third quarter
source: data
formats: [pdf]
---
Revenue grew by **12.4 %**, carried by the north and by desks; what is overdue fell.

```sql orders
select * from orders
```
"""
TILES = """```sql totals
select count(*) as orders, sum("Amount") as revenue, avg("Amount") as mean, max("Amount") as highest from orders
```
```sql months
select * from months
```
```kpi
data: totals
tiles:
  - {label: Orders, value: orders, format: number}
  - {label: Revenue, value: revenue, format: number}
  - {label: Mean, value: mean, format: "0.00"}
  - {label: Highest, value: highest, format: "0.00"}
```
```chart
data: months
type: line
title: Revenue by month
x: month
y: [revenue, target]
```
"""
SECOND_CHART = """```chart
data: months
type: bar
title: Returned
x: month
y: returned
```
"""
TABLE = "```table\ndata: orders\nlimit: {limit}\n```\n"


def main() -> None:
    path = Path(tempfile.mkdtemp(prefix="presstime-benchmark-"))
    try:
        _two_pages(path)
        _warm_child(path)
        _many_pages(path)
    finally:
        shutil.rmtree(path, ignore_errors=True)


def _source(path: Path, rows: int) -> str:
    file = path / f"{rows}.duckdb"
    with duckdb.connect(str(file)) as connection:
        connection.execute(f"create table orders as {ROWS.format(count=rows)}")
        connection.execute(f"create table months as {MONTHS}")
    return f"duckdb:///{file}"


def _sqlite(path: Path, rows: int) -> str:
    """The same as a fresh installation has it: an SQLite file with declared types."""
    file = path / f"{rows}.sqlite"
    with closing(sqlite3.connect(file)) as connection, connection:
        for table, query in (("orders", ROWS.format(count=rows)), ("months", MONTHS)):
            cursor = duckdb.execute(query)
            columns = [f'"{name}" {str(type_).lower()}' for name, type_, *_ in cursor.description or ()]
            connection.execute(f"create table {table} ({', '.join(columns)})")
            marks = ", ".join("?" * len(columns))
            found = ([_stored(value) for value in row] for row in cursor.fetchall())
            connection.executemany(f"insert into {table} values ({marks})", found)
    return f"sqlite:///{file}"


def _stored(value: Any) -> Any:
    return value if isinstance(value, int | float | str) else str(value)


def _report(path: Path, name: str, *blocks: str) -> Path:
    file = path / f"{name}.md"
    file.write_text("".join((HEAD, *blocks)))
    return file


def _peer_page(path: Path, name: str, rows: int, *, is_whole: bool) -> Path:
    """The same content as a page for WeasyPrint."""
    found = duckdb.execute(ROWS.format(count=rows)).fetchall()
    cells = "".join("<tr>" + "".join(f"<td>{html.escape(str(value))}</td>" for value in row) + "</tr>" for row in found)
    tiles = "".join(
        f"<div class=tile><small>{name}</small><b>{value}</b></div>"
        for name, value in (("Orders", "40"), ("Revenue", "1,068"), ("Mean", "26.72"), ("Highest", "53.43"))
    )
    chart = _chart() if is_whole else ""
    file = path / f"{name}.html"
    file.write_text(f"""<!doctype html><html lang=en><meta charset=utf-8><title>Revenue of the third quarter</title><style>
        @page {{size: A4; margin: 18mm; @bottom-right {{content: "Page " counter(page) " / " counter(pages); font-size: 8pt}}}}
        body {{font: 9.5pt sans-serif; color: #0f172a}} table {{width: 100%; border-collapse: collapse; font-size: 8.2pt}}
        thead {{display: table-header-group}} td, th {{text-align: left; padding: 4pt 5pt; border-bottom: .4pt solid #e2e8f0}}
        tr:nth-child(even) td {{background: #f8fafc}} .tiles {{display: flex; gap: 9pt}}
        .tile {{flex: 1; border: .6pt solid #e2e8f0; padding: 9pt}} .tile b {{display: block; font-size: 17pt}}
        svg {{width: 100%; height: auto}}</style>
        <h1>Revenue of the third quarter</h1><p>Revenue grew by <b>12.4 %</b>.</p>
        {f"<div class=tiles>{tiles}</div>{chart}" if is_whole else ""}
        <table><thead><tr>{"".join(f"<th>{name}</th>" for name in COLUMNS)}</tr></thead><tbody>{cells}</tbody></table>""")
    return file


def _chart() -> str:
    import vl_convert

    rows = duckdb.execute(f"select month::varchar, revenue from ({MONTHS})").fetchall()
    values = [{"month": month, "revenue": revenue} for month, revenue in rows]
    axes = {"x": {"field": "month", "type": "temporal"}, "y": {"field": "revenue", "type": "quantitative"}}
    spec = {"width": 480, "height": 200, "mark": "line", "encoding": axes, "data": {"values": values}}
    return str(vl_convert.vegalite_to_svg(spec))


def _two_pages(path: Path) -> None:
    report = _report(path, "two", TILES, TABLE.format(limit=40))
    url, other = _sqlite(path, 40), _source(path, 40)
    works = {"pressroom": partial(run, "render_files", report, url, path / "out")}
    warm = {
        "pressroom": partial(run, "render_warm", report, url, path / "warm"),
        "pressroom, from a DuckDB file": partial(run, "render_warm", report, other, path / "warm"),
    }
    if _has_weasyprint():
        page = _peer_page(path, "two", 40, is_whole=True)
        works["WeasyPrint"] = partial(run, "weasyprint", page, path / "peer.pdf")
        warm["WeasyPrint"] = partial(run, "weasyprint_warm", page, path / "peer.pdf")
    show("two pages, whole process", interleaved(works, ROUNDS), "ten times faster")
    print("\n== two pages, warm in one process ==")
    medians = {name: _warm_median(result) for name, result in interleaved(warm, 3).items()}
    for name, seconds in medians.items():
        print(f"{seconds * 1000:8.0f} ms  {name}; {seconds / medians['pressroom']:.1f} times ours", flush=True)


def _warm_median(result: Median) -> float:
    return statistics.median(said["warm"] for said in result.said)


def _has_weasyprint() -> bool:
    if find_spec("weasyprint"):
        return True
    print(f"WeasyPrint is missing: {REMEDY}")
    return False


def _many_pages(path: Path) -> None:
    report, url = _report(path, "many", TABLE.format(limit=LONG)), _source(path, LONG)
    results = interleaved({"pressroom": partial(run, "render_files", report, url, path / "many")}, 3)
    if _has_weasyprint():
        page = _peer_page(path, "many", LONG, is_whole=False)
        results |= interleaved({"WeasyPrint": partial(run, "weasyprint", page, path / "peer.pdf")}, 1)
    show(f"{LONG:,} rows on about 900 pages", results, "under 300 MB, ten times faster")
    from pypdf import PdfReader

    for file in [*(path / "many").glob("*.pdf"), path / "peer.pdf"]:
        if file.exists():
            print(f"  {len(PdfReader(file).pages)} pages, {file.stat().st_size / 1e6:.1f} MB: {file.name}")


# ---- a child of the fork server -------------------------------------------------------------------------------------


def _warm_child(path: Path) -> None:
    """From the start of a child, as executions start theirs, until its files and its e-mail are ready; then once more.

    V8 cannot be started before the fork, for it has threads: the charts come from the drawing process, as those of executions do,
    or, for comparison, from a V8 that each child starts for itself.
    """
    report, url = _report(path, "one", TILES, SECOND_CHART, TABLE.format(limit=8)), _source(path, 9)
    isolation.prepare("forkserver")
    drawing = DrawingProcess("forkserver", 1 << 30)
    print("\n== one page: four tiles, two charts, a table; in a warm child ==")
    _children("charts from the drawing process", report, url, path, drawing.address())
    drawing.end()
    _children("V8 started by each child", report, url, path, "")
    print("  to be reached: 400 ms", flush=True)


def _children(title: str, report: Path, url: str, path: Path, address: str) -> None:
    context = multiprocessing.get_context("forkserver")
    seconds, processor, again = [], [], []
    for number in range(CHILDREN + 1):
        receiver, sender = context.Pipe(duplex=False)
        began = time.perf_counter()
        process: Any = context.Process(
            target=_child, args=(sender, str(report), url, str(path / f"child-{number}"), address)
        )
        process.start()
        processor.append(receiver.recv())
        seconds.append(time.perf_counter() - began)
        again.append(receiver.recv())
        process.join()
    for name, taken in (("first", seconds), ("again", again), ("processor of the child", processor)):
        median, least = statistics.median(taken[1:]) * 1000, min(taken) * 1000
        print(f"{median:8.0f} ms {name} (least {least:.0f}); {title}", flush=True)


def _child(sender: Any, report: str, url: str, out: str, address: str) -> None:
    from benchmarks.work import render

    if address:
        charts.ELSEWHERE.set(drawn_at(address))
    render(report, url, out)
    sender.send(time.process_time())
    began = time.perf_counter()
    render(report, url, f"{out}-again")
    sender.send(time.perf_counter() - began)
