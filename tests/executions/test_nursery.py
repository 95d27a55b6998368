"""The fork server of the web process: started when it is wanted, from a thread that stays, and gone with it."""

from __future__ import annotations

import subprocess
import sys

from presstime.executions import nursery
from tests.machine import is_alive, wait_until

ALONE = """
import multiprocessing, os, signal, threading
from multiprocessing import forkserver
from presstime.executions import nursery
from presstime.executions.drawing import SAMPLE, drawn_at
nursery.open_nursery("forkserver", 4 << 30)
assert forkserver._forkserver._forkserver_pid is None, "nothing is started before somebody writes"
asked = threading.Thread(target=nursery.warm_up)
asked.start()
asked.join()  # the thread that asked is gone; what it asked for is there and stays
assert nursery.start_method() == "forkserver"
pid = forkserver._forkserver._forkserver_pid
child = multiprocessing.get_context("forkserver").Process(target=os.getpid)
child.start()  # it answers when all is loaded: from then on it would die with the thread that started it
child.join()
os.kill(pid, 0)
os.kill(pid, signal.SIGKILL)
os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)
assert nursery.start_method() == "forkserver"
assert drawn_at(nursery.drawing())(SAMPLE, "en-US", "USD", {}).startswith("<svg"), "charts of previews are drawn by one that stays"
drawing = nursery._open[0]._drawing._process.pid
print(forkserver._forkserver._forkserver_pid, drawing, flush=True)
assert forkserver._forkserver._forkserver_pid != pid, "one that died is replaced"
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_a_process_that_keeps_none_spawns() -> None:
    nursery.warm_up()
    assert nursery.start_method() == "spawn"
    nursery.open_nursery("spawn", 4 << 30)
    assert (nursery.start_method(), nursery.drawing()) == ("spawn", "")


def test_it_outlives_the_thread_that_wanted_it_and_dies_with_the_process() -> None:
    ended = subprocess.run([sys.executable, "-c", ALONE], capture_output=True, text=True, timeout=60, check=False)
    assert ended.returncode == -9, ended.stderr
    server, drawing = map(int, ended.stdout.split())
    wait_until(lambda: not is_alive(server), "the fork server has ended with its process")
    wait_until(lambda: not is_alive(drawing), "the process that draws has ended with the fork server")
