"""Lines of the log: JSON for machines, with what they are about."""

from __future__ import annotations

import json
import logging
import threading

from presstime.base.logs import ConsoleFormatter, JsonFormatter, about


def written(message: str = "done", **extra: object) -> dict[str, object]:
    record = logging.makeLogRecord({"name": "presstime.test", "levelname": "INFO", "msg": message, **extra})
    entry: dict[str, object] = json.loads(JsonFormatter().format(record))
    return entry


def test_a_line_says_what_it_is_about_and_only_within() -> None:
    with about(execution_id="e1"), about(attempt=2):
        inner = written()
    outer = written()

    assert (inner["execution_id"], inner["attempt"]) == ("e1", 2)
    assert "execution_id" not in outer
    assert outer["message"] == "done"


def test_another_thread_is_about_nothing_of_this_one() -> None:
    seen: list[dict[str, object]] = []
    with about(request_id="r1"):
        thread = threading.Thread(target=lambda: seen.append(written()))
        thread.start()
        thread.join()

    assert "request_id" not in seen[0]


def test_what_a_line_itself_brings_wins() -> None:
    with about(request_id="r1"):
        assert written(request_id="r2")["request_id"] == "r2"


def test_a_line_for_people_carries_its_detail_indented_below() -> None:
    record = logging.makeLogRecord({"msg": "it failed", "error_detail": "Traceback:\n  line 1\n"})
    assert ConsoleFormatter("{message}", style="{").format(record) == "it failed\n    Traceback:\n      line 1"
    assert (
        ConsoleFormatter("{message}", style="{").format(logging.makeLogRecord({"msg": "all is well"})) == "all is well"
    )
