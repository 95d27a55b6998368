"""Pages and API over a long history: 1,000,000 executions, 1,000 open dead letters, 100,000 e-mails; each answer's time.

The limit is held against the processor time of the web server, which other work on the machine does not change. The least
in the same run is the sign-in page, which asks the database nothing about executions.
"""

from __future__ import annotations

import os
import statistics
import time
import urllib.request
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

from benchmarks.history import COUNTS, DEAD, EMAILS, EXECUTIONS, SCHEDULES, fill
from benchmarks.installation import environment, folder, free_port, inbox, server, tree
from benchmarks.load import connect, make_report, make_schedules
from presstime.base import clock

TIMES = 5
LIMIT = 200  # milliseconds
WEEK_AGO = f"{datetime.fromtimestamp(time.time(), UTC) - timedelta(days=7):%Y-%m-%d}"
PAGES = (
    "/",
    "/executions",
    "/executions?status=dead",
    "/executions?status=dead&error_category=data",
    "/executions?status=succeeded",
    "/executions?schedule=schedule+7",
    "/executions?trigger=schedule",
    f"/executions?from={WEEK_AGO}",
    f"/executions?status=succeeded&from={WEEK_AGO}",
    "/dead-letters",
    "/dead-letters?status=all&within=week",
    "/dead-letters?error_category=data",
    "/schedules",
    "/schedules/{schedule}",
    "/emails",
    "/emails?status=failed",
    "/emails?to=reader7",
    "/errors",
    "/errors?within=quarter",
    "/errors?within=day",
    "/alerts",
    "/recipients",
    "/reports",
    "/storage",
    "/audit",
    "/backups",
    "/health",
    "/health/figures",
)
OPERATIONS = (
    "/api/executions",
    "/api/executions?limit=500",
    "/api/executions?status=dead",
    "/api/executions?status=succeeded",
    "/api/executions?error_category=data",
    "/api/executions?error_category=network",
    "/api/executions?trigger=schedule",
    "/api/executions?trigger=manual",
    "/api/executions?schedule=schedule+7",
    "/api/executions?schedule=schedule+7&status=dead",
    f"/api/executions?from={WEEK_AGO}T00:00:00Z",
    f"/api/executions?from={WEEK_AGO}T00:00:00Z&status=succeeded&schedule=schedule+7",
    "/api/dead-letters",
    "/api/dead-letters?limit=500",
    "/api/dead-letters?status=open&error_category=data",
    "/api/dead-letters?error_code=missing_table",
    "/api/dead-letters?schedule=schedule+0",
    f"/api/dead-letters?from={WEEK_AGO}T00:00:00Z",
    "/api/emails",
    "/api/emails?status=failed",
    "/api/emails?to=reader7",
    "/api/emails/queue",
    "/api/errors/trend?by=day",
    "/api/errors/trend?by=hour",
    "/api/errors/summary",
    "/api/emails?limit=500",
    "/api/schedules",
    "/api/schedules?limit=500",
    "/api/recipients?limit=500",
    "/api/reports",
    "/api/alerts",
    "/api/disk",
)


class Taken(NamedTuple):
    """Milliseconds for one answer: on the clock (the median), and of the web server's processors (the mean)."""

    clock: float
    processor: float


def taken(address: str, headers: dict[str, str], web: int) -> Taken:
    """Of some answers; the first one is left out."""
    found = []
    for number in range(TIMES + 1):
        if number == 1:
            before = processor_seconds(web)
        began = time.perf_counter()
        with urllib.request.urlopen(urllib.request.Request(address, headers=headers), timeout=60) as answer:
            answer.read()
        found.append(time.perf_counter() - began)
    return Taken(1000 * statistics.median(found[1:]), 1000 * (processor_seconds(web) - before) / TIMES)


def processor_seconds(web: int) -> float:
    """What the web server and its children have used."""
    fields = (Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split() for pid in tree(web))
    return sum(int(each[11]) + int(each[12]) for each in fields) / os.sysconf("SC_CLK_TCK")


def web_of(root: int) -> int:
    """The process below *root* that answers."""
    command = {pid: Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0") for pid in tree(root)}
    return next(pid for pid, words in command.items() if b"web" in words)


def credentials() -> tuple[dict[str, str], dict[str, str]]:
    """Headers of a session and of a token of the same administrator."""
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
    from django.contrib.sessions.backends.db import SessionStore

    from presstime.accounts import service
    from presstime.accounts.models import User

    user = User.objects.get(username="benchmark")
    store = SessionStore()
    store[SESSION_KEY] = str(user.pk)
    store[BACKEND_SESSION_KEY] = "django.contrib.auth.backends.ModelBackend"
    store[HASH_SESSION_KEY] = user.get_session_auth_hash()
    store.save()
    _, secret = service.create_token(user, "many", ["all"], clock.now(), days=1)
    return {"Cookie": f"sessionid={store.session_key}"}, {"Authorization": f"Bearer {secret}"}


def main() -> None:
    from django.db import connections

    with inbox() as box, folder() as path:
        settings = environment(path, box.port, free_port())
        connect(settings)
        make_schedules(make_report(path), ["csv"], [time.time() + 86_400] * SCHEDULES)
        session, token = credentials()
        connections.close_all()
        began = time.monotonic()
        fill(path / "presstime.sqlite3")
        print(
            f"== many: {EXECUTIONS:,} executions, {DEAD:,} dead letters, {EMAILS:,} e-mails, {COUNTS:,} counts of failures; "
            f"written in {time.monotonic() - began:.0f} s ==",
            flush=True,
        )
        with server(settings) as process:
            measure(settings["PRESSTIME_BASE_URL"], session, token, web_of(process.pid))


def measure(base: str, session: dict[str, str], token: dict[str, str], web: int) -> None:
    from presstime.schedules.models import Schedule

    print("processor   clock, milliseconds")
    print(_line(taken(f"{base}/accounts/login/", {}, web), "/accounts/login/ (the least)"), flush=True)
    schedule = str(Schedule.objects.get(name="schedule 7").pk)
    found = {}
    for address, headers in [*((page, session) for page in PAGES), *((each, token) for each in OPERATIONS)]:
        found[address] = taken(base + address.replace("{schedule}", schedule), headers, web)
        print(_line(found[address], address), flush=True)
    late = [address for address, each in found.items() if each.processor > LIMIT]
    print(f"{len(late)} of {len(found)} over {LIMIT} ms; load {os.getloadavg()[0]:.1f}")


def _line(each: Taken, address: str) -> str:
    return f"{each.processor:9.0f}  {each.clock:6.0f}  {address}{'  OVER' if each.processor > LIMIT else ''}"


if __name__ == "__main__":
    main()
