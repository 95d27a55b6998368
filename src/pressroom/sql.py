"""What a report's SQL contains: named parameters and statements, found without parsing the dialect.

One scanner serves SQLite, DuckDB and PostgreSQL: it knows what all of them quote (strings, identifiers, comments,
dollar quotes) and leaves everything else alone. MySQL quotes and comments in ways that contradict those, and has its own.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum


class Part(StrEnum):
    """What a stretch of SQL text is."""

    CODE = "code"
    PARAMETER = "parameter"
    END = "end"  # a semicolon
    QUOTED = "quoted"  # a string or a quoted identifier
    COMMENT = "comment"


class Dialect(StrEnum):
    """How a database reads quotes and comments."""

    STANDARD = "standard"  # SQLite, DuckDB, PostgreSQL
    MYSQL = "mysql"  # a backslash escapes in strings, `#` begins a comment
    MYSQL_PLAIN = "mysql_plain"  # as MySQL with NO_BACKSLASH_ESCAPES in its sql_mode


class ParameterStyle(StrEnum):
    """How a driver writes a parameter."""

    COLON = "colon"  # :name (SQLite)
    DOLLAR_NAME = "dollar_name"  # $name (DuckDB)
    DOLLAR_NUMBER = "dollar_number"  # $1, one number a name
    PYFORMAT = "pyformat"  # %(name)s, other percent signs doubled (psycopg)


@dataclass(frozen=True, slots=True)
class Token:
    """A stretch of SQL text; for a parameter `name` is what stands after the colon."""

    part: Part
    text: str
    position: int  # of its first character, from 0

    @property
    def name(self) -> str:
        return self.text[1:]


# An alternative that is not closed takes the rest of the text: the database then says what is wrong with it.
_BINDING = r"""
    | (?P<cast> ::+ | := )
    | (?P<parameter> (?<![\w\])'"]):[A-Za-z_]\w* )
    | (?P<end> ; )
"""
# `E'…'` knows backslashes (PostgreSQL); in plain strings a backslash is a character (SQL standard, SQLite, DuckDB).
# A colon binds only where it cannot be a cast (`::date`), an assignment (`:=`), or an array slice (`a[lo:hi]`).
_STANDARD = r"""
      (?P<comment> --[^\n]* | /\* )
    | (?P<quoted>
          (?<![\w$])[eE]'(?:[^'\\]|\\.|'')*(?:'|\Z)
        | '(?:[^']|'')*(?:'|\Z)
        | "(?:[^"]|"")*(?:"|\Z)
        | `(?:[^`]|``)*(?:`|\Z)
        | (?<![\w$])(?P<tag>\$(?:[A-Za-z_]\w*)?\$).*?(?:(?P=tag)|\Z)
      )
"""
# Two dashes begin a comment only before a blank: `5--3` is 8.
_MYSQL_COMMENT = r"(?P<comment> \#[^\n]* | --(?=[\x00-\x20]|\Z)[^\n]* | /\* )"
_MYSQL = rf"""
      {_MYSQL_COMMENT}
    | (?P<quoted>
          '(?:[^'\\]|\\.|'')*(?:'|\Z)
        | "(?:[^"\\]|\\.|"")*(?:"|\Z)
        | `(?:[^`]|``)*(?:`|\Z)
      )
"""
_MYSQL_PLAIN = rf"""
      {_MYSQL_COMMENT}
    | (?P<quoted> '(?:[^']|'')*(?:'|\Z) | "(?:[^"]|"")*(?:"|\Z) | `(?:[^`]|``)*(?:`|\Z) )
"""
_TOKENS = {
    dialect: re.compile(quoting + _BINDING, re.VERBOSE | re.DOTALL)
    for dialect, quoting in (
        (Dialect.STANDARD, _STANDARD),
        (Dialect.MYSQL, _MYSQL),
        (Dialect.MYSQL_PLAIN, _MYSQL_PLAIN),
    )
}


def scan(sql: str, dialect: Dialect = Dialect.STANDARD) -> Iterator[Token]:
    """The parts of *sql* in order; joined they are *sql* again."""
    position = 0
    while match := _TOKENS[dialect].search(sql, position):
        if match.start() > position:
            yield Token(Part.CODE, sql[position : match.start()], position)
        part, end = _classify(sql, match)
        yield Token(part, sql[match.start() : end], match.start())
        position = end
    if position < len(sql):
        yield Token(Part.CODE, sql[position:], position)


def _classify(sql: str, match: re.Match[str]) -> tuple[Part, int]:
    if match["comment"]:
        is_block = match["comment"] == "/*"
        return Part.COMMENT, _end_of_comment(sql, match.end()) if is_block else match.end()
    if match["quoted"]:
        return Part.QUOTED, match.end()
    if match["parameter"]:
        return Part.PARAMETER, match.end()
    return (Part.END if match["end"] else Part.CODE), match.end()


def _end_of_comment(sql: str, position: int) -> int:
    """Where a block comment ends. PostgreSQL nests them; SQLite and DuckDB end at the first `*/`.

    The first end is taken: text after it then counts as code for every dialect, which can only find more parameters and
    more statements than there are, never fewer.
    """
    edge = sql.find("*/", position)
    return len(sql) if edge < 0 else edge + 2


def named_parameters(sql: str, dialect: Dialect = Dialect.STANDARD) -> list[str]:
    """Names of the parameters that *sql* binds (`:name`), each once, in order of first use."""
    return list(dict.fromkeys(token.name for token in scan(sql, dialect) if token.part is Part.PARAMETER))


def rewrite(sql: str, style: ParameterStyle) -> tuple[str, list[str]]:
    """*sql* with its parameters written as *style*, and their names in the order of their numbers."""
    order = named_parameters(sql)
    numbers = {name: number for number, name in enumerate(order, start=1)}
    return "".join(_written(token, style, numbers) for token in scan(sql)), order


def _written(token: Token, style: ParameterStyle, numbers: Mapping[str, int]) -> str:
    if token.part is not Part.PARAMETER:
        return token.text.replace("%", "%%") if style is ParameterStyle.PYFORMAT else token.text
    match style:
        case ParameterStyle.COLON:
            return token.text
        case ParameterStyle.DOLLAR_NAME:
            return f"${token.name}"
        case ParameterStyle.DOLLAR_NUMBER:
            return f"${numbers[token.name]}"
        case ParameterStyle.PYFORMAT:
            return f"%({token.name})s"


def statements(sql: str, dialect: Dialect = Dialect.STANDARD) -> list[str]:
    """The statements of *sql* without their semicolons; stretches of nothing but comments and blanks do not count."""
    found: list[str] = []
    text, has_code = "", False
    for token in scan(sql, dialect):
        if token.part is Part.END:
            if has_code:
                found.append(text.strip())
            text, has_code = "", False
            continue
        text += token.text
        has_code = has_code or (token.part is not Part.COMMENT and bool(token.text.strip()))
    return [*found, text.strip()] if has_code else found


def without_end(sql: str, dialect: Dialect = Dialect.STANDARD) -> str:
    """*sql*, which is one statement, without semicolons."""
    return "".join(token.text for token in scan(sql, dialect) if token.part is not Part.END)


def code_of(sql: str, dialect: Dialect = Dialect.STANDARD) -> str:
    """*sql* with a blank for each comment, and NULL for each string and each quoted name."""
    blanks = {Part.COMMENT: " ", Part.QUOTED: " NULL "}
    return "".join(blanks.get(token.part, token.text) for token in scan(sql, dialect))


def first_keyword(sql: str, dialect: Dialect = Dialect.STANDARD) -> str:
    """The first word of *sql* in capitals, comments and opening brackets left out; empty when there is none."""
    code = "".join(" " if token.part is Part.COMMENT else token.text for token in scan(sql, dialect))
    match = re.match(r"[\s(;]*([A-Za-z]+)", code)
    return match[1].upper() if match else ""


def with_nulls(sql: str) -> str:
    """*sql* with NULL in place of each parameter: for describing its columns, which values do not change."""
    return "".join("NULL" if token.part is Part.PARAMETER else token.text for token in scan(sql))


def with_literals(sql: str, literals: Mapping[str, str], dialect: Dialect) -> str:
    """*sql* with the text that *literals* has for each parameter in its place."""
    return "".join(literals[token.name] if token.part is Part.PARAMETER else token.text for token in scan(sql, dialect))


def line_of_word(sql: str, word: str) -> int | None:
    """The line, counted from 1, of the only place where *word* stands in *sql*, comments left out; None without such a place."""
    if not word:
        return None
    code = "".join("\n" * token.text.count("\n") if token.part is Part.COMMENT else token.text for token in scan(sql))
    edges = (r"(?<!\w)" if word[0].isalnum() else "", r"(?!\w)" if word[-1].isalnum() else "")
    found = list(re.finditer(f"{edges[0]}{re.escape(word)}{edges[1]}", code, re.IGNORECASE))
    return 1 + code.count("\n", 0, found[0].start()) if len(found) == 1 else None
