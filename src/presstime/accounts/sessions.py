"""Sessions of signed-in browsers: which there are, ending them, noting when each was last used."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from importlib import import_module

from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.contrib.auth.models import AnonymousUser
from django.db import transaction
from django.db.models import Q
from django.http import HttpRequest, HttpResponseBase

from presstime.accounts.models import User
from presstime.accounts.targets import target_of
from presstime.audit.journal import record
from presstime.base import clock
from presstime.base.errors import NotFound
from presstime.database.fullness import unless_full

USE_IS_NOTED_EVERY = timedelta(minutes=5)
BY_ITSELF = "Presstime-Refresh"  # a header of requests that no person made


def list_sessions(user: User, now: datetime) -> list[UserSession]:
    """The sessions of *user* that still hold, the last used first."""
    held = [
        session
        for session in UserSession.objects.purge_and_list(user)
        if not _has_ended(session.created_at, session.last_seen_at, now)
    ]
    return sorted(held, key=lambda session: session.last_seen_at, reverse=True)


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


def remove_expired(now: datetime) -> None:
    """Delete the sessions that ended; Django itself leaves their rows."""
    ended = Q(last_seen_at__lte=now - _idle()) | Q(created_at__lte=now - _longest())
    for session in UserSession.objects.filter(ended):
        session.end()
    import_module(settings.SESSION_ENGINE).SessionStore.clear_expired()


def _idle() -> timedelta:
    return timedelta(seconds=settings.CONFIGURATION.session_idle_seconds)


def _longest() -> timedelta:
    return timedelta(seconds=settings.SESSION_COOKIE_AGE)


def _has_ended(began_at: datetime, used_at: datetime, now: datetime) -> bool:
    return used_at <= now - _idle() or began_at <= now - _longest()


class SessionNotes:
    """Middleware: ends a session that was not used for PRESSTIME_SESSION_IDLE_SECONDS, or began two weeks ago.

    It notes when and from where each was last used, at most every five minutes and ten times in that period. A page that refreshes
    itself says so in a header and is no use: nobody may be there.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if request.session.session_key and SESSION_KEY in request.session and isinstance(request.user, User):
            _see(request, request.user, clock.now())
        return self._get_response(request)


def _see(request: HttpRequest, user: User, now: datetime) -> None:
    seen = UserSession.objects.filter(session_key=request.session.session_key)
    noted = seen.values_list("created_at", "last_seen_at").first()
    if noted is not None and _has_ended(noted[0], noted[1], now):
        with unless_full("the end of a session"):
            seen.delete()
            request.session.flush()
        request.user = AnonymousUser()
        return
    if noted is None or (BY_ITSELF not in request.headers and noted[1] <= now - min(USE_IS_NOTED_EVERY, _idle() / 10)):
        with unless_full("the use of a session"):
            UserSession.objects.create_from_request(request, user=user)
