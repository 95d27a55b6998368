"""The list of a day as a download."""

from __future__ import annotations

from datetime import datetime

from django.http import StreamingHttpResponse

from presstime.deliveries import service
from presstime.deliveries.service import Day, Form

MEDIA_TYPES = {Form.CSV: "text/csv; charset=utf-8", Form.JSONL: "application/jsonl; charset=utf-8"}


def download(day: Day, form: Form, now: datetime) -> StreamingHttpResponse:
    """The file, streamed; that it was taken stands in the audit log before its first line."""
    service.note_export(day, form, now)
    response = StreamingHttpResponse(service.lines(day, form), content_type=MEDIA_TYPES[form])
    response["Content-Disposition"] = f'attachment; filename="deliveries-{day.on}.{form}"'
    response["Cache-Control"] = "private, no-store"
    response["X-Content-Type-Options"] = "nosniff"
    return response
