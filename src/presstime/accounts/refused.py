"""Refused attempts in the audit log, so many of one person or address that nobody can flood it."""

from __future__ import annotations

from django.db import transaction
from django.http import HttpRequest

from presstime.accounts import audited, throttle
from presstime.accounts.acting import actor_of
from presstime.audit.actors import acting
from presstime.base import clock

# Of one person, or of one address without a sign-in, in a quarter of an hour; the last entry says that more are left out.
MOST = 50


def note(request: HttpRequest, reason: str) -> None:
    """*request* was refused for *reason*: a right that is missing, a token that does not hold."""
    actor, now = actor_of(request), clock.now()
    whom = f"{actor.type}:{actor.id}" if actor.id else f"address:{actor.ip}"
    is_listed = throttle.allow("refusal", whom, now, places=MOST - 1)
    if not is_listed and not throttle.allow("last refusal", whom, now, places=1):
        return
    with transaction.atomic(), acting(actor):
        audited.refused(request.method or "", request.path, reason, now, more_follow=not is_listed)
