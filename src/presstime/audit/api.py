"""The API of the audit log: search, proofs, verify, export. Nothing here changes an entry; the log has no such operation."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any, Literal

from django.conf import settings
from django.db import transaction
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from ninja import Query, Router
from ninja import Status as Answer
from pydantic import Field

from presstime.accounts.doors import requires
from presstime.accounts.rights import Right
from presstime.api.schemas import Out, Page, Paging, Parameters, instant
from presstime.audit import checkpoints, duties, exporting, proofs, queries
from presstime.audit.presentation import present, present_verification
from presstime.audit.searching import Filters, find
from presstime.base import clock
from presstime.base.errors import Invalid

router = Router(tags=["audit log"])

TEXT = {
    "responses": {200: {"description": "The checkpoint.", "content": {"text/plain": {"schema": {"type": "string"}}}}}
}
FILE = {
    "responses": {
        200: {
            "description": "The file.",
            "content": {kind: {"schema": {"type": "string"}} for kind in ("application/jsonl", "text/csv")},
        }
    }
}
CONTENT = {"jsonl": "application/jsonl", "csv": "text/csv; charset=utf-8"}


class Wanted(Parameters):
    """The filters of the log."""

    user: str | None = Field(
        None, max_length=300, description="Who did it: an id or a name; also by a token of theirs."
    )
    action: str | None = Field(
        None, max_length=100, description="`schedule.updated`, or `schedule.*` for a whole kind."
    )
    target: str | None = Field(None, max_length=300, description="What was changed: an id, or a name it had.")
    from_: datetime | None = Field(None, alias="from", description="At or after this moment.")
    to: datetime | None = Field(None, description="Before this moment.")

    def filters(self) -> Filters:
        for name, at in (("from", self.from_), ("to", self.to)):
            if at is not None and at.tzinfo is None:
                raise Invalid.of(name, f'"{at.isoformat()}" has no offset from UTC. Write it as 2026-11-24T09:00:00Z.')
        return Filters(self.user, self.action, self.target, self.from_, self.to)


class Listed(Paging, Wanted):
    """The filters, and the page."""


class Exported(Wanted):
    format: Literal["jsonl", "csv"] = Field(
        "jsonl", description="JSON Lines prove themselves; CSV is for spreadsheets."
    )


class Grown(Parameters):
    old: int = Field(ge=1, le=2**53, description="The size of a checkpoint that you have.")
    size: int | None = Field(None, ge=1, le=2**53, description="The size of a later one; the whole log by default.")


class NamedOut(Out):
    id: str
    name: str


class ActorOut(Out):
    type: str
    id: str
    name: str
    token: NamedOut | None


class TargetOut(Out):
    type: str
    id: str
    name: str


class EntryOut(Out):
    sequence: int
    id: str
    time: str
    user: ActorOut
    action: str
    target: TargetOut
    old: dict[str, Any] | None
    new: dict[str, Any] | None
    ip: str | None
    request_id: str | None
    hash: str


class EntryPage(Page[EntryOut]):
    total_is_exact: bool = Field(description="False where there are more than `total`: those are not counted.")


class ProofOut(Out):
    sequence: int
    body: str
    hash: str
    leaf_index: int
    size: int
    root: str
    proof: list[str]
    checkpoint: str
    verifier: str


class GrowthOut(Out):
    old: int
    size: int
    old_root: str
    root: str
    proof: list[str]


class ProblemOut(Out):
    sequence: int | None
    text: str


class VerificationOut(Out):
    status: str
    valid: bool | None
    began_at: str | None
    finished_at: str | None
    entries: int
    root: str
    problems: list[ProblemOut]
    notes: list[str]


@router.get("", response=EntryPage)
@requires(Right.AUDIT_READ)
def list_entries(request: HttpRequest, wanted: Query[Listed]) -> dict[str, Any]:
    """Entries, the newest first."""
    found = find(wanted.filters())
    entries = found.newest(wanted.limit + 1, _place(wanted.cursor))
    page = entries[: wanted.limit]
    return {
        "items": [present(entry) for entry in page],
        "next_cursor": str(page[-1].sequence) if len(entries) > wanted.limit else None,
        "total": found.count,
        "total_is_exact": found.is_counted,
    }


def _place(cursor: str | None) -> int | None:
    if cursor is None:
        return None
    if not (cursor.isascii() and cursor.isdecimal() and len(cursor) < 19):
        raise Invalid.of("cursor", "This is not a cursor of this list. Take `next_cursor` of the page before.")
    return int(cursor)


@router.get("/checkpoint", openapi_extra=TEXT)
@requires(Right.AUDIT_READ)
def checkpoint(request: HttpRequest) -> HttpResponse:
    """Sign how far the log goes now: C2SP tlog-checkpoint. Keep it elsewhere; `presstime audit verify --checkpoint` reads it."""
    with transaction.atomic():
        made = checkpoints.fresh(settings.CONFIGURATION, clock.now())
    return HttpResponse(made.note, content_type="text/plain; charset=utf-8")


@router.get("/consistency", response=GrowthOut)
@requires(Right.AUDIT_READ)
def consistency(request: HttpRequest, grown: Query[Grown]) -> dict[str, Any]:
    """Prove that the log only grew since a checkpoint (RFC 9162, 2.1.4)."""
    return proofs.of_growth(grown.old, queries.get_head().size if grown.size is None else grown.size)


@router.get("/export", openapi_extra=FILE)
@requires(Right.AUDIT_READ)
def export(request: HttpRequest, wanted: Query[Exported]) -> StreamingHttpResponse:
    """The entries as a file, with a checkpoint; this itself is an entry."""
    now = clock.now()
    with transaction.atomic():
        made = exporting.begin(settings.CONFIGURATION, wanted.filters(), wanted.format, now)
    lines = exporting.csv_lines(made) if wanted.format == "csv" else exporting.json_lines(made)
    return StreamingHttpResponse(
        _encoded(lines),
        content_type=CONTENT[wanted.format],
        headers={
            "Content-Disposition": f'attachment; filename="audit-{now:%Y%m%dT%H%M%SZ}.{wanted.format}"',
            "X-Audit-Export": exporting.packed_header(made),
        },
    )


def _encoded(lines: Iterator[str]) -> Iterator[bytes]:
    return (line.encode() for line in lines)


@router.post("/verify", response={200: VerificationOut, 202: VerificationOut})
@requires(Right.AUDIT_READ)
def verify(request: HttpRequest) -> Answer[dict[str, Any]]:
    """Verify the whole log: a short one at once (200); a long one is left to a worker (202, see `GET …/verify`)."""
    now = clock.now()
    found = duties.ask(settings.CONFIGURATION, now)
    if found is not None:
        return Answer(200, _shown(present_verification(found)))
    return Answer(202, _running())


@router.get("/verify", response=VerificationOut)
@requires(Right.AUDIT_READ)
def last_verification(request: HttpRequest) -> dict[str, Any]:
    """What the last verification found; `running` as long as there was none."""
    found = queries.find_last_verification()
    return _running() if found is None else _shown(present_verification(found))


def _shown(found: dict[str, Any]) -> dict[str, Any]:
    return found | {name: instant(found[name]) for name in ("began_at", "finished_at")}


def _running() -> dict[str, Any]:
    empty: dict[str, Any] = {
        "began_at": None,
        "finished_at": None,
        "entries": 0,
        "root": "",
        "problems": [],
        "notes": [],
    }
    return {"status": "running", "valid": None, **empty}


@router.get("/{entry}", response=EntryOut)
@requires(Right.AUDIT_READ)
def get_entry(request: HttpRequest, entry: str) -> dict[str, Any]:
    return present(queries.get_entry(entry))


@router.get("/{entry}/proof", response=ProofOut)
@requires(Right.AUDIT_READ)
def proof(request: HttpRequest, entry: str) -> dict[str, Any]:
    """Prove that the entry is in the log as its checkpoint signs it (RFC 9162, 2.1.3)."""
    return proofs.of_entry(settings.CONFIGURATION, queries.get_entry(entry), clock.now())
