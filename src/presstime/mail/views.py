"""Pages of the e-mail queue: the list, and a message as its recipient sees it."""

from __future__ import annotations

from uuid import UUID

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_POST, require_safe

from presstime.accounts.doors import requires
from presstime.accounts.models import User
from presstime.accounts.rights import Right
from presstime.base import clock
from presstime.base.errors import NotFound
from presstime.mail import queries, reading, service
from presstime.mail.forms import EmailFilter
from presstime.mail.models import Email
from presstime.mail.reading import ReadMessage
from presstime.mail.states import Status
from presstime.web.listing import listing
from presstime.web.security import quarantined
from presstime.web.toasts import toast

VIEWS = {"html": "Message", "text": "Text", "headers": "Headers", "source": "Source"}


@require_safe
@requires(Right.EMAILS_READ)
def index(request: HttpRequest) -> HttpResponse:
    """The queue and what went through it, newest first."""
    form = EmailFilter(request.GET)
    found = listing(request, form, form.rows(), order="-created_at")
    return render(request, "mail/list.html", {"form": form, "listing": found})


@require_safe
@requires(Right.EMAILS_READ)
def show(request: HttpRequest, email_id: UUID) -> HttpResponse:
    """One e-mail: what became of it, and the message itself."""
    email = queries.get_email(email_id)
    shown = request.GET.get("view", "html")
    assert isinstance(request.user, User)
    context = {
        "email": email,
        "message": _find_message(email),
        "shown": shown if shown in VIEWS else "html",
        "views": VIEWS.items(),
        "may_retry": request.user.can(Right.EMAILS_WRITE) and email.status == Status.FAILED,
    }
    return render(request, "mail/show.html", context)


@require_safe
@requires(Right.EMAILS_READ)
def body(request: HttpRequest, email_id: UUID) -> HttpResponse:
    """The HTML of a message, for a frame."""
    return quarantined(_message(queries.get_email(email_id)).html)


@require_safe
@requires(Right.EMAILS_READ)
def attachment(request: HttpRequest, email_id: UUID, number: int) -> HttpResponse:
    """A file of a message, to be saved."""
    found, content = _message(queries.get_email(email_id)).attachment(number)
    return _saved(content, found.name, found.media_type)


@require_safe
@requires(Right.EMAILS_READ)
def source(request: HttpRequest, email_id: UUID) -> HttpResponse:
    """The whole message as an .eml file."""
    email = queries.get_email(email_id)
    return _saved(_message(email).raw, f"{email.pk}.eml", "message/rfc822")


@require_POST
@requires(Right.EMAILS_WRITE)
def retry(request: HttpRequest, email_id: UUID) -> HttpResponse:
    """Try a failed e-mail again at once."""
    email = service.retry(email_id, clock.now())
    toast(request, f"It will be sent to {email.address} again.")
    return redirect("emails:show", email.pk)


def _message(email: Email) -> ReadMessage:
    return reading.read(email.message.path, settings.CONFIGURATION.reports_path)


def _find_message(email: Email) -> ReadMessage | None:
    try:
        return _message(email)
    except NotFound:
        return None


def _saved(content: bytes, name: str, media_type: str) -> HttpResponse:
    response = HttpResponse(content, content_type=media_type)
    response["Content-Disposition"] = content_disposition_header(as_attachment=True, filename=name) or "attachment"
    response["Cache-Control"] = "private, no-store"
    return response
