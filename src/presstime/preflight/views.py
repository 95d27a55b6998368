"""The page Settings: what is in force and where it came from; it is changed in the environment and by a restart."""

from __future__ import annotations

from typing import NamedTuple

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from presstime.accounts.doors import requires
from presstime.accounts.models import User
from presstime.accounts.rights import Right
from presstime.alerts.kinds import Severity
from presstime.alerts.notices import Notice
from presstime.alerts.states import Event
from presstime.base import clock
from presstime.base.configuration_fields import SECRETS, Configuration
from presstime.base.ids import uuid7
from presstime.base.shown_settings import shown, text
from presstime.mail import service as mail
from presstime.mail.alerting import try_mail
from presstime.web.toasts import refusal, toast


class Row(NamedTuple):
    """A setting on the page."""

    name: str
    value: str
    origin: str
    description: str
    is_secret: bool
    is_set: bool


@require_safe
@requires(Right.SETTINGS_READ)
def index(request: HttpRequest) -> HttpResponse:
    """Every setting with its value, its origin and what it is; secrets are masked."""
    rows = _rows()
    context = {
        "rows": rows,
        "set_count": sum(row.is_set for row in rows),
        "email": _person(request).email,
        "may_test": _person(request).can(Right.SETTINGS_TEST),
    }
    return render(request, "preflight/settings.html", context)


def _rows() -> list[Row]:
    fields = Configuration.model_fields.items()
    return [
        Row(
            name=each.name,
            value=text(each.value),
            origin=each.origin,
            description=_sentence(field.description or ""),
            is_secret=name in SECRETS,
            is_set=each.origin != "default",
        )
        for each, (name, field) in zip(shown(settings.LOADED), fields, strict=True)
    ]


def _sentence(description: str) -> str:
    return description[:1].upper() + description[1:]


@require_POST
@requires(Right.SETTINGS_TEST)
def test_mail(request: HttpRequest) -> HttpResponse:
    """Send a mail to oneself past the queue, and show what the mail server said."""
    person, now = _person(request), clock.now()
    if not person.email:
        refusal(request, "Your account has no e-mail address.")
        return redirect("settings:index")
    notice = _notice(settings.CONFIGURATION, person)
    mail.note_trial([person.email], now)
    for address, reason in try_mail(notice, settings.CONFIGURATION, now):
        if reason:
            refusal(request, f"The mail to {address} was not taken. {reason}")
        else:
            toast(request, f"The mail server took a test mail to {address}.")
    return redirect("settings:index")


def _notice(configuration: Configuration, person: User) -> Notice:
    place = f"Presstime {configuration.environment}".strip()
    return Notice(
        id=uuid7(),
        alert_id=uuid7(),
        channel_key="",
        recipients=(person.email,),
        event=Event.RAISED,
        severity=Severity.WARNING,
        subject=f"[{place}] Test: mail reaches you here",
        paragraphs=(f"{person.username} tries the mail server. Nothing is wrong and there is nothing to do.",),
        links=(("Presstime", configuration.base_url),),
    )


def _person(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    return request.user
