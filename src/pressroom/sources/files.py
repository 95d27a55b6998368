"""A folder of CSV, Parquet, JSON and Excel files as tables, each named after its file without the ending."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import duckdb

from pressroom.columns import identifier, quoted
from pressroom.errors import DataError, PressroomError, SourceMisconfigured
from pressroom.sources.duck import DuckSource, lock
from pressroom.sources.file_faults import big_endian, empty_file, file_fault
from pressroom.sources.urls import missing
from pressroom.sources.workbooks import ENDINGS as WORKBOOKS
from pressroom.sources.workbooks import Book
from pressroom.sql import with_nulls

# A CSV file's types are guessed from its first rows; a value that does not fit later is an error that names its line.
_SAMPLED_ROWS = 100_000
_READERS = {
    ".csv": f"read_csv({{}}, sample_size = {_SAMPLED_ROWS}{{encoding}})",
    ".tsv": f"read_csv({{}}, delim = '\t', sample_size = {_SAMPLED_ROWS}{{encoding}})",
    ".csv.gz": f"read_csv({{}}, sample_size = {_SAMPLED_ROWS})",
    ".parquet": "read_parquet({})",
    ".json": "read_json({})",
    ".ndjson": "read_json({}, format = 'newline_delimited')",
    ".jsonl": "read_json({}, format = 'newline_delimited')",
}
_ENDINGS = (*_READERS, *WORKBOOKS)
_OWNER_FILE = "~$"  # what Excel puts beside a workbook while it is open
_BATCH = "presstime_arriving"
_QUALIFIED = re.compile(r'"(?:[^"]|"")*"|[^.]+')


class FilesSource(DuckSource):
    """The files of one folder, without its sub-folders; a link that leaves the folder is no table."""

    kind = "files"
    _what = "The folder"

    def __init__(self, path: Path, name: str) -> None:
        super().__init__(path, name)
        self._workbooks: dict[str, Path] = {}  # not read yet, by their table's name in small letters
        self._broken: dict[str, PressroomError] = {}  # what is wrong with a file, by the same

    def test(self) -> list[str]:
        """Besides: that every file can be read."""
        super().test()
        connection = self._open()
        for name in list(self._workbooks):
            self._load(connection, name)
        for error in self._broken.values():
            raise error
        return []

    def _connect(self, settings: dict[str, Any]) -> duckdb.DuckDBPyConnection:
        if not self._path.is_dir():
            raise missing(self.name, self._path, "folder")
        tables = self._tables()
        self._workbooks = {name.casefold(): path for name, path in tables.items() if _ending(path) in WORKBOOKS}
        self._broken = {}
        connection = duckdb.connect(":memory:", config=settings)
        plain = {name: path for name, path in tables.items() if _ending(path) not in WORKBOOKS}
        for name, path in plain.items():
            self._view(connection, name, path)
        try:
            lock(connection, plain.values())
        except duckdb.Error:
            connection.close()
            raise
        return connection

    def _view(self, connection: duckdb.DuckDBPyConnection, name: str, path: Path) -> None:
        """Make *path* the table *name*. One file that cannot be read does not take the others away."""
        try:
            connection.execute(f"create view {identifier(name)} as select * from {_reader(path)}")  # noqa: S608 - both quoted
        except duckdb.Error as error:
            self._broken[name.casefold()] = self._failed(error)
        except PressroomError as error:
            self._broken[name.casefold()] = error

    def _before(self, connection: duckdb.DuckDBPyConnection, sql: str) -> None:
        """Read the workbooks that *sql* names, the others cost nothing; the error of a named file that cannot be read."""
        if not self._workbooks and not self._broken:
            return
        try:
            named = connection.get_table_names(with_nulls(sql), qualified=True)
        except duckdb.Error:
            return  # the query itself will say what is wrong with it
        for table in sorted(named):
            name = _QUALIFIED.findall(table)[0].strip('"').replace('""', '"').casefold()
            self._load(connection, name)
            if name in self._broken:
                raise self._broken[name]

    def _load(self, connection: duckdb.DuckDBPyConnection, name: str) -> None:
        path = self._workbooks.pop(name, None)
        if path is None:
            return
        table = path.name.removesuffix(_ending(path))
        try:
            book = Book(path)
            connection.execute(f"create schema {identifier(table)}")
            full = [name for name in book.sheets if _load_sheet(connection, book, name, identifier(table))]
            if full:
                first = f"{identifier(table)}.{identifier(full[0])}"
                connection.execute(f"create view {identifier(table)} as select * from {first}")  # noqa: S608 - both quoted
        except DataError as error:
            self._broken[name] = error
        except duckdb.Error as error:
            self._broken[name] = self._failed(error)

    def _failed(self, error: Exception) -> PressroomError:
        text = str(error).replace(f"{self._path}/", "")  # a reader knows the file and not the folder of the server
        return file_fault(text) or super()._failed(duckdb.Error(text))

    def _table_names(self) -> list[str]:
        return sorted([*super()._table_names(), *(path.stem for path in self._workbooks.values())])

    def _tables(self) -> dict[str, Path]:
        found: dict[str, Path] = {}
        for path in sorted(self._path.iterdir()):
            ending = _ending(path)
            if not ending or not path.is_file() or path.resolve().parent != self._path.resolve():
                continue
            name = path.name.removesuffix(ending)
            if name in found:
                raise _ambiguous(self.name, name, found[name], path)
            found[name] = path
        if not found:
            raise SourceMisconfigured(
                f'The folder of "{self.name}" holds no table.',
                remedy=f"Put files into {self._path} that end in {', '.join(_ENDINGS)}.",
                code="missing_file",
            )
        return found


def _ending(path: Path) -> str:
    if path.name.startswith(_OWNER_FILE):
        return ""
    return max((ending for ending in _ENDINGS if path.name.endswith(ending)), key=len, default="")


def _reader(path: Path) -> str:
    """SQL that reads *path*; a CSV file in UTF-16, as some programs export it, is known by its first bytes."""
    encoding = ""
    if _ending(path) in (".csv", ".tsv"):
        head = _first_bytes(path)
        if not head:
            raise empty_file(path)
        if head.startswith(b"\xfe\xff"):
            raise big_endian(path)
        if head.startswith(b"\xff\xfe") or (head[1:2], head[3:4]) == (b"\0", b"\0"):
            encoding = ", encoding = 'utf-16'"
    return _READERS[_ending(path)].format(quoted(str(path)), encoding=encoding)


def _first_bytes(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(4)
    except OSError as error:
        message = f'The file "{path.name}" cannot be read: {error.strerror}.'
        remedy = "Check who may read the file and its folder."
        raise SourceMisconfigured(message, remedy=remedy, code="permission") from None


def _load_sheet(connection: duckdb.DuckDBPyConnection, book: Book, sheet: str, schema: str) -> bool:
    """Make *sheet* a table of *schema*; whether it had anything in it."""
    table, verb = f"{schema}.{identifier(sheet)}", ""
    for arriving in book.tables(sheet):
        verb = f"insert into {table}" if verb else f"create table {table} as"
        connection.register(_BATCH, arriving)
        connection.execute(f"{verb} select * from {_BATCH}")  # noqa: S608 - quoted identifiers
        connection.unregister(_BATCH)
    return bool(verb)


def _ambiguous(source: str, name: str, one: Path, other: Path) -> SourceMisconfigured:
    return SourceMisconfigured(
        f'Two files of "{source}" would be the table "{name}": {one.name} and {other.name}.',
        remedy="Rename one of them.",
        code="bad_url",
    )
