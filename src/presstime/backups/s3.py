"""S3 for backups: a server that takes a request and stays silent is left when its time is up."""

from __future__ import annotations

import asyncio
from typing import Any

from fsspec.asyn import sync_wrapper
from s3fs import S3FileSystem

# Their work grows with the object, and a server may send blanks meanwhile: the time between two of them counts.
SLOW = frozenset({"copy_object", "complete_multipart_upload", "upload_part_copy"})


class S3Files(S3FileSystem):  # type: ignore[misc]
    """s3fs's own waits without end: aiohttp's limits begin when the body is sent, which waits for "100 Continue"."""

    cachable = False

    def __init__(self, *, timeout_seconds: float, **given: Any) -> None:
        self._timeout_seconds = timeout_seconds
        super().__init__(**given)

    async def _call_s3(self, method: str, *more: Any, **given: Any) -> Any:
        async with asyncio.timeout(None if method in SLOW else self._timeout_seconds):
            return await super()._call_s3(method, *more, **given)

    call_s3 = sync_wrapper(_call_s3)
