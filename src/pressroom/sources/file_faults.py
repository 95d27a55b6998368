"""What is wrong with a file of a folder, told by its name: another encoding, or not what its ending says."""

from __future__ import annotations

import re
from pathlib import Path
from shlex import quote

from pressroom.errors import DataError

_NOT_UTF8 = re.compile(r"not utf-8 encoded|invalid UTF-8", re.IGNORECASE)
_FILE = re.compile(r"^\s*file = (.+)$|in file [\"'](.+?)[\"']", re.MULTILINE)
_CSV_LINE = re.compile(r"CSV Error on Line: (\d+)")
_JSON_BYTE = re.compile(r"at byte (\d+) in")
_SNIFFED = re.compile(r"Error when sniffing file \"(.+?)\"")
_NO_PARQUET = re.compile(
    r"No magic bytes found at end of file '(?P<cut>[^'\n]+)'|File '(?P<small>[^'\n]+)' too small to be a Parquet file"
)


def file_fault(text: str) -> DataError | None:
    """The error for what DuckDB says of a file in *text*; None when it is of something else."""
    if _NOT_UTF8.search(text):
        return _not_utf8(text)
    if sniffed := _SNIFFED.search(text):
        message = f'The file "{Path(sniffed[1]).name}" cannot be read as CSV: no delimiter and quotes fit its lines.'
        return _conversion(
            message, "Check that it is text in columns, with one line of names and as many values on each line."
        )
    if parquet := _NO_PARQUET.search(text):
        name = Path(parquet["cut"] or parquet["small"]).name
        message = f'The file "{name}" is not a Parquet file, or is cut off.'
        return _conversion(
            message, "Write it again; a file that is still being written should get its name when it is whole."
        )
    return None


def empty_file(path: Path) -> DataError:
    remedy = "Write at least the line with the names of its columns."
    return _conversion(f'The file "{path.name}" is empty.', remedy)


def big_endian(path: Path) -> DataError:
    message = f'The file "{path.name}" is UTF-16 in the rare order of bytes (big-endian).'
    return _conversion(
        message, f"Save it as UTF-8, for example with: iconv -f UTF-16 -t UTF-8 {quote(path.name)} -o new.csv"
    )


def _not_utf8(text: str) -> DataError:
    found, line, byte = _FILE.search(text), _CSV_LINE.search(text), _JSON_BYTE.search(text)
    file = Path((found[1] or found[2]).strip()).name if found else "a file"
    where = (
        f"line {line[1]} has other bytes" if line else f"byte {byte[1]} is another" if byte else "it has other bytes"
    )
    return _conversion(f'The file "{file}" is not UTF-8: {where}.', _as_utf8(file))


def _as_utf8(file: str) -> str:
    ending = Path(file.removesuffix(".gz")).suffix
    if file.endswith(".gz"):
        reading, listing = f"zcat {quote(file)} | iconv", f"zcat {quote(file)} | grep -naxv '.*'"
        converted = f"{reading} -f WINDOWS-1252 -t UTF-8 > new{ending}"
    else:
        converted = f"iconv -f WINDOWS-1252 -t UTF-8 {quote(file)} -o new{ending}"
        listing = f"grep -naxv '.*' {quote(file)}"
    return f"Save it as UTF-8, for example with: {converted}. Where only some lines differ, list them with: {listing}"


def _conversion(message: str, remedy: str) -> DataError:
    return DataError(message, remedy=remedy, code="conversion")
