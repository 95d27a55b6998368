"""Pages of data sources: the list, adding one, changing its address, trying its connection."""

from __future__ import annotations

from uuid import UUID

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from presstime.accounts.confirmation import confirmed
from presstime.accounts.doors import requires
from presstime.accounts.models import User
from presstime.accounts.rights import Right
from presstime.base import clock
from presstime.base.errors import Invalid
from presstime.breakers import queries as breakers
from presstime.breakers.models import Breaker
from presstime.breakers.states import Kind
from presstime.sources import queries, service
from presstime.sources.forms import SourceForm
from presstime.sources.models import Source
from presstime.web.filling import put_problems
from presstime.web.toasts import caution, refusal, toast


@require_safe
@requires(Right.SOURCES_READ)
def index(request: HttpRequest) -> HttpResponse:
    """All sources, whether executions may use them now, and which reports do."""
    known = breakers.by_key(Kind.SOURCE)
    context = {
        "rows": [
            _row(source, known.get(str(source.pk))) for source in queries.list_sources().prefetch_related("groups")
        ],
        "may_write": _person(request).can(Right.SOURCES_WRITE),
        "may_reset": _person(request).can(Right.BREAKERS_WRITE),
    }
    return render(request, "sources/list.html", context)


def _row(source: Source, breaker: Breaker | None) -> tuple[Source, str, list[str], Breaker | None]:
    is_shut = breaker is not None and not breaker.is_closed
    return source, service.shown_url(source), queries.reports_using(source), breaker if is_shut else None


@require_http_methods(["GET", "HEAD", "POST"])
@confirmed
@requires(Right.SOURCES_WRITE)
def create(request: HttpRequest) -> HttpResponse:
    """Add a source."""
    form = SourceForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            with transaction.atomic():
                source = service.add(
                    name=form.cleaned_data["name"], url=form.cleaned_data["url"], by=_person(request), now=clock.now()
                )
                service.limit(source.pk, list(form.cleaned_data.get("groups", ())))
        except Invalid as error:
            put_problems(form, error)
        else:
            return _tried(request, source)
    return render(request, "sources/form.html", {"form": form}, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@confirmed
@requires(Right.SOURCES_WRITE)
def edit(request: HttpRequest, source_id: UUID) -> HttpResponse:
    """Change a source; an address that is left empty stays as it is."""
    source = queries.get_source(source_id)
    form = SourceForm(request.POST or None, initial={"name": source.name, "groups": list(source.groups.all())})
    form.fields["url"].required = False
    if request.method == "POST" and form.is_valid():
        name, url = form.cleaned_data["name"], form.cleaned_data["url"] or None
        try:
            with transaction.atomic():
                source = service.change(source_id, name=name, url=url, now=clock.now())
                if "groups" in form.cleaned_data:
                    service.limit(source_id, list(form.cleaned_data["groups"]))
        except Invalid as error:
            put_problems(form, error)
        else:
            return _tried(request, source)
    context = {"form": form, "source": source, "shown_url": service.shown_url(source)}
    return render(request, "sources/form.html", context, status=422 if form.errors else 200)


@require_POST
@requires(Right.SOURCES_WRITE)
def test(request: HttpRequest, source_id: UUID) -> HttpResponse:
    """Try the connection of a source."""
    return _tried(request, queries.get_source(source_id))


@require_POST
@confirmed
@requires(Right.SOURCES_WRITE)
def delete(request: HttpRequest, source_id: UUID) -> HttpResponse:
    """Delete a source that no report uses."""
    source = queries.get_source(source_id)
    service.delete(source_id, clock.now())
    toast(request, f"The source {source.name} is deleted.")
    return redirect("sources:list")


def _tried(request: HttpRequest, source: Source) -> HttpResponse:
    trial = service.test(source)
    if trial.error is not None:
        refusal(request, f"The source {source.name} does not answer: {trial.error}")
    elif trial.warnings:
        caution(request, f"The source {source.name} answers. {' '.join(trial.warnings)}")
    else:
        toast(request, f"The source {source.name} answers.")
    return redirect("sources:list")


def _person(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    return request.user
