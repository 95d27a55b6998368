"""The audit log after a year of 10,000 entries a day: any filter, verifying, proofs, appending.

The rows are written past `record`, without guards and indexes, as `record` would have written them; then the guards and
indexes are made, and everything below goes the way of the API. Beside it the same in a plain table: appending without a
tree.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import random
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from presstime.base import clock

YEAR = 3_650_000
BATCH = 20_000
ACTIONS = (
    ("schedule.executed", 40), ("report.exported", 24), ("report.updated", 10), ("user.signed_in", 10), ("schedule.updated", 6),
    ("report.created", 4), ("email.retried", 3), ("schedule.deleted", 1), ("user.updated", 1), ("source.updated", 1),
)  # fmt: skip
CHOICES = [action for action, weight in ACTIONS for _ in range(weight)]
RARE = "token.revoked"
OLD = (
    '{"cron":"0 7 * * 1","name":"Weekly sales","recipients":{"bcc":[],"cc":[],"to":["a@example.com","b@example.com"]}}'
)
NEW = '{"cron":"0 8 * * 1","name":"Weekly sales EMEA","recipients":{"bcc":[],"cc":[],"to":["a@example.com","c@example.com"]}}'
QUERY_LIMIT, VERIFY_LIMIT, APPEND_LIMIT = 0.1, 30.0, 0.002


def rows(count: int, first: datetime, step: timedelta, hold: Callable[[bytes], None]) -> Iterator[tuple[Any, ...]]:
    """Entries as `record` writes them, spelled out: making them one by one would take ten minutes."""
    rnd = random.Random(1)
    for sequence in range(1, count + 1):
        at = first + step * sequence
        person = 0 if rnd.random() < 0.5 else 1 + int(rnd.random() ** 3 * 500)
        user = ("user", f"{person:032x}", f"person{person}") if person else ("system", "scheduler", "scheduler")
        action = RARE if sequence % 600_011 == 0 else CHOICES[int(rnd.random() * 100)]
        thing = int(rnd.random() ** 2 * 2_000)
        target = ("schedule", f"{thing:032x}", f"schedule {thing}")
        old, new = (OLD, NEW) if action.endswith("updated") else ("null", "null")
        moment = at.strftime("%Y-%m-%dT%H:%M:%S.%f")
        body = (
            f'{{"action":"{action}","ip":"10.0.{person % 250}.{thing % 250}","new":{new},"old":{old},'
            f'"request_id":"{rnd.getrandbits(128):032x}","sequence":{sequence},'
            f'"target":{{"id":"{target[1]}","name":"{target[2]}","type":"{target[0]}"}},"time":"{moment}Z",'
            f'"user":{{"id":"{user[1]}","name":"{user[2]}","type":"{user[0]}"}},"version":1}}'
        )
        leaf = hashlib.sha256(b"\x00" + body.encode()).digest()
        hold(leaf)
        yield (sequence, f"{moment[:10]} {moment[11:]}", *user, action, *target, body, leaf)


def seed(count: int) -> None:
    from django.db import connection, transaction

    from presstime.audit import guards, queries
    from presstime.audit.merkle import Frontier
    from presstime.audit.models import Entry
    from presstime.database import authorizer

    frontier, nodes = Frontier(), []
    step = timedelta(days=365) / count
    first = clock.now() - timedelta(days=365)
    places = ", ".join(["%s"] * 11)
    made = rows(count, first, step, lambda leaf: frontier.push(leaf, lambda *node: nodes.append(node)))
    with authorizer.lifted(connection), connection.cursor() as cursor:
        guards.remove(connection)
        cursor.execute("PRAGMA synchronous = OFF")
        with connection.schema_editor() as editor:
            for index in Entry._meta.indexes:  # noqa: SLF001 - Django's documented model API
                editor.remove_index(Entry, index)
        while batch := [row for _, row in zip(range(BATCH), made, strict=False)]:
            with transaction.atomic():
                cursor.executemany(f"INSERT INTO audit_logs ({queries.COLUMNS}) VALUES ({places})", batch)
        with transaction.atomic():
            cursor.executemany("INSERT INTO audit_nodes (level, position, hash) VALUES (%s, %s, %s)", nodes)
            last = batch_time(cursor)
            cursor.execute(
                "UPDATE audit_head SET size = %s, last_time = %s, frontier = %s", [count, last, frontier.packed()]
            )
        with connection.schema_editor() as editor:
            for index in Entry._meta.indexes:  # noqa: SLF001
                editor.add_index(Entry, index)
        guards.make(connection)
        cursor.execute("PRAGMA synchronous = FULL")
    connection.close()


def batch_time(cursor: Any) -> Any:
    cursor.execute("SELECT max(time) FROM audit_logs WHERE sequence = (SELECT max(sequence) FROM audit_logs)")
    return cursor.fetchone()[0]


def timed(work: Callable[[], Any], times: int = 1) -> list[float]:
    found = []
    for _ in range(times):
        began = time.perf_counter()
        work()
        found.append(time.perf_counter() - began)
    return found


def searches() -> dict[str, dict[str, Any]]:
    now = clock.now()
    month, old = now - timedelta(days=30), now - timedelta(days=300)
    return {
        "the newest": {},
        "a person with half of all": {"user": "scheduler"},
        "a rare person": {"user": "person499"},
        "a frequent action": {"action": "schedule.executed"},
        "an action with six entries": {"action": RARE},
        "a kind of action": {"action": "schedule.*"},
        "a thing": {"target": "schedule 0"},
        "half of all and a rare action": {"user": "scheduler", "action": RARE},
        "a person and an action and 30 days": {"user": "person1", "action": "report.updated", "since": month},
        "a rare person and old times": {"user": "person499", "since": old, "until": old + timedelta(days=20)},
        "a thing and a person": {"target": "schedule 7", "user": "person3"},
        "a thing and half of all and an action": {
            "target": "schedule 7",
            "user": "scheduler",
            "action": "schedule.deleted",
        },
        "one day": {"since": old, "until": old + timedelta(days=1)},
        "nobody": {"user": "nobody"},
    }


def measure_searches(count: int) -> float:
    """Each search as the API answers it: fifty entries and how many there are."""
    from presstime.audit.presentation import present
    from presstime.audit.searching import Filters, find

    worst = 0.0
    find(Filters()).newest(1)  # opens the connection
    print(f"\n{'search':36} {'first':>9} {'median':>9}   matches")
    for name, filters in searches().items():

        def search(filters: dict[str, Any] = filters) -> int:
            found = find(Filters(**filters))
            [present(entry) for entry in found.newest(51)]
            return found.count

        first, *later = timed(search, 8)
        worst = max(worst, first)
        print(f"{name:36} {first * 1e3:7.1f} ms {statistics.median(later) * 1e3:7.1f} ms   {search():,}")
    deep = timed(lambda: find(Filters(user="scheduler")).newest(50, before=count // 3), 8)
    print(f"{'deep page of half of all':36} {deep[0] * 1e3:7.1f} ms {statistics.median(deep) * 1e3:7.1f} ms")
    return worst


def measure_append(times: int = 300) -> float:
    """One entry in a transaction of its own, and one row in a plain table of the same database."""
    from django.db import connection, transaction

    from presstime.audit.actors import Actor, acting
    from presstime.audit.service import record
    from presstime.audit.targets import Target
    from presstime.database.guard import exempted

    old, new = json.loads(OLD), json.loads(NEW)

    def append() -> None:
        with transaction.atomic(), acting(Actor("user", "1", "person1", "10.0.0.1", "request")):
            record("schedule.updated", Target("schedule", "1", "schedule 1"), old=old, new=new)

    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE plain (id INTEGER PRIMARY KEY, body TEXT)")

    def insert() -> None:
        with exempted("a benchmark"), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("INSERT INTO plain (body) VALUES (%s)", [OLD + NEW])

    ours, plain, processor = [], [], []
    for _ in range(times):  # in turn, so that both meet the same disturbances
        before = time.process_time()
        ours += timed(append)
        processor.append(time.process_time() - before)
        plain += timed(insert)
    ours_median, plain_median = statistics.median(ours), statistics.median(plain)
    p95 = sorted(ours)[int(times * 0.95)]
    print(
        f"\nappend: median {ours_median * 1e3:.2f} ms, p95 {p95 * 1e3:.2f} ms; a plain row {plain_median * 1e3:.2f} ms"
    )
    print(f"of this the processor: {statistics.median(processor) * 1e3:.2f} ms")
    return ours_median


def measure_verify(count: int) -> float:
    from django.conf import settings

    from presstime.audit import checkpoints, proofs, queries, verifying

    checkpoints.fresh(settings.CONFIGURATION, clock.now())
    cpu = time.process_time()
    began = time.perf_counter()
    outcome = verifying.verify(settings.CONFIGURATION)
    seconds, cpu = time.perf_counter() - began, time.process_time() - cpu
    assert outcome.is_valid, outcome.problems
    print(
        f"\nverify: {outcome.size:,} entries in {seconds:.1f} s ({cpu:.1f} s of processor), {outcome.size / seconds:,.0f} a second"
    )
    now = clock.now()
    some = [queries.get_entry(str(1 + number * (count - 1) // 50)) for number in range(50)]
    seconds_each = [timed(lambda entry=entry: proofs.of_entry(settings.CONFIGURATION, entry, now))[0] for entry in some]
    print(f"proof of an entry: median {statistics.median(seconds_each) * 1e3:.1f} ms")
    return seconds


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--entries", type=int, default=YEAR)
    parser.add_argument("name", nargs="*")
    count = parser.parse_args().entries
    with tempfile.TemporaryDirectory(prefix="presstime-audit-") as folder:
        os.environ.update(PRESSTIME_DATA_DIR=folder, DJANGO_SETTINGS_MODULE="presstime.project.settings")
        import django

        django.setup()
        from django.core.management import call_command

        call_command("migrate", verbosity=0)
        (seconds,) = timed(lambda: seed(count))
        size = sum(path.stat().st_size for path in Path(folder).glob("*.sqlite3*"))
        print(
            f"seeded {count:,} entries in {seconds:.0f} s, {size / count:.0f} bytes each; load {os.getloadavg()[0]:.1f}"
        )
        worst = measure_searches(count)
        append = measure_append()
        verify = measure_verify(count)
    missed = (worst > QUERY_LIMIT, append > APPEND_LIMIT, verify > VERIFY_LIMIT)
    print(f"\nlimits: any search 100 ms, append 2 ms, verify 30 s: {'missed' if any(missed) else 'kept'}")
    return int(any(missed))


if __name__ == "__main__":
    raise SystemExit(main())
