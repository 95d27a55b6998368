"""Every report of the gallery is well meant, renders in every format, and stands in the page with its picture."""

from pathlib import Path

import pytest
from tools import gallery

from pressroom.definition import parse
from pressroom.lint import lint_text
from pressroom.writers import FORMATS

SMALL = 3_000_000  # bytes of all pictures


@pytest.mark.parametrize("report", gallery.reports(), ids=lambda path: path.stem)
def test_a_report_of_the_gallery_renders_in_every_format(report: Path, tmp_path: Path) -> None:
    text = report.read_text(encoding="utf-8")
    assert lint_text(text)[1] == []
    has_charts = "```chart" in text
    rendered = gallery.made(report, tmp_path, *(name for name in FORMATS if name != "png" or has_charts))
    assert [artifact.format for artifact in rendered.artifacts] == [
        name for name in FORMATS if name != "png" or has_charts
    ]
    assert all(artifact.bytes > 100 for artifact in rendered.artifacts)
    assert rendered.email is not None
    assert rendered.document.title in rendered.email.text


def test_the_page_of_the_gallery_is_current_and_every_report_has_its_picture() -> None:
    assert gallery.PAGE.read_text(encoding="utf-8") == gallery.page(), "run: make gallery"
    pictures = [gallery.FOLDER / "pictures" / f"{report.stem}.png" for report in gallery.reports()]
    assert len(pictures) >= 12
    assert {path.read_bytes()[:4] for path in pictures} == {b"\x89PNG"}
    assert sum(path.stat().st_size for path in pictures) < SMALL


def test_the_gallery_shows_every_type_of_chart() -> None:
    blocks = [block for path in gallery.reports() for block in parse(path.read_text(encoding="utf-8")).every_block()]
    shown = {block.type for block in blocks if hasattr(block, "spec")}
    assert shown >= {"line", "area", "bar", "column", "stacked", "scatter", "pie", "heatmap", ""}
