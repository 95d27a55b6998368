"""How a report's CSV files are written: `csv:` of the front matter."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from yaml.nodes import ScalarNode

from pressroom.schema import Section
from pressroom.wording import shown, suggest

KEYS: Final = ("delimiter", "decimal", "encoding", "quote", "line_ending", "header", "null")
DELIMITERS: Final[Mapping[str, str]] = MappingProxyType({"comma": ",", "semicolon": ";", "tab": "\t", "pipe": "|"})
ENCODINGS: Final = ("utf-8-sig", "utf-8", "utf-16", "windows-1252")
QUOTES: Final = ("minimal", "all")
LINE_ENDINGS: Final[Mapping[str, str]] = MappingProxyType({"crlf": "\r\n", "lf": "\n"})
HEADERS: Final = ("true", "labels", "false")
LONGEST_NULL: Final = 20


@dataclass(frozen=True, slots=True)
class Dialect:
    """A dialect of CSV; the default is RFC 4180 in UTF-8 with a byte order mark, which Excel needs to see that it is UTF-8."""

    delimiter: str = ","
    decimal: str = "."
    encoding: str = "utf-8-sig"
    quote: str = "minimal"
    line_ending: str = "\r\n"
    header: str = "true"  # names of columns, "labels" of the table, or "false"
    null: str = ""

    @property
    def is_utf8(self) -> bool:
        return self.encoding.startswith("utf-8")


def read_dialect(section: Section) -> Dialect:
    """The dialect in the front matter *section*; what is wrong is added to its problems."""
    csv = section.section("csv", KEYS, "csv")
    if csv is None:
        return Dialect()
    return Dialect(
        delimiter=_delimiter(csv),
        decimal=csv.one_of("decimal", (".", ","), default="."),
        encoding=csv.one_of("encoding", ENCODINGS, default="utf-8-sig"),
        quote=csv.one_of("quote", QUOTES, default="minimal"),
        line_ending=LINE_ENDINGS[csv.one_of("line_ending", tuple(LINE_ENDINGS), default="crlf")],
        header=csv.one_of("header", HEADERS, default="true"),
        null=_null(csv),
    )


def _delimiter(csv: Section) -> str:
    # YAML's "\t" arrives as the character, which `text` would strip.
    written = str(csv.value("delimiter")) if csv.has("delimiter") else ","
    if written in DELIMITERS:
        return DELIMITERS[written]
    if written in DELIMITERS.values():
        return written
    csv.problems.add(
        csv.line_of("delimiter"),
        f"`delimiter` of csv is {shown(written)}.",
        suggest(written, [*DELIMITERS, *(mark for mark in DELIMITERS.values() if mark.strip())]),
    )
    return ","


def _null(csv: Section) -> str:
    node = csv.entries.get("null")
    # What YAML reads as nothing is meant here as the word that was written.
    text = node.value.strip() if isinstance(node, ScalarNode) else csv.text("null")
    if len(text) <= LONGEST_NULL and not set(text) & set(',;|"\t\r\n'):
        return text
    csv.wrong("null", f"a text of at most {LONGEST_NULL} characters without delimiters, quotes and line ends")
    return ""
