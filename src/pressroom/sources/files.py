"""A folder of CSV, Parquet and JSON files as tables, each named after its file without the ending."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import duckdb

from pressroom.columns import identifier, quoted
from pressroom.errors import SourceMisconfigured
from pressroom.sources.duck import DuckSource, lock, missing

# A CSV file's types are guessed from its first rows; a value that does not fit later is an error that names its line.
_SAMPLED_ROWS = 100_000
_READERS = {
    ".csv": f"read_csv({{}}, sample_size = {_SAMPLED_ROWS})",
    ".tsv": f"read_csv({{}}, delim = '\t', sample_size = {_SAMPLED_ROWS})",
    ".csv.gz": f"read_csv({{}}, sample_size = {_SAMPLED_ROWS})",
    ".parquet": "read_parquet({})",
    ".json": "read_json({})",
    ".ndjson": "read_json({}, format = 'newline_delimited')",
    ".jsonl": "read_json({}, format = 'newline_delimited')",
}


class FilesSource(DuckSource):
    """The files of one folder, without its sub-folders; a link that leaves the folder is no table."""

    kind = "files"
    _what = "The folder"

    def _connect(self, settings: dict[str, Any]) -> duckdb.DuckDBPyConnection:
        if not self._path.is_dir():
            raise missing(self.name, self._path, "folder")
        tables = self._tables()
        connection = duckdb.connect(":memory:", config=settings)
        try:
            for name, path in tables.items():
                reader = _READERS[_ending(path)].format(quoted(str(path)))
                connection.execute(f"create view {identifier(name)} as select * from {reader}")  # noqa: S608 - both quoted
            lock(connection, tables.values())
        except duckdb.Error:
            connection.close()
            raise
        return connection

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
                remedy=f"Put files into {self._path} that end in {', '.join(_READERS)}.",
                code="missing_file",
            )
        return found


def _ending(path: Path) -> str:
    return max((ending for ending in _READERS if path.name.endswith(ending)), key=len, default="")


def _ambiguous(source: str, name: str, one: Path, other: Path) -> SourceMisconfigured:
    return SourceMisconfigured(
        f'Two files of "{source}" would be the table "{name}": {one.name} and {other.name}.',
        remedy="Rename one of them.",
        code="bad_url",
    )
