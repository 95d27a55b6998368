"""How a session with MySQL or MariaDB begins: the checked URL, the settings that make it a reader, its borders.

One statement goes out at a time (the protocol's multi-statements stay off, and so does LOCAL INFILE) in a transaction that the
server keeps read-only. Files that the server itself would write (`INTO OUTFILE`) are no transaction, so that INTO is refused.
"""

from __future__ import annotations

import re
import ssl
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, unquote

from pressroom.errors import DataError, SourceMisconfigured
from pressroom.sources.faults import READ_ONLY_REMEDY
from pressroom.sources.reading import check_one_select, statement_seconds
from pressroom.sources.urls import EXAMPLES, SourceUrl, split
from pressroom.sql import Dialect, Part, code_of, scan

_CONNECT_SECONDS = 10
_GRACE_SECONDS = 30  # the server ends a query first; this is for a server that is gone
_LONGEST_GROUP = 64 << 20  # MySQL's own limit of GROUP_CONCAT is 1 KiB, and what is longer is cut without a word
_DEFAULT_PORT = 3306
_OPTIONS = (
    "sslmode",
    "sslrootcert",
    "sslcert",
    "sslkey",
    "connect_timeout",
    "socket",
    "statement_timeout_seconds",
)
_SSL_MODES = ("disable", "prefer", "require", "verify-ca", "verify-full")
_INTO = re.compile(r"(?<![\w$.@])into(?![\w$])", re.IGNORECASE)
_LOCKING = re.compile(r"(?<![\w$.@])(?:lock\s+in\s+share\s+mode|for\s+share|for\s+update)(?![\w$])", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Address:
    """Where the server is and who asks; `repr` shows no password."""

    arguments: dict[str, Any] = field(repr=False)  # of pymysql.connect
    statement_seconds: int


def address_of(url: SourceUrl) -> Address:
    """What the driver needs of *url*; SourceMisconfigured (`bad_url`) for what is not allowed in it."""
    parts = split(url.text)
    database = unquote(parts.path.strip("/"))
    if not parts.hostname or not database:
        raise SourceMisconfigured(
            f'"{url}" does not name a host and a database.', remedy=f"Write {EXAMPLES['mysql']}.", code="bad_url"
        )
    options = dict(parse_qsl(parts.query, keep_blank_values=True))
    _check_options(options)
    seconds = statement_seconds(options)
    arguments = {
        "host": parts.hostname,
        "port": parts.port or _DEFAULT_PORT,
        "user": unquote(parts.username or ""),
        "password": unquote(parts.password or "").encode(),
        "database": database,
        "charset": "utf8mb4",
        "program_name": "presstime",
        "connect_timeout": _whole("connect_timeout", options.get("connect_timeout", str(_CONNECT_SECONDS))),
        "read_timeout": seconds + _GRACE_SECONDS,
        "unix_socket": options.get("socket"),
        **_transport_security(options),
    }
    return Address(arguments, seconds)


def _check_options(options: dict[str, str]) -> None:
    for option in options:
        if option not in _OPTIONS:
            raise SourceMisconfigured(
                f'"{option}" is not an option of a MySQL source.',
                remedy=f"Allowed are {', '.join(_OPTIONS)}.",
                code="bad_url",
            )


def _whole(name: str, text: str) -> int:
    if not text.isascii() or not text.isdigit() or not 0 < int(text) <= 3600:
        raise SourceMisconfigured(
            f'{name} is "{text}", and a whole number of seconds from 1 to 3600 is allowed.', code="bad_url"
        )
    return int(text)


def _transport_security(options: dict[str, str]) -> dict[str, Any]:
    """How the connection is encrypted; the words are libpq's, so that both kinds of servers are written alike."""
    mode = options.get("sslmode", "verify-ca" if "sslrootcert" in options else "prefer")
    if mode not in _SSL_MODES:
        raise SourceMisconfigured(
            f'sslmode is "{mode}".', remedy=f"Allowed are {', '.join(_SSL_MODES)}.", code="bad_url"
        )
    if mode == "disable":
        return {"ssl_disabled": True}
    if mode == "prefer" and "sslcert" not in options:
        return {}
    return {"ssl": _context(mode, options)}


def _context(mode: str, options: dict[str, str]) -> ssl.SSLContext:
    try:
        context = ssl.create_default_context(cafile=options.get("sslrootcert"))
        # Certificates that MySQL makes for itself lack extensions that the strict check (Python 3.13) asks for.
        context.verify_flags &= ~ssl.VERIFY_X509_STRICT
        context.check_hostname = mode == "verify-full"
        context.verify_mode = ssl.CERT_REQUIRED if mode.startswith("verify") else ssl.CERT_NONE
        if "sslcert" in options:
            context.load_cert_chain(options["sslcert"], options.get("sslkey"))
    except OSError as error:
        raise SourceMisconfigured(
            f"A certificate of the source cannot be read: {error.strerror or error}.",
            remedy="Check the paths in sslrootcert, sslcert and sslkey.",
            code="missing_file",
        ) from None
    return context


def settings_of(version: str, seconds: int) -> list[str]:
    """What a session of a server of *version* is told before its query.

    TIMESTAMP is an instant and comes as UTC; DATETIME is a clock on a wall and comes as it is.
    """
    # MariaDB counts seconds, MySQL milliseconds.
    limit = f"max_statement_time = {seconds}" if "mariadb" in version.lower() else f"max_execution_time = {seconds}000"
    return [
        f"SET SESSION time_zone = '+00:00', {limit}, group_concat_max_len = {_LONGEST_GROUP}",
        "SET SESSION TRANSACTION READ ONLY",
        "START TRANSACTION READ ONLY",
    ]


def check_reading(sql: str, dialect: Dialect) -> None:
    """DataError when *sql* is not exactly one statement that reads and leaves its rows to the caller."""
    check_one_select(sql, dialect)
    for token in scan(sql, dialect):
        if token.part is Part.COMMENT and token.text.startswith(("/*!", "/*M!")):
            raise DataError(
                "The query has a comment that MySQL runs (/*! … */).", remedy=READ_ONLY_REMEDY, code="read_only"
            )
        if token.part is Part.CODE and _INTO.search(token.text):
            raise DataError("The query has an INTO, which would write.", remedy=READ_ONLY_REMEDY, code="read_only")
    # PostgreSQL refuses this in a read-only transaction; these servers let a reader lock rows against writers.
    if locking := _LOCKING.search(code_of(sql, dialect)):
        raise DataError(f"The query locks rows ({locking[0]}).", remedy="Leave that out.", code="read_only")


# ---- what the user of a source may do besides -----------------------------------------------------------------------

_GRANT = re.compile(r"GRANT (?P<privileges>.+?) ON ", re.IGNORECASE)
_COLUMNS = re.compile(r"\s*\([^)]*\)")
_HARMLESS = frozenset(("SELECT", "USAGE", "SHOW VIEW", "SHOW DATABASES", "EXECUTE", "REFERENCES"))


def excess_of(grants: list[str]) -> list[str]:
    """The privileges in *grants* (`SHOW GRANTS`) that a reader does not need."""
    found = {
        privilege.strip().upper()
        for grant in grants
        if (match := _GRANT.match(grant))
        for privilege in _COLUMNS.sub("", match["privileges"]).split(",")
    }
    return sorted(found - _HARMLESS)
