"""Pages of assets: the list with a form to upload, one file with its users, replacing and deleting it."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from pressroom.asset_checks import Checked, Kind
from presstime.accounts.doors import requires
from presstime.accounts.models import User
from presstime.accounts.rights import Right
from presstime.assets import downloads, service
from presstime.assets.forms import FileForm, UploadForm
from presstime.base import clock
from presstime.base.errors import Conflict, Invalid
from presstime.web.filling import put_problems
from presstime.web.toasts import caution, toast


@require_safe
@requires(Right.REPORTS_READ)
def index(request: HttpRequest) -> HttpResponse:
    """All assets."""
    return _list_page(request, UploadForm())


@require_POST
@requires(Right.REPORTS_WRITE)
def upload(request: HttpRequest) -> HttpResponse:
    """Put a new file there."""
    form = UploadForm(request.POST, request.FILES)
    if form.is_valid() and _is_put(request, form, form.chosen_name(), replace=form.cleaned_data["replace"]):
        return redirect("assets:show", form.chosen_name())
    return _list_page(request, form)


@require_safe
@requires(Right.REPORTS_READ)
def show(request: HttpRequest, name: str) -> HttpResponse:
    """One file: what it is and which reports use it."""
    return _page(request, name, FileForm())


@require_POST
@requires(Right.REPORTS_WRITE)
def replace(request: HttpRequest, name: str) -> HttpResponse:
    """Put another content in the place of a file."""
    service.get(name, clock.now())
    form = FileForm(request.POST, request.FILES)
    if form.is_valid() and _is_put(request, form, name, replace=True):
        return redirect("assets:show", name)
    return _page(request, name, form)


@require_safe
@requires(Right.REPORTS_READ)
def content(request: HttpRequest, name: str) -> HttpResponse:
    """The file itself, as an attachment."""
    return downloads.attachment(name)


@require_POST
@requires(Right.REPORTS_WRITE)
def delete(request: HttpRequest, name: str) -> HttpResponse:
    """Delete a file; one that reports use only from a page that has named them."""
    service.delete(name, clock.now(), even_if_used="even_if_used" in request.POST)
    toast(request, f"{name} is deleted.")
    return redirect("assets:list")


def _is_put(request: HttpRequest, form: FileForm, name: str, *, replace: bool) -> bool:
    try:
        checked = service.put(name, form.content(), clock.now(), replace=replace)
    except Invalid as error:
        put_problems(form, error)
    except Conflict as error:
        form.add_error("name" if "name" in form.fields else None, error.message)
    else:
        if checked.warnings:
            caution(request, f"{name} is saved. {' '.join(checked.warnings)}")
        else:
            toast(request, f"{name} is saved.")
        return True
    return False


def _list_page(request: HttpRequest, form: UploadForm) -> HttpResponse:
    context = {
        "found": service.list_assets(clock.now()),
        "form": form,
        "may_write": _person(request).can(Right.REPORTS_WRITE),
    }
    return render(request, "assets/list.html", context, status=422 if form.errors else 200)


def _page(request: HttpRequest, name: str, form: FileForm) -> HttpResponse:
    now = clock.now()
    asset = service.get(name, now)
    outcome = service.describe([asset.entry], now).get(name)
    context = {
        "asset": asset,
        "form": form,
        "checked": outcome if isinstance(outcome, Checked) else None,
        "problems": outcome if isinstance(outcome, list) else [],
        "is_picture": asset.kind is Kind.PICTURE and not isinstance(outcome, list),
        "text": service.content_of(name).decode("utf-8", "replace") if asset.kind is Kind.THEME else "",
        "may_write": _person(request).can(Right.REPORTS_WRITE),
    }
    return render(request, "assets/show.html", context, status=422 if form.errors else 200)


def _person(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    return request.user
