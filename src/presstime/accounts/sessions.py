"""Sessions of signed-in browsers: which there are, ending them, noting when each was last used."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from importlib import import_module

from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.db import transaction
from django.http import HttpRequest, HttpResponseBase

from presstime.accounts.models import User
from presstime.accounts.targets import target_of
from presstime.audit.journal import record
from presstime.base import clock
from presstime.base.errors import NotFound
from presstime.database.fullness import unless_full

USE_IS_NOTED_EVERY = timedelta(minutes=5)


def list_sessions(user: User) -> list[UserSession]:
    """The sessions of *user* that still hold, the last used first."""
    return sorted(UserSession.objects.purge_and_list(user), key=lambda session: session.last_seen_at, reverse=True)


def end_session(user: User, session_id: str) -> UserSession:
    """End one session of *user*; NotFound when it is not theirs or has ended."""
    found = UserSession.objects.filter(user=user, pk=session_id).first() if session_id.isdecimal() else None
    if found is None:
        raise NotFound.of("session", session_id)
    with transaction.atomic():
        found.end()
        record("user.sessions_ended", target_of(user), new={"ended": 1})
    return found


def end_sessions(user: User, *, but: str | None = None) -> int:
    """End the sessions of *user*, all of them or all but that with the session key *but*; how many."""
    with transaction.atomic():
        ended = [session for session in UserSession.objects.filter(user=user) if session.session_key != but]
        for session in ended:
            session.end()
        if ended:
            record("user.sessions_ended", target_of(user), new={"ended": len(ended)})
    return len(ended)


def remove_expired() -> None:
    """Delete the sessions that ended; Django itself leaves their rows."""
    import_module(settings.SESSION_ENGINE).SessionStore.clear_expired()


class SessionNotes:
    """Middleware: notes when and from where a session was last used, at most every five minutes."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if request.session.session_key and SESSION_KEY in request.session and isinstance(request.user, User):
            _note(request, request.user, clock.now())
        return self._get_response(request)


def _note(request: HttpRequest, user: User, now: datetime) -> None:
    seen = UserSession.objects.filter(session_key=request.session.session_key)
    at = seen.values_list("last_seen_at", flat=True).first()
    if at is None or at <= now - USE_IS_NOTED_EVERY:
        with unless_full("the use of a session"):
            UserSession.objects.create_from_request(request, user=user)
