"""Writing beside the reports: whole or not at all, and never elsewhere."""

from __future__ import annotations

from pathlib import Path

import pytest

from presstime.assets import folder


def test_a_file_is_written_replaced_and_deleted_with_its_empty_folders(tmp_path: Path) -> None:
    root = tmp_path / "assets"
    folder.write(root, "brand/deep/logo.png", b"one")
    folder.write(root, "brand/deep/logo.png", b"another")
    folder.write(root, "brand/map.svg", b"map")
    assert [(entry.name, entry.bytes) for entry in folder.entries(root)] == [
        ("brand/deep/logo.png", 7),
        ("brand/map.svg", 3),
    ]
    assert [path.name for path in (root / "brand/deep").iterdir()] == ["logo.png"], "no draft is left"
    folder.delete(root, "brand/deep/logo.png")
    assert [path.name for path in (root / "brand").iterdir()] == ["map.svg"]
    with pytest.raises(FileNotFoundError):
        folder.delete(root, "brand/deep/logo.png")


def test_nothing_is_written_or_deleted_through_a_link(tmp_path: Path) -> None:
    root, outside = tmp_path / "assets", tmp_path / "outside"
    root.mkdir()
    outside.mkdir()
    (outside / "logo.png").write_bytes(b"mine")
    (root / "brand").symlink_to(outside)
    (root / "logo.png").symlink_to(outside / "logo.png")
    for name in ("brand/logo.png", "brand/new.png", "logo.png"):
        with pytest.raises(OSError, match=r".") as caught:
            folder.write(root, name, b"theirs")
        assert isinstance(caught.value, (NotADirectoryError, IsADirectoryError))
    with pytest.raises(OSError, match=r"."):
        folder.delete(root, "brand/logo.png")
    assert [(path.name, path.read_bytes()) for path in outside.iterdir()] == [("logo.png", b"mine")]
    assert folder.entries(root) == []


def test_a_folder_is_not_replaced_by_a_file(tmp_path: Path) -> None:
    folder.write(tmp_path, "brand/logo.png", b"one")
    with pytest.raises(IsADirectoryError):
        folder.write(tmp_path, "brand", b"two")
    with pytest.raises(NotADirectoryError):
        folder.write(tmp_path, "brand/logo.png/more.png", b"two")
    assert (tmp_path / "brand/logo.png").read_bytes() == b"one"
