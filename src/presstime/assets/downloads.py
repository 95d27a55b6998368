"""How an asset leaves the server: saved, or drawn in a page's picture, and never a page of this site itself."""

from __future__ import annotations

from pathlib import Path

from django.http import HttpResponse
from django.utils.http import content_disposition_header

from presstime.assets import service
from presstime.executions.downloads import SANDBOX

# What stands in an <img> runs nothing; opened by itself, an SVG would be a document: therefore the attachment and the sandbox.
_PICTURES = {
    ".png": "image/png",
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
    ".gif": "image/gif",
    ".svg": "image/svg+xml",
}


def attachment(name: str) -> HttpResponse:
    """The file *name* as an attachment; NotFound when there is none."""
    path = Path(name)
    media_type = _PICTURES.get(path.suffix.lower(), "application/octet-stream")
    response = HttpResponse(service.content_of(name), content_type=media_type)
    response["Content-Disposition"] = content_disposition_header(as_attachment=True, filename=path.name)
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = SANDBOX
    response["Cache-Control"] = "private, no-cache"
    return response
