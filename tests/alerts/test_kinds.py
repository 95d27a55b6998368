from __future__ import annotations

from pathlib import Path

import pytest

from presstime.alerts.kinds import KINDS, Kind
from presstime.alerts.models import Alert

PAGE = Path(__file__).parents[2] / "docs/alerts.md"


@pytest.mark.parametrize("kind", Kind)
def test_every_kind_has_its_meaning_and_its_line_in_the_documents(kind: Kind) -> None:
    meaning = KINDS[kind]
    line = f"| `{kind}` | {meaning.severity} | {meaning.title} | {meaning.advice} |"
    assert line in PAGE.read_text(encoding="utf-8").splitlines()


def test_an_alert_knows_what_to_do_next() -> None:
    assert Alert(kind=Kind.AUDIT_BROKEN).advice == KINDS[Kind.AUDIT_BROKEN].advice
