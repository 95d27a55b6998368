"""The list of a day as a button of the audit page."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponseBase
from django.views.decorators.http import require_POST

from presstime.accounts.doors import requires
from presstime.accounts.rights import Right
from presstime.base import clock
from presstime.base.errors import Invalid
from presstime.deliveries import service
from presstime.deliveries.downloads import download
from presstime.deliveries.service import Form


@require_POST
@requires(Right.AUDIT_READ)
def export(request: HttpRequest) -> HttpResponseBase:
    """The file of a day. A POST, since taking it writes into the audit log."""
    try:
        form = Form(request.POST.get("format", Form.CSV))
    except ValueError:
        raise Invalid.of("format", "The file is csv or jsonl.") from None
    return download(service.day_of(request.POST.get("date", "")), form, clock.now())
