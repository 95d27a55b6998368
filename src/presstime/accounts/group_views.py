"""Pages of groups: the list, adding, changing and deleting one."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from presstime.accounts import groups, queries
from presstime.accounts.confirmation import confirmed
from presstime.accounts.doors import requires
from presstime.accounts.own_views import person
from presstime.accounts.rights import Right
from presstime.accounts.users_forms import GroupForm
from presstime.base import clock
from presstime.base.errors import Invalid
from presstime.web.filling import put_problems
from presstime.web.toasts import toast


@require_safe
@requires(Right.USERS_READ)
def index(request: HttpRequest) -> HttpResponse:
    """All groups, with their members and what they limit."""
    rows = [(group, group.members.all(), groups.limited_by(group)) for group in queries.list_groups()]
    context = {"rows": rows, "may_write": person(request).can(Right.USERS_WRITE)}
    return render(request, "accounts/groups.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@confirmed
@requires(Right.USERS_WRITE)
def create(request: HttpRequest) -> HttpResponse:
    """Add a group."""
    form = GroupForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            group = groups.create(
                given["name"], clock.now(), description=given["description"], members=given["members"]
            )
        except Invalid as error:
            put_problems(form, error)
        else:
            toast(request, f"The group {group.name} is added.")
            return redirect("users:groups")
    return render(request, "accounts/group_form.html", {"form": form}, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@confirmed
@requires(Right.USERS_WRITE)
def edit(request: HttpRequest, group_id: UUID) -> HttpResponse:
    """Change a group's name, description and members."""
    group = queries.get_group(str(group_id))
    initial = {"name": group.name, "description": group.description, "members": list(group.members.all())}
    form = GroupForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            groups.change(group, name=given["name"], description=given["description"], members=given["members"])
        except Invalid as error:
            put_problems(form, error)
        else:
            toast(request, f"The group {group.name} is changed.")
            return redirect("users:groups")
    context = {"form": form, "group": group, "limits": groups.limited_by(group)}
    return render(request, "accounts/group_form.html", context, status=422 if form.errors else 200)


@require_POST
@confirmed
@requires(Right.USERS_WRITE)
def delete(request: HttpRequest, group_id: UUID) -> HttpResponse:
    """Delete a group that limits nothing."""
    group = queries.get_group(str(group_id))
    groups.delete(group)
    toast(request, f"The group {group.name} is deleted.")
    return redirect("users:groups")
