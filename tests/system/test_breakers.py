"""A source and a mail server that are away for a while: what needs them waits, and goes on without a person."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

import pytest

from tests.machine import free_port, wait_until
from tests.mail.smtp_server import Mailbox, smtp_server
from tests.postgres_server import PostgresServer
from tests.servers import postgres_or_skip
from tests.system.conftest import QUICK, Installed
from tests.system.harness import Installation

QUICKLY = {"breaker_failures": 3, "source_breaker_failures": 3, "breaker_pause_seconds": 1, "breaker_max_seconds": 2}


@contextmanager
def forwarding(port: int, to: PostgresServer) -> Iterator[list[int]]:
    """A server on *port* that is really *to*; yields a list that grows with each connection."""
    seen: list[int] = []
    with socket.create_server(("127.0.0.1", port)) as listener:
        listener.settimeout(0.2)
        ending = threading.Event()
        threads = [threading.Thread(target=_accept, args=(listener, to, ending, seen))]
        threads[0].start()
        try:
            yield seen
        finally:
            ending.set()
            threads[0].join()


def _accept(listener: socket.socket, to: PostgresServer, ending: threading.Event, seen: list[int]) -> None:
    pairs: list[socket.socket] = []
    threads: list[threading.Thread] = []
    while not ending.is_set():
        with suppress(TimeoutError):
            near, _ = listener.accept()
            far = socket.create_connection((to.host, to.port))
            seen.append(1)
            pairs += [near, far]
            for one, other in ((near, far), (far, near)):
                threads.append(threading.Thread(target=_copy, args=(one, other)))
                threads[-1].start()
    for end in pairs:
        with suppress(OSError):
            end.shutdown(socket.SHUT_RDWR)
    for thread in threads:
        thread.join()
    for end in pairs:
        end.close()


def _copy(one: socket.socket, other: socket.socket) -> None:
    with suppress(OSError):
        while data := one.recv(65536):
            other.sendall(data)
    with suppress(OSError):
        other.shutdown(socket.SHUT_WR)


@pytest.fixture(scope="module")
def postgres() -> Iterator[PostgresServer]:
    with postgres_or_skip() as server:
        server.execute("create table stock as select 'Apples' as name, 3 as pieces")
        yield server


def add_report_over(house: Installation, url: str) -> None:
    house.python(
        """
        from presstime.reports import service
        from presstime.sources import service as sources
        sources.add(name="sales", url=url, by=None, now=now)
        service.create(name="sales", definition=text, by=None, now=now)
        """,
        url=url,
        text=QUICK.replace("source: shop", "source: sales"),
    )


def state(house: Installation) -> str:
    return str(house.value("select state from breakers_breaker"))


def test_ten_executions_wait_for_a_source_that_is_away_and_all_succeed(installed: Installed, postgres: PostgresServer):
    house = installed(concurrency=2, retry_base_seconds=0.5, retry_max_seconds=1, **QUICKLY)
    port = free_port()
    add_report_over(house, f"postgresql://{postgres.user}@127.0.0.1:{port}/postgres")
    workers = [house.start_worker(), house.start_worker()]
    house.enqueue("sales", 10)
    held = "select count(*) from executions_execution where waiting_for = 'breaker'"
    wait_until(lambda: house.value(held) == 10, "all ten wait for the breaker")
    assert state(house) in ("open", "half_open")
    attempts = house.value("select count(*) from executions_attempt")
    assert (
        3 <= attempts <= 6
    )  # three to open it; what was running in the other slots at that moment was too late to wait

    other = house.enqueue("quick")[0]
    wait_until(lambda: house.status(other) == "succeeded", "another source's execution goes on")
    wait_until(lambda: house.value("select trial from breakers_breaker") >= 2, "two trials have failed")
    assert house.value("select count(*) from executions_attempt") == attempts + 1  # that of the other source
    assert house.value(held) == 10
    alert = house.query("select kind, status from alerts_alert")
    assert alert == [{"kind": "breaker_open", "status": "open"}]

    with forwarding(port, postgres) as seen:
        wait_until(lambda: house.unfinished() == 0, "all have ended")
        assert seen
        for worker in workers:
            worker.stop()
    rows = house.query("select status, count(*) as number from executions_execution group by status")
    assert rows == [{"status": "succeeded", "number": 11}]
    assert state(house) == "closed"
    assert house.value("select count(*) from alerts_alert where status <> 'cleared'") == 0
    ended = house.value("select count(*) from executions_attempt where status = 'succeeded'")
    assert ended == 11


@dataclass
class HangsUp:
    """A server that takes each connection, holds it for a while and says nothing; what it has seen of that."""

    port: int
    seen: int = 0
    now: int = 0
    most: int = 0


@contextmanager
def hanging_up(port: int, after: float) -> Iterator[HangsUp]:
    """On *port*; each connection is held for *after* seconds."""
    server, lock, ending = HangsUp(port), threading.Lock(), threading.Event()
    threads: list[threading.Thread] = []

    def hold(connection: socket.socket) -> None:
        with lock:
            server.seen, server.now = server.seen + 1, server.now + 1
            server.most = max(server.most, server.now)
        ending.wait(after)
        with lock:
            server.now -= 1
        connection.close()

    def accept(listener: socket.socket) -> None:
        while not ending.is_set():
            with suppress(TimeoutError):
                threads.append(threading.Thread(target=hold, args=(listener.accept()[0],)))
                threads[-1].start()

    with socket.create_server(("127.0.0.1", port), backlog=50) as listener:
        listener.settimeout(0.2)
        threads.append(threading.Thread(target=accept, args=(listener,)))
        threads[0].start()
        try:
            yield server
        finally:
            ending.set()
            for thread in threads:
                thread.join()


@pytest.mark.slow
def test_a_half_open_breaker_lets_one_trial_through_whatever_the_number_of_workers(installed: Installed):
    port = free_port()
    pauses = {"source_breaker_failures": 1, "breaker_pause_seconds": 0.2, "breaker_max_seconds": 0.2}
    house = installed(concurrency=4, retry_base_seconds=0.5, **pauses)
    add_report_over(house, f"postgresql://postgres@127.0.0.1:{port}/postgres?sslmode=disable")
    for _ in range(3):
        house.start_worker()
    house.enqueue("sales", 1)
    wait_until(lambda: house.value("select waiting_for from executions_execution") == "breaker", "it is cut off")
    house.enqueue("sales", 9)  # twelve slots could take them
    with hanging_up(port, after=1.5) as server:
        before = house.value("select trial from breakers_breaker")
        wait_until(lambda: house.value("select trial from breakers_breaker") >= before + 4, "four more trials")
        after = house.value("select trial from breakers_breaker")
        seen, most = server.seen, server.most
    assert most == 1
    # One that was under way at the beginning or the end may have met the server or not.
    assert after - before - 1 <= seen <= after - before + 1
    assert house.value("select count(*) from executions_attempt") == 1
    tried_by = house.query("select distinct node from executions_worker")
    assert len(tried_by) == 3


def test_twenty_mails_wait_for_a_server_that_is_away_and_each_arrives_once(installed: Installed):
    port = free_port()
    house = installed(smtp_url=f"smtp://127.0.0.1:{port}", mail_retry_base_seconds=0.5, **QUICKLY)
    worker = house.start_worker()
    readers = [f"reader{number}@example.com" for number in range(20)]
    house.enqueue("quick", recipients={"to": readers})
    wait_until(lambda: house.value("select trial from breakers_breaker where state <> 'closed'"), "a trial has failed")
    assert house.value("select count(*) from mail_email where status = 'failed'") == 0
    # At the third failure it opens; the other three connections may be about to fail at that moment.
    assert house.value("select sum(attempts) from mail_email") <= 2 + 4
    worker.kill()
    worker = house.start_worker()

    mailbox = Mailbox()
    with smtp_server(mailbox, port=port):
        wait_until(lambda: len(mailbox.received) >= 20, "all have arrived")
        wait_until(
            lambda: house.value("select count(*) from mail_email where status = 'sent'") == 20, "all are known as sent"
        )
        worker.stop()
    assert sorted(received.recipient for received in mailbox.received) == sorted(readers)
    assert state(house) == "closed"
