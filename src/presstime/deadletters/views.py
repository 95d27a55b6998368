"""Pages of the dead letter queue: the list with its groups and counts, one item, and what can be done with them."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.dateparse import parse_datetime
from django.views.decorators.http import require_POST, require_safe

from presstime.accounts.confirmation import ask, is_recent
from presstime.accounts.doors import requires
from presstime.accounts.models import User
from presstime.accounts.rights import Right
from presstime.base import clock
from presstime.base.errors import Conflict, Invalid
from presstime.deadletters import queries, service
from presstime.deadletters.forms import EVERY, DeadLetterFilter, ResolveForm, RetryForm
from presstime.deadletters.models import DeadLetter
from presstime.deadletters.presentation import seconds_in_queue
from presstime.deadletters.queries import MATRIX
from presstime.deadletters.service import Chosen, Done
from presstime.deadletters.states import Status
from presstime.executions.limits import warnings_of
from presstime.executions.states import Category
from presstime.web.bulk import Action
from presstime.web.listing import address, listing
from presstime.web.toasts import caution, refusal, toast
from presstime.web.wording import plural

TABS = ((Status.OPEN, "Unresolved"), (Status.RETRYING, "Retrying"), (Status.RESOLVED, "Resolved"), (EVERY, "All"))
WORDS = {"retry": "queued for another try", "resolve": "marked resolved", "delete": "deleted"}
BUTTONS = {
    "retry": ("Retry", "rotate-clockwise", "primary", ""),
    "resolve": ("Mark resolved", "check", "", ""),
    "delete": ("Delete", "trash", "outline-danger", "confirm-delete"),
}


@require_safe
@requires(Right.DEAD_LETTERS_READ)
def index(request: HttpRequest) -> HttpResponse:
    """Executions that gave up, the newest first."""
    form = DeadLetterFilter(request.GET)
    narrowed = form.narrowed()
    rows = queries.list_dead_letters(narrowed).select_related(*queries.NAMED)
    found = listing(request, form, rows, order="-dead_at")
    counts = queries.counts_by_status(narrowed)
    attempts = queries.attempts_of(found.items)
    context = {
        "form": form,
        "listing": found,
        "rows": [(letter, len(attempts[letter.pk])) for letter in found.items],
        "tabs": [_tab(request, form, value, label, counts) for value, label in TABS],
        "groups": _groups(request, form),
        "matrix": _matrix(),
        "spans": MATRIX,
        "actions": _actions(form.status_shown, counts),
        "bulk_url": f"{reverse('deadletters:bulk')}?{request.GET.urlencode()}",
        "may_write": _person(request).can(Right.DEAD_LETTERS_WRITE),
        "last_resolved": _last_resolved(),
    }
    return render(request, "deadletters/list.html", context)


def _tab(
    request: HttpRequest, form: DeadLetterFilter, value: str, label: str, counts: dict[str, int]
) -> tuple[str, str, int, bool]:
    """Address, label, count and whether it is the current one."""
    base = address(request, form, without="status")
    joined = f"{base}{'&' if '?' in base else '?'}status={value}" if value != Status.OPEN else base
    return joined, label, sum(counts.values()) if value == EVERY else counts[value], value == form.status_shown


def _matrix() -> list[tuple[str, list[tuple[str, str, int]]]]:
    """A row for each category: label, address of the list that adds up to the count, and the count."""
    counted = queries.matrix(clock.now())
    spans = [*((key, word) for key, word, _ in MATRIX), ("", "all")]
    return [
        (
            category.value,
            [
                (word, f"?{urlencode({'error_category': category.value} | ({'within': span} if span else {}))}", count)
                for (span, word), count in zip(spans, counted[category.value], strict=True)
            ],
        )
        for category in Category
        if category.value in counted
    ]


def _actions(status: str, counts: dict[str, int]) -> list[Action]:
    """What can be done with the items of a tab, and with how many of all that match."""
    shown = counts if status == EVERY else {status: counts[status]}
    found = []
    for act, (label, icon, tone, confirm) in BUTTONS.items():
        matching = sum(count for name, count in shown.items() if name in service.AMONG[act])
        if matching:
            found.append(Action(act, label, icon, matching, tone, confirm))
    return found


def _groups(request: HttpRequest, form: DeadLetterFilter) -> list[dict[str, Any]]:
    """The groups of alike errors, each with the address of its list and of what retries it."""
    narrowed = form.narrowed()
    if narrowed.fingerprint:
        return []
    base = address(request, form)
    joined = f"{base}{'&' if '?' in base else '?'}fingerprint="
    bulk_url = joined.replace(request.path, reverse("deadletters:bulk"), 1)
    return [
        asdict(group) | {"url": joined + group.fingerprint, "bulk_url": bulk_url + group.fingerprint}
        for group in queries.groups(narrowed)
    ]


def _last_resolved() -> datetime | None:
    newest = queries.list_dead_letters(queries.Filter(status=Status.RESOLVED)).order_by("-resolved_at").first()
    return newest.resolved_at if newest is not None else None


@require_safe
@requires(Right.DEAD_LETTERS_READ)
def show(request: HttpRequest, letter_id: UUID) -> HttpResponse:
    """One dead letter with its whole history."""
    letter = queries.get_dead_letter(letter_id)
    return _page(request, letter, RetryForm(), ResolveForm())


def _page(
    request: HttpRequest, letter: DeadLetter, retry_form: RetryForm, resolve_form: ResolveForm, status: int = 200
) -> HttpResponse:
    alike, resolved = queries.history_of_alike(letter)
    context = {
        "letter": letter,
        "execution": letter.execution,
        "attempts": queries.attempts_of([letter])[letter.pk],
        "waited": seconds_in_queue(letter, clock.now()),
        "alike": alike,
        "resolved_alike": resolved,
        "retry_form": retry_form,
        "resolve_form": resolve_form,
        "may_write": _person(request).can(Right.DEAD_LETTERS_WRITE),
    }
    return render(request, "deadletters/show.html", context, status=status)


@require_POST
@requires(Right.DEAD_LETTERS_WRITE)
def retry(request: HttpRequest, letter_id: UUID) -> HttpResponse:
    """Run the same planned instant again."""
    form = RetryForm(request.POST)
    now = clock.now()
    if not form.is_valid():
        return _page(request, queries.get_dead_letter(letter_id), form, ResolveForm(), status=422)
    try:
        execution = service.retry(
            letter_id, _person(request), now, timeout_seconds=form.timeout_seconds(), at=form.at(now)
        )
    except Invalid as error:
        form.add_error("minutes", str(error))
        return _page(request, queries.get_dead_letter(letter_id), form, ResolveForm(), status=422)
    toast(request, "Queued for another try.", undo=reverse("executions:cancel", args=[execution.pk]))
    for warning in warnings_of(execution.timeout_seconds) if form.timeout_seconds() is not None else ():
        caution(request, warning.message)
    return redirect("deadletters:show", letter_id)


@require_POST
@requires(Right.DEAD_LETTERS_WRITE)
def resolve(request: HttpRequest, letter_id: UUID) -> HttpResponse:
    """Mark it as dealt with."""
    form = ResolveForm(request.POST)
    now = clock.now()
    if not form.is_valid():
        return _page(request, queries.get_dead_letter(letter_id), RetryForm(), form, status=422)
    service.resolve(letter_id, form.cleaned_data["note"], _person(request), now)
    toast(request, "Marked resolved.", undo=_undo("resolve", now))
    return redirect("deadletters:show", letter_id)


@require_POST
@requires(Right.DEAD_LETTERS_WRITE)
def delete(request: HttpRequest, letter_id: UUID) -> HttpResponse:
    """Take it off the list."""
    now = clock.now()
    service.delete(letter_id, now)
    toast(request, "Deleted. Its execution stays in the history.", undo=_undo("delete", now))
    return redirect("deadletters:list")


@require_POST
@requires(Right.DEAD_LETTERS_WRITE)
def bulk(request: HttpRequest) -> HttpResponse:
    """Do one thing to those that were ticked, or to all that match the filter and were counted on the page."""
    act = request.POST.get("act", "")
    back = f"{reverse('deadletters:list')}?{request.GET.urlencode()}".rstrip("?")
    chosen = _chosen(request, act)
    if act not in WORDS or chosen is None:
        refusal(request, "Nothing was chosen. Tick the rows that are meant.")
        return redirect(back)
    if act == "delete" and not is_recent(request):
        return ask(request)
    if act == "delete" and "confirmed" not in request.POST:
        return render(request, "deadletters/confirm.html", _to_confirm(request, chosen, back))
    now = clock.now()
    try:
        result = _do(act, chosen, _person(request), now)
    except Conflict as error:
        refusal(request, f"{error.message} Nothing was done; look at the list again.")
        return redirect(back)
    undo = _undo(act, now) if act != "retry" and result.done else ""
    toast(request, _told(act, result), undo=undo)
    return redirect(back)


def _chosen(request: HttpRequest, act: str) -> Chosen | None:
    if "all_matching" in request.POST:
        expected = request.POST.get(f"expected_{act}", "")
        form = DeadLetterFilter(request.GET)
        return Chosen(narrowed=form.narrowed(), expected=int(expected)) if expected.isdecimal() else None
    ids = request.POST.getlist("id")
    return Chosen(ids=ids) if ids else None


def _to_confirm(request: HttpRequest, chosen: Chosen, back: str) -> dict[str, object]:
    count = chosen.expected if chosen.narrowed is not None else len(chosen.ids)
    return {"posted": [pair for pair in request.POST.lists() if pair[0] != "csrfmiddlewaretoken"], "count": count, "back": back}  # fmt: skip


def _do(act: str, chosen: Chosen, by: User, now: datetime) -> Done:
    if act == "retry":
        return service.retry_many(chosen, by, now)
    if act == "resolve":
        return service.resolve_many(chosen, "", by, now)
    return service.delete_many(chosen, now)


def _told(act: str, result: Done) -> str:
    said = f"{result.done:,} {WORDS[act]}"
    if not result.skipped:
        return f"{said}."
    reasons = ", ".join(sorted({reason.replace("_", " ") for _, reason in result.skipped}))
    return f"{said}, {len(result.skipped):,} skipped: {reasons}."


@require_POST
@requires(Right.DEAD_LETTERS_WRITE)
def undo(request: HttpRequest) -> HttpResponse:
    """Take back what this person has just resolved or deleted."""
    moment = parse_datetime(request.GET.get("at", ""))
    act = request.GET.get("act", "")
    if moment is None or act not in ("resolve", "delete"):
        raise Conflict("There is nothing to take back.")
    count = service.take_back(act, moment, _person(request), clock.now())
    toast(request, f"{plural(count, 'dead letter')} brought back.")
    return redirect("deadletters:list")


def _undo(act: str, now: datetime) -> str:
    return f"{reverse('deadletters:undo')}?{urlencode({'act': act, 'at': now.isoformat()})}"


def _person(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    return request.user
