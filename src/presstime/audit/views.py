"""Pages of the audit log: the list, one entry with its proof, verifying and exporting. Nothing here changes an entry."""

from __future__ import annotations

from typing import Any, Final

from django.conf import settings
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from presstime.accounts.doors import requires
from presstime.accounts.rights import Right
from presstime.audit import checkpoints, duties, exporting, links, proofs, queries
from presstime.audit.actions import ACTIONS
from presstime.audit.forms import AuditFilter
from presstime.audit.models import Entry
from presstime.audit.presentation import differences, present
from presstime.audit.readable import readable
from presstime.audit.searching import find
from presstime.base import clock
from presstime.base.errors import Conflict
from presstime.web.listing import address, listed
from presstime.web.toasts import refusal, toast
from presstime.web.wording import number

PAGE: Final = 50
MEDIA_TYPES: Final = {"csv": "text/csv; charset=utf-8", "jsonl": "application/jsonl; charset=utf-8"}


@require_safe
@requires(Right.AUDIT_READ)
def index(request: HttpRequest) -> HttpResponse:
    """Who did what and when, the newest first."""
    form = AuditFilter(request.GET)
    found = find(form.narrowed())
    entries = found.newest(PAGE + 1, _before(request))
    following = str(entries[PAGE - 1].sequence) if len(entries) > PAGE else None
    context = {
        "form": form,
        "listing": listed(request, form, [_row(entry) for entry in entries[:PAGE]], found.count, following),
        "total_is_exact": found.is_counted,
        "export_query": address(request, form).partition("?")[2],
        "verification": queries.find_last_verification(),
        "checkpoint": queries.find_last_checkpoint(),
        "head": queries.get_head(),
        "today": clock.now().date(),
    }
    return render(request, "audit/list.html", context)


def _before(request: HttpRequest) -> int | None:
    """The number below which this page begins; a cursor that is none is the first page."""
    cursor = request.GET.get("cursor", "")
    return int(cursor) if cursor.isascii() and cursor.isdecimal() and len(cursor) < 19 else None


def _row(entry: Entry) -> dict[str, Any]:
    """An entry as the list and its own page show it."""
    shown = present(entry)
    changes = [
        change | {"old": readable(change["old"]), "new": readable(change["new"])} for change in differences(entry)
    ]
    return {
        "entry": entry,
        "shown": shown,
        "changes": changes,
        "kind": entry.target_type.replace("_", " "),
        "says": ACTIONS.get(entry.action, ""),
        "target_url": links.address_of(entry.target_type, entry.target_id),
    }


@require_safe
@requires(Right.AUDIT_READ)
def show(request: HttpRequest, sequence: int) -> HttpResponse:
    """One entry: what was, what is, and the proof that the log holds it."""
    entry = queries.get_entry(str(sequence))
    context = {**_row(entry), "last": queries.get_head().size}
    try:
        context["proof"] = proofs.of_entry(settings.CONFIGURATION, entry, clock.now())
    except Conflict as error:
        context["no_proof"] = error.message
    return render(request, "audit/show.html", context)


@require_POST
@requires(Right.AUDIT_READ)
def verify(request: HttpRequest) -> HttpResponse:
    """Verify the whole log now, or let a worker do it when it is long."""
    found = duties.ask(settings.CONFIGURATION, clock.now())
    if found is None:
        toast(request, "A worker verifies the log; the result appears here.")
    elif found.problems:
        refusal(request, f"The log is not what was written. {found.problems[0]['text']}")
    else:
        toast(request, f"The log is whole: {number(found.size)} entries.")
    return redirect("audit:list")


@require_safe
@requires(Right.AUDIT_READ)
def checkpoint(request: HttpRequest) -> HttpResponse:
    """The signed statement of how far the log goes, as a file to keep elsewhere."""
    now = clock.now()
    with transaction.atomic():
        made = checkpoints.fresh(settings.CONFIGURATION, now)
    name = f"audit-checkpoint-{made.size}.txt"
    return HttpResponse(
        made.note,
        content_type="text/plain; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "private, no-store"},
    )


@require_POST
@requires(Right.AUDIT_READ)
def export(request: HttpRequest) -> HttpResponseBase:
    """What the filters in the address leave, as a file. A POST, since taking it is an entry itself."""
    now, format_ = clock.now(), "csv" if request.POST.get("format") == "csv" else "jsonl"
    with transaction.atomic():
        made = exporting.begin(settings.CONFIGURATION, AuditFilter(request.GET).narrowed(), format_, now)
    lines = exporting.csv_lines(made) if format_ == "csv" else exporting.json_lines(made)
    return StreamingHttpResponse(
        lines,
        content_type=MEDIA_TYPES[format_],
        headers={
            "Content-Disposition": f'attachment; filename="audit-{now:%Y%m%dT%H%M%SZ}.{format_}"',
            "Cache-Control": "private, no-store",
            "X-Audit-Export": exporting.packed_header(made),
        },
    )
