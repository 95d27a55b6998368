"""`presstime demo` from nothing, and its three reports."""

from __future__ import annotations

import email
import os
import re
import subprocess
import sys
from email import policy
from importlib.resources import as_file, files
from pathlib import Path

import duckdb
import openpyxl
import pytest

from presstime.accounts.models import User
from presstime.demo.loader import FOLDER, SCHEDULES, SOURCE, install
from presstime.reports.models import Report
from presstime.schedules.models import Schedule
from tests.conftest import ON_POSTGRES
from tests.machine import free_port

DATA_LIMIT = 8 << 20


def demo(folder: Path) -> str:
    """What `presstime demo --once` prints."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PRESSTIME_")}
    command = [
        sys.executable,
        "-m",
        "presstime",
        "demo",
        "--once",
        "--dir",
        "demo",
        "--bind",
        f"127.0.0.1:{free_port()}",
    ]
    done = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.skipif(ON_POSTGRES, reason="brings its own SQLite file")
# openpyxl does not know the lines and bars in cells that Excel has had since 2010.
@pytest.mark.filterwarnings("ignore:.*extension is not supported:UserWarning")
def test_one_command_from_nothing_to_the_delivered_mail(tmp_path: Path) -> None:
    said = demo(tmp_path)
    password = re.search(r"Sign in +admin +(\S+)", said)
    assert password
    paths = {kind: tmp_path / path for kind, path in re.findall(r"^(PDF|Workbook|Mail) +(\S+)$", said, re.MULTILINE)}
    assert paths["PDF"].read_bytes().startswith(b"%PDF-")
    assert len(openpyxl.load_workbook(paths["Workbook"]).sheetnames) >= 3
    mail = email.message_from_bytes(paths["Mail"].read_bytes(), policy=policy.default)
    assert "July 2013" in mail["Subject"]
    attached = [part.get_filename() for part in mail.iter_attachments()]
    assert sorted(name for name in attached if name) == sorted(paths[kind].name for kind in ("PDF", "Workbook"))

    again = demo(tmp_path)
    assert password[1] in again
    assert len(list((tmp_path / "demo" / "mail").glob("*.eml"))) == 4  # two readers, twice


@pytest.mark.django_db
def test_a_second_installation_changes_nothing(tmp_path: Path, admin: User, now, settings) -> None:
    settings.CONFIGURATION = settings.CONFIGURATION.model_copy(update={"data_dir": tmp_path})
    for _ in range(2):
        install(tmp_path, admin, now)
    assert {schedule.name for schedule in Schedule.objects.all()} == set(SCHEDULES)
    assert Report.objects.count() == 3
    assert {report.current.number for report in Report.objects.select_related("current")} == {1}
    assert (tmp_path / FOLDER / f"{SOURCE}.parquet").is_file()


def test_the_data_are_whole_and_small() -> None:
    with as_file(files("presstime.demo") / "data") as data:
        assert sum(path.stat().st_size for path in data.iterdir()) <= DATA_LIMIT
        said = dict(re.findall(r"^\| `(\w+)\.parquet` \| ([\d,]+) \|", (data / "README.md").read_text(), re.MULTILINE))
        for path in data.glob("*.parquet"):
            rows = duckdb.read_parquet(str(path)).aggregate("count(*)").fetchall()[0][0]
            assert said[path.stem] == f"{rows:,}"
