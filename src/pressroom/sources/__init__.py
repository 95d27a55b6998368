"""Data sources of reports: one SELECT in, Arrow out, nothing written.

`open_source(url)` gives a `Source` for a file, a folder or a server; see `docs/sources.md` for the URLs. Passwords stand in
no message, no `repr` and no name.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from pressroom.sources.stream import ArrowStream, Hints, Source
from pressroom.sources.urls import EXAMPLES, SCHEMES, SourceUrl, mask_url, parse_url, path_of

__all__ = ["EXAMPLES", "SCHEMES", "ArrowStream", "Hints", "Source", "mask_url", "open_source"]


def open_source(url: str, *, roots: Sequence[Path] = (), base: Path | None = None) -> Source:
    """The source that *url* names; it connects when it is first used.

    Relative paths begin at *base*; when there are *roots*, files must lie inside one of them. SourceMisconfigured when the
    URL cannot be one of a source.
    """
    parsed = parse_url(url)
    if parsed.scheme == "postgresql":
        from pressroom.sources.postgresql import PostgresqlSource

        return PostgresqlSource(parsed)
    if parsed.scheme == "mysql":
        from pressroom.sources.mysql import MysqlSource

        return MysqlSource(parsed)
    return _open_file(parsed, path_of(parsed, roots=roots, base=base))


def _open_file(url: SourceUrl, path: Path) -> Source:
    if url.scheme == "sqlite":
        from pressroom.sources.sqlite import SqliteSource

        return SqliteSource(path, str(url))
    if url.scheme == "duckdb":
        from pressroom.sources.duck import DuckdbSource

        return DuckdbSource(path, str(url))
    from pressroom.sources.files import FilesSource

    return FilesSource(path, str(url))
