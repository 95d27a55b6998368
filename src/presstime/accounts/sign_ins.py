"""Signing in and out in the audit log: receivers of Django's signals, so that no way in is left out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from django.contrib.auth.signals import user_logged_in, user_logged_out, user_login_failed
from django.db import transaction
from django.http import HttpRequest

from presstime.accounts import audited, queries
from presstime.accounts.acting import actor_of
from presstime.accounts.models import User
from presstime.audit.actors import acting
from presstime.base import clock

VIA: Final = "oidc_issuer"  # in the session: the issuer by whom its person came


def connect() -> None:
    """From here on every sign-in has its entry; Django's own receiver, which writes without one, goes."""
    user_logged_in.disconnect(dispatch_uid="update_last_login")
    user_logged_in.connect(_signed_in, dispatch_uid="presstime.accounts.sign_ins")
    user_logged_out.connect(_signed_out, dispatch_uid="presstime.accounts.sign_ins")
    user_login_failed.connect(_failed, dispatch_uid="presstime.accounts.sign_ins")


def _signed_in(request: HttpRequest | None, user: User, **_: Any) -> None:
    now = clock.now()
    with transaction.atomic(), acting(actor_of(request, user)):
        queries.note_sign_in(user, now)
        audited.signed_in(user, now, issuer=request.session.get(VIA, "") if request is not None else "")
    if request is not None:
        request.session.set_expiry(None)  # of a session that only waited for single sign-on


def _signed_out(request: HttpRequest | None, user: User | None, **_: Any) -> None:
    if user is not None:
        with transaction.atomic(), acting(actor_of(request, user)):
            audited.signed_out(user, clock.now())


def _failed(credentials: Mapping[str, Any], request: HttpRequest | None = None, **_: Any) -> None:
    name = str(credentials.get("username", ""))
    with transaction.atomic(), acting(actor_of(request)):
        audited.sign_in_failed(name, queries.find_user(name), clock.now())
