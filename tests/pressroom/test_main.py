from __future__ import annotations

import io
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from rich.console import Console

from pressroom.command import Request, UsageError, read_instant, read_pairs, read_sources, render_command
from pressroom.frontmatter import KEYS
from pressroom.sources import Source, open_source
from pressroom.writers import FORMATS
from tests.pressroom.reports import AT, FRONT, REPORT, make_flights


@pytest.fixture
def report(tmp_path: Path) -> Path:
    path = tmp_path / "punctuality.md"
    path.write_text(REPORT)
    return path


def call(*arguments: str, folder: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "pressroom", *arguments]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, timeout=60)


def test_a_report_file_renders_without_a_server(report: Path, tmp_path: Path) -> None:
    url = make_flights(tmp_path)
    done = call(
        report.name, "--source", url, "--param", "airport=LGA", "--format", "csv", "--format", "json",
        "--as-of", "2013-08-02", "--timezone", "America/New_York", "--out", "out", folder=tmp_path,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [
        "airport-punctuality-july-2013.csv", "airport-punctuality-july-2013.json",
    ]  # fmt: skip
    assert "airport-punctuality-july-2013.csv" in done.stdout
    assert "July 2013" in (tmp_path / "out/airport-punctuality-july-2013.json").read_text()


def test_problems_are_told_with_file_and_line_and_exit_code_1(tmp_path: Path) -> None:
    (tmp_path / "bad.md").write_text(FRONT.replace("source", "sorce: a\nsource") + "```chrt\n```\n")
    done = call("bad.md", folder=tmp_path)
    assert done.returncode == 1
    assert done.stderr.splitlines() == [
        "bad.md:3: Unknown key 'sorce' in the front matter.",
        f"    Did you mean source? Allowed: {', '.join(KEYS)}.",
        "bad.md:6: A report has no block `chrt`.",
        "    Did you mean chart? Blocks: sql, kpi, chart, table, image, pagebreak.",
    ]


def test_an_option_that_cannot_be_understood_exits_with_2(report: Path, tmp_path: Path) -> None:
    done = call(report.name, "--param", "airport", folder=tmp_path)
    assert done.returncode == 2
    assert "NAME=VALUE" in done.stderr


def run(request: Request, named_source: object = None) -> tuple[int, str, str]:
    out, err = io.StringIO(), io.StringIO()
    consoles = {"out": Console(file=out, soft_wrap=True), "err": Console(file=err, soft_wrap=True)}
    code = render_command(request, now=AT, named_source=named_source, **consoles)  # type: ignore[arg-type]
    return code, out.getvalue(), err.getvalue()


def test_a_missing_source_says_how_to_give_one(report: Path, tmp_path: Path) -> None:
    code, _, errors = run(Request(report, out=tmp_path))
    assert code == 1
    assert "the source 'flights'" in errors
    assert "--source flights=sqlite:///file.db" in errors


def test_a_source_may_be_given_by_name_or_found_by_the_caller(report: Path, tmp_path: Path) -> None:
    url = make_flights(tmp_path)
    assert run(Request(report, sources=[f"flights={url}"], formats=["csv"], out=tmp_path / "a"))[0] == 0

    def find(name: str) -> Source:
        assert name == "flights"
        return open_source(url)

    assert run(Request(report, formats=["csv"], out=tmp_path / "b"), find)[0] == 0


def test_the_front_matter_may_hold_the_url_of_a_file_beside_the_report(report: Path, tmp_path: Path) -> None:
    make_flights(tmp_path)
    report.write_text(REPORT.replace("source: flights ", "source: sqlite:///flights.db "))
    assert run(Request(report, formats=["csv"], out=tmp_path / "out"))[0] == 0


def test_a_missing_or_huge_file_is_told(tmp_path: Path) -> None:
    code, _, errors = run(Request(tmp_path / "none.md"))
    assert (code, "No such file" in errors) == (1, True)
    huge = tmp_path / "huge.md"
    with huge.open("wb") as file:
        file.truncate(200_000_000)
    code, _, errors = run(Request(huge))
    assert (code, "200,000,000 bytes" in errors) == (1, True)


def test_options_are_read() -> None:
    assert read_pairs(["a=b=c", "d="], "--param") == {"a": "b=c", "d": ""}
    assert read_sources(["postgresql://h/d?sslmode=require", "x=sqlite:///f.db"]) == {
        "": "postgresql://h/d?sslmode=require", "x": "sqlite:///f.db",
    }  # fmt: skip
    berlin = ZoneInfo("Europe/Berlin")
    assert read_instant("2013-08-01", berlin) == datetime(2013, 7, 31, 22, tzinfo=UTC)
    assert read_instant("2013-08-01T06:00", berlin) == datetime(2013, 8, 1, 4, tzinfo=UTC)
    assert read_instant("2013-08-01T06:00:00Z", berlin) == datetime(2013, 8, 1, 6, tzinfo=UTC)


def test_options_that_are_wrong_never_show_a_secret() -> None:
    with pytest.raises(UsageError) as caught:
        read_sources(["postgresql:/user:hunter2@host/db"])
    assert "hunter2" not in str(caught.value)
    with pytest.raises(UsageError, match="2013-08-01"):
        read_instant("yesterday", ZoneInfo("UTC"))


def test_a_report_file_is_linted_without_a_server(report: Path, tmp_path: Path) -> None:
    done = call("lint", report.name, "--source", make_flights(tmp_path), folder=tmp_path)
    assert (done.returncode, done.stdout, done.stderr) == (0, "punctuality.md: nothing is wrong\n", "")


def test_help_names_the_other_commands_and_every_format(tmp_path: Path) -> None:
    words = " ".join(call("--help", folder=tmp_path).stdout.replace("\u2502", " ").split())
    assert "python -m pressroom lint FILE" in words
    assert "python -m pressroom schema" in words
    assert all(name in words for name in (*FORMATS, "email"))


def test_the_body_of_the_mail_is_a_page_that_shows_its_pictures(report: Path, tmp_path: Path) -> None:
    report.write_text(REPORT + "\n```chart\ndata: by_airline\ntype: bar\nx: airline\ny: flights\n```\n")
    source = f"flights={make_flights(tmp_path)}"
    code, said, _ = run(Request(report, sources=[source], formats=["email", "csv"], out=tmp_path / "out"))
    assert code == 0
    names = sorted(path.name for path in (tmp_path / "out").iterdir())
    assert names == ["airport-punctuality-july-2013-email.html", "airport-punctuality-july-2013.csv"]
    assert names[0] in said
    page = (tmp_path / "out" / names[0]).read_text()
    assert "data:image/png;base64," in page
    assert "cid:" not in page
    assert "airport-punctuality-july-2013.csv" in page  # what is attached


def test_the_mail_alone_makes_no_other_file(report: Path, tmp_path: Path) -> None:
    source = f"flights={make_flights(tmp_path)}"
    assert run(Request(report, sources=[source], formats=["email"], out=tmp_path / "out"))[0] == 0
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["airport-punctuality-july-2013-email.html"]


def test_an_unknown_format_is_told_with_all_that_are_allowed(report: Path, tmp_path: Path) -> None:
    code, _, said = run(Request(report, formats=["emial"], out=tmp_path))
    assert code == 1
    assert "Did you mean email?" in said


def test_everything_wrong_with_parameters_is_told_at_once(tmp_path: Path) -> None:
    path = tmp_path / "r.md"
    declared = "parameters:\n  day: {type: date}\n  most: {type: number, default: 1}\n  needed: {type: text}\n"
    path.write_text(f"---\ntitle: T\nsource: s\n{declared}---\n```sql q\nselect :day, :most, :needed\n```\n")
    code, _, said = run(Request(path, parameters=["day=soon", "most=many", "dya=x"], out=tmp_path))
    assert code == 1
    assert [line for line in said.splitlines() if not line.startswith(" ")] == [
        "The report has no parameter 'dya'.",
        "The parameter day is 'soon', which is not a date.",
        "The parameter most is 'many', which is not a number.",
        "r.md:7: The parameter needed has no value.",
    ]
