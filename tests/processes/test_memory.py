"""What rests in memory: processes that wait hold no library that only their children use."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

OF_CHILDREN = (
    "arro3",
    "css_inline",
    "duckdb",
    "fsspec",
    "isal",
    "pyrage",
    "typst",
    "vl_convert",
    "xlsxwriter",
    "zstandard",
)


@pytest.mark.parametrize("process", ["worker", "web"])
def test_a_waiting_process_holds_no_library_of_its_children(process, tmp_path):
    code = (
        "from presstime.cli.shell import set_up_django; set_up_django(); "
        f"import sys, presstime.processes.{process}; print([m for m in {OF_CHILDREN!r} if m in sys.modules])"
    )
    own = {name: value for name, value in os.environ.items() if not name.startswith("PRESSTIME_")}
    settings = own | {"PRESSTIME_DATA_DIR": str(tmp_path), "DJANGO_SETTINGS_MODULE": "presstime.project.settings"}
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=settings)
    assert run.stdout == "[]\n"


def test_the_fork_server_leaves_the_library_of_charts_to_the_process_that_draws():
    code = "import sys, presstime.executions.preload; print('vl_convert' in sys.modules, 'duckdb' in sys.modules)"
    assert (
        subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
        == "False True\n"
    )
