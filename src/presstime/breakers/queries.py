"""Every query of breakers, and the only place that writes their state: compare-and-set from the TRANSITIONS table."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from datetime import datetime
from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet

from presstime.accounts import sight
from presstime.base.errors import NotFound
from presstime.breakers.models import Breaker
from presstime.breakers.states import COUNTED, Kind, Standing, State, before
from presstime.database.guard import bookkeeping

ERROR_LENGTH = 1_000

# ---- reading --------------------------------------------------------------------------------------------------------


def list_breakers(*, kind: Kind | None = None, state: State | None = None) -> QuerySet[Breaker]:
    """All breakers that ever counted a failure, by kind and name."""
    conditions = {name: value for name, value in {"kind": kind, "state": state}.items() if value is not None}
    return _visible().filter(**conditions)


def _visible() -> QuerySet[Breaker]:
    """Those of the mail server, and of the sources that whoever looks may see."""
    keys = [str(key) for key in sight.hidden("source")]
    return Breaker.objects.exclude(key__in=keys) if keys else Breaker.objects.all()


def get_breaker(breaker_id: UUID | str) -> Breaker:
    """The breaker with that id; NotFound when there is none."""
    try:
        return _visible().get(pk=breaker_id)
    except (Breaker.DoesNotExist, ValidationError, ValueError):
        raise NotFound.of("breaker", breaker_id) from None


def find_breaker(kind: Kind, key: str) -> Breaker | None:
    """The breaker of that target; None while it has never failed, which is as good as closed."""
    return Breaker.objects.filter(kind=kind, key=key).first()


def by_key(kind: Kind) -> dict[str, Breaker]:
    """All breakers of a kind by the key of their target."""
    return {breaker.key: breaker for breaker in list_breakers(kind=kind)}


def troubled(kind: Kind) -> QuerySet[Breaker]:
    """Breakers on which a success would change something."""
    return list_breakers(kind=kind).filter(~Q(state=State.CLOSED) | Q(failures__gt=0) | Q(openings__gt=0))


def not_closed(kind: Kind) -> QuerySet[Breaker]:
    """Breakers that let not all pass."""
    return list_breakers(kind=kind).exclude(state=State.CLOSED)


def due(kind: Kind, now: datetime) -> QuerySet[Breaker]:
    """Breakers whose trial somebody may take, the longest due first."""
    is_due = Q(state=State.OPEN, next_trial_at__lte=now) | Q(state=State.HALF_OPEN, trial_until__lte=now)
    return list_breakers(kind=kind).filter(is_due).order_by("next_trial_at", "trial_until")


# ---- writing (in the caller's transaction) ----------------------------------------------------------------------------


def lock(kind: Kind, key: str) -> Breaker | None:
    """As `find_breaker`, locked until the transaction ends."""
    return Breaker.objects.select_for_update().filter(kind=kind, key=key).first()


@bookkeeping(COUNTED)
def lock_or_insert(kind: Kind, key: str, name: str) -> Breaker:
    """The breaker of that target, made when there is none, locked until the transaction ends."""
    while (found := lock(kind, key)) is None:
        try:
            with transaction.atomic():  # a savepoint: another process may have made it at this moment
                Breaker.objects.create(kind=kind, key=key, name=name)
        except IntegrityError:
            continue
    return found


def lock_by_id(breaker_id: UUID) -> Breaker | None:
    return Breaker.objects.select_for_update().filter(pk=breaker_id).first()


def lock_closing(kind: Kind, names: Iterable[str]) -> bool:
    """Whether any breaker of these names lets not all pass; those stay as they are until the transaction ends."""
    return bool(list(not_closed(kind).filter(name__in=list(names)).select_for_update().values_list("pk", flat=True)))


def write(
    breaker: Breaker,
    to: Standing,
    *,
    trial_by: str = "",
    error: str | None = None,
    now: datetime | None = None,
) -> bool:
    """Let *breaker* stand like *to*; False when it does not stand any more as it was read, or the table forbids it."""
    values: dict[str, Any] = asdict(to) | {"trial_by": trial_by}
    if error is not None:
        values |= {"last_error": error[:ERROR_LENGTH], "last_error_at": now}
    was = breaker.standing
    rows = Breaker.objects.filter(pk=breaker.pk, state=was.state, trial=was.trial)
    if to.state is not was.state or to.trial != was.trial:
        rows = rows.filter(state__in=sorted(before(to.state)))
    return rows.update(**values) == 1


@bookkeeping(COUNTED)
def keep_error(breaker: Breaker, error: str, now: datetime) -> None:
    """Keep the words of a failure that changes nothing else."""
    Breaker.objects.filter(pk=breaker.pk).update(last_error=error[:ERROR_LENGTH], last_error_at=now)


@bookkeeping(COUNTED)
def rename(kind: Kind, key: str, name: str) -> None:
    Breaker.objects.filter(kind=kind, key=key).exclude(name=name).update(name=name)


@bookkeeping(COUNTED)
def delete(breaker: Breaker) -> None:
    breaker.delete()


def trials_of(kind: Kind, worker: str) -> QuerySet[Breaker]:
    """Trials that *worker* has taken and not ended, locked until the transaction ends."""
    return Breaker.objects.select_for_update().filter(kind=kind, state=State.HALF_OPEN, trial_by=worker)
