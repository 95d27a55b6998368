"""The pages of one's own account: profile, second factor, sessions, tokens."""

from __future__ import annotations

from uuid import UUID

from allauth.mfa.models import Authenticator
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from presstime.accounts import identities, queries, rights, service
from presstime.accounts import sessions as held
from presstime.accounts.confirmation import ask as ask_again
from presstime.accounts.confirmation import confirmed, is_recent
from presstime.accounts.doors import signed_in
from presstime.accounts.forms import EmailForm, TokenForm
from presstime.accounts.models import User
from presstime.accounts.presentation import device
from presstime.accounts.rights import DESCRIPTIONS, Right, Role
from presstime.base import clock
from presstime.base.errors import Invalid
from presstime.web.filling import put_problems
from presstime.web.toasts import toast


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def profile(request: HttpRequest) -> HttpResponse:
    """Who one is and what one may do; the address can be changed."""
    user, configuration = person(request), settings.CONFIGURATION
    form = EmailForm(request.POST or None, initial={"email": user.email})
    if request.method == "POST" and not is_recent(request):
        return ask_again(request)
    if request.method == "POST" and form.is_valid():
        try:
            _check_may_choose_address(user)
            service.change_user(user, email=form.cleaned_data["email"], now=clock.now())
        except Invalid as error:
            put_problems(form, error)
        else:
            toast(request, "Your address is changed.")
            return redirect("account")
    context = {
        "form": form,
        "role": DESCRIPTIONS[Role(user.role)],
        "rights": [right.value for right in rights.Right if user.can(right)],
        "groups": queries.groups_of(user),
        "provider": configuration.oidc_name if configuration.oidc_issuer else "",
        "identity": identities.present(user, configuration),
        "has_second_factor": queries.has_second_factor(user),
        "sessions": len(held.list_sessions(user, clock.now())),
        "tokens": queries.list_tokens(user).filter(revoked_at__isnull=True, expires_at__gt=clock.now()).count(),
    }
    return render(request, "accounts/profile.html", context, status=422 if form.errors else 200)


def _check_may_choose_address(user: User) -> None:
    """Invalid where the address decides whose account somebody gets who comes by single sign-on."""
    decides = settings.CONFIGURATION.oidc_link_by_email and settings.CONFIGURATION.oidc_issuer
    if decides and not user.can(Right.USERS_WRITE):
        raise Invalid.of("email", "Accounts are linked by address here, so administrators choose it. Ask one.")


@require_safe
@signed_in
def second_factor(request: HttpRequest) -> HttpResponse:
    """Whether signing in takes a code of an app, and how many recovery codes are left."""
    found = {entry.type: entry for entry in Authenticator.objects.filter(user_id=person(request).pk)}
    codes = found.get(Authenticator.Type.RECOVERY_CODES)
    context = {
        "app": found.get(Authenticator.Type.TOTP),
        "codes_left": len(codes.wrap().get_unused_codes()) if codes else 0,
    }
    return render(request, "accounts/second_factor.html", context)


@require_safe
@signed_in
def sessions(request: HttpRequest) -> HttpResponse:
    """Where one is signed in."""
    key = request.session.session_key
    found = held.list_sessions(person(request), clock.now())
    rows = [(entry, device(entry.user_agent), entry.session_key == key) for entry in found]
    return render(request, "accounts/sessions.html", {"rows": rows})


@require_POST
@signed_in
def end_sessions(request: HttpRequest) -> HttpResponse:
    """End the session that the form names, or all but this one."""
    chosen = request.POST.get("session", "")
    if chosen:
        held.end_session(person(request), chosen)
        toast(request, "That session has ended.")
    else:
        count = held.end_sessions(person(request), but=request.session.session_key)
        toast(request, f"{count} other session{'' if count == 1 else 's'} ended.")
    return redirect("account_sessions")


@require_http_methods(["GET", "HEAD", "POST"])
@confirmed
@signed_in
def tokens(request: HttpRequest) -> HttpResponse:
    """One's tokens, and a new one, whose secret is shown in the answer, this once."""
    user, now = person(request), clock.now()
    form, made = TokenForm(request.POST or None, may=user), None
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            made = service.issue_token(user, user, given["name"], form.scopes, now, days=given["days"])
        except Invalid as error:
            put_problems(form, error, {"scopes": "chosen"})
        else:
            form = TokenForm(may=user)
    context = {
        "form": form,
        "secret": made[1] if made else "",
        "made": made[0] if made else None,
        "rows": queries.list_tokens(user),
    }
    response = render(request, "accounts/tokens.html", context, status=422 if form.errors else 200)
    response["Cache-Control"] = "private, no-store"  # it may hold a secret
    return response


@require_POST
@confirmed
@signed_in
def revoke_token(request: HttpRequest, token_id: UUID) -> HttpResponse:
    """End one's own token, or with the right to it anybody's."""
    token = service.withdraw_token(person(request), str(token_id), clock.now())
    toast(request, f"The token {token.name} is revoked.")
    own = token.user_id == person(request).pk
    return redirect("account_tokens") if own else redirect("users:detail", token.user_id)


def person(request: HttpRequest) -> User:
    """Whom the door has let in."""
    assert isinstance(request.user, User)
    return request.user
