"""How a session with PostgreSQL begins: the checked URL, and the settings that make it a reader."""

from __future__ import annotations

from urllib.parse import parse_qsl, quote, urlencode, urlunsplit

from pressroom.errors import DataError, SourceMisconfigured
from pressroom.sources.reading import check_one_select, statement_seconds
from pressroom.sources.urls import EXAMPLES, SourceUrl, split
from pressroom.sql import Part, scan

_CONNECT_SECONDS = 10
_SESSION = {
    "default_transaction_read_only": "on",
    "standard_conforming_strings": "on",
    "client_encoding": "UTF8",
    "timezone": "UTC",
}
_LIBPQ_OPTIONS = (
    "sslmode",
    "sslrootcert",
    "sslcert",
    "sslkey",
    "sslcrl",
    "channel_binding",
    "connect_timeout",
    "target_session_attrs",
)
_OWN_OPTIONS = ("statement_timeout_seconds", "schema")


def connection_url(url: SourceUrl) -> str:
    """*url* for libpq: read-only, with time limits; SourceMisconfigured (`bad_url`) for what is not allowed in it."""
    parts = split(url.text)
    if not parts.hostname or not parts.path.strip("/"):
        raise SourceMisconfigured(
            f'"{url}" does not name a host and a database.', remedy=f"Write {EXAMPLES['postgresql']}.", code="bad_url"
        )
    options = dict(parse_qsl(parts.query, keep_blank_values=True))
    for option in options:
        if option not in (*_LIBPQ_OPTIONS, *_OWN_OPTIONS):
            allowed = ", ".join((*_LIBPQ_OPTIONS, *_OWN_OPTIONS))
            raise SourceMisconfigured(
                f'"{option}" is not an option of a PostgreSQL source.', remedy=f"Allowed are {allowed}.", code="bad_url"
            )
    settings = {**_SESSION, **_own_settings(options)}
    libpq = {
        "connect_timeout": str(_CONNECT_SECONDS),
        "application_name": "presstime",
        **{name: value for name, value in options.items() if name in _LIBPQ_OPTIONS},
        "options": " ".join(f"-c {name}={_escaped(value)}" for name, value in settings.items()),
    }
    return urlunsplit(("postgresql", parts.netloc, parts.path, urlencode(libpq, quote_via=quote), ""))


def _own_settings(options: dict[str, str]) -> dict[str, str]:
    settings = {"statement_timeout": f"{statement_seconds(options)}s"}
    if "schema" in options:
        settings["search_path"] = options["schema"]
    return settings


def _escaped(value: str) -> str:
    """*value* inside libpq's `options`, where blanks separate and a backslash escapes."""
    return value.replace("\\", "\\\\").replace(" ", "\\ ")


def check_reading(sql: str) -> None:
    """DataError when *sql* is not exactly one statement that reads.

    `COPY … TO` would write files for a superuser even in a read-only transaction, and `SET TRANSACTION` would end that.
    """
    # PostgreSQL nests comments, the scanner does not: they must agree on what is code, for values are put into it.
    if any(token.part is Part.COMMENT and "/*" in token.text[2:] for token in scan(sql) if token.text[:2] == "/*"):
        raise DataError("The query has a comment in a comment.", remedy="Take the inner one out.", code="sql_syntax")
    check_one_select(sql)
