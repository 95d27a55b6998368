"""Pages of executions: the list, one execution, and its files."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from presstime.accounts.doors import requires
from presstime.accounts.models import User
from presstime.accounts.rights import Right
from presstime.base import clock
from presstime.executions import artifact_queries, downloads, holding, queries, service
from presstime.executions.forms import ExecutionFilter, TimeLimitForm
from presstime.executions.limits import warnings_of
from presstime.executions.models import Attempt, Execution
from presstime.executions.states import CLAIMABLE, UNFINISHED, AttemptStatus, Category, Status, allowed_retries
from presstime.executions.timeline import stages_of
from presstime.mail import queries as mail
from presstime.mail.models import Email
from presstime.web.listing import listing
from presstime.web.toasts import caution, refusal, toast
from presstime.web.wording import duration

REFRESH_WHILE_RUNNING = 3


@require_safe
@requires(Right.EXECUTIONS_READ)
def index(request: HttpRequest) -> HttpResponse:
    """All executions, newest first."""
    form = ExecutionFilter(request.GET)
    rows = queries.list_executions(form.narrowed()).select_related(*queries.NAMED)
    found = listing(request, form, rows, order="-queued_at")
    return render(request, "executions/list.html", {"form": form, "listing": found})


@require_safe
@requires(Right.EXECUTIONS_READ)
def show(request: HttpRequest, execution_id: UUID) -> HttpResponse:
    """One execution: what it did, what came of it, who received it."""
    execution = queries.get_execution(execution_id)
    attempts = list(execution.attempts.all())
    may_see_mail = _person(request).can(Right.EMAILS_READ)
    emails = mail.list_of_executions([execution.pk])
    context = {
        "execution": execution,
        "attempts": attempts,
        "stages": stages_of(execution, attempts[-1] if attempts else None, _delivered_at(emails)),
        "artifacts": execution.artifacts.all(),
        "emails": emails,
        "may_see_mail": may_see_mail,
        "may_cancel": _person(request).can(Right.EXECUTIONS_CANCEL) and execution.status in UNFINISHED,
        "may_retry": _person(request).can(Right.EXECUTIONS_RETRY) and execution.status == Status.RETRYING,
        "may_override": _person(request).can(Right.EXECUTIONS_OVERRIDE) and execution.status in UNFINISHED,
        "limit_form": TimeLimitForm(initial={"minutes": f"{execution.timeout_seconds / 60:.6g}"}),
        "retry": _retry_of(execution, attempts),
        "every": REFRESH_WHILE_RUNNING if _is_under_way(execution, emails) else 15,
        "is_waiting": execution.status in CLAIMABLE,
        "held_by": holding.held_by(execution),
        "may_reset": _person(request).can(Right.BREAKERS_WRITE),
    }
    return render(request, "executions/show.html", context)


@require_safe
@requires(Right.EXECUTIONS_READ)
def download(request: HttpRequest, execution_id: UUID, name: str) -> HttpResponseBase:
    """A finished file, always as an attachment: a browser shows nothing that a report's author wrote."""
    artifact = artifact_queries.get_artifact(execution_id, name)
    response = downloads.attachment(artifact)
    if request.method == "GET":
        service.note_download(artifact, clock.now())
    return response


@require_POST
@requires(Right.EXECUTIONS_CANCEL)
def cancel(request: HttpRequest, execution_id: UUID) -> HttpResponse:
    """Stop an execution."""
    execution = service.cancel(execution_id, clock.now())
    is_done = execution.status == Status.CANCELLED
    toast(request, "Cancelled." if is_done else "It is being stopped; this takes up to ten seconds.")
    return redirect("executions:show", execution.pk)


@require_POST
@requires(Right.EXECUTIONS_RETRY)
def retry(request: HttpRequest, execution_id: UUID) -> HttpResponse:
    """Begin the next attempt at once."""
    service.retry_now(execution_id, clock.now())
    toast(request, "Its next attempt begins as soon as a slot is free.")
    return redirect("executions:show", execution_id)


@require_POST
@requires(Right.EXECUTIONS_OVERRIDE)
def timeout(request: HttpRequest, execution_id: UUID) -> HttpResponse:
    """Give an unfinished execution another time limit."""
    form = TimeLimitForm(request.POST)
    if form.is_valid():
        execution = service.change_timeout(execution_id, round(form.cleaned_data["minutes"] * 60))
        toast(request, f"Its time limit is {duration(execution.timeout_seconds)} now.")
        for warning in warnings_of(execution.timeout_seconds):
            caution(request, warning.message)
    else:
        refusal(request, " ".join(map(str, form.errors["minutes"])))
    return redirect("executions:show", execution_id)


def _person(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    return request.user


def _retry_of(execution: Execution, attempts: list[Attempt]) -> tuple[int, int] | None:
    """Which of how many retries comes next; None when none does."""
    if execution.status != Status.RETRYING:
        return None
    failed = sum(attempt.status == AttemptStatus.FAILED for attempt in attempts)
    allowed = allowed_retries(Category(execution.error_category), execution.error_code, execution.retries)
    return failed, allowed


def _delivered_at(emails: list[Email]) -> datetime | None:
    """When the last of the mails went out; None while one of them has not."""
    moments = [email.sent_at for email in emails if email.sent_at is not None]
    return max(moments) if moments and len(moments) == len(emails) else None


def _is_under_way(execution: Execution, emails: list[Email]) -> bool:
    return execution.status in UNFINISHED or any(email.sent_at is None and email.status != "failed" for email in emails)
