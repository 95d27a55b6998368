"""`presstime serve` as a whole."""

from __future__ import annotations

import http.client
import json
import os
import signal
import socket
from contextlib import closing
from pathlib import Path

import pytest

from tests.machine import descendants, free_port, is_alive, wait_until
from tests.system.conftest import Installed
from tests.system.harness import Installation, Process, proportional_bytes

MEMORY_LIMIT = 300 * 1024 * 1024


def fetch(bind: str, path: str) -> tuple[int, str]:
    """Status and body; status 0 when nobody answers."""
    with closing(http.client.HTTPConnection(bind, timeout=10)) as connection:
        try:
            connection.request("GET", path)
            answer = connection.getresponse()
            return answer.status, answer.read().decode()
        except OSError:
            return 0, ""


def serve(installation: Installation) -> tuple[Process, str]:
    """A server that answers and whose worker is ready, and its address."""
    bind = f"127.0.0.1:{free_port()}"
    server = installation.start("serve", "--bind", bind)
    wait_until(lambda: fetch(bind, "/api/health/live")[0] == 200, "the web server answers", every=0.1)
    server.wait_for_log(": ready")
    return server, bind


def child(server: Process, command: str) -> int:
    """The process of `presstime <command>` right below the server."""
    found = [
        pid
        for pid in descendants(server.pid)
        if Path(f"/proc/{pid}/cmdline").read_text().split("\0")[1:5] == ["-P", "-m", "presstime", command]
        and int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1]) == server.pid
    ]
    return found[0] if found else 0


def test_an_empty_folder_becomes_a_server_that_fits_into_its_memory(tmp_path: Path):
    with Installation(tmp_path) as installation:
        server, bind = serve(installation)
        assert json.loads(fetch(bind, "/api/health/live")[1]) == {"status": "pass"}
        assert fetch(bind, "/api/executions")[0] == 401
        assert proportional_bytes(server.tree()) < MEMORY_LIMIT
        tree = server.tree()
        assert server.stop() == 0
        wait_until(lambda: not any(is_alive(pid) for pid in tree), "all its processes have ended")


@pytest.mark.parametrize("command", ["web", "worker"])
def test_what_dies_begins_again_within_two_seconds(installed: Installed, command: str):
    server, bind = serve(installed())
    killed = child(server, command)
    os.kill(killed, signal.SIGKILL)
    wait_until(lambda: child(server, command) not in (0, killed), f"{command} has begun again", seconds=2.0)
    wait_until(lambda: fetch(bind, "/api/health/live")[0] == 200, "the web server answers")
    assert "signal SIGKILL" in server.log


def test_reports_and_mail_are_for_their_user_and_group_alone(installed: Installed):
    installation = installed()
    (execution,) = installation.enqueue("quick", recipients={"to": ["reader@example.com"]})
    installation.start_worker()
    wait_until(lambda: installation.status(execution) == "succeeded", "it has run")
    wait_until(lambda: list(installation.data.glob("mail/*.eml")), "its mail is delivered")
    written = [*installation.data.glob("mail/*.eml"), *installation.data.glob("reports/**/*.csv")]
    assert len(written) == 2
    assert [path.stat().st_mode & 0o007 for path in written] == [0, 0]


def test_nothing_outlives_a_killed_server(installed: Installed):
    server, _ = serve(installed())
    tree = server.tree()
    server.kill()
    wait_until(lambda: not any(is_alive(pid) for pid in tree), "all its processes have ended")


def test_an_address_in_use_is_said_and_ends_the_server(installed: Installed):
    with closing(socket.socket()) as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        bind = f"127.0.0.1:{other.getsockname()[1]}"
        server = installed().start("serve", "--bind", bind)
        assert server.wait() == 1
        assert f"cannot listen on {bind}: Address already in use" in server.log
        assert "--bind" in server.log


def test_wrong_settings_are_refused_before_anything_starts(tmp_path: Path):
    with Installation(tmp_path, concurency=4) as installation:
        server = installation.start("serve")
        assert server.wait() != 0
        assert "PRESSTIME_CONCURRENCY" in server.log
        assert "Traceback" not in server.log
