"""What the databases say when something fails, sorted into the errors of pressroom.

Each database has a list of patterns, tried in order; the message stays the database's own, on one line, without secrets.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from pressroom.errors import DataError, PressroomError, SourceError, SourceMisconfigured, SourceUnreachable
from pressroom.sources.urls import mask_url

_LONGEST_MESSAGE = 500
_CONNINFO_PASSWORD = re.compile(r"(password\s*=\s*)('(?:[^'\\]|\\.)*'|\S+)", re.IGNORECASE)


class DriverError(Exception):
    """What a driver said in full, without secrets: the cause behind a typed error."""


@dataclass(frozen=True, slots=True)
class Fault:
    """Which error a text of a driver means."""

    pattern: re.Pattern[str]
    kind: type[PressroomError]
    code: str
    remedy: str = ""


def fault(pattern: str, kind: type[PressroomError], code: str, remedy: str = "") -> Fault:
    """A rule: a driver's text that *pattern* occurs in, whatever its case, is *kind* with *code*."""
    return Fault(re.compile(pattern, re.IGNORECASE | re.DOTALL), kind, code, remedy)


READ_ONLY_REMEDY = "Sources are only read: write one SELECT (or WITH … SELECT)."
INTERRUPTED = fault(r"interrupt|cancell?(ing|ed)", SourceError, "interrupted")

SQLITE_FAULTS = (
    fault(r"no such table|no such view", DataError, "missing_table"),
    fault(r"no such column", DataError, "missing_column"),
    fault(
        r"not authorized|authorization denied|prohibited|readonly|too many attached",
        DataError,
        "read_only",
        READ_ONLY_REMEDY,
    ),
    fault(r"one statement at a time", DataError, "read_only", READ_ONLY_REMEDY),
    fault(
        r"syntax error|incomplete input|unrecognized token|no such function|wrong number of arg",
        DataError,
        "sql_syntax",
    ),
    fault(r"could not decode|overflow|mismatch|malformed json|too big|too large", DataError, "conversion"),
    fault(r"^interrupted", SourceError, "interrupted"),
    fault(r"locked|busy", SourceUnreachable, "locked", "Try again when the program that writes to it is done."),
    fault(r"not a database|malformed|corrupt", SourceMisconfigured, "bad_url", "Check that it is an SQLite file."),
    fault(r"unable to open", SourceMisconfigured, "permission", "Check who may read the file and its folder."),
    fault(r"disk i/o error", SourceUnreachable, "connection_reset"),
)

DUCKDB_FAULTS = (
    fault(r"^(?:interrupt|INTERRUPT|Query interrupted)", SourceError, "interrupted"),
    fault(r"Table with name .* does not exist|Catalog Error: (Table|View)", DataError, "missing_table"),
    fault(
        r"Referenced column|does not have a column|Values list .* column named|column .* not found",
        DataError,
        "missing_column",
    ),
    fault(r"read-only mode|^Permission Error|has been locked|not an table", DataError, "read_only", READ_ONLY_REMEDY),
    fault(r"^(Conversion|Out of Range|Mismatch Type) Error", DataError, "conversion"),
    fault(r"Error in file|CSV Error|Malformed JSON|Invalid Input Error: .*(parquet|json)", DataError, "conversion"),
    fault(r"^(Parser|Syntax|Binder|Catalog) Error", DataError, "sql_syntax"),
    fault(r"not a valid DuckDB database", SourceMisconfigured, "bad_url", "Check that it is a DuckDB file."),
    fault(
        r"Could not set lock|Conflicting lock",
        SourceUnreachable,
        "locked",
        "Try again when the program that writes to it is done.",
    ),
    fault(r"^IO Error", SourceMisconfigured, "permission", "Check who may read the file and its folder."),
    fault(r"^Out of Memory", SourceError, "out_of_memory", "Aggregate in the query, or select fewer columns."),
)

_SPELL_URL = "Check user and password in the URL of the source; special characters are percent-encoded."
_OTHER_BYTES = (
    "Correct the value, or name its encoding in the query: convert_from(convert(convert_to(COLUMN, 'SQL_ASCII'),"
    " 'LATIN1', 'UTF8'), 'UTF8')."
)
# SQLSTATEs come first: they do not depend on the language of the server. Errors in the middle of a result have none.
POSTGRES_FAULTS = (
    fault(r"SQLSTATE: 42P01", DataError, "missing_table"),
    fault(r"SQLSTATE: 42703", DataError, "missing_column"),
    fault(r"SQLSTATE: 42501", DataError, "permission", "Grant the role of the source SELECT on it."),
    fault(r"SQLSTATE: 25006", DataError, "read_only", READ_ONLY_REMEDY),
    fault(r"SQLSTATE: 42", DataError, "sql_syntax"),
    fault(r"SQLSTATE: 22021|invalid byte sequence for encoding", DataError, "conversion", _OTHER_BYTES),
    fault(r"SQLSTATE: 22", DataError, "conversion"),
    fault(r"SQLSTATE: 28", SourceMisconfigured, "auth", _SPELL_URL),
    fault(r"SQLSTATE: 3D000", SourceMisconfigured, "unknown_database"),
    fault(r"SQLSTATE: 53300", SourceUnreachable, "connection_refused"),
    fault(r"SQLSTATE: (08|57P)", SourceUnreachable, "connection_reset"),
    fault(r"could not translate host name|failed to resolve|name or service not known", SourceUnreachable, "dns"),
    fault(r"timeout expired|connection timed out|connection timeout", SourceUnreachable, "connection_timeout"),
    fault(r"connection refused", SourceUnreachable, "connection_refused"),
    fault(r"\bSSL\b|\bTLS\b|certificate", SourceUnreachable, "tls"),
    fault(
        r"password authentication failed|no password supplied|role .* does not exist|pg_hba\.conf|authentication failed",
        SourceMisconfigured,
        "auth",
        _SPELL_URL,
    ),
    fault(r"database .* does not exist", SourceMisconfigured, "unknown_database"),
    fault(r"too many (clients|connections)|starting up|shutting down", SourceUnreachable, "connection_refused"),
    fault(
        r"reset by peer|closed the connection|terminating connection|server closed|broken pipe|connection to server|no connection to the server",
        SourceUnreachable,
        "connection_reset",
    ),
    fault(r"canceling statement due to statement timeout", SourceError, "statement_timeout"),
    fault(r"canceling statement due to conflict|deadlock detected", SourceUnreachable, "connection_reset"),
    fault(r"canceling statement", SourceError, "interrupted"),
    fault(r"read-only transaction|read-write mode", DataError, "read_only", READ_ONLY_REMEDY),
    fault(r"permission denied", DataError, "permission", "Grant the role of the source SELECT on it."),
    fault(r"relation .* does not exist", DataError, "missing_table"),
    fault(r"column .* does not exist|no field|missing FROM-clause", DataError, "missing_column"),
    fault(
        r"invalid input syntax|division by zero|out of range|cannot be cast|overflow",
        DataError,
        "conversion",
    ),
    fault(
        r"syntax error|does not exist|must appear in the GROUP BY|multiple commands|ambiguous|cannot be matched",
        DataError,
        "sql_syntax",
    ),
)

# By number: they do not depend on the language of the server. Those of the driver itself come with what the system said.
MYSQL_FAULTS = (
    fault(r"^ERROR (1146|1109|1051):", DataError, "missing_table"),
    fault(r"^ERROR 1054:", DataError, "missing_column"),
    fault(r"^ERROR (1142|1143|1227|1370|1290):", DataError, "permission", "Grant the user of the source SELECT on it."),
    fault(r"^ERROR (1792|1223|1099|1100|1665):", DataError, "read_only", READ_ONLY_REMEDY),
    fault(r"^ERROR (1264|1292|1365|1366|1367|1406|1411|1690|3140|3141|3156|403[5-9]|4040):", DataError, "conversion"),
    fault(r"^ERROR (1045|1698|1251|1275|1130|1524|1820|1862|2059):", SourceMisconfigured, "auth", _SPELL_URL),
    fault(
        r"^ERROR 1044:",
        SourceMisconfigured,
        "permission",
        "Check the name of the database, and grant the user SELECT on it.",
    ),
    fault(r"^ERROR 1049:", SourceMisconfigured, "unknown_database"),
    fault(r"^ERROR (1205|1213|3572):", SourceUnreachable, "locked", "It is locked by another session; try again."),
    fault(r"^ERROR (1969|3024):", SourceError, "statement_timeout"),
    fault(r"^ERROR 1317:", SourceError, "interrupted"),
    fault(r"^ERROR (1037|1038|1041|1114|1021|3):", SourceError, "out_of_memory", "Aggregate in the query."),
    fault(r"^ERROR (1040|1129|1203|1226):", SourceUnreachable, "connection_refused"),
    fault(r"^ERROR (2026|3159):|\bSSL\b|\bTLS\b|certificate", SourceUnreachable, "tls"),
    fault(r"^ERROR 2003:.*(name or service not known|name resolution|nodename|no address)", SourceUnreachable, "dns"),
    fault(r"^ERROR (2002|2003|2006|2013):.*timed out", SourceUnreachable, "connection_timeout"),
    fault(r"^ERROR 2003:.*(reset by peer|broken pipe)", SourceUnreachable, "connection_reset"),
    fault(r"^ERROR (2002|2003|1159):", SourceUnreachable, "connection_refused"),
    fault(r"^ERROR (1053|1077|1080|115[2-9]|116[01]|1927|2006|2013|2027|4031):", SourceUnreachable, "connection_reset"),
    fault(r"LOAD_LOCAL", SourceMisconfigured, "permission", "The server asked for a file of this machine."),
    fault(r"^ERROR 1\d{3}:", DataError, "sql_syntax"),
)


# "LINE 3: select x" of PostgreSQL and DuckDB, "near 'x' at line 3" of MySQL; else what they do not know is named.
_LINE = re.compile(r"\bLINE (\d+): |' at line (\d+)\b")
_WORD = re.compile(
    r"no such (?:table|column|function): (?:\w+\.)*(\w+)|near \"([^\"\s]+)\": syntax error"
    r"|Referenced column \"([^\"]+)\" not found|(?:Table|Function) with name (?:\S+\.)?([^\s.]+) does not exist"
    r"|Unknown column '(?:[^'.]+\.)*([^'.]+)' in|Table '(?:[^'.]+\.)*([^'.]+)' doesn't exist"
)


# The end of a line without a mark, where the next begins a sentence.
_BETWEEN_SENTENCES = re.compile(r"(?<=[\w\"')])\n(?=[A-Z][a-z])")


def clean(text: str) -> str:
    """*text* of a driver on one line, without secrets and not longer than a message may be."""
    lines = _CONNINFO_PASSWORD.sub(r"\1***", mask_url(text)).splitlines()
    line = _BETWEEN_SENTENCES.sub(". ", "\n".join(" ".join(each.split()) for each in lines if each.strip()))
    line = line.replace("\n", " ")
    return line if len(line) <= _LONGEST_MESSAGE else f"{line[:_LONGEST_MESSAGE]}…"


def cause(error: Exception) -> DriverError:
    """What stands behind a typed error: the driver's whole text."""
    return DriverError(clean(str(error)))


def sorted_fault(
    faults: Sequence[Fault], text: str, message: str, *, otherwise: type[PressroomError] = DataError
) -> PressroomError:
    """The typed error for a driver's *text*; *message* is what its reader is told."""
    rule = next((rule for rule in faults if rule.pattern.search(text)), None)
    failure = rule.kind(message, remedy=rule.remedy, code=rule.code) if rule else otherwise(message)
    return placed(failure, text)


def placed(failure: PressroomError, text: str) -> PressroomError:
    """*failure* with the place in the query that a driver's *text* names."""
    line, word = _LINE.search(text), _WORD.search(text)
    failure.query_line = int(line[1] or line[2]) if line else None
    failure.query_word = next(filter(None, word.groups()), "") if word else ""
    return failure


def sentence(text: str) -> str:
    """A driver's *text* as a sentence: on one line, without secrets, with a full stop."""
    line = clean(text)
    return line if line.endswith((".", "!", "?", "…")) else f"{line}."
