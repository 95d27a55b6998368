"""What servers have in common: a query is one statement that reads, and it ends at a limit of the server."""

from __future__ import annotations

from collections.abc import Mapping

from pressroom.errors import DataError, SourceMisconfigured
from pressroom.sources.faults import READ_ONLY_REMEDY
from pressroom.sql import Dialect, first_keyword, statements

_READING = ("SELECT", "WITH", "VALUES", "TABLE")
_COMMANDS = frozenset(
    [
        "ALTER",
        "ANALYZE",
        "BEGIN",
        "CALL",
        "CLUSTER",
        "COMMENT",
        "COMMIT",
        "COPY",
        "CREATE",
        "DELETE",
        "DISCARD",
        "DO",
        "DROP",
        "EXECUTE",
        "EXPLAIN",
        "FLUSH",
        "GRANT",
        "HANDLER",
        "IMPORT",
        "INSERT",
        "INSTALL",
        "KILL",
        "LISTEN",
        "LOAD",
        "LOCK",
        "MERGE",
        "NOTIFY",
        "OPTIMIZE",
        "PREPARE",
        "PURGE",
        "REASSIGN",
        "REFRESH",
        "REINDEX",
        "RENAME",
        "REPAIR",
        "REPLACE",
        "RESET",
        "REVOKE",
        "ROLLBACK",
        "SAVEPOINT",
        "SET",
        "SHOW",
        "SHUTDOWN",
        "START",
        "TRUNCATE",
        "UNLOCK",
        "UPDATE",
        "USE",
        "VACUUM",
        "XA",
    ]
)
_STATEMENT_SECONDS = 7200  # the longest time limit of an execution
_MOST_SECONDS = 1_000_000  # in milliseconds it still is a whole number of 32 bits


def check_one_select(sql: str, dialect: Dialect = Dialect.STANDARD) -> None:
    """DataError when *sql* is not exactly one statement that begins like one that reads."""
    found = statements(sql, dialect)
    if len(found) != 1:
        what = f"has {len(found)} statements" if found else "is empty"
        raise DataError(f"The query {what}, and one SELECT is allowed.", remedy=READ_ONLY_REMEDY, code="read_only")
    word = first_keyword(sql, dialect)
    if word not in _READING:
        code = "read_only" if word in _COMMANDS else "sql_syntax"
        raise DataError(f"The query begins with {word or 'no word'}.", remedy=READ_ONLY_REMEDY, code=code)


def statement_seconds(options: Mapping[str, str]) -> int:
    """After how many seconds the server ends a query; SourceMisconfigured when *options* say no such number."""
    seconds = options.get("statement_timeout_seconds", str(_STATEMENT_SECONDS))
    if not seconds.isascii() or not seconds.isdigit() or not 0 < int(seconds) <= _MOST_SECONDS:
        raise SourceMisconfigured(
            f'statement_timeout_seconds is "{seconds}", and a whole number of seconds from 1 to {_MOST_SECONDS} is '
            "allowed.",
            code="bad_url",
        )
    return int(seconds)
