"""The works that `measure` runs: `python -m benchmarks.work NAME ARGUMENT…` prints their peak and what they say of it.

Libraries are imported within each, so that every process carries only its own.
"""

from __future__ import annotations

import gc
import importlib
import json
import resource
import statistics
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

AT = datetime(2026, 11, 24, 8, tzinfo=UTC)
WARM_ROUNDS = 20


def main() -> None:
    name, *arguments = sys.argv[1:]
    said: dict[str, Any] = WORKS[name](*arguments) or {}
    peak = int(Path("/proc/self/status").read_text().split("VmHWM:")[1].split()[0]) * 1024
    peak = max(peak, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024)
    print(json.dumps({"peak": peak, **said}))


# ---- pressroom ------------------------------------------------------------------------------------------------------


def render(report: str, url: str, out: str, *, has_email: bool = True) -> dict[str, Any]:
    """The report file *report* over the source at *url*, with its e-mail, into *out*."""
    import pressroom

    source = pressroom.open_source(url)
    rendered = pressroom.render(
        Path(report).read_text(), sources={"data": source}, parameters={}, at=AT, out=Path(out), email=has_email
    )  # fmt: skip
    source.close()
    return {"rows": rendered.rows, "bytes": [file.bytes for file in rendered.artifacts]}


def render_files(report: str, url: str, out: str) -> dict[str, Any]:
    """The same without an e-mail, as peers make none."""
    return render(report, url, out, has_email=False)


def render_warm(report: str, url: str, out: str) -> dict[str, Any]:
    """The file alone, several times in one process; the median of all but the first, from whose time charts are kept."""
    return _warm(lambda number: render_files(report, url, f"{out}/{number}"))


def _warm(work: Callable[[int], Any]) -> dict[str, Any]:
    seconds = []
    for number in range(WARM_ROUNDS + 1):
        began = time.perf_counter()
        work(number)
        seconds.append(time.perf_counter() - began)
        if not number:
            gc.freeze()  # as the fork server does for its children
    return {"first": seconds[0], "warm": statistics.median(seconds[1:])}


# ---- peers ----------------------------------------------------------------------------------------------------------


def duckdb_copy(parquet: str, path: str, options: str) -> None:
    """DuckDB's own COPY from a Parquet file."""
    import duckdb

    connection = duckdb.connect(config={"threads": 2, "memory_limit": "512MB"})
    connection.execute(f"copy (select * from '{parquet}') to '{path}' ({options})")


def xlsxwriter(parquet: str, path: str) -> None:
    """XlsxWriter in its constant-memory mode, with the typed methods for each column, from DuckDB's rows."""
    import duckdb
    from xlsxwriter import Workbook

    workbook = Workbook(path, {"constant_memory": True})
    sheet = workbook.add_worksheet()
    day = workbook.add_format({"num_format": "yyyy-mm-dd"})
    moment = workbook.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})
    cursor = duckdb.execute(f"select * from '{parquet}'")
    number = 0
    for column, (name, *_) in enumerate(cursor.description or ()):
        sheet.write_string(0, column, name)
    while rows := cursor.fetchmany(4096):
        for one, big, fraction, amount, on, at, customer, region, paid, quantity in rows:
            number += 1
            sheet.write_number(number, 0, one)
            sheet.write_string(number, 1, str(big)) if abs(big) > 2**53 else sheet.write_number(number, 1, big)
            sheet.write_number(number, 2, fraction)
            sheet.write_number(number, 3, float(amount))
            sheet.write_datetime(number, 4, on, day)
            sheet.write_datetime(number, 5, at, moment)
            sheet.write_string(number, 6, customer)
            sheet.write_string(number, 7, region)
            sheet.write_boolean(number, 8, paid)
            if quantity is not None:
                sheet.write_number(number, 9, quantity)
    workbook.close()


def weasyprint(html: str, path: str) -> None:
    importlib.import_module("weasyprint").HTML(filename=html).write_pdf(path)


def weasyprint_warm(html: str, path: str) -> dict[str, Any]:
    return _warm(lambda _number: weasyprint(html, path))


def check_workbook(parquet: str, workbook: str) -> dict[str, Any]:
    """Read all cells back with calamine and compare each with its value."""
    import duckdb

    calamine = importlib.import_module("python_calamine")
    book = calamine.CalamineWorkbook.from_path(workbook)
    sheet = book.get_sheet_by_name(book.sheet_names[1])
    cursor = duckdb.execute(f"select * from '{parquet}'")
    wrong = count = 0
    found = iter(sheet.iter_rows())
    next(found)
    while rows := cursor.fetchmany(4096):
        for row in rows:
            cells = next(found)
            count += len(row)
            wrong += sum(not _same(value, cell) for value, cell in zip(row, cells, strict=True))
    wrong += sum(1 for _ in found)
    return {"cells": count, "wrong": wrong}


def _same(value: Any, cell: Any) -> bool:
    if value is None:
        return cell in ("", None)
    if isinstance(value, datetime):
        # Calamine reads a moment at midnight as a date.
        moment = cell if isinstance(cell, datetime) else datetime.combine(cell, datetime.min.time())
        return abs((moment - value).total_seconds()) < 0.001
    if isinstance(value, Decimal):
        return bool(float(value) == cell)
    if isinstance(value, bool) or not isinstance(value, int):
        return bool(value == cell)
    return str(value) == cell if abs(value) > 2**53 else bool(value == cell)


WORKS: dict[str, Callable[..., Any]] = {
    one.__name__: one
    for one in (render, render_files, render_warm, duckdb_copy, xlsxwriter, weasyprint, weasyprint_warm, check_workbook)
}

if __name__ == "__main__":
    main()
