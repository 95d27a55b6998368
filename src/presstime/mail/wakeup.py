"""Tells the sender of this process that mail has been enqueued; other processes learn it by looking."""

from __future__ import annotations

import threading
from collections.abc import Callable

_lock = threading.Lock()
_listeners: list[Callable[[], None]] = []


def listen(callback: Callable[[], None]) -> Callable[[], None]:
    """Call *callback* after every enqueueing in this process until the returned function is called."""
    with _lock:
        _listeners.append(callback)

    def unlisten() -> None:
        with _lock:
            _listeners.remove(callback)

    return unlisten


def announce() -> None:
    """Tell all listeners; called when the transaction that enqueued has been committed."""
    with _lock:
        listeners = tuple(_listeners)
    for callback in listeners:
        callback()
