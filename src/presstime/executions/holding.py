"""Executions and the breakers of their sources: whose failure counts, who waits, and that the waiting go on.

An execution waits while the breaker of any of its sources is not closed: it is passed over before it is started, so that
it spends no attempt. When a breaker closes, all that wait for one are let go in the same transaction; those that need
another source as well are held again when a worker comes to them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime
from functools import lru_cache
from typing import Any, Final
from uuid import UUID

from django.conf import settings
from django.db import transaction

from pressroom.definition import parse
from pressroom.errors import PressroomError
from presstime.breakers import queries as breakers
from presstime.breakers import service
from presstime.breakers.models import Breaker
from presstime.breakers.states import Kind
from presstime.executions import waiting
from presstime.executions.dispatch import local
from presstime.executions.faults import Fault
from presstime.executions.models import Execution
from presstime.executions.states import CLAIMABLE, Category
from presstime.sources import queries as sources
from presstime.sources.service import target_of

# What tells that the source has answered, if only to say no.
_ANSWERED: Final = frozenset({Category.DATA})
_PLACE: Final = re.compile(r"^.+?:\d+: ")  # the line of one of the reports that read from it


def is_held(execution: Execution) -> bool:
    """Whether *execution* has to wait; if so the breakers stay as they are until the caller's transaction ends."""
    names = set(breakers.not_closed(Kind.SOURCE).values_list("name", flat=True))
    if not names:  # nearly always
        return False
    needed = names.intersection(source_names(execution.revision_id))
    # Locked, since whoever closes one lets those go that wait by then: this one must not come a moment later.
    return bool(needed) and breakers.lock_closing(Kind.SOURCE, needed)


def held_by(execution: Execution) -> list[Breaker]:
    """The breakers that *execution* waits for, or will wait for when it is due."""
    if execution.status not in CLAIMABLE:
        return []
    return list(breakers.not_closed(Kind.SOURCE).filter(name__in=source_names(execution.revision_id)))


@lru_cache(maxsize=1024)
def source_names(revision_id: UUID) -> tuple[str, ...]:
    """The sources that a revision reads from; none when it is no report any more, which its attempt will tell."""
    try:
        return tuple(parse(waiting.definition_of(revision_id)).source_names())
    except PressroomError:
        return ()


def after_failure(fault: Fault, now: datetime) -> None:
    """Count what the failure of an attempt says of the source that it was asking; last in the transaction."""
    source = sources.find_source(fault.source) if fault.source else None
    if source is None:
        return
    if fault.category is Category.NETWORK:
        policy = service.policy_of(settings.CONFIGURATION, Kind.SOURCE)
        service.report_failure(target_of(source), _PLACE.sub("", fault.message), policy, now)
    elif fault.category in _ANSWERED:
        _report_success([source.name], now)


def after_success(execution: Execution, now: datetime) -> None:
    """Let the count of failures of all its sources begin anew."""
    if breakers.troubled(Kind.SOURCE).exists():  # a look without a lock; mostly all is well
        _report_success(source_names(execution.revision_id), now)


def _report_success(names: Iterable[str], now: datetime) -> None:
    troubled = breakers.troubled(Kind.SOURCE).filter(name__in=list(names))
    for breaker in troubled.order_by("key"):  # in one order, so that two do not wait for each other
        service.report_success(service.Target(Kind.SOURCE, breaker.key, breaker.name), now)


def let_go(kind: Kind, **_: Any) -> None:
    """Let all go on that wait for a source; receives `closings.closed`."""
    if kind is Kind.SOURCE and waiting.release():
        transaction.on_commit(local(settings.CONFIGURATION).wake)
