"""Mixed encodings: text that is not UTF-8, wholly or in part, is refused with what to do, and never shown as wrong letters."""

from __future__ import annotations

import gzip
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from pressroom import open_source, render
from pressroom.errors import DataError
from tests.pressroom.reports import AT

MIXED = b"name,n\nZo\xc3\xab,1\nZo\xeb,2\n"
LATE = b"name,n\n" + b"Zo\xc3\xab,1\n" * 120_000 + b"Zo\xeb,2\n"
LEFT = "name,n\nZoë,1\n"


def rows_of(folder: Path, table: str) -> list[dict[str, Any]]:
    source = open_source("files:///files", base=folder)
    try:
        with source.stream(f'select * from "{table}"') as stream:
            return [row for part in stream for row in part.to_struct_array().to_pylist()]
    finally:
        source.close()


def refused(folder: Path, table: str) -> DataError:
    with pytest.raises(DataError) as caught:
        rows_of(folder, table)
    error = caught.value
    assert error.code == "conversion"
    assert str(folder) not in str(error)  # of the server its reader knows nothing
    return error


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "files").mkdir()
    return tmp_path


@pytest.mark.parametrize(
    ("name", "content", "said", "remedy"),
    [
        ("mixed.csv", MIXED, 'file "mixed.csv" is not UTF-8: line 3', "grep -naxv '.*' mixed.csv"),
        ("late.csv", LATE, 'file "late.csv" is not UTF-8: line 120002', "iconv -f WINDOWS-1252 -t UTF-8 late.csv -o new.csv"),
        ("mixed.tsv", MIXED.replace(b",", b"\t"), 'file "mixed.tsv" is not UTF-8: line 3', "-o new.tsv"),
        ("packed.csv.gz", gzip.compress(MIXED), 'file "packed.csv.gz" is not UTF-8: line 3', "zcat packed.csv.gz | iconv"),
        ("mixed.json", b'[{"name":"Zo\xc3\xab"},{"name":"Zo\xeb"}]', 'file "mixed.json" is not UTF-8: byte', "new.json"),
        ("mixed.ndjson", b'{"name":"Zo\xc3\xab"}\n{"name":"Zo\xeb"}\n', 'file "mixed.ndjson" is not UTF-8', "new.ndjson"),
        ("turned.csv", b"\xfe\xff" + LEFT.encode("utf-16-be"), "UTF-16 in the rare order", "iconv -f UTF-16"),
        ("program.csv", b"\x7fELF\x02\x01\x01\0\0\xff\xfe\x90" * 40, 'file "program.csv" is not UTF-8: line 1', "iconv -f WINDOWS-1252"),
        ("cut.parquet", b"PAR1 and nothing after it", 'file "cut.parquet" is not a Parquet file', "Write it again"),
        ("last year.parquet", b"PAR1 and nothing after it", 'file "last year.parquet" is not a Parquet', "Write it again"),
        ("a.parquet", b"PAR1", 'file "a.parquet" is not a Parquet file', "Write it again"),
        ("v1.2 names.csv", MIXED, 'file "v1.2 names.csv" is not UTF-8: line 3', "-t UTF-8 'v1.2 names.csv' -o new.csv."),
        ("empty.csv", b"", 'file "empty.csv" is empty', "names of its columns"),
    ],
)  # fmt: skip
def test_a_file_of_mixed_or_other_encoding_is_refused_with_its_name_place_and_remedy(
    name: str, content: bytes, said: str, remedy: str, folder: Path
) -> None:
    (folder / "files" / name).write_bytes(content)
    error = refused(folder, name.removesuffix(".gz").rpartition(".")[0])
    assert said in error.message
    assert remedy in error.remedy


@pytest.mark.parametrize(
    "content", [LEFT.encode(), LEFT.encode("utf-8-sig"), LEFT.encode("utf-16"), b"\xff\xfe" + LEFT.encode("utf-16-le")]
)
def test_every_encoding_that_is_taken_gives_the_same_letters(content: bytes, folder: Path) -> None:
    (folder / "files" / "names.csv").write_bytes(content)
    assert rows_of(folder, "names") == [{"name": "Zoë", "n": 1}]


def test_sqlite_text_of_mixed_encodings_is_refused_with_its_column_and_the_line_of_the_report(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "old.db")) as connection, connection:
        connection.execute("create table people (name text, n integer)")
        connection.execute("insert into people values ('Zoë', 1), (cast(x'5a6feb' as text), 2)")
    report = "---\ntitle: People\nsource: data\n---\n\n```sql q\n{sql}\n```\n```table\ndata: q\n```\n"
    source = open_source("sqlite:///old.db", base=tmp_path)
    given = {"sources": {"data": source}, "parameters": {}, "at": AT, "formats": ["csv"]}
    with pytest.raises(DataError) as caught:
        render(report.format(sql="select name, n from people"), out=tmp_path / "out", **given)
    assert "The column 'name' has a text that is not UTF-8: 'Zo" in caught.value.message
    assert "hex(name)" in caught.value.remedy
    assert str(caught.value.place) == "report.md:6"
    made = render(report.format(sql="select hex(name) as name from people"), out=tmp_path / "out", **given)
    assert made.artifacts[0].path.read_bytes() == b"\xef\xbb\xbfname\r\n5A6FC3AB\r\n5A6FEB\r\n"
    source.close()
