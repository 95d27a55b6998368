"""Single sign-on: to the issuer, back from it, connecting one's account, confirming, and signing out there as well."""

from __future__ import annotations

import secrets
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Final

from allauth.account.internal.flows.login import perform_login, record_authentication
from allauth.account.models import Login
from django.conf import settings
from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme, urlencode
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from presstime.accounts import audited, identities, oidc, queries, throttle
from presstime.accounts.acting import actor_of
from presstime.accounts.addresses import client_ip
from presstime.accounts.confirmation import confirmed
from presstime.accounts.doors import public, signed_in
from presstime.accounts.forms import SignInForm
from presstime.accounts.models import User
from presstime.accounts.own_views import person
from presstime.accounts.sign_ins import VIA
from presstime.audit.actors import acting
from presstime.base import clock
from presstime.base.configuration_fields import Configuration
from presstime.base.errors import Conflict, PresstimeError
from presstime.web.toasts import toast

STARTED: Final = "oidc_started"  # what was begun in this session and has not come back
MOST_STARTED: Final = 5
WAIT_SECONDS: Final = 3600  # of a session that holds nothing else
MOST_REFUSALS: Final = 50  # entries of one address in a quarter of an hour
MAY_CONNECT: Final = "oidc_may_connect"
SIGN_IN, CONNECT, CONFIRM = "sign in", "connect", "confirm"


@dataclass(frozen=True, slots=True)
class Started:
    """What somebody went to the issuer for; `user` is who was signed in then."""

    purpose: str
    next: str
    at: float
    user: str = ""


@require_safe
@never_cache
@public
def begin(request: HttpRequest) -> HttpResponse:
    """To the issuer, to sign in."""
    if isinstance(request.user, User):
        return redirect(_wanted(request))
    if len(request.session.keys()) == 0:
        request.session.set_expiry(WAIT_SECONDS)  # signing in lifts it
    return _go(request, SIGN_IN, _wanted(request))


@require_POST
@confirmed
@signed_in
def connect(request: HttpRequest) -> HttpResponse:
    """Ask whether whoever signs in at the issuer next may sign in here as oneself.

    A form, so that no other site begins it; then a link, since the policy of our pages lets no form lead elsewhere.
    """
    configuration = _set_up()
    request.session[MAY_CONNECT] = True
    return render(request, "accounts/connect.html", {"provider": configuration.oidc_name})


@require_safe
@never_cache
@confirmed
@signed_in
def go_connect(request: HttpRequest) -> HttpResponse:
    """To the issuer, once for each time that one was asked."""
    if not request.session.pop(MAY_CONNECT, False):
        return redirect("account")
    return _go(request, CONNECT, reverse("account"))


@require_POST
@confirmed
@signed_in
def disconnect(request: HttpRequest) -> HttpResponse:
    """Take the links of one's own account back."""
    user = person(request)
    if not user.has_usable_password():
        raise Conflict("Without a password you could not sign in any more. Let an administrator give you one first.")
    identities.unlink(user)
    toast(request, "Your account is linked with nobody elsewhere any more.")
    return redirect("account")


@require_safe
@never_cache
@signed_in
def confirm(request: HttpRequest) -> HttpResponse:
    """To the issuer, which asks again who is there."""
    return _go(request, CONFIRM, _wanted(request), prompt="login", max_age=0)


@require_safe
@never_cache
@public
def callback(request: HttpRequest) -> HttpResponse:
    """Back from the issuer."""
    configuration, now = _set_up(), clock.now()
    started = _take_started(request)
    if started is None:
        return _refuse(
            request, None, oidc.Refused("This sign-in is over or was begun in another browser. Begin again."), now
        )
    proven: oidc.Proven | None = None
    try:
        proven = oidc.complete(request, configuration, now)
        return _DONE[started.purpose](request, proven, started, now)
    except PresstimeError as error:
        return _refuse(request, started, error, now, proven)


@require_safe
@public
def signed_out(request: HttpRequest) -> HttpResponse:
    """Signed out here; the session at the issuer goes on unless one ends it."""
    configuration = _set_up()
    address = oidc.sign_out_address(configuration, clock.now(), f"{configuration.base_url}{reverse('login')}")
    return render(request, "accounts/signed_out.html", {"provider": configuration.oidc_name, "address": address})


# ---- there ----------------------------------------------------------------------------------------------------------


def _go(request: HttpRequest, purpose: str, wanted: str, **more: Any) -> HttpResponse:
    configuration, now, state = _set_up(), clock.now(), secrets.token_urlsafe(24)
    user = str(request.user.pk) if isinstance(request.user, User) else ""
    started = Started(purpose, wanted, now.timestamp(), user)
    try:
        answer = oidc.begin(request, configuration, _callback(configuration), state, now, **more)
    except oidc.Refused as error:
        return _refuse(request, started, error, now)
    before = dict(request.session.get(STARTED, {}))
    latest = sorted(before.items(), key=lambda pair: pair[1]["at"])[1 - MOST_STARTED :]
    request.session[STARTED] = dict(latest) | {state: asdict(started)}
    return answer


def _callback(configuration: Configuration) -> str:
    return f"{configuration.base_url}{reverse('oidc_callback')}"


def _take_started(request: HttpRequest) -> Started | None:
    before = dict(request.session.get(STARTED, {}))
    found = before.pop(request.GET.get("state", ""), None)
    if found is None:
        return None
    request.session[STARTED] = before
    return Started(**found)


# ---- back -----------------------------------------------------------------------------------------------------------


def _sign_in(request: HttpRequest, proven: oidc.Proven, started: Started, now: datetime) -> HttpResponse:
    if isinstance(request.user, User):  # in another window meanwhile
        return redirect(started.next)
    user = identities.resolve(proven, _configuration(), now)
    request.session[VIA] = proven.issuer
    response: HttpResponse = perform_login(request, Login(user=user, redirect_url=started.next, state={VIA: True}))
    return response


def _connect(request: HttpRequest, proven: oidc.Proven, started: Started, now: datetime) -> HttpResponse:
    user = _same(request, started)
    with transaction.atomic(), acting(actor_of(request, user)):
        identities.link(user, proven.issuer, proven.subject, now)
    toast(request, f"Your account is linked with {_configuration().oidc_name}.")
    return redirect(started.next)


def _confirm(request: HttpRequest, proven: oidc.Proven, started: Started, now: datetime) -> HttpResponse:
    user = _same(request, started)
    identity = queries.find_identity(proven.issuer, proven.subject)
    if identity is None or identity.user_id != user.pk:
        raise oidc.Refused("There you signed in as somebody else than here.", "confirmed as somebody else")
    if (proven.authenticated_at or 0) < started.at - oidc.LEEWAY_SECONDS:
        said = f"{_configuration().oidc_name} did not ask you again, so nothing was confirmed."
        raise oidc.Refused(said[:1].upper() + said[1:], "not asked again")
    record_authentication(request, user, method="oidc", reauthenticated=True)
    return redirect(started.next)


def _same(request: HttpRequest, started: Started) -> User:
    if not isinstance(request.user, User) or str(request.user.pk) != started.user:
        raise oidc.Refused("You are not signed in as before. Begin again.", "another session")
    return request.user


_DONE: Final = {SIGN_IN: _sign_in, CONNECT: _connect, CONFIRM: _confirm}


# ---- refused --------------------------------------------------------------------------------------------------------


def _refuse(
    request: HttpRequest,
    started: Started | None,
    error: PresstimeError,
    now: datetime,
    proven: oidc.Proven | None = None,
) -> HttpResponse:
    """Say why not, where the person came from, and note it."""
    _note(request, error, proven, now)
    if started and started.purpose != SIGN_IN and isinstance(request.user, User):
        messages.warning(request, error.message)
        if started.purpose == CONFIRM and request.user.has_usable_password():
            return redirect(f"{reverse('account_reauthenticate')}?{urlencode({'next': started.next})}")
        return redirect("account")
    context = {
        "form": SignInForm(request),
        "next": started.next if started else "/",
        "refused": error.message,
        "provider": _configuration().oidc_name,
    }
    status = 503 if isinstance(error, oidc.Unreachable) else 403
    return render(request, "registration/login.html", context, status=status)


def _note(request: HttpRequest, error: PresstimeError, proven: oidc.Proven | None, now: datetime) -> None:
    ip = client_ip(request)
    if not throttle.allow("single sign-on refused", str(ip), now, places=MOST_REFUSALS):
        return
    identity = queries.find_identity(proven.issuer, proven.subject) if proven else None
    reason = error.reason if isinstance(error, oidc.Refused) else error.message
    with transaction.atomic(), acting(actor_of(request)):
        audited.single_sign_on_refused(
            reason, identity.user if identity else None, asdict(proven) if proven else {}, now
        )


# ---- small things ---------------------------------------------------------------------------------------------------


def _set_up() -> Configuration:
    """The settings; 404 where there is no single sign-on."""
    configuration = _configuration()
    if not oidc.is_set_up(configuration):
        raise Http404
    return configuration


def _configuration() -> Configuration:
    configuration: Configuration = settings.CONFIGURATION
    return configuration


def _wanted(request: HttpRequest) -> str:
    wanted = request.GET.get("next", "")
    is_ours = url_has_allowed_host_and_scheme(wanted, {request.get_host()}, require_https=request.is_secure())
    return wanted if is_ours else "/"
