from __future__ import annotations

import pytest

from pressroom.definition import parse
from pressroom.lint import Finding, Severity, lint, lint_text
from tests.pressroom.reports import FRONT, REPORT


def told(text: str) -> list[Finding]:
    return lint(parse(text))


def test_a_good_report_has_no_findings() -> None:
    assert told(REPORT) == []


def test_what_cannot_be_read_is_an_error_with_its_line_each() -> None:
    definition, found = lint_text(
        REPORT.replace("title:", "titel:", 1).replace("type: line", "type: lien"), file="a.md"
    )
    assert definition is None
    assert {finding.severity for finding in found} == {Severity.ERROR}
    assert [str(finding.place) for finding in found] == ["a.md:2", "a.md:2", "a.md:27"]


def test_a_query_that_nothing_shows_is_a_warning() -> None:
    (finding,) = told(FRONT + "The totals of the month.\n```sql totals\nselect 1 as one\n```\n")
    assert (finding.severity, finding.code, finding.message) == (
        Severity.WARNING, "unused_query", "The query totals is shown nowhere.",
    )  # fmt: skip
    assert finding.as_json()["line"] == 6
    assert (
        told(FRONT + "{% for row in totals.rows %}{{ row.one }}{% endfor %}\n```sql totals\nselect 1 as one\n```\n")
        == []
    )


def test_a_parameter_that_changes_nothing_is_a_warning() -> None:
    front = FRONT.replace("---\n", "---\nparameters:\n  month: {type: period}\n", 1)
    (finding,) = told(front + "A month.\n")
    assert (finding.code, finding.place.line if finding.place else 0) == ("unused_parameter", 3)
    assert ":month_start and :month_end" in finding.remedy
    assert told(front + "All of {{ month }}.\n") == []
    assert told(front + "{{ a.day }}\n```sql a\nselect :month_previous_end as day\n```\n") == []


@pytest.mark.parametrize(
    ("sql", "is_told"),
    [
        ("select * from flights", True),
        ("select day, 'where' as word from flights -- limit", True),
        ("select * from flights limit 10", False),
        ("select origin, count (*) as n from flights", False),
        ("select * from flights where day > 1", False),
        ("select 1 as one", False),
    ],
)
def test_a_table_of_a_whole_table_is_a_warning(sql: str, *, is_told: bool) -> None:
    found = told(FRONT + f"```sql a\n{sql}\n```\n```table\ndata: a\n```\n")
    assert [finding.code for finding in found] == (["whole_table"] if is_told else [])
    assert (
        told(FRONT.replace("source", "row_limit: 10\nsource") + f"```sql a\n{sql}\n```\n```table\ndata: a\n```\n") == []
    )
