from __future__ import annotations

import hashlib
import json
import re
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from pressroom import Rendered, open_source, parse, render
from pressroom.errors import DataError, LayoutError, Place, RenderError, SourceMisconfigured
from pressroom.names import file_name, slug
from pressroom.sources import Source
from tests.pressroom.reports import AT, FRONT, NEW_YORK, REPORT, make_flights


def flights(folder: Path) -> dict[str, Source]:
    return {"flights": open_source(make_flights(folder))}


def test_a_report_becomes_a_file_for_each_format(tmp_path: Path) -> None:
    stages: list[str] = []
    rendered = render(
        REPORT, sources=flights(tmp_path), parameters={}, at=AT, zone=NEW_YORK, out=tmp_path / "out", progress=stages.append,
        formats=["csv", "json", "html"], link="https://example.org/executions/1",
    )  # fmt: skip
    assert [file.name for file in rendered.artifacts] == [
        f"airport-punctuality-july-2013.{extension}" for extension in ("csv", "json", "html")
    ]
    for file in rendered.artifacts:
        content = file.path.read_bytes()
        assert (file.bytes, file.sha256) == (len(content), hashlib.sha256(content).hexdigest())
    assert rendered.rows == 3
    assert stages == [
        "query totals", "query by_day", "query by_airline", "rendering csv", "rendering json", "rendering html", "rendering e-mail",
    ]  # fmt: skip
    assert rendered.email is not None
    assert "Airport punctuality" in rendered.email.text
    assert "https://example.org/executions/1" in rendered.email.html
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == sorted(
        file.name for file in rendered.artifacts
    )


def test_the_same_instant_gives_the_same_numbers_whenever_it_runs(tmp_path: Path) -> None:
    sources = flights(tmp_path)

    def files(name: str) -> Rendered:
        out = tmp_path / name
        return render(
            REPORT, sources=sources, parameters={}, at=AT, zone=NEW_YORK, out=out, formats=["csv"], email=False
        )

    first, second = files("a"), files("b")
    assert first.artifacts[0].sha256 == second.artifacts[0].sha256
    assert first.email is None


def test_formats_zone_and_rows_come_from_the_report_when_nothing_else_is_said(tmp_path: Path) -> None:
    text = FRONT.replace("source", "formats: [json]\ntimezone: Asia/Tokyo\nrow_limit: 2\nsource")
    text += "```sql all_flights\nselect * from flights\n```\n```table\ndata: all_flights\n```\n"
    at = datetime(2013, 8, 1, 20, tzinfo=UTC)
    rendered = render(text, sources=flights(tmp_path), parameters={}, at=at, out=tmp_path / "out", email=False)
    assert rendered.artifacts[0].name == "airport-punctuality-2013-08-02.json"
    assert rendered.document.timezone == "Asia/Tokyo"
    assert (rendered.rows, rendered.document.tables()[0].note) == (
        2,
        "The query all_flights was stopped at 2 rows: the row limit was reached.",
    )
    assert json.loads(rendered.artifacts[0].path.read_text())["title"] == "Airport punctuality"


def test_what_a_table_cuts_names_the_file_that_has_it_whole(tmp_path: Path) -> None:
    text = (
        FRONT
        + """```sql a
select 1 as x, replace(hex(zeroblob(600)), '00', 'ab') as words union all select 2, 'short'
```
```table
data: a
limit: 1
```
"""
    )
    for formats, carrier in ((["pdf", "html"], ""), (["html", "json", "csv"], ".csv"), (["html", "xlsx"], ".xlsx")):
        rendered = render(
            text, sources=flights(tmp_path), parameters={}, at=AT, zone=NEW_YORK, out=tmp_path / "out", formats=formats
        )
        assert [artifact.format for artifact in rendered.artifacts] == formats
        assert rendered.email is not None
        page = next(artifact.path.read_text() for artifact in rendered.artifacts if artifact.format == "html")
        named = [artifact.name for artifact in rendered.artifacts if carrier and artifact.name.endswith(carrier)]
        for said in (page, rendered.email.html):
            assert "The first 1 of 2 rows." in said
            assert "Shortened texts: 1." in said
            assert re.findall(r"All rows are in (\S+)\.\s*<", said) == named
            assert re.findall(r"They are whole in (\S+)\.\s*<", said) == named


def test_a_resolver_is_asked_once_for_each_source_and_what_it_opens_is_closed(tmp_path: Path) -> None:
    url, asked, opened = make_flights(tmp_path), [], []

    def resolve(name: str) -> Source:
        asked.append(name)
        opened.append(open_source(url))
        return opened[-1]

    render(
        REPORT, sources=resolve, parameters={}, at=AT, zone=NEW_YORK, out=tmp_path / "out", formats=["csv"], email=False
    )
    assert asked == ["flights"]
    opened[0].close()  # twice is harmless


def test_an_unknown_source_names_the_nearest(tmp_path: Path) -> None:
    with pytest.raises(SourceMisconfigured) as caught:
        render(
            REPORT.replace("source: flights", "source: flight"),
            sources=flights(tmp_path),
            parameters={},
            at=AT,
            out=tmp_path,
        )
    assert caught.value.code == "unknown_source"
    assert "Did you mean flights?" in caught.value.remedy
    assert str(caught.value.place) == "report.md:3"


def test_an_unknown_source_of_a_query_is_told_where_the_query_names_it(tmp_path: Path) -> None:
    text = REPORT.replace("```sql by_day\n", "```sql by_day source=other\n")
    with pytest.raises(SourceMisconfigured, match="'other'") as caught:
        render(text, sources=flights(tmp_path), parameters={}, at=AT, out=tmp_path)
    line = 1 + text[: text.index("```sql by_day")].count("\n")
    assert str(caught.value.place) == f"report.md:{line}"


def test_what_the_database_refuses_names_the_query_in_the_file(tmp_path: Path) -> None:
    with pytest.raises(DataError) as caught:
        render(REPORT.replace("avg(dep_delay) as delay from flights group by day", "avg(dep_dely) as delay from flights"),
               sources=flights(tmp_path), parameters={}, at=AT, out=tmp_path, file="punctuality.md")  # fmt: skip
    assert caught.value.place == Place("punctuality.md", 16)
    assert caught.value.code == "missing_column"


def test_a_failed_report_leaves_no_file(tmp_path: Path) -> None:
    with pytest.raises(LayoutError):
        render(
            REPORT.replace("y: delay", "y: dely"), sources=flights(tmp_path), parameters={}, at=AT, out=tmp_path / "out"
        )
    assert list((tmp_path / "out").iterdir()) == []


def test_an_unknown_format_is_refused_before_anything_runs(tmp_path: Path) -> None:
    with pytest.raises(RenderError, match=r"'pfd'.*Did you mean pdf"):
        render(parse(REPORT), sources={}, parameters={}, at=AT, out=tmp_path, formats=["pfd"])


def test_several_tables_make_an_archive_that_says_what_is_in_it(tmp_path: Path) -> None:
    text = REPORT + "```table\ndata: by_day\n```\n"
    rendered = render(text, sources=flights(tmp_path), parameters={}, at=AT, zone=ZoneInfo("UTC"), out=tmp_path / "out",
                      formats=["csv", "parquet"], email=False)  # fmt: skip
    assert [file.name for file in rendered.artifacts] == [
        "airport-punctuality-july-2013-csv.zip", "airport-punctuality-july-2013-parquet.zip",
    ]  # fmt: skip


def test_a_title_that_names_the_period_gives_it_once_to_the_file(tmp_path: Path) -> None:
    report = REPORT.replace("title: Airport punctuality", "title: Flights of {{ period }}")
    rendered = render(
        report,
        sources=flights(tmp_path),
        parameters={},
        at=AT,
        zone=NEW_YORK,
        out=tmp_path,
        formats=["json"],
        email=False,
    )
    assert rendered.artifacts[0].name == "flights-of-july-2013.json"


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Airport punctuality", "airport-punctuality"),
        ("Überraschung: Straße & Łódź", "uberraschung-strasse-lodz"),
        ("1.\u20137. Juli 2013", "1-7-juli-2013"),
        ("16\u201322 March 2026", "16-22-march-2026"),
        ("../../etc/passwd", "etc-passwd"),
        ("月次レポート", "report"),
        ("", "report"),
        ("x" * 200, "x" * 80),
    ],
)
def test_names_of_files_are_plain(text: str, name: str) -> None:
    assert slug(text) == name
    assert re.fullmatch(r"[a-z0-9-]+\.pdf", file_name(slug(text), "pdf", Path("a.PDF")))
