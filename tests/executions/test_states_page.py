from __future__ import annotations

from pathlib import Path

from tools.states_page import states_page

PAGE = Path(__file__).parents[2] / "docs/states.md"


def test_the_page_of_states_is_current():
    assert PAGE.read_text(encoding="utf-8") == states_page(), (
        "run: .venv/bin/python -m tools.states_page > docs/states.md"
    )
