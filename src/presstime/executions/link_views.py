"""Files by a signed link: for whoever has it, until it expires."""

from __future__ import annotations

import logging

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_safe

from presstime.accounts.addresses import client_ip
from presstime.accounts.doors import public
from presstime.base import clock
from presstime.base.errors import NotFound
from presstime.executions import artifact_queries, downloads, links, service

log = logging.getLogger("presstime.executions")


@require_safe
@public
def fetch(request: HttpRequest, token: str, name: str) -> HttpResponseBase:
    """The file *name* that *token* opens, as an attachment; each time is counted."""
    grant, now = links.read(token), clock.now()
    if grant is None:
        return _refused(request, 404)
    if grant.ends_at <= now:
        return _refused(request, 410, expired_at=grant.ends_at, execution=grant.execution_id)
    try:
        artifact = artifact_queries.get_artifact(grant.execution_id, name)
        response = downloads.attachment(artifact)
    except NotFound:
        return _refused(request, 410)
    if request.method == "GET":
        service.note_download(artifact, now, by_link=True)
        log.info("execution %s: %s was fetched by its link from %s", artifact.execution_id, name, client_ip(request))
    return response


def _refused(request: HttpRequest, status: int, **told: object) -> HttpResponseBase:
    response = render(request, "executions/link.html", told | {"status": status}, status=status)
    response["Cache-Control"] = "private, no-store"
    response["X-Robots-Tag"] = "noindex"
    return response
