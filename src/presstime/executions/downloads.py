"""How an artifact leaves the server."""

from __future__ import annotations

from django.conf import settings
from django.http import FileResponse

from presstime.base.errors import NotFound
from presstime.executions.files import resolve
from presstime.executions.models import Artifact

# What a report's data made is saved and never shown as a page of this site.
SANDBOX = "sandbox; default-src 'none'; frame-ancestors 'none'"


def attachment(artifact: Artifact) -> FileResponse:
    """The file of *artifact*, streamed; NotFound when it is gone or its path leads outside the reports folder."""
    if artifact.removed_at is not None:
        raise NotFound(f"The file {artifact.name} was removed on {artifact.removed_at:%d %b %Y} to free space.")
    file = resolve(artifact.path, settings.CONFIGURATION.reports_path)
    response = FileResponse(
        file.open("rb"), as_attachment=True, filename=artifact.name, content_type=artifact.media_type
    )
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = SANDBOX
    response["Cache-Control"] = "private, no-store"
    response["ETag"] = f'"{artifact.sha256}"'
    return response
