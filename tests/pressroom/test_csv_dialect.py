import csv
import io
from contextlib import closing
from datetime import UTC, datetime

import duckdb
import pytest

from pressroom import render
from pressroom.definition import parse
from pressroom.dialect import Dialect
from pressroom.errors import DefinitionError, RenderError
from pressroom.sources import open_source

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
QUERY = """select * from (values (1, 'Zoë; a,b', 1.5::decimal(9,2), 0.25::double, '=1+1', true),
    (2, null, null, null, '', false)) as v(n, name, amount, share, "the, text", flag)"""
TABLE = "\n```table\ndata: t\ncolumns: {name: {label: 'Who; where'}}\n```\n"


@pytest.fixture
def written(tmp_path):
    """The bytes of the CSV file of a report with a dialect."""
    duckdb.connect(str(tmp_path / "x.duckdb")).close()

    def write(dialect: str = "", query: str = QUERY, table: str = TABLE) -> bytes:
        text = f"---\ntitle: T\nsource: x\n{dialect}\n---\n```sql t\n{query}\n```\n{table}"
        with closing(open_source(f"duckdb:///{tmp_path}/x.duckdb")) as source:
            made = render(
                text, sources={"x": source}, parameters={}, at=NOON, out=tmp_path / "out", formats=["csv"], email=False
            )
        return made.artifacts[0].path.read_bytes()

    return write


def test_without_a_dialect_it_is_rfc_4180_with_a_mark_for_excel(written):
    assert written() == (
        '\ufeffn,name,amount,share,"the, text",flag\r\n'
        "1,\"Zoë; a,b\",1.50,0.25,'=1+1,true\r\n"
        '2,,,,"",false\r\n'
    ).encode()  # fmt: skip


def test_a_german_dialect_has_semicolons_and_decimal_commas(written):
    made = written("csv: {delimiter: semicolon, decimal: ',', encoding: windows-1252, header: labels}")
    assert made == (
        'N;"Who; where";Amount;Share;The, text;Flag\r\n'
        "1;\"Zoë; a,b\";1,50;0,25;'=1+1;true\r\n"
        '2;;;;"";false\r\n'
    ).encode("cp1252")  # fmt: skip


def test_every_cell_quoted_lf_and_a_word_for_null(written):
    made = written("csv: {encoding: utf-8, quote: all, line_ending: lf, null: NULL}").decode()
    first, second, third = made.splitlines()
    assert "\r" not in made
    assert first.startswith('"n","name"')
    assert second.startswith('"1","Zoë; a,b","1.50"')
    assert third.startswith('"2",NULL,NULL')


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-8", "utf-16", "windows-1252"])
@pytest.mark.parametrize("delimiter", ["comma", "semicolon", "tab", "pipe"])
def test_each_dialect_reads_back_equal(written, encoding, delimiter):
    made = written(f"csv: {{delimiter: {delimiter}, encoding: {encoding}, header: false}}")
    mark = {"comma": ",", "semicolon": ";", "tab": "\t", "pipe": "|"}[delimiter]
    rows = list(csv.reader(io.StringIO(made.decode(encoding), newline=""), delimiter=mark))
    assert rows == [["1", "Zoë; a,b", "1.50", "0.25", "'=1+1", "true"], ["2", "", "", "", "", "false"]]


def test_a_character_that_the_encoding_lacks_is_an_error_with_its_line(written):
    query = "select i, case when i = 70000 then 'a日' else 'line\nfeed' end as words from range(70001) as r(i)"
    with pytest.raises(RenderError) as caught:
        written("csv: {encoding: windows-1252}", query, "")
    # The head, and two lines a row before it.
    assert f"line {1 + 2 * 70000 + 1} has '日' (U+65E5)" in str(caught.value)


def test_a_result_without_rows_has_its_head_in_the_encoding(written):
    made = written("csv: {encoding: utf-16, line_ending: lf}", "select 1 as größe where false", "")
    assert made.decode("utf-16") == "größe\n"


@pytest.mark.parametrize(
    ("dialect", "said"),
    [
        ("{delimiter: x}", "`delimiter` of csv is 'x'"),
        ("{encoding: latin-1}", "`encoding` of csv is 'latin-1'"),
        ("{null: 'a;b'}", "`null` of csv is 'a;b'"),
        ("{quotes: all}", "Unknown key 'quotes' in csv"),
        ("semicolon", "`csv` of the front matter is 'semicolon'"),
        ("{delimiter: [1]}", "`delimiter` of csv is"),
    ],
)
def test_a_wrong_dialect_is_said_with_its_line(dialect, said):
    with pytest.raises(DefinitionError) as caught:
        parse(f"---\ntitle: T\nsource: x\ncsv: {dialect}\n---\n")
    (problem,) = caught.value.problems
    assert said in problem.message
    assert problem.place.line == 4


def test_a_tab_may_be_written_as_itself():
    assert parse('---\ntitle: T\nsource: x\ncsv: {delimiter: "\\t"}\n---\n').csv == Dialect(delimiter="\t")
