"""Pages of recipients: who gets what, and one replaced everywhere."""

from __future__ import annotations

from dataclasses import dataclass

from django import forms
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_http_methods, require_safe

from presstime.accounts.doors import requires
from presstime.accounts.models import User
from presstime.accounts.rights import Right
from presstime.base import clock
from presstime.base.errors import Conflict, Invalid, NotFound
from presstime.mail import outcome_queries as mail
from presstime.mail.models import Email
from presstime.schedules import people
from presstime.schedules.people import Change, Person
from presstime.web.filling import put_problems
from presstime.web.listing import FilterForm
from presstime.web.toasts import refusal, toast

ON_A_PAGE = 50


class PeopleFilter(FilterForm):
    """Which recipients the page shows."""

    address = forms.CharField(
        label="Recipient",
        required=False,
        max_length=320,
        widget=forms.TextInput(
            attrs={"class": "form-control", "placeholder": "Address or @domain", "data-search": True}
        ),
    )


class ReplaceForm(forms.Form):
    """Whose place is taken, and by whom."""

    old = forms.CharField(label="Who leaves", max_length=320, error_messages={"required": "Name the address."})
    new = forms.CharField(
        label="Who takes the place",
        required=False,
        max_length=320,
        help_text="Empty: the address is taken off every schedule",
        widget=forms.TextInput(attrs={"inputmode": "email", "autocomplete": "off", "spellcheck": "false"}),
    )

    def plan(self) -> list[Change]:
        """What would change; empty when something is wrong, and then the problem stands at its field."""
        if not self.is_valid():
            return []
        try:
            return people.plan(self.cleaned_data["old"], self.cleaned_data["new"] or None)
        except Invalid as error:
            put_problems(self, error, {"from": "old", "to": "new"})
        except NotFound as error:
            self.add_error("old", error.message)
        return []


@dataclass(frozen=True, slots=True)
class Row:
    """A person in the list with the newest mail to them."""

    person: Person
    latest: Email | None


@require_safe
@requires(Right.SCHEDULES_READ)
def index(request: HttpRequest) -> HttpResponse:
    """Everybody whom a schedule writes to."""
    form = PeopleFilter(request.GET)
    chosen = form.chosen
    pages = Paginator(people.list_people(chosen.get("address", "")), ON_A_PAGE)
    page = pages.get_page(request.GET.get("page"))
    person = _person(request)
    latest = mail.latest_of([each.address for each in page.object_list])
    context = {
        "form": form,
        "page": page,
        "rows": [Row(each, latest.get(each.address)) for each in page.object_list],
        "is_filtered": bool(chosen),
        "query": f"&{urlencode(chosen)}" if chosen else "",
        "may_write": person.can(Right.SCHEDULES_WRITE),
        "may_see_mail": person.can(Right.EMAILS_READ),
    }
    return render(request, "schedules/people.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@requires(Right.SCHEDULES_WRITE)
def replace(request: HttpRequest) -> HttpResponse:
    """Replace a person everywhere: first what will change, then the change itself."""
    if request.method == "POST":
        return _replace(request)
    form = ReplaceForm(request.GET) if "new" in request.GET else ReplaceForm(initial={"old": request.GET.get("old")})
    planned = form.plan() if form.is_bound else []
    status = 422 if form.is_bound and not planned else 200
    return render(request, "schedules/replace.html", {"form": form, "planned": planned}, status=status)


def _replace(request: HttpRequest) -> HttpResponse:
    old, new = request.POST.get("old", ""), request.POST.get("new", "")
    expected = request.POST.get("expected", "")
    try:
        # Whoever has not looked at what will change is shown it.
        seen = int(expected) if expected.isdecimal() else -1
        done = people.replace(old, new or None, expected=seen, now=clock.now())
    except (Conflict, Invalid, NotFound) as error:
        refusal(request, f"{error.message} Nothing was changed; look again.")
        return redirect(f"{reverse('schedules:replace')}?{urlencode({'old': old, 'new': new})}")
    noun = "schedule" if len(done) == 1 else "schedules"
    what = f"{new} takes the place of {old}" if new else f"{old} is taken off"
    toast(request, f"{what} on {len(done):,} {noun}.")
    return redirect("schedules:people")


def _person(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    return request.user
