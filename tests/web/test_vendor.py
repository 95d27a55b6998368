"""The browser files that are shipped are those that the manifest names, byte for byte, each with its licence."""

from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
VENDOR = ROOT / "src" / "presstime" / "web" / "static" / "vendor"
MANIFEST: dict[str, dict[str, str]] = json.loads((VENDOR / "manifest.json").read_text("utf-8"))
PAGES = [path for pattern in ("*.html", "*.py") for path in (ROOT / "src" / "presstime").rglob(pattern)]


@pytest.mark.parametrize("name", sorted(MANIFEST))
def test_a_shipped_file_is_the_one_in_the_manifest(name: str) -> None:
    assert hashlib.sha256((VENDOR / name).read_bytes()).hexdigest() == MANIFEST[name]["sha256"]


def test_nothing_is_shipped_that_the_manifest_does_not_name() -> None:
    shipped = {str(path.relative_to(VENDOR)) for path in VENDOR.rglob("*") if path.is_file()}
    assert shipped == set(MANIFEST) | {"manifest.json"}


def test_the_shipped_files_stay_small() -> None:
    assert sum(path.stat().st_size for path in VENDOR.rglob("*") if path.is_file()) < 2_000_000


def test_the_manifest_names_the_versions_of_the_lock_file() -> None:
    lock = json.loads((ROOT / "tools" / "vendor" / "package-lock.json").read_text("utf-8"))
    for origin in (part for entry in MANIFEST.values() for part in entry["from"].split(", ")):
        package, version = origin.rsplit(" ", 1)
        assert lock["packages"][f"node_modules/{package}"]["version"] == version


def test_the_lock_file_names_no_registry() -> None:
    assert '"resolved"' not in (ROOT / "tools" / "vendor" / "package-lock.json").read_text("utf-8")


def test_the_sprite_has_every_icon_that_pages_use() -> None:
    sprite = set(re.findall(r'<symbol id="([^"]+)"', (VENDOR / "icons.svg").read_text("utf-8")))
    named = set((ROOT / "tools" / "vendor" / "icons.txt").read_text("utf-8").split())
    text = "\n".join(path.read_text("utf-8") for path in PAGES)
    used = set(re.findall(r'(?:{% icon |picture=)"([^"]+)"', text))
    assert sprite == named
    assert used <= sprite


def test_no_page_asks_for_anything_from_elsewhere() -> None:
    style = "\n".join(path.read_text("utf-8") for path in (VENDOR.parent / "presstime").glob("*.css"))
    assert "http" not in style
    assert not re.search(r"url\((?!\"\.\./vendor/)", style)
    for page in PAGES:
        if page.suffix == ".html":
            assert not re.search(r"""(src|href)=["']https?:""", page.read_text("utf-8")), page


def test_no_page_has_an_inline_script_or_style() -> None:
    for page in (
        path for path in PAGES if path.suffix == ".html" and path.name != "refused.html"
    ):  # that one is in quarantine
        text = page.read_text("utf-8")
        assert not re.search(
            r"""\sstyle=["']|<style|\son[a-z]+=["']|hx-on|<script(?![^>]*(src|application/json))""", text
        ), page
