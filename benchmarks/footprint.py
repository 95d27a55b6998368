"""From `presstime serve` on an empty folder to the first answer, and the memory of the process tree: idle, and once it has drawn charts.

Peer: a bare interpreter that has imported Django and the libraries of a report, in the same run.
"""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path
from threading import Event

from benchmarks.installation import REPORT, environment, folder, free_port, inbox, pss_bytes, server
from benchmarks.load import connect, make_report, make_schedules

BARE = "import django, duckdb, typst, vl_convert, jinja2, xlsxwriter, css_inline, sys; print('ready', flush=True); sys.stdin.read()"
SETTLE_SECONDS = 10
CHART = "```chart\ndata: orders\ntype: line\nx: id\ny: amount\n```\n"


def main() -> None:
    with inbox() as box, folder() as path:
        settings = environment(path, box.port, free_port())
        begin = time.monotonic()
        with server(settings) as process:
            seconds = time.monotonic() - begin
            Event().wait(SETTLE_SECONDS)
            idle = _sizes(process.pid)
        connect(settings)
        make_schedules(
            make_report(path, f"{REPORT}\n{CHART}"), ["pdf"], [time.time() + number for number in range(5, 8)]
        )
        with server(settings) as process:
            box.wait_for(3, 120)
            Event().wait(SETTLE_SECONDS)
            drawing = _sizes(process.pid)
    bare = _bare_pss()
    print("\n== footprint ==")
    print(f"start on an empty folder to the first answer: {seconds:.1f} s")
    for title, sizes in (
        ("idle", idle),
        ("after three reports with a chart, the process that drew them waits", drawing),
    ):
        total = sum(size for _, size in sizes)
        for name, size in sizes:
            print(f"  {size / 1e6:7.1f} MB  {name}")
        print(
            f"{title}: sum of PSS over {len(sizes)} processes {total / 1e6:.0f} MB (limit 300), {total / bare:.1f} times bare"
        )
    print(f"a bare interpreter with the same libraries: {bare / 1e6:.0f} MB", flush=True)


def _sizes(root: int) -> list[tuple[str, int]]:
    return [(_name(pid), size) for pid, size in pss_bytes(root).items()]


def _name(pid: int) -> str:
    words = Path(f"/proc/{pid}/cmdline").read_bytes().decode(errors="replace").split("\0")
    return " ".join(Path(word).name if "/" in word else word for word in words)[:70]


def _bare_pss() -> int:
    process = subprocess.Popen([sys.executable, "-c", BARE], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert process.stdout
    process.stdout.readline()
    size = sum(pss_bytes(process.pid).values())
    process.communicate()
    return size
