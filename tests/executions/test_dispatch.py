from __future__ import annotations

import threading
from pathlib import Path

import pytest
from django.db import transaction

from presstime.executions.dispatch import Listener, LocalDispatcher
from presstime.executions.models import Execution


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A path longer than the address of a Unix socket may be."""
    return tmp_path / ("deep" * 30) / "run"


def test_a_commit_wakes_every_worker_of_the_data_folder(transactional_db, folder, now):
    heard = [threading.Event(), threading.Event()]
    listeners = [Listener(folder, f"node-{number}", event.set) for number, event in enumerate(heard)]
    try:
        with transaction.atomic():
            LocalDispatcher(folder).enqueue(Execution())
        for listener in listeners:
            listener.step(now)
        assert all(event.is_set() for event in heard)
    finally:
        for listener in listeners:
            listener.close()


def test_a_rollback_wakes_nobody(transactional_db, folder, now):
    heard = threading.Event()
    listener = Listener(folder, "node", heard.set)
    try:
        with transaction.atomic():
            LocalDispatcher(folder).enqueue(Execution())
            transaction.set_rollback(True)
        listener.step(now)
        assert not heard.is_set()
    finally:
        listener.close()


def test_workers_that_are_gone_stop_nobody(folder, now):
    LocalDispatcher(folder).wake()  # no worker has ever run here
    killed = Listener(folder, "killed", lambda: None)
    killed._socket.close()  # as kill -9 leaves it: the file is there, nobody listens
    LocalDispatcher(folder).wake()
    heard = threading.Event()
    again = Listener(folder, "killed", heard.set)
    LocalDispatcher(folder).wake()
    again.step(now)
    assert heard.is_set()
    again.close()
    assert list(folder.iterdir()) == []


def test_a_flood_of_wake_ups_never_blocks_the_sender(folder):
    listener = Listener(folder, "busy", lambda: None)
    for _ in range(2000):
        LocalDispatcher(folder).wake()
    listener.close()
