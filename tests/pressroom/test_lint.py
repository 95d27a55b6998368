from __future__ import annotations

import io
import json
from pathlib import Path

import pytest
from rich.console import Console

from pressroom.command import UsageError
from pressroom.definition import parse
from pressroom.lint import Finding, Severity, lint, lint_text
from pressroom.lint_command import LintRequest, lint_command
from pressroom.lint_data import lint_data
from pressroom.sources import open_source
from tests.pressroom.reports import AT, FRONT, NEW_YORK, REPORT, make_flights


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


# ---- with data ------------------------------------------------------------------------------------------------------


def test_pictures_of_charts_that_are_not_there_are_a_warning() -> None:
    text = FRONT.replace("source", "formats: [pdf, png]\nsource")
    assert [finding.code for finding in told(text)] == ["no_chart"]
    chart = "```sql a\nselect 1 as x limit 1\n```\n```chart\ndata: a\ntype: bar\nx: x\ny: x\n```\n"
    assert told(text + chart) == []


def told_with_data(text: str, folder: Path) -> list[str]:
    source = open_source(make_flights(folder))
    found = lint_data(
        parse(text), lambda _name: source, parameters={}, at=AT, zone=NEW_YORK, scratch=folder / "scratch"
    )
    source.close()
    return [f"{finding.place.line if finding.place else 0} {finding.code} {finding.message}" for finding in found]


def test_a_good_report_stands_the_trial(tmp_path: Path) -> None:
    assert told_with_data(REPORT, tmp_path) == []
    assert told_with_data(REPORT.replace(", default: last month", "").replace(", default: JFK", ""), tmp_path) == []


def test_every_column_that_is_not_there_is_named_at_its_line(tmp_path: Path) -> None:
    text = (
        REPORT.replace("{{ totals.flights | number }}", "{{ totals.fligths | number }}")
        .replace("value: flights,", "value: fligths,")
        .replace("value: on_time,", "value: in_time,")
        .replace("x: day", "x: dya")
        .replace("columns: {delay:", "columns: {dealy:")
    )
    assert told_with_data(text, tmp_path) == [
        "10 missing_column The query totals has no column fligths.",
        "23 missing_column The query totals has no column fligths.",
        "23 missing_column The query totals has no column in_time.",
        "25 missing_column The query by_day has no column dya.",
        "33 missing_column The query by_airline has no column dealy.",
    ]


def test_a_query_that_is_refused_is_told_once_and_the_others_are_tried(tmp_path: Path) -> None:
    text = REPORT.replace("from flights\nwhere", "from fligths\nwhere").replace("y: delay", "y: dealy")
    first, second = told_with_data(text, tmp_path)
    assert first.startswith("12 missing_table ")
    assert second == "25 missing_column The query by_day has no column dealy."


def test_a_source_that_cannot_be_reached_is_a_note(tmp_path: Path) -> None:
    source = open_source(f"sqlite:///{tmp_path}/nothing.db")
    (finding,) = lint_data(
        parse(REPORT), lambda _name: source, parameters={}, at=AT, zone=NEW_YORK, scratch=tmp_path / "scratch"
    )
    assert (finding.severity, finding.code) == (Severity.NOTE, "unchecked")
    assert "queries to flights were not checked" in finding.message


# ---- from a command line --------------------------------------------------------------------------------------------


def command(request: LintRequest) -> tuple[int, str, str]:
    out, err = io.StringIO(), io.StringIO()
    code = lint_command(request, now=AT, out=Console(file=out, soft_wrap=True), err=Console(file=err, soft_wrap=True))
    return code, out.getvalue(), err.getvalue()


def test_the_command_says_what_is_wrong_and_what_could_not_be_checked(tmp_path: Path) -> None:
    file, url = tmp_path / "a.md", make_flights(tmp_path)
    file.write_text(REPORT)
    assert command(LintRequest(file, [url])) == (0, f"{file}: nothing is wrong\n", "")
    code, out, errors = command(LintRequest(file))
    assert (code, out) == (0, f"{file}: nothing is wrong, as far as it could be checked\n")
    assert "were not checked: The report reads from the source 'flights', and no URL is given for it." in errors
    file.write_text(REPORT.replace("x: day", "x: dya") + "```sql spare\nselect 1 as one\n```\n")
    code, out, errors = command(LintRequest(file, [url]))
    assert (code, out) == (1, f"{file}: 1 error, 1 warning\n")
    assert "a.md:25: The query by_day has no column dya. [error: missing_column]\n    Did you mean day?" in errors
    assert "a.md:36: The query spare is shown nowhere. [warning: unused_query]" in errors


def test_warnings_fail_unless_they_are_allowed(tmp_path: Path) -> None:
    file, url = tmp_path / "a.md", make_flights(tmp_path)
    file.write_text(REPORT + "```sql spare\nselect 1 as one\n```\n")
    assert command(LintRequest(file, [url]))[0] == 1
    code, out, _ = command(LintRequest(file, [url], allows_warnings=True, as_json=True))
    answer = json.loads(out)
    assert (code, answer["valid"], [each["code"] for each in answer["findings"]]) == (0, True, ["unused_query"])
    with pytest.raises(UsageError, match="not NAME=VALUE"):
        command(LintRequest(file, [url], parameters=["airport"]))
