"""Use cases of reports: one transaction each. A changed text is a new revision; the old ones stay."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction

from pressroom.definition import Definition
from presstime.accounts.groups import may_limit, names_of
from presstime.accounts.models import Group, User
from presstime.audit.journal import record
from presstime.base.errors import Conflict, FieldProblem, Invalid
from presstime.reports import audited, definitions, queries
from presstime.reports.changes import counted
from presstime.reports.models import Report, Revision
from presstime.sources import queries as sources

LONGEST_NAME = 200
LONGEST_NOTE = 200
_LONGEST_TITLE = 300
_LISTED_SCHEDULES = 5


class Superseded(Conflict):
    """Somebody saved another revision meanwhile; `current` is that one."""

    def __init__(self, current: Revision) -> None:
        who = current.created_by or "The command line"
        super().__init__(
            f"{who} saved revision {current.number} meanwhile. Nothing of yours is lost: look at the differences, then "
            "save yours as the next revision or take theirs."
        )
        self.current = current


def create(*, name: str, definition: str, by: User | None, now: datetime, note: str = "") -> Report:
    """Save a new report; Invalid lists what is wrong with its name and every problem of its text with the line."""
    with transaction.atomic():
        name = name.strip()
        checked = _check(name, definition)
        assert checked is not None
        report = Report(name=name, created_by=by, created_at=now)
        _write(report, definition, checked, by, now, note)
        audited.created(report, now)
    return report


def change(
    reference: str | UUID,
    *,
    by: User | None,
    now: datetime,
    name: str | None = None,
    definition: str | None = None,
    note: str = "",
    revision: int | None = None,
) -> Report:
    """Change a report; what is None stays. The same text again makes no new revision.

    *revision* is the one that the caller has read: Superseded when another has been saved since.
    """
    with transaction.atomic():
        report = queries.get_report_to_change(reference)
        _refuse_when_superseded(report, revision)
        before = audited.kept(report)
        name = report.name if name is None else name.strip()
        checked = _check(name, definition, of=report)
        report.name = name
        if definition is not None and checked is not None and _is_new(report, definition):
            _write(report, definition, checked, by, now, note)
        else:
            report.updated_at = now
            queries.save(report)
        audited.changed(report, before, now)
    return report


def restore(reference: str | UUID, number: int, *, by: User | None, now: datetime) -> Report:
    """Make the text of revision *number* the present one, as a new revision; Invalid when it is no report any more."""
    with transaction.atomic():
        report = queries.get_report_to_change(reference)
        old = queries.get_revision(report, number)
        if report.current is not None and report.current.sha256 == old.sha256:
            raise Conflict(f"Revision {number} is the present text already.")
        before = audited.kept(report)
        _write(report, old.definition, _read(old.definition), by, now, f"Restored from revision {number}")
        audited.changed(report, before, now, restored=True)
    return report


def limit(reference: str | UUID, groups: Sequence[Group], *, by: User | None) -> Report:
    """Let only the members of *groups* see the report and what comes of it, or everybody when there are none."""
    with transaction.atomic():
        report = queries.get_report_to_change(reference)
        before = list(report.groups.all())
        may_limit(by, before, groups)
        if set(before) != set(groups):
            queries.set_groups(report, groups)
            record(
                "report.limited",
                audited.target_of(report),
                old={"groups": names_of(before)},
                new={"groups": names_of(groups)},
            )
    return report


def delete(reference: str | UUID, now: datetime) -> None:
    """Delete a report; Conflict while schedules run it. Its revisions stay, since past executions refer to them."""
    with transaction.atomic():
        report = queries.get_report_to_change(reference)
        _refuse_while_used(report)
        report.deleted_at = now
        queries.save(report)
        queries.set_sources(report, [])
        audited.deleted(report, now)


def definition_of(report: Report) -> Definition:
    """The present text of *report*, read."""
    return definitions.read(text_of(report))


def find_definition(report: Report) -> Definition | None:
    """As `definition_of`; None for a text that an older version took and this one does not."""
    try:
        return definition_of(report)
    except Invalid:
        return None


def text_of(report: Report) -> str:
    """The present text of *report*."""
    assert report.current is not None  # a report is saved together with its first text
    return report.current.definition


def _check(name: str, definition: str | None, of: Report | None = None) -> Definition | None:
    """*definition* read, None when there is none; Invalid for it and for *name* at once."""
    problems = list(_problems_of_name(name, of))
    checked = None
    if definition is not None:
        try:
            checked = _read(definition)
        except Invalid as error:
            problems += error.problems
    if problems:
        raise Invalid(problems)
    return checked


def _read(text: str) -> Definition:
    definition = definitions.read(text)
    unknown = definitions.unknown_sources(definition, text, sources.names())
    if unknown:
        raise Invalid(unknown)
    return definition


def _problems_of_name(name: str, of: Report | None) -> Iterable[FieldProblem]:
    if not name:
        yield FieldProblem("name", "A report needs a name.")
    elif len(name) > LONGEST_NAME or not name.isprintable():
        yield FieldProblem("name", f"A name has at most {LONGEST_NAME} printable characters; this one has {len(name)}.")
    elif queries.is_name_taken(name, except_for=of.pk if of else None):
        yield FieldProblem("name", f'There is a report "{name}" already.')


def _is_new(report: Report, text: str) -> bool:
    return report.current is None or report.current.sha256 != _sha256(text)


def _refuse_when_superseded(report: Report, revision: int | None) -> None:
    if revision is not None and report.current is not None and report.current.number != revision:
        raise Superseded(report.current)


def _write(report: Report, text: str, definition: Definition, by: User | None, now: datetime, note: str) -> None:
    """Save *report* with *text* as its next revision."""
    before = report.current
    number = before.number + 1 if before else 1
    added, removed = counted(before.definition if before else "", text)
    report.title, report.updated_at = definition.title[:_LONGEST_TITLE], now
    queries.save(report)
    revision = Revision(
        report=report,
        number=number,
        definition=text,
        sha256=_sha256(text),
        created_at=now,
        created_by=by,
        note=note,
        added=added,
        removed=removed,
    )
    queries.add_revision(revision)
    report.current = revision
    queries.save(report)
    queries.set_sources(report, sources.find_sources(definition.source_names()))


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _refuse_while_used(report: Report) -> None:
    using = queries.schedules_using(report)
    if using:
        more = f" and {len(using) - _LISTED_SCHEDULES} more" if len(using) > _LISTED_SCHEDULES else ""
        listed = ", ".join(f'"{name}"' for name in using[:_LISTED_SCHEDULES]) + more
        raise Conflict(f'The report "{report.name}" cannot be deleted: {listed} runs it. Delete the schedule first.')
