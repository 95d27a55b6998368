"""A whole installation in a folder: real processes that tests start, stop and kill, and a door to its database.

Nothing of it runs in the test's own process. Whatever was started is dead when the installation is closed.
"""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import sys
import textwrap
from contextlib import closing
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from tests.machine import PATIENCE, descendants, wait_until

ROOT = Path(__file__).parents[2]


def proportional_bytes(pids: list[int]) -> int:
    """Memory of these processes (PSS): what they share counts once."""
    total = 0
    for pid in pids:
        try:
            lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
        except (FileNotFoundError, ProcessLookupError):
            continue
        total += sum(int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:"))
    return total


class Process:
    """A running `presstime …`."""

    def __init__(self, popen: subprocess.Popen[bytes], log: Path) -> None:
        self._popen = popen
        self._log = log

    @property
    def pid(self) -> int:
        return self._popen.pid

    @property
    def log(self) -> str:
        return self._log.read_text()

    def wait_for_log(self, text: str, seconds: float = PATIENCE) -> None:
        wait_until(lambda: text in self.log or self._popen.poll() is not None, f"log has {text!r}", seconds)
        assert text in self.log, self.log

    def tree(self) -> list[int]:
        return [self.pid, *descendants(self.pid)]

    def signal(self, number: signal.Signals) -> None:
        self._popen.send_signal(number)

    def kill(self) -> None:
        """As the kernel does when memory is out."""
        self._popen.kill()
        self._popen.wait()

    def wait(self, seconds: float = PATIENCE) -> int:
        """The exit code; when it does not end, its log with the place of each of its threads is told."""
        try:
            return self._popen.wait(seconds)
        except subprocess.TimeoutExpired:
            self._popen.send_signal(signal.SIGABRT)
            self._popen.wait(PATIENCE)
        raise AssertionError(f"it has not ended within {seconds} s:\n{self.log[-8000:]}")

    def stop(self, seconds: float = PATIENCE) -> int:
        """SIGTERM; the exit code."""
        self._popen.terminate()
        return self.wait(seconds)

    def end(self) -> None:
        """Make sure that nothing of it is left."""
        left = self.tree() if self._popen.poll() is None else []
        for pid in left:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                continue
        self._popen.wait()


class Installation:
    """Presstime in *folder* with *settings*, as in `concurrency=4`; a context manager."""

    def __init__(self, folder: Path, **settings: object) -> None:
        self.folder = folder
        self.data = folder / "data"
        self._processes: list[Process] = []
        self.environment = {name: value for name, value in os.environ.items() if not name.startswith("PRESSTIME_")}
        self.environment |= {
            "PRESSTIME_DATA_DIR": str(self.data),
            "PRESSTIME_SECRET_KEY": "system-test-" + "0" * 32,
            "PRESSTIME_NODE": "node",
            "PYTHONFAULTHANDLER": "1",
        }
        self.environment |= {f"PRESSTIME_{name.upper()}": str(value) for name, value in settings.items()}
        folder.mkdir(parents=True, exist_ok=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for process in self._processes:
            process.end()
        if error is not None:
            for process in self._processes:
                error.add_note(f"--- log of {process.pid}:\n{process.log[-4000:]}")

    # ---- processes --------------------------------------------------------------------------------------------------

    def start(self, *arguments: str) -> Process:
        """`presstime …` in the background."""
        log = self.folder / f"{len(self._processes)}-{arguments[0]}.log"
        with log.open("wb") as output:
            popen = subprocess.Popen(
                [sys.executable, "-m", "presstime", *arguments],
                cwd=self.folder,
                env=self._environment(),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
            )
        process = Process(popen, log)
        self._processes.append(process)
        return process

    def start_worker(self) -> Process:
        """A worker that is ready."""
        worker = self.start("worker")
        worker.wait_for_log(": ready")
        return worker

    def run(self, *arguments: str) -> str:
        """The output of `presstime …`, which must succeed."""
        return self._output([sys.executable, "-m", "presstime", *arguments])

    def python(self, code: str, **values: object) -> Any:
        """The value of `result` after *code* has run with Django set up and with *values* as variables (JSON)."""
        script = (
            "import json, sys\nfrom datetime import timedelta\nimport django\ndjango.setup()\n"
            "from presstime.base import clock\nnow = clock.now()\nresult = None\n"
            "from presstime.database.guard import exempted\nguard = exempted('a test prepares')\nguard.__enter__()\n"
            f"globals().update(json.loads({json.dumps(json.dumps(values))}))\n"
            f"{textwrap.dedent(code)}\nprint(json.dumps(result, default=str))"
        )
        return json.loads(self._output([sys.executable, "-c", script]).splitlines()[-1])

    def _output(self, command: list[str]) -> str:
        done = subprocess.run(
            command, cwd=self.folder, env=self._environment(), capture_output=True, text=True, timeout=120, check=False
        )
        assert done.returncode == 0, f"{done.returncode}: {done.stdout}\n{done.stderr}"
        return done.stdout

    def _environment(self) -> dict[str, str]:
        return self.environment | {"DJANGO_SETTINGS_MODULE": "presstime.project.settings", "PYTHONPATH": str(ROOT)}

    # ---- database ---------------------------------------------------------------------------------------------------

    def query(self, sql: str, *values: object) -> list[dict[str, Any]]:
        """Rows as dictionaries; the database is opened for reading and closed again."""
        address = f"file:{self.data / 'presstime.sqlite3'}?mode=ro"
        with closing(sqlite3.connect(address, uri=True, timeout=30)) as connection:
            connection.row_factory = sqlite3.Row
            return [dict(row) for row in connection.execute(sql, values)]

    def value(self, sql: str, *values: object) -> Any:
        """The first column of the first row; None without one."""
        rows = self.query(sql, *values)
        return next(iter(rows[0].values())) if rows else None

    # ---- contents ---------------------------------------------------------------------------------------------------

    def prepare(self, reports: dict[str, str]) -> None:
        """Tables, a SQLite source "shop" in the data folder, and *reports* over it, texts by name."""
        self.run("migrate")
        with closing(sqlite3.connect(self.data / "shop.db")) as connection, connection:
            connection.execute("create table stock (name text, pieces integer)")
            connection.executemany("insert into stock values (?, ?)", [("Apples", 3), ("Pears", 5), ("Plums", 8)])
        self.python(
            """
            from presstime.reports import service
            from presstime.sources import service as sources
            sources.add(name="shop", url="sqlite:///shop.db", by=None, now=now)
            for name, definition in reports.items():
                service.create(name=name, definition=definition, by=None, now=now)
            """,
            reports=reports,
        )

    def enqueue(self, report: str, number: int = 1, **changes: Any) -> list[str]:
        """Queue manual executions of *report*; their ids as the database writes them."""
        ids: list[str] = self.python(
            """
            from django.db import transaction
            from presstime.executions.service import NewExecution, enqueue
            from presstime.executions.states import Trigger
            from presstime.reports.models import Report
            of = Report.objects.get(name=report)
            values = {"timezone": "UTC", "timeout_seconds": 300, "formats": ["csv"]} | changes
            new = NewExecution(report=of, revision=of.current, trigger=Trigger.MANUAL, scheduled_for=now, **values)
            with transaction.atomic():
                result = [enqueue(new, now).pk.hex for _ in range(number)]
            """,
            report=report,
            number=number,
            changes=changes,
        )
        return ids

    def status(self, execution: str) -> str:
        return str(self.value("select status from executions_execution where id = ?", execution))

    def unfinished(self) -> int:
        return int(
            self.value("select count(*) from executions_execution where status in ('queued', 'running', 'retrying')")
        )
