from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path

import pytest
from typer.testing import Result

from presstime.reports.models import Report
from presstime.schedules import service as schedules
from presstime.sources.models import Source
from tests.commands import command
from tests.reports.conftest import DEFINITION

AS_OF = ("--as-of", "2026-11-24T09:00:00Z")


def call(*arguments: str) -> Result:
    return command("report", *arguments)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "punctuality.md"
    path.write_text(DEFINITION, encoding="utf-8")
    return path


def test_a_preview_reads_the_source_of_this_installation(source: Source, file: Path, tmp_path: Path) -> None:
    result = call("preview", str(file), "--format", "csv", "--out", str(tmp_path / "out"), *AS_OF)
    assert result.exit_code == 0
    [made] = (tmp_path / "out").glob("*.csv")
    assert made.read_text(encoding="utf-8-sig").split() == ["flights", "30"]


def test_a_preview_takes_the_url_of_a_source(source: Source, data_path: Path, file: Path, tmp_path: Path) -> None:
    file.write_text(DEFINITION.replace("source: flights", "source: elsewhere"), encoding="utf-8")
    url = f"sqlite:///{data_path}/flights.db"
    result = call(
        "preview",
        str(file),
        "--source",
        url,
        "--param",
        "airport=LGA",
        "--format",
        "csv",
        "--out",
        str(tmp_path),
        *AS_OF,
    )
    assert result.exit_code == 0
    [made] = tmp_path.glob("*.csv")
    assert made.read_text(encoding="utf-8-sig").split() == ["flights", "0"]


@pytest.mark.parametrize(
    ("change", "text"),
    [
        (("source: flights", "source: flihgts"), 'There is no source "flihgts"'),
        (("from flights", "from flihgts"), "flihgts"),
        (("title:", "titel:"), "punctuality.md:2: Unknown key 'titel'"),
    ],
)
def test_a_preview_that_fails_says_where_and_leaves_no_file(
    source: Source, file: Path, tmp_path: Path, change: tuple[str, str], text: str
) -> None:
    file.write_text(DEFINITION.replace(*change), encoding="utf-8")
    result = call("preview", str(file), "--format", "csv", "--out", str(tmp_path / "out"), *AS_OF)
    assert result.exit_code == 1
    assert text in result.stderr
    assert not list(tmp_path.glob("out/*"))


def test_lint_is_content_with_a_good_report(source: Source, file: Path) -> None:
    result = call("lint", str(file))
    assert (result.exit_code, result.stdout.strip()) == (0, f"{file}: nothing is wrong")


def test_lint_names_every_problem_and_unused_queries(source: Source, file: Path) -> None:
    file.write_text(DEFINITION.replace("title:", "titel:").replace("data: totals", "data: total"), encoding="utf-8")
    result = call("lint", str(file))
    assert result.exit_code == 1
    assert "punctuality.md:2: Unknown key 'titel'" in result.stderr
    assert "punctuality.md:14: The table block shows 'total'" in result.stderr
    file.write_text(DEFINITION + "```sql spare\nselect 1 as one\n```\n", encoding="utf-8")
    result = call("lint", str(file))
    assert result.exit_code == 1
    assert "punctuality.md:17: The query spare is shown nowhere." in result.stderr


def test_a_file_of_200_mb_is_refused_before_it_is_read(tmp_path: Path) -> None:
    big = tmp_path / "big.md"
    with big.open("wb") as file:
        file.truncate(200_000_000)
    result = call("lint", str(big))
    assert result.exit_code == 1
    assert "big.md:1: The report file has 200,000,000 bytes; the limit is 2,000,000." in result.stderr


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    assert call("lint", str(tmp_path / "nothing.md")).exit_code == 1


def test_lint_tries_the_queries_on_the_source_of_this_installation(source: Source, file: Path) -> None:
    file.write_text(DEFINITION.replace("totals.flights", "totals.fligths"), encoding="utf-8")
    result = call("lint", str(file))
    assert result.exit_code == 1
    assert "punctuality.md:10: The query totals has no column fligths." in result.stderr
    file.write_text(DEFINITION.replace("source: flights", "source: fligths"), encoding="utf-8")
    result = call("lint", str(file), "--json")
    assert result.exit_code == 0
    [note] = json.loads(result.stdout)["findings"]
    assert (note["severity"], note["code"], note["file"]) == ("note", "unchecked", "punctuality.md")
    assert 'There is no source "fligths".' in note["message"]


def test_lint_looks_at_the_schedules_that_run_the_report(report: Report, file: Path, now: datetime) -> None:
    schedules.create({"name": "monthly", "report": "punctuality", "cron": "0 6 1 * *"}, None, now)
    file.write_text(DEFINITION.replace("{type: text, default: JFK,", "{type: text,"), encoding="utf-8")
    result = call("lint", str(file))
    assert result.exit_code == 1
    assert (
        'The schedule "monthly", parameters.airport: The report needs a value: one of JFK, LGA, EWR.' in result.stderr
    )


def test_lint_looks_at_schedules_in_files(source: Source, file: Path, tmp_path: Path) -> None:
    folder = tmp_path / "schedules"
    folder.mkdir()
    (folder / "never.yaml").write_text('name: a\nreport: punctuality\ncron: "0 0 30 2 *"\nparameters: {airprot: JFK}\n')
    (folder / "past.yaml").write_text('report: punctuality\ncron: "0 6 * * *"\nends_at: 2020-01-01T00:00:00Z\n')
    (folder / "other.yaml").write_text('report: another\ncron: "0 0 30 2 *"\n')
    (folder / "good.yml").write_text('report: punctuality\ncron: "0 6 * * *"\nrecipients: {to: [a@example.com]}\n')
    result = call("lint", str(file), "--schedules", str(folder), "--source", "sqlite:///flights.db")
    assert result.exit_code == 1
    assert 'never.yaml:3: The schedule "never.yaml", cron: ' in result.stderr
    assert "never.yaml:4: " in result.stderr
    assert "past.yaml:3: " in result.stderr
    assert "[warning: never_runs]" in result.stderr
    assert "other.yaml" not in result.stderr
    assert "good.yml" not in result.stderr


def test_the_schema_is_printed_or_written(tmp_path: Path) -> None:
    printed = call("schema")
    assert printed.exit_code == 0
    assert call("schema", "--out", str(tmp_path / "report.schema.json")).exit_code == 0
    assert (tmp_path / "report.schema.json").read_text(encoding="utf-8") == printed.stdout
    assert json.loads(printed.stdout)["required"] == ["title", "source"]
