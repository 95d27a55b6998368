from __future__ import annotations

import errno
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from presstime.base.errors import Invalid, NotFound
from presstime.base.ids import uuid7
from presstime.executions import files
from presstime.executions.job import Done, File
from presstime.executions.models import Execution

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
DONE = Done((File("stock.csv", "csv", "text/csv", 4, "0" * 64, 1),), 1, None, {})


@pytest.fixture
def execution() -> Execution:
    return Execution(id=uuid7(), fence=2, queued_at=NOW, output_path="shop")


def written(execution: Execution, scratch: Path, text: str = "text") -> None:
    folder = files.scratch_of(execution, scratch) / "files"
    folder.mkdir(parents=True)
    (folder / "stock.csv").write_text(text)


def place(execution: Execution, tmp_path: Path) -> files.Placed:
    written(execution, tmp_path / "scratch")
    return files.place(execution, DONE, scratch=tmp_path / "scratch", reports=tmp_path / "reports")


def test_files_are_put_into_the_folder_of_their_month_and_attempt(execution, tmp_path):
    placed = place(execution, tmp_path)
    assert placed.folder == f"2026/11/{execution.pk}.2"
    assert (tmp_path / "reports" / placed.folder / "stock.csv").read_text() == "text"


def test_a_reports_folder_on_another_volume_works_too(execution, tmp_path, monkeypatch):
    rename, refused = Path.rename, []

    def other_volume(self, target):
        if self.name == "files" and not refused:
            refused.append(self)
            raise OSError(errno.EXDEV, "Invalid cross-device link")
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", other_volume)
    placed = place(execution, tmp_path)
    assert refused
    assert [path.name for path in (tmp_path / "reports" / "2026" / "11").iterdir()] == [f"{execution.pk}.2"]
    assert (tmp_path / "reports" / placed.folder / "stock.csv").read_text() == "text"


def test_a_published_file_is_replaced_and_no_draft_stays(execution, tmp_path):
    for _ in range(2):
        placed = place(execution, tmp_path)
        files.publish(execution, placed, tmp_path / "reports")
        execution.fence += 1
    folder = tmp_path / "reports" / "published" / "shop"
    assert [path.name for path in folder.iterdir()] == ["stock.csv"]


@pytest.mark.parametrize("path", ["..", "../x", "/etc", "a/../../b", "a\0b"])
def test_no_output_path_leads_outside(tmp_path, path):
    with pytest.raises(Invalid, match="output_path"):
        files.published_folder(path, tmp_path)


def test_a_link_does_not_lead_outside_either(tmp_path):
    (tmp_path / "published").mkdir()
    (tmp_path / "published" / "link").symlink_to("/etc")
    with pytest.raises(Invalid):
        files.published_folder("link/x", tmp_path)


@given(st.text(alphabet="ab./\\~ ", max_size=30))
def test_every_accepted_output_path_is_inside(path):
    root = Path("/reports/published")
    try:
        folder = files.published_folder(path, Path("/reports"))
    except Invalid:
        return
    assert folder.is_relative_to(root)


@pytest.mark.parametrize("path", ["../keys/secret-key.txt", "/etc/passwd", "2026/missing.csv", ""])
def test_only_files_of_the_reports_folder_are_given_out(tmp_path, path):
    (tmp_path / "reports").mkdir()
    (tmp_path / "keys").mkdir()
    (tmp_path / "keys" / "secret-key.txt").touch()
    with pytest.raises(NotFound):
        files.resolve(path, tmp_path / "reports")


def age(folder: Path, hours: float) -> None:
    moment = (NOW - timedelta(hours=hours)).timestamp()
    os.utime(folder, (moment, moment))


def test_the_janitor_removes_only_what_is_old_and_belongs_to_no_attempt(tmp_path):
    month = tmp_path / "2026" / "11"
    keys = [uuid7() for _ in range(4)]
    old_orphan, young_orphan, wanted, part = (month / f"{key}.1" for key in keys)
    part = part.with_name(f"{part.name}.0123abcd.part")
    strange = month / "notes of the operator"
    for folder in (old_orphan, young_orphan, wanted, part, strange):
        folder.mkdir(parents=True)
        age(folder, 0.5 if folder == young_orphan else 2)
    removed = files.remove_orphans(tmp_path, lambda asked: {(str(keys[2]), 1)} & set(asked), NOW)
    assert removed == 2
    assert {path.name for path in month.iterdir()} == {young_orphan.name, wanted.name, strange.name}


def test_scratch_of_running_attempts_stays(tmp_path):
    running, gone = tmp_path / f"{uuid7()}.1", tmp_path / f"{uuid7()}.3"
    for folder in (running, gone):
        folder.mkdir()
        age(folder, 2)
    assert files.remove_scratch(tmp_path, lambda asked: {each for each in asked if each[0] in running.name}, NOW) == 1
    assert [path.name for path in tmp_path.iterdir()] == [running.name]
