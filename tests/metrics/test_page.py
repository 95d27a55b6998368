from __future__ import annotations

from pathlib import Path

from tools.metrics_page import metrics_page

PAGE = Path(__file__).parents[2] / "docs/metrics.md"


def test_the_metrics_page_is_current() -> None:
    assert PAGE.read_text(encoding="utf-8") == metrics_page(), (
        "run: .venv/bin/python -m tools.metrics_page > docs/metrics.md"
    )
