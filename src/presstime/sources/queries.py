"""Every query of data sources; the only writer of their rows."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet

from presstime.base.errors import Invalid, NotFound
from presstime.sources.models import Source


def list_sources() -> QuerySet[Source]:
    return Source.objects.all()


def find_source(reference: str | UUID) -> Source | None:
    """The source with that id or name."""
    return Source.objects.filter(_named(reference)).first()


def get_source(reference: str | UUID) -> Source:
    """As `find_source`; NotFound when there is none."""
    source = find_source(reference)
    if source is None:
        raise NotFound.of("source", reference)
    return source


def get_source_to_change(reference: str | UUID) -> Source:
    """As `get_source`, locked until the transaction ends."""
    source = Source.objects.select_for_update().filter(_named(reference)).first()
    if source is None:
        raise NotFound.of("source", reference)
    return source


def find_sources(names: Iterable[str]) -> list[Source]:
    """Those of *names* that there are."""
    return list(Source.objects.filter(name__in=list(names)))


def names() -> list[str]:
    return list(Source.objects.values_list("name", flat=True))


def is_name_taken(name: str, *, except_for: UUID | None = None) -> bool:
    others = Source.objects.filter(name=name)
    return (others.exclude(pk=except_for) if except_for else others).exists()


def reports_using(source: Source) -> list[str]:
    """Names of the reports whose present text names *source*."""
    return list(source.reports.filter(deleted_at__isnull=True).values_list("name", flat=True))


def save(source: Source) -> None:
    """Write a new or changed source; Invalid when another of its name was saved since that was looked for."""
    try:
        with transaction.atomic():  # a savepoint: the caller's transaction stays usable
            source.save()
    except IntegrityError as error:
        raise Invalid.of("name", f'There is a source "{source.name}" already.') from error


def delete(source: Source) -> None:
    source.delete()


def _named(reference: str | UUID) -> Q:
    """A name may look like an id."""
    try:
        return Q(pk=UUID(str(reference))) | Q(name=str(reference))
    except ValueError:
        return Q(name=reference)
