"""What the documents say of the code is still so."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from presstime.base.configuration_fields import Configuration
from presstime.base.settings_page import settings_page

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def package_names() -> list[str]:
    lists = [
        PROJECT["project"]["dependencies"],
        *PROJECT["project"]["optional-dependencies"].values(),
        PROJECT["dependency-groups"]["dev"],
    ]
    return sorted({re.split(r"[<>=;\[ ]", line)[0] for group in lists for line in group})


@pytest.mark.parametrize("package", package_names())
def test_every_dependency_has_its_line(package: str) -> None:
    assert f"`{package}`" in (ROOT / "docs/dependencies.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("path", sorted((ROOT / "requirements").glob("*.txt")), ids=lambda path: path.name)
def test_pinned_requirements_have_hashes_and_name_no_address(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    pins = re.findall(r"^[a-z0-9][\w.-]*==", text, flags=re.MULTILINE)
    assert len(pins) > 1
    assert text.count("--hash=sha256:") >= len(pins)
    assert "://" not in text


def test_the_settings_page_is_current() -> None:
    page = (ROOT / "docs/configuration.md").read_text(encoding="utf-8")
    assert page == settings_page(), "run: .venv/bin/python -m presstime.base.settings_page > docs/configuration.md"


def test_every_setting_has_a_description() -> None:
    assert [name for name, field in Configuration.model_fields.items() if not field.description] == []


def test_links_between_documents_lead_somewhere() -> None:
    pages = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "benchmarks").glob("*.md")]
    links = [(page, link) for page in pages for link in re.findall(r"\]\(([^)#\s]+)", page.read_text(encoding="utf-8"))]
    local = [(page, link) for page, link in links if "://" not in link and not link.startswith("mailto:")]
    assert local
    assert [(page.name, link) for page, link in local if not (page.parent / link).exists()] == []
