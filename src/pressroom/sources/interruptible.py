"""Native code that a signal can end: Python handles signals in its main thread, and only while that runs Python."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import Final, TypeVar

_AGAIN_SECONDS: Final = 0.05  # an interrupt that came before the work had begun is lost
Made = TypeVar("Made")


def interruptibly(work: Callable[[], Made], interrupt: Callable[[], None]) -> Made:
    """What *work* gives, done beside the main thread; a signal that raises there, as Ctrl+C does, calls *interrupt* first."""
    if threading.current_thread() is not threading.main_thread():
        return work()
    made: Future[Made] = Future()
    thread = threading.Thread(target=_do, args=(work, made), name="query", daemon=True)
    thread.start()
    try:
        return made.result()
    finally:
        while not made.done():
            interrupt()
            thread.join(_AGAIN_SECONDS)
        thread.join()


def _do(work: Callable[[], Made], made: Future[Made]) -> None:
    try:
        made.set_result(work())
    except BaseException as error:  # noqa: BLE001 - raised again by whoever waits
        made.set_exception(error)
