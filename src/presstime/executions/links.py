"""Links to files that are too large for a mail: signed, so that they work without an account, and only for a while.

A token names an execution and the moment at which it ends; its name and the file's are the whole address. It is taken back
by removing the files. Nothing of it is stored, and the log leaves it out (`base.logs`).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from django.core.signing import BadSignature, Signer
from django.db.models import F

from presstime.base.configuration_fields import Configuration
from presstime.executions.job import Links
from presstime.executions.models import Artifact, Execution

_SIGN_IN = "The links need a sign-in at Presstime."


@dataclass(frozen=True, slots=True)
class Grant:
    """The files of an execution, for whoever has the token, until `ends_at`."""

    execution_id: UUID
    ends_at: datetime


def of(execution: Execution, configuration: Configuration) -> Links:
    """Where the files of *execution* can be got, as its mail says it."""
    assert execution.started_at is not None
    if configuration.links == "sign-in":
        return Links(f"{configuration.base_url}/executions/{execution.pk}/files/", _SIGN_IN)
    ends_at = execution.started_at + timedelta(days=configuration.link_days)
    note = f"Whoever has a link can get its file until {ends_at.day} {ends_at:%B %Y, %H:%M} UTC; pass it on with care."
    return Links(f"{configuration.base_url}/files/{write(Grant(execution.pk, ends_at))}/", note, ends_at)


def write(grant: Grant) -> str:
    """The token of *grant*."""
    return _signer().sign(f"{grant.execution_id.hex}.{int(grant.ends_at.timestamp())}")


def read(token: str) -> Grant | None:
    """What *token* grants, or granted; None when nobody here has signed it."""
    try:
        execution, _, seconds = _signer().unsign(token).partition(".")
    except BadSignature:
        return None
    return Grant(UUID(execution), datetime.fromtimestamp(int(seconds), UTC))


def count(artifact: Artifact, now: datetime) -> None:
    """Note that *artifact* was fetched by its link."""
    Artifact.objects.filter(pk=artifact.pk).update(link_downloads=F("link_downloads") + 1, link_downloaded_at=now)


def _signer() -> Signer:
    return Signer(sep="~", salt="presstime.links")
