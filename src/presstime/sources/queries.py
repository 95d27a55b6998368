"""Every query of data sources; the only writer of their rows."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet

from presstime.accounts import sight
from presstime.accounts.models import Group, User
from presstime.base.errors import Invalid, NotFound
from presstime.sources.models import Source


def list_sources() -> QuerySet[Source]:
    return sight.seen(Source.objects.all(), "source")


def hidden_from(user: User) -> list[UUID]:
    """The sources that are limited to groups in which *user* is not."""
    limited = Source.objects.filter(groups__isnull=False).exclude(groups__members=user)
    return list(limited.values_list("pk", flat=True).distinct().order_by())


def limited_to(group: Group) -> list[str]:
    """Names of the sources that *group* limits."""
    return list(group.sources.values_list("name", flat=True))


def set_groups(source: Source, groups: Iterable[Group]) -> None:
    source.groups.set(groups)


def find_source(reference: str | UUID) -> Source | None:
    """The source with that id or name."""
    return list_sources().filter(_named(reference)).first()


def get_source(reference: str | UUID) -> Source:
    """As `find_source`; NotFound when there is none."""
    source = find_source(reference)
    if source is None:
        raise NotFound.of("source", reference)
    return source


def get_source_to_change(reference: str | UUID) -> Source:
    """As `get_source`, locked until the transaction ends."""
    source = list_sources().select_for_update(of=("self",)).filter(_named(reference)).first()
    if source is None:
        raise NotFound.of("source", reference)
    return source


def find_sources(names: Iterable[str]) -> list[Source]:
    """Those of *names* that there are."""
    return list(Source.objects.filter(name__in=list(names)))


def names() -> list[str]:
    return list(list_sources().values_list("name", flat=True))


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
