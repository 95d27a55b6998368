"""100 clients ask for the health at the same moment, again and again: how long they wait, and how often each check was run.

Between the bursts the readings grow too old, so that each burst makes every check look again. Then the mail server hangs.
The least in the same run is the liveness probe, which looks at nothing.
"""

from __future__ import annotations

import asyncio
import json
import socket
import statistics
import time
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event
from typing import Any

from benchmarks.installation import environment, folder, free_port, inbox, server
from benchmarks.load import connect
from benchmarks.metrics import ask, token

CLIENTS, BURSTS = 100, 10
REST_SECONDS = 6.0  # readings are good for five
LIMIT_SECONDS = 0.25
RUNS = "presstime_health_check_runs_total"


async def _one(host: str, port: int, path: str, gate: asyncio.Event) -> float:
    await gate.wait()
    began = time.perf_counter()
    reader, writer = await asyncio.open_connection(host, port)
    writer.write(f"GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode())
    answer = await reader.read()
    took = time.perf_counter() - began
    writer.close()
    assert answer.startswith((b"HTTP/1.1 200", b"HTTP/1.1 503")), answer[:200]
    return took


async def _burst(port: int, path: str) -> list[float]:
    gate = asyncio.Event()
    clients = [asyncio.create_task(_one("127.0.0.1", port, path, gate)) for _ in range(CLIENTS)]
    await asyncio.sleep(0.05)
    gate.set()
    return list(await asyncio.gather(*clients))


def burst(port: int, path: str) -> list[float]:
    """How long each of the clients waited, all of them asking at once over a connection of its own."""
    return asyncio.run(_burst(port, path))


def runs(base: str, headers: dict[str, str]) -> dict[str, int]:
    """By check, how often the web process has run it."""
    metrics = json.loads(ask(f"{base}/api/metrics", headers))["metrics"]
    return {each["labels"]["check"]: int(each["value"]) for each in metrics if each["name"] == RUNS}


@contextmanager
def silence() -> Iterator[int]:
    """A server that takes connections and never says a word."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(64)
        yield listener.getsockname()[1]


def measure(port: int, base: str, headers: dict[str, str]) -> dict[str, Any]:
    waited: list[float] = []
    least: list[float] = []
    most = 0
    for _ in range(BURSTS):
        Event().wait(REST_SECONDS)
        before = runs(base, headers)
        waited += burst(port, "/api/health")
        after = runs(base, headers)
        most = max(most, *(after[name] - before[name] for name in after))
        least += burst(port, "/api/health/live")
    return {
        "p50_seconds": round(statistics.median(waited), 4),
        "p99_seconds": round(statistics.quantiles(waited, n=100)[98], 4),
        "most_seconds": round(max(waited), 4),
        "least_p99_seconds": round(statistics.quantiles(least, n=100)[98], 4),
        "most_runs_of_a_check_in_a_burst": most,
    }


def main() -> dict[str, Any]:
    found: dict[str, Any] = {"clients": CLIENTS, "bursts": BURSTS, "limit_seconds": LIMIT_SECONDS}
    with inbox() as box, folder() as path:
        settings = environment(path, box.port, free_port())
        connect(settings)
        headers = token()
        port, base = int(settings["PRESSTIME_BIND"].rpartition(":")[2]), settings["PRESSTIME_BASE_URL"]
        with server(settings):
            found |= measure(port, base, headers)
        with silence() as silent:
            hung = settings | {"PRESSTIME_SMTP_URL": f"smtp://127.0.0.1:{silent}?tls=none"}
            with server(hung):
                found["most_seconds_with_a_hung_mail_server"] = round(max(burst(port, "/api/health")), 4)
    print(json.dumps(found, indent=2))
    return found


if __name__ == "__main__":
    main()
