"""From `presstime serve` on an empty folder to the first answer, and the memory of the idle process tree.

Peer: a bare interpreter that has imported Django and the libraries of a report, in the same run.
"""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path
from threading import Event

from benchmarks.installation import environment, folder, free_port, inbox, pss_bytes, server

BARE = "import django, duckdb, typst, vl_convert, jinja2, xlsxwriter, css_inline, sys; print('ready', flush=True); sys.stdin.read()"
SETTLE_SECONDS = 10


def main() -> None:
    with inbox() as box, folder() as path:
        begin = time.monotonic()
        with server(environment(path, box.port, free_port())) as process:
            seconds = time.monotonic() - begin
            Event().wait(SETTLE_SECONDS)
            sizes = pss_bytes(process.pid)
            names = {pid: _name(pid) for pid in sizes}
    bare = _bare_pss()
    total = sum(sizes.values())
    print("\n== footprint ==")
    print(f"start on an empty folder to the first answer: {seconds:.1f} s")
    for pid, size in sizes.items():
        print(f"  {size / 1e6:7.1f} MB  {names[pid]}")
    print(f"idle memory, sum of PSS over {len(sizes)} processes: {total / 1e6:.0f} MB (limit 300)")
    print(f"a bare interpreter with the same libraries: {bare / 1e6:.0f} MB; ratio {total / bare:.1f}")


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
