"""Backups of a database of 2 GB under 100 writes a second: full, incremental, and the way back; beside restic and borg.

Ours begins with the database in use and ends with what was stored read back, decrypted and compared. The peers are given a
finished copy of the same moment as a file, keep it encrypted and compressed, and then read back what they hold
(`restic check --read-data`, `borg check --verify-data`). A peer that is not installed is named.
"""

from __future__ import annotations

import json
import os
import random
import shutil
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

SIZE = int(float(os.environ.get("BACKUP_GIGABYTES", "2")) * 1e9)
WRITES_PER_SECOND = 100
BATCH = 20_000
QUIET_SECONDS = 15.0
NEW_ROWS, CHANGED_ROWS = 10_000, 2_500  # a day
PHASES = ("quiet", "full", "incremental")


@dataclass(frozen=True, slots=True)
class Ran:
    """A command: seconds, memory at most in bytes, output."""

    seconds: float
    peak: int
    output: str


def timed(command: list[str], folder: Path | None = None, **environment: str) -> Ran:
    began = time.perf_counter()
    process = subprocess.Popen(
        command, cwd=folder, env=os.environ | environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    )
    assert process.stdout
    output = process.stdout.read().decode()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise RuntimeError(f"{command[0]} ended with {process.returncode}: {output}")
    return Ran(time.perf_counter() - began, usage.ru_maxrss * 1024, output)


# ---- the database ---------------------------------------------------------------------------------------------------


def connect(file: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(file, isolation_level=None, timeout=30)
    connection.execute("pragma journal_mode=wal")
    connection.execute("pragma synchronous=full")
    return connection


def row(chance: random.Random) -> tuple[str, str, str]:
    """As in a log of changes: who, what, and a body that shrinks to some third."""
    body = {
        "id": chance.getrandbits(128).to_bytes(16, "big").hex(),
        "old": chance.randrange(10**9),
        "new": chance.randrange(10**9),
    }
    words = " ".join(chance.choice(WORDS) for _ in range(24))
    return chance.choice(WORDS), chance.choice(WORDS), json.dumps(body | {"text": words})


WORDS = [
    f"{first}{second}"
    for first in ("sch", "rep", "mail", "exec", "aud", "art")
    for second in ("ule", "ort", "or", "ed")
]


def fill(file: Path) -> None:
    chance = random.Random(1)
    with closing(connect(file)) as connection:
        connection.execute("create table entries (id integer primary key, who text, what text, body text)")
        connection.execute("create index entries_by_who on entries (who, what, id)")
        connection.execute("create temp table pool (who text, what text, body text)")
        # Longer than a compressor looks back; each copy of it gets numbers of its own.
        connection.executemany("insert into pool values (?, ?, ?)", [row(chance) for _ in range(BATCH)])
        connection.execute("pragma synchronous=off")
        while file.stat().st_size < SIZE:
            connection.execute(
                "insert into entries (who, what, body) "
                'select who, what, replace(body, \'"id"\', \'"key": "\' || hex(randomblob(40)) || \'", "id"\') from pool'
            )
            connection.execute("pragma wal_checkpoint(truncate)").fetchall()


def pass_a_day(file: Path) -> None:
    chance = random.Random(2)
    with closing(connect(file)) as connection:
        connection.execute("begin immediate")
        connection.executemany(
            "insert into entries (who, what, body) values (?, ?, ?)", [row(chance) for _ in range(NEW_ROWS)]
        )
        (last,) = connection.execute("select max(id) from entries").fetchone()
        # What changes is mostly recent, as executions and mails are.
        changed = [(last - int(chance.paretovariate(0.5)) % last,) for _ in range(CHANGED_ROWS)]
        connection.executemany("update entries set body = upper(body) where id = ?", changed)
        connection.execute("commit")


class Writer:
    """100 transactions a second, each an insert and an update; remembers how long each took, by phase."""

    def __init__(self, file: Path) -> None:
        self.took: dict[str, list[float]] = {phase: [] for phase in PHASES}
        self.phase = PHASES[0]
        self._file = file
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._write)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopping.set()
        self._thread.join()

    def _write(self) -> None:
        chance = random.Random(3)
        with closing(connect(self._file)) as connection:
            (last,) = connection.execute("select max(id) from entries").fetchone()
            due = time.monotonic()
            while not self._stopping.wait(max(0.0, due - time.monotonic())):
                due += 1 / WRITES_PER_SECOND
                began = time.perf_counter()
                connection.execute("begin immediate")
                connection.execute("insert into entries (who, what, body) values (?, ?, ?)", row(chance))
                connection.execute("update entries set what = 'seen' where id = ?", [last - chance.randrange(10_000)])
                connection.execute("commit")
                self.took[self.phase].append(time.perf_counter() - began)

    def say(self, phase: str) -> str:
        took = self.took[phase]
        percentiles = statistics.quantiles(took, n=100)
        return (
            f"{len(took):,} writes, p50 {percentiles[49] * 1000:.1f} ms, p99 {percentiles[98] * 1000:.1f} ms, "
            f"most {max(took) * 1000:.0f} ms"
        )


def rows_that_differ(one: Path, other: Path) -> int:
    with closing(sqlite3.connect(f"file:{one}?mode=ro", uri=True)) as connection:
        connection.execute("attach ? as other", [f"file:{other}?mode=ro"])
        both = "select count(*) from (select * from {} except select * from {})"
        counts = [
            connection.execute(both.format(*names)).fetchone()[0]
            for names in (("main.entries", "other.entries"), ("other.entries", "main.entries"))
        ]
        return sum(counts)


# ---- ours -----------------------------------------------------------------------------------------------------------


def presstime(folder: Path, *arguments: str) -> Ran:
    command = [sys.executable, "-m", "presstime", *arguments]
    given = {"PRESSTIME_DATA_DIR": str(folder / "data"), "PRESSTIME_BACKUP_URL": f"file://{folder / 'store'}"}
    return timed(command, **given)


def line(name: str, ran: Ran, made: dict[str, Any]) -> str:
    return f"{name:<12} {ran.seconds:6.1f} s  {made['bytes'] / 1e6:7.1f} MB  peak {ran.peak / 1e6:.0f} MB"


def measure(folder: Path) -> None:
    presstime(folder, "migrate")
    file = folder / "data" / "presstime.sqlite3"
    fill(file)
    print(f"a database of {file.stat().st_size / 1e9:.2f} GB, load {os.getloadavg()[0]:.1f}", flush=True)
    copies = []
    with Writer(file) as writer:
        threading.Event().wait(QUIET_SECONDS)
        print(f"  before:    {writer.say('quiet')}")
        for phase, options in (("full", ["--full"]), ("incremental", [])):
            if phase == "incremental":
                pass_a_day(file)
            writer.phase = phase
            ran = presstime(folder, "backup", "create", "--json", *options)
            made = json.loads(ran.output)
            assert made["kind"] == phase, made
            print(line(phase, ran, made))
            print(f"  meanwhile: {writer.say(phase)}", flush=True)
            copies.append(copy_of(file, folder / f"copy-{phase}.sqlite3"))
    presstime(folder, "backup", "create", "--json")  # of the moment after the last write
    before = file.rename(folder / "before.sqlite3")
    for ending in ("-wal", "-shm"):
        (folder / "data" / f"{file.name}{ending}").unlink(missing_ok=True)
    restored = presstime(folder, "backup", "restore", "latest", "--yes")
    print(f"restore      {restored.seconds:6.1f} s  from full and incremental  peak {restored.peak / 1e6:.0f} MB")
    print(f"rows that differ from the database that was backed up: {rows_that_differ(before, file)}", flush=True)
    for peer in (restic, borg):
        if shutil.which(peer.__name__) is None:
            print(f"{peer.__name__} is not installed")
        else:
            print(f"{peer.__name__} on copies of the same moments (without making them)")
            peer(folder, copies)


def copy_of(file: Path, target: Path) -> Path:
    with closing(sqlite3.connect(file)) as live, closing(sqlite3.connect(target)) as copy:
        live.backup(copy)
    return target


# ---- the peers ------------------------------------------------------------------------------------------------------


def restic(folder: Path, copies: list[Path]) -> None:
    given = {
        "RESTIC_REPOSITORY": f"{folder}/restic",
        "RESTIC_PASSWORD": "benchmark",
        "RESTIC_CACHE_DIR": f"{folder}/cache",
    }
    timed(["restic", "init"], **given)
    for phase, copy in zip(PHASES[1:], copies, strict=True):
        with _named(copy) as file:
            keep(phase, folder / "restic", ["restic", "backup", "--quiet", "--host=benchmark", str(file)], given)
    end(["restic", "check", "--read-data"], ["restic", "restore", "latest", f"--target={folder}/out"], folder, given)


def borg(folder: Path, copies: list[Path]) -> None:
    given = {"BORG_REPO": f"{folder}/borg", "BORG_PASSPHRASE": "benchmark", "BORG_BASE_DIR": f"{folder}/base"}
    timed(["borg", "init", "--encryption=repokey-blake2"], **given)
    for phase, copy in zip(PHASES[1:], copies, strict=True):
        with _named(copy) as file:
            keep(phase, folder / "borg", ["borg", "create", "--compression=zstd,3", f"::{phase}", str(file)], given)
    end(["borg", "check", "--verify-data"], ["borg", "extract", f"::{PHASES[-1]}"], folder, given)


@contextmanager
def _named(copy: Path) -> Iterator[Path]:
    """*copy* under the one name that the file has every day."""
    file = copy.rename(copy.with_name("copy.sqlite3"))
    try:
        yield file
    finally:
        file.rename(copy)


def keep(phase: str, repository: Path, command: list[str], given: dict[str, str]) -> None:
    before = size_of(repository)
    ran = timed(command, **given)
    added = size_of(repository) - before
    print(f"  {phase:<11} {ran.seconds:6.1f} s  {added / 1e6:7.1f} MB  peak {ran.peak / 1e6:.0f} MB", flush=True)


def end(check: list[str], restore: list[str], folder: Path, given: dict[str, str]) -> None:
    print(f"  read back   {timed(check, **given).seconds:6.1f} s")
    print(f"  restore     {timed(restore, folder=folder, **given).seconds:6.1f} s", flush=True)
    shutil.rmtree(folder / "out", ignore_errors=True)


def size_of(folder: Path) -> int:
    return sum(each.stat().st_size for each in folder.rglob("*") if each.is_file())


def main() -> None:
    folder = Path(tempfile.mkdtemp(prefix="presstime-benchmark-"))
    try:
        measure(folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
