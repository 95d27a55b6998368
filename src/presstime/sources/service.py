"""Use cases of data sources: one transaction each. The URL, which may hold a password, is encrypted at rest."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction

import pressroom.sources
from pressroom.errors import PressroomError, SourceMisconfigured
from pressroom.sources import mask_url, open_source
from pressroom.wording import suggest
from presstime.accounts.groups import names_of
from presstime.accounts.models import Group, User
from presstime.audit.journal import record
from presstime.base.configuration_fields import Configuration
from presstime.base.errors import Conflict, FieldProblem, Invalid
from presstime.base.keys import Renewal, Vault
from presstime.breakers import service as breakers
from presstime.breakers.service import Target
from presstime.breakers.states import Kind
from presstime.sources import audited, queries
from presstime.sources.guard import Own, check_url
from presstime.sources.models import Source

_NAME = re.compile(r"[A-Za-z0-9_-]{1,100}")
_LONGEST_URL = 4000
_LISTED_REPORTS = 5


def add(*, name: str, url: str, by: User | None, now: datetime) -> Source:
    """Add a source; Invalid when its name is taken or its URL cannot be one of a source."""
    with transaction.atomic():
        kind = _check(name=name, url=url)
        source = Source(name=name, created_by=by, created_at=now, updated_at=now)
        source.kind, source.url_encrypted = kind, _vault().encrypt(url.strip())
        queries.save(source)
        audited.created(source, _kept(source), now)
    return source


def change(reference: str | UUID, *, now: datetime, name: str | None = None, url: str | None = None) -> Source:
    """Change a source; what is None stays. Conflict when a report knows it by the name that would go."""
    with transaction.atomic():
        source = queries.get_source_to_change(reference)
        kind = _check(name=name, url=url, of=source)
        before = _kept(source)
        if name is not None and name != source.name:
            _refuse_while_used(source, "renamed")
            source.name = name
            breakers.forget(Kind.SOURCE, str(source.pk), now)
        if url is not None:
            breakers.forget(Kind.SOURCE, str(source.pk), now)  # what failed at another address says nothing of this one
            source.kind, source.url_encrypted = kind, _vault().encrypt(url.strip())
        source.updated_at = now
        queries.save(source)
        audited.changed(source, before, _kept(source), now)
    return source


def limit(reference: str | UUID, groups: Sequence[Group]) -> Source:
    """Let only reports of the members of *groups* query the source, or everybody's when there are none.

    Reports that were saved before keep their text and run; it can be changed by members only.
    """
    with transaction.atomic():
        source = queries.get_source_to_change(reference)
        before = list(source.groups.all())
        if set(before) != set(groups):
            queries.set_groups(source, groups)
            record(
                "source.limited",
                audited.target_of(source),
                old={"groups": names_of(before)},
                new={"groups": names_of(groups)},
            )
    return source


def delete(reference: str | UUID, now: datetime) -> None:
    """Delete a source; Conflict while reports use it."""
    with transaction.atomic():
        source = queries.get_source_to_change(reference)
        _refuse_while_used(source, "deleted")
        breakers.forget(Kind.SOURCE, str(source.pk), now)
        audited.deleted(source, _kept(source), now)
        queries.delete(source)


@dataclass(frozen=True, slots=True)
class Trial:
    """How an attempt to read from a source ended: what went wrong, or what should be mended although it works."""

    error: PressroomError | None = None
    warnings: Sequence[str] = ()


def test(source: Source) -> Trial:
    """Connect and read something."""
    try:
        opened = open(source)
    except PressroomError as error:
        return Trial(error)
    try:
        return Trial(warnings=opened.test())
    except PressroomError as error:
        return Trial(error)
    finally:
        opened.close()


def open(source: Source) -> pressroom.sources.Source:  # noqa: A001 - what one does with a source
    """The source as reports query it; SourceMisconfigured when its file is gone or it may not be read."""
    url, base = _address(source)
    return open_source(url, base=base)


def open_named(name: str) -> pressroom.sources.Source:
    """As `open`, by name; SourceMisconfigured when there is no such source."""
    url, base = address_of(name)
    return open_source(url, base=base)


def address_of(name: str) -> tuple[str, Path]:
    """The URL of the source *name* as it stands now, and where relative paths begin; SourceMisconfigured without one."""
    source = queries.find_source(name)
    if source is None:
        remedy = suggest(name, queries.names(), what="Sources")
        raise SourceMisconfigured(f'There is no source "{name}".', remedy=remedy, code="unknown_source")
    return _address(source)


def addresses_of(names: Iterable[str]) -> tuple[dict[str, str], Path]:
    """As `address_of` for several: the URL by name, and where relative paths begin."""
    return {name: address_of(name)[0] for name in names}, Own.of(_configuration()).data_path


def target_of(source: Source) -> Target:
    """What the breaker of *source* stands before."""
    return Target(Kind.SOURCE, str(source.pk), source.name)


def _kept(source: Source) -> dict[str, Any]:
    """What the audit log keeps of *source*."""
    url = _vault().decrypt(source.url_encrypted)
    return audited.kept(source, mask_url(url), url)


def shown_url(source: Source) -> str:
    """The URL of *source* without its secrets."""
    return mask_url(_vault().decrypt(source.url_encrypted))


def address_to_keep(source: Source) -> str:
    """The URL of *source* with its secrets, for comparing; it is never shown."""
    return _vault().decrypt(source.url_encrypted)


def _address(source: Source) -> tuple[str, Path]:
    url, own = _vault().decrypt(source.url_encrypted), Own.of(_configuration())
    check_url(url, own)  # again: a link may have been put in the file's place meanwhile
    return url, own.data_path


def _check(*, name: str | None, url: str | None, of: Source | None = None) -> str:
    """The kind of *url*; Invalid lists what is wrong with either."""
    problems = list(_problems_of_name(name, of)) if name is not None else []
    kind = ""
    if url is not None:
        try:
            kind = _kind(url)
        except PressroomError as error:
            problems.append(FieldProblem("url", str(error)))
    if problems:
        raise Invalid(problems)
    return kind


def _kind(url: str) -> str:
    if len(url) > _LONGEST_URL or "\0" in url:
        raise SourceMisconfigured(f"A URL has at most {_LONGEST_URL} characters and no NUL.")
    own = Own.of(_configuration())
    kind = check_url(url, own)
    open_source(url, base=own.data_path).close()
    return kind


def _problems_of_name(name: str, of: Source | None) -> Iterable[FieldProblem]:
    if not _NAME.fullmatch(name):
        yield FieldProblem("name", f'"{name[:60]}" is not a name: 1 to 100 letters, digits, "-" and "_".')
    elif queries.is_name_taken(name, except_for=of.pk if of else None):
        yield FieldProblem("name", f'There is a source "{name}" already.')


def _refuse_while_used(source: Source, verb: str) -> None:
    using = queries.reports_using(source)
    if using:
        more = f" and {len(using) - _LISTED_REPORTS} more" if len(using) > _LISTED_REPORTS else ""
        listed = ", ".join(f'"{name}"' for name in using[:_LISTED_REPORTS]) + more
        raise Conflict(f'The source "{source.name}" cannot be {verb}: it is used by {listed}.')


def renew_secrets() -> Renewal:
    """Bring the addresses of all sources under the key in force, in the caller's transaction."""
    renewed = total = 0
    for source in queries.list_sources():
        total += 1
        if (token := _vault().renew(source.url_encrypted)) is not None:
            source.url_encrypted = token
            queries.save(source)
            renewed += 1
    return Renewal(renewed, total)


def _vault() -> Vault:
    return Vault([settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS], "source")


def _configuration() -> Configuration:
    configuration: Configuration = settings.CONFIGURATION
    return configuration
