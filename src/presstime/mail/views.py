"""Pages of the e-mail queue: the list, and a message as its recipient sees it."""

from __future__ import annotations

from uuid import UUID

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_POST, require_safe

from presstime.accounts.doors import requires
from presstime.accounts.models import User
from presstime.accounts.rights import Right
from presstime.base import clock
from presstime.base.errors import Conflict, NotFound
from presstime.breakers import queries as breakers
from presstime.breakers.states import Kind
from presstime.mail import queries, reading, resending, service
from presstime.mail.forms import UNCERTAIN, WAITING, EmailFilter
from presstime.mail.models import Email
from presstime.mail.reading import ReadMessage
from presstime.mail.states import QUEUED, Status
from presstime.web.bulk import Action
from presstime.web.listing import address, listing
from presstime.web.security import quarantined
from presstime.web.toasts import refusal, toast

TABS = (
    ("", "All"),
    (WAITING, "Waiting"),
    (Status.SENT.value, "Sent"),
    (Status.FAILED.value, "Failed"),
    (UNCERTAIN, "Uncertain"),
)
SHOWN_IN = {"": tuple(status.value for status in Status), WAITING: tuple(status.value for status in QUEUED)}
VIEWS = {"html": "Message", "text": "Text", "headers": "Headers", "source": "Source"}


@require_safe
@requires(Right.EMAILS_READ)
def index(request: HttpRequest) -> HttpResponse:
    """The queue and what went through it, newest first."""
    form = EmailFilter(request.GET)
    found = listing(request, form, form.rows(), order="-created_at")
    counts = queries.counts_by_status(form.every()) | {UNCERTAIN: form.every().filter(uncertain=True).count()}
    failed = queries.counts_by_status(form.rows())[Status.FAILED]
    context = {
        "form": form,
        "listing": found,
        "tabs": [_tab(request, form, value, label, counts) for value, label in TABS],
        "actions": [Action("retry", "Send again", "send", failed, "primary")] if failed else [],
        "bulk_url": f"{reverse('emails:bulk')}?{request.GET.urlencode()}",
        "pause": queries.find_pause(),
        "breaker": breakers.not_closed(Kind.MAIL_SERVER).first(),
        "may_reset": _person(request).can(Right.BREAKERS_WRITE),
        "may_write": _person(request).can(Right.EMAILS_WRITE),
    }
    return render(request, "mail/list.html", context)


def _tab(
    request: HttpRequest, form: EmailFilter, value: str, label: str, counts: dict[str, int]
) -> tuple[str, str, int, bool]:
    """Address, label, count and whether it is the current one."""
    base = address(request, form, without="status")
    joined = f"{base}{'&' if '?' in base else '?'}status={value}" if value else base
    count = sum(counts[status] for status in SHOWN_IN.get(value, (value,)))
    return joined, label, count, value == form.chosen.get("status", "")


@require_POST
@requires(Right.EMAILS_WRITE)
def bulk(request: HttpRequest) -> HttpResponse:
    """Send those again that were ticked, or all failed ones that match and were counted on the page."""
    back = f"{reverse('emails:list')}?{request.GET.urlencode()}".rstrip("?")
    expected = request.POST.get("expected_retry", "")
    ids = request.POST.getlist("id")
    try:
        if "all_matching" in request.POST and expected.isdecimal():
            result = service.retry_all(EmailFilter(request.GET).rows(), int(expected), clock.now())
        elif ids:
            result = service.retry_many(ids, clock.now())
        else:
            refusal(request, "Nothing was chosen. Tick the rows that are meant.")
            return redirect(back)
    except Conflict as error:
        refusal(request, f"{error.message} Nothing was done; look at the list again.")
        return redirect(back)
    reasons = ", ".join(sorted({reason.replace("_", " ") for _, reason in result.skipped}))
    skipped = f", {len(result.skipped):,} skipped: {reasons}" if result.skipped else ""
    toast(request, f"{result.done:,} will be sent again{skipped}.")
    return redirect(back)


@require_POST
@requires(Right.EMAILS_WRITE)
def pause(request: HttpRequest) -> HttpResponse:
    """Send nothing until it is resumed."""
    service.pause(_person(request), clock.now(), request.POST.get("note", ""))
    toast(request, "Sending is paused. Mail is still queued.", undo=reverse("emails:resume"))
    return redirect("emails:list")


@require_POST
@requires(Right.EMAILS_WRITE)
def resume(request: HttpRequest) -> HttpResponse:
    """Send again."""
    service.resume()
    toast(request, "Mail goes out again.")
    return redirect("emails:list")


def _person(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    return request.user


@require_safe
@requires(Right.EMAILS_READ)
def show(request: HttpRequest, email_id: UUID) -> HttpResponse:
    """One e-mail: what became of it, and the message itself."""
    email = queries.get_email(email_id)
    shown = request.GET.get("view", "html")
    context = {
        "email": email,
        "message": _find_message(email),
        "shown": shown if shown in VIEWS else "html",
        "views": VIEWS.items(),
        "may_retry": _person(request).can(Right.EMAILS_WRITE) and email.status == Status.FAILED,
        "may_resend": _person(request).can(Right.EMAILS_WRITE) and email.status == Status.SENT,
        "repeats": queries.resend_of(email),
        "repeated": queries.resent_as(email),
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
    message = _message(email)
    if request.method == "GET":
        service.note_download(email, clock.now())
    return _saved(message.raw, f"{email.pk}.eml", "message/rfc822")


@require_POST
@requires(Right.EMAILS_WRITE)
def retry(request: HttpRequest, email_id: UUID) -> HttpResponse:
    """Try a failed e-mail again at once."""
    email = service.retry(email_id, clock.now())
    toast(request, f"It will be sent to {email.address} again.")
    return redirect("emails:show", email.pk)


@require_POST
@requires(Right.EMAILS_WRITE)
def resend(request: HttpRequest, email_id: UUID) -> HttpResponse:
    """Send what was sent once more, as a message of its own."""
    try:
        email = resending.resend(str(email_id), clock.now())
    except Conflict as error:
        refusal(request, error.message)
        return redirect("emails:show", email_id)
    toast(request, f"A copy will be sent to {email.address}.")
    return redirect("emails:show", email.pk)


def _message(email: Email) -> ReadMessage:
    message = email.message
    return reading.read(message.path, settings.CONFIGURATION.reports_path, is_confidential=message.is_confidential)


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
