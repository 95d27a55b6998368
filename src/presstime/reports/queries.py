"""Every query of reports and their revisions; the only writer of their rows."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet

from presstime.accounts import sight
from presstime.accounts.models import Group, User
from presstime.base.errors import Invalid, NotFound
from presstime.reports.models import Report, Revision
from presstime.sources.models import Source


def list_reports() -> QuerySet[Report]:
    """Reports that are not deleted, by name."""
    found = Report.objects.filter(deleted_at__isnull=True).select_related("current", "created_by")
    return sight.seen(found, "report")


def hidden_from(user: User) -> list[UUID]:
    """The reports, deleted ones too, that are limited to groups in which *user* is not."""
    limited = Report.objects.filter(groups__isnull=False).exclude(groups__members=user)
    return list(limited.values_list("pk", flat=True).distinct().order_by())


def limited_to(group: Group) -> list[str]:
    """Names of the reports that *group* limits."""
    return list(group.reports.filter(deleted_at__isnull=True).values_list("name", flat=True))


def limited_sources(report: Report) -> list[str]:
    """Names of the sources of its present text that groups limit."""
    limited = report.sources.filter(groups__isnull=False).order_by("name")
    return list(limited.values_list("name", flat=True).distinct())


def set_groups(report: Report, groups: Iterable[Group]) -> None:
    report.groups.set(groups)


def find_report(reference: str | UUID) -> Report | None:
    """The report with that id or name."""
    return list_reports().filter(_named(reference)).first()


def get_report(reference: str | UUID) -> Report:
    """As `find_report`; NotFound when there is none."""
    return _found(find_report(reference), reference)


def get_report_to_change(reference: str | UUID) -> Report:
    """As `get_report`, locked until the transaction ends."""
    return _found(list_reports().select_for_update(of=("self",)).filter(_named(reference)).first(), reference)


def names() -> list[str]:
    return list(list_reports().values_list("name", flat=True))


def is_name_taken(name: str, *, except_for: UUID | None = None) -> bool:
    others = Report.objects.filter(name=name, deleted_at__isnull=True)
    return (others.exclude(pk=except_for) if except_for else others).exists()


def list_revisions(report: Report) -> QuerySet[Revision]:
    """The texts of *report*, newest first."""
    return Revision.objects.filter(report=report).select_related("created_by")


def get_revision(report: Report, number: int) -> Revision:
    revision = list_revisions(report).filter(number=number).first()
    if revision is None:
        raise NotFound.of(f'revision of "{report.name}" with the number', number)
    return revision


def schedules_using(report: Report) -> list[str]:
    """Names of the schedules that run *report*."""
    return list(report.schedules.filter(deleted_at__isnull=True).order_by("name").values_list("name", flat=True))


def save(report: Report) -> None:
    """Write a new or changed report; Invalid when another of its name was saved since that was looked for."""
    try:
        with transaction.atomic():  # a savepoint: the caller's transaction stays usable
            report.save()
    except IntegrityError as error:
        raise Invalid.of("name", f'There is a report "{report.name}" already.') from error


def add_revision(revision: Revision) -> None:
    revision.save(force_insert=True)


def set_sources(report: Report, sources: Iterable[Source]) -> None:
    """Note which sources the present text names."""
    report.sources.set(sources)


def _named(reference: str | UUID) -> Q:
    """A name may look like an id."""
    try:
        return Q(pk=UUID(str(reference))) | Q(name=str(reference))
    except ValueError:
        return Q(name=reference)


def _found(report: Report | None, reference: str | UUID) -> Report:
    if report is None:
        raise NotFound.of("report", reference)
    return report
