"""Pages of users: the list, one of them, adding, changing, switching off, handing over what they own."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from presstime.accounts import belongings, groups, identities, matrix, oidc, queries, service
from presstime.accounts import sessions as held
from presstime.accounts.confirmation import confirmed
from presstime.accounts.doors import requires, signed_in
from presstime.accounts.forms import TokenForm
from presstime.accounts.models import User
from presstime.accounts.own_views import person
from presstime.accounts.presentation import device
from presstime.accounts.rights import DESCRIPTIONS, RIGHTS, Right, Role
from presstime.accounts.users_forms import NewUserForm, UserFilters, UserForm
from presstime.base import clock
from presstime.base.errors import Invalid
from presstime.web.filling import put_problems
from presstime.web.listing import listing
from presstime.web.toasts import caution, toast


@require_safe
@requires(Right.USERS_READ)
def index(request: HttpRequest) -> HttpResponse:
    """All users."""
    filters = UserFilters(request.GET)
    context = {
        "form": filters,
        "listing": listing(request, filters, queries.list_users(**filters.chosen), order="username"),
        "protected": queries.with_second_factor(),
        "may_write": person(request).can(Right.USERS_WRITE),
    }
    return render(request, "accounts/users.html", context)


@require_safe
@signed_in
def roles(request: HttpRequest) -> HttpResponse:
    """What each role may do, in words and door by door."""
    roles_in_words = [(role, DESCRIPTIONS[role]) for role in reversed(Role)]
    return render(request, "accounts/roles.html", {"roles": roles_in_words, "table": matrix.rows_by_right()})


@require_safe
@requires(Right.USERS_READ)
def detail(request: HttpRequest, user_id: UUID) -> HttpResponse:
    """One user: what they may do, own, and hold open."""
    return _detail(request, queries.get_user(str(user_id)))


@require_http_methods(["GET", "HEAD", "POST"])
@confirmed
@requires(Right.USERS_WRITE)
def create(request: HttpRequest) -> HttpResponse:
    """Add a person or a service account."""
    form = NewUserForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        given, now = form.cleaned_data, clock.now()
        try:
            if given["service"]:
                user = service.create_service_account(given["name"], given["role"], now, email=given["email"])
            else:
                user = service.create_person(
                    given["name"],
                    given["email"],
                    given["role"],
                    given["password"],
                    now,
                    may_lack_password=oidc.is_set_up(settings.CONFIGURATION),
                )
        except Invalid as error:
            put_problems(form, error)
        else:
            groups.join(user, given.get("groups", ()))
            toast(request, f"{user.username} is added.")
            return redirect("users:detail", user.pk)
    return render(request, "accounts/user_form.html", {"form": form}, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@confirmed
@requires(Right.USERS_WRITE)
def edit(request: HttpRequest, user_id: UUID) -> HttpResponse:
    """Change a user's address, role, groups and password."""
    user = queries.get_user(str(user_id))
    initial = {"email": user.email, "role": user.role, "groups": list(user.groups.all())}
    form = UserForm(request.POST or None, initial=initial, user=user)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        password = given.get("password") or None
        try:
            service.change_user(user, email=given["email"], role=given["role"], password=password, now=clock.now())
        except Invalid as error:
            put_problems(form, error)
        else:
            if "groups" in given:
                groups.join(user, given["groups"])
            toast(request, f"{user.username} is changed.")
            return redirect("users:detail", user.pk)
    context = {"form": form, "edited": user}
    return render(request, "accounts/user_form.html", context, status=422 if form.errors else 200)


@require_POST
@confirmed
@requires(Right.USERS_WRITE)
def disable(request: HttpRequest, user_id: UUID) -> HttpResponse:
    """Switch a user off, with all sessions and tokens."""
    user = queries.get_user(str(user_id))
    service.disable(user, clock.now())
    toast(request, f"{user.username} can no longer sign in.")
    if belongings.of(user):
        caution(request, f"What {user.username} owns is listed below and does not run. Hand it over.")
    return redirect("users:detail", user.pk)


@require_POST
@confirmed
@requires(Right.USERS_WRITE)
def enable(request: HttpRequest, user_id: UUID) -> HttpResponse:
    """Let a user in again."""
    user = queries.get_user(str(user_id))
    service.enable(user, clock.now())
    toast(request, f"{user.username} can sign in again.")
    return redirect("users:detail", user.pk)


@require_POST
@confirmed
@requires(Right.USERS_WRITE)
def end_sessions(request: HttpRequest, user_id: UUID) -> HttpResponse:
    """End all sessions of a user; of oneself, all but this one."""
    user = queries.get_user(str(user_id))
    own = request.session.session_key if user.pk == person(request).pk else None
    count = held.end_sessions(user, but=own)
    toast(request, f"{count} session{'' if count == 1 else 's'} of {user.username} ended.")
    return redirect("users:detail", user.pk)


@require_POST
@confirmed
@requires(Right.USERS_WRITE)
def reset_second_factor(request: HttpRequest, user_id: UUID) -> HttpResponse:
    """Turn a user's two-factor sign-in off, after a lost telephone."""
    user = queries.get_user(str(user_id))
    service.reset_second_factor(user)
    toast(request, f"{user.username} signs in with the password alone until they add an app again.")
    return redirect("users:detail", user.pk)


@require_POST
@confirmed
@requires(Right.USERS_WRITE)
def unlink(request: HttpRequest, user_id: UUID) -> HttpResponse:
    """Take back the links of a user with accounts elsewhere; their sessions end."""
    user = queries.get_user(str(user_id))
    own = request.session.session_key if user.pk == person(request).pk else None
    identities.unlink(user)
    held.end_sessions(user, but=own)
    toast(request, f"{user.username} is linked with nobody elsewhere any more.")
    return redirect("users:detail", user.pk)


@require_POST
@confirmed
@requires(Right.USERS_WRITE)
def hand_over(request: HttpRequest, user_id: UUID) -> HttpResponse:
    """Make another user the owner of everything that this one owns."""
    user = queries.get_user(str(user_id))
    to = queries.find_user(request.POST.get("to", ""))
    if to is None:
        raise Invalid.of("to", "Choose the user who takes over.")
    moved = service.hand_over(user, to, clock.now())
    listed = ", ".join(f"{count} {word}{'' if count == 1 else 's'}" for word, count in moved.items())
    toast(request, f"{to.username} now owns what {user.username} owned: {listed}.")
    return redirect("users:detail", user.pk)


@require_POST
@confirmed
@requires(Right.USERS_WRITE)
def new_token(request: HttpRequest, user_id: UUID) -> HttpResponse:
    """Make a token for a user, such as a service account; its secret is shown in the answer, this once."""
    user, now = queries.get_user(str(user_id)), clock.now()
    form = TokenForm(request.POST, may=user)
    if not form.is_valid():
        return _detail(request, user, form=form, status=422)
    given = form.cleaned_data
    try:
        token, secret = service.issue_token(person(request), user, given["name"], form.scopes, now, days=given["days"])
    except Invalid as error:
        put_problems(form, error, {"scopes": "chosen"})
        return _detail(request, user, form=form, status=422)
    return _detail(request, user, made=token, secret=secret)


def _detail(request: HttpRequest, user: User, *, status: int = 200, **more: Any) -> HttpResponse:
    may_write = person(request).can(Right.USERS_WRITE)
    context = {
        "shown": user,
        "role": DESCRIPTIONS[Role(user.role)],
        "groups": queries.groups_of(user),
        "owns": belongings.of(user),
        "heirs": service.heirs_of(user) if may_write else [],
        "sessions": [(entry, device(entry.user_agent)) for entry in held.list_sessions(user, clock.now())],
        "has_second_factor": queries.has_second_factor(user),
        "identities": queries.identities_of(user),
        "rows": queries.list_tokens(user),
        "form": TokenForm(may=user),
        "secret": "",
        "made": None,
        "may_write": may_write,
        "is_self": user.pk == person(request).pk,
        "may_own": Right.SCHEDULES_WRITE in RIGHTS[Role(user.role)],
    } | more
    response = render(request, "accounts/user.html", context, status=status)
    response["Cache-Control"] = "private, no-store"  # it may hold a secret
    return response
