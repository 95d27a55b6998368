"""The table of actions is what the code records, and the page of them is current."""

from __future__ import annotations

import re
from pathlib import Path

from tools.audit_page import audit_page

from presstime.audit.actions import ACTIONS
from presstime.database.guard import EXEMPTIONS

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs/audit-actions.md"
RECORDED = re.compile(r'"((?:{})\.[a-z_]+)"'.format("|".join(sorted({action.partition(".")[0] for action in ACTIONS}))))
CALLS = re.compile(r'\brecord\(\s*"([a-z_]+\.[a-z_]+)"')
# Names that look like actions and are none.
OTHERS = {"user.role", "setting.value"}


def test_every_action_that_is_recorded_is_in_the_table_and_no_other() -> None:
    found: set[str] = set()
    for path in (ROOT / "src/presstime").rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        if path.name != "actions.py" and re.search(r"\brecord\(", text):
            found |= set(RECORDED.findall(text)) | set(CALLS.findall(text))
    assert found - OTHERS == set(ACTIONS) - {"deliveries.exported"} | ({"deliveries.exported"} & found)


def test_the_page_of_actions_is_current() -> None:
    assert PAGE.read_text(encoding="utf-8") == audit_page(), (
        "run: .venv/bin/python -m tools.audit_page > docs/audit-actions.md"
    )


def test_every_exemption_is_a_function_with_a_reason() -> None:
    audit_page()
    assert len(EXEMPTIONS) > 20
    assert all(len(exemption.reason.split()) >= 5 for exemption in EXEMPTIONS)
    assert not [
        exemption
        for exemption in EXEMPTIONS
        if ".service." in exemption.function and "breakers" not in exemption.function
    ]
