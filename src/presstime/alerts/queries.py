"""Every query of alerts, and the only place that writes their status and that of their deliveries: compare-and-set."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet

from presstime.accounts import sight
from presstime.alerts.kinds import Kind, Severity
from presstime.alerts.models import Alert, Delivery
from presstime.alerts.states import (
    TOLD,
    DeliveryStatus,
    Event,
    Medium,
    Settlement,
    Status,
    before,
    deliveries_before,
)
from presstime.base.errors import NotFound
from presstime.database.guard import bookkeeping

_BY_THE_SERVER = "alerts are raised, counted and cleared by the server; what a person does to one has its entry"

LEASE = timedelta(minutes=5)  # longer than any channel may take

# ---- reading --------------------------------------------------------------------------------------------------------


def list_alerts(
    *,
    kind: Kind | None = None,
    severity: Severity | None = None,
    status: Status | None = None,
    raised_from: datetime | None = None,
    raised_to: datetime | None = None,
) -> QuerySet[Alert]:
    """Alerts with their deliveries, newest first; the end of the time range is open."""
    conditions = {
        "kind": kind,
        "severity": severity,
        "status": status,
        "raised_at__gte": raised_from,
        "raised_at__lt": raised_to,
    }
    alerts = _visible().select_related("acknowledged_by").prefetch_related("deliveries")
    return alerts.filter(**{name: value for name, value in conditions.items() if value is not None})


def _visible() -> QuerySet[Alert]:
    """Alerts about the installation, and about those reports, schedules and sources that whoever looks may see."""
    keys = sight.hidden_keys()
    return Alert.objects.exclude(key__in=keys) if keys else Alert.objects.all()


def active(alerts: QuerySet[Alert]) -> QuerySet[Alert]:
    """Those of *alerts* that are not over: unacknowledged before acknowledged, critical before warning, oldest first."""
    return alerts.filter(cleared_at__isnull=True).order_by("-status", "severity", "raised_at", "id")


def over(alerts: QuerySet[Alert]) -> QuerySet[Alert]:
    """Those of *alerts* that are over."""
    return alerts.filter(cleared_at__isnull=False)


def get_alert(alert_id: UUID | str) -> Alert:
    """The alert with its deliveries; NotFound when there is none."""
    try:
        identity = UUID(str(alert_id))
    except ValueError:
        raise NotFound.of("alert", alert_id) from None
    found = list_alerts().filter(pk=identity).first()
    if found is None:
        raise NotFound.of("alert", alert_id)
    return found


def count_open() -> int:
    """Alerts that nobody has acknowledged."""
    return _visible().filter(cleared_at__isnull=True, status=Status.OPEN).count()


def count_active() -> dict[tuple[str, str], int]:
    """By severity and status, how many alerts are not over."""
    rows = Alert.objects.filter(cleared_at__isnull=True).order_by().values_list("severity", "status")
    return {(severity, status): number for severity, status, number in rows.annotate(number=Count("*"))}


def is_active(kind: Kind, key: str) -> bool:
    return Alert.objects.filter(kind=kind, key=key, cleared_at__isnull=True).exists()


def is_acknowledged(kind: Kind, key: str) -> bool:
    """Whether a person knows of the alert that is not over."""
    return Alert.objects.filter(kind=kind, key=key, status=Status.ACKNOWLEDGED).exists()


# ---- raising and clearing (in the caller's transaction) ---------------------------------------------------------------


def lock_active(kind: Kind, key: str) -> Alert | None:
    """The alert of this kind and key that is not over, locked until the transaction ends."""
    return Alert.objects.select_for_update().filter(kind=kind, key=key, cleared_at__isnull=True).first()


@bookkeeping(_BY_THE_SERVER)
def insert(alert: Alert) -> bool:
    """Write a new alert; False when another process has raised the same one meanwhile."""
    try:
        with transaction.atomic():  # a savepoint: a refused row must not end the caller's transaction
            alert.save(force_insert=True)
    except IntegrityError:
        if not is_active(Kind(alert.kind), alert.key):
            raise
        return False
    return True


@bookkeeping(_BY_THE_SERVER)
def count_repeat(alert: Alert, *, noticed_at: datetime | None, now: datetime, **texts: Any) -> None:
    """Note that it was seen once more; *noticed_at* when that is to be told."""
    changes = texts | ({"noticed_at": noticed_at} if noticed_at else {})
    Alert.objects.filter(pk=alert.pk).update(count=F("count") + 1, seen_at=now, **changes)


@bookkeeping(_BY_THE_SERVER)
def clear(alert: Alert, now: datetime) -> bool:
    return _move(alert.pk, Status.CLEARED, cleared_at=now)


def acknowledge(alert_id: UUID, by: UUID | None, now: datetime) -> bool:
    """Silence the repeats of an open alert; what is planned of them is not told."""
    if not _move(alert_id, Status.ACKNOWLEDGED, acknowledged_at=now, acknowledged_by_id=by):
        return False
    drop_repeats(alert_id, now)
    return True


def reopen(alert_id: UUID) -> bool:
    return _move(alert_id, Status.OPEN, acknowledged_at=None, acknowledged_by=None)


def _move(alert_id: UUID, status: Status, **changes: Any) -> bool:
    """Move one alert to *status* if the table allows it from where it is now."""
    rows = Alert.objects.filter(pk=alert_id, status__in=sorted(before(status)))
    return rows.update(status=status, **changes) == 1


@bookkeeping(_BY_THE_SERVER)
def add_deliveries(deliveries: Iterable[Delivery]) -> None:
    Delivery.objects.bulk_create(deliveries)


@bookkeeping(_BY_THE_SERVER)
def drop_repeats(alert_id: UUID, now: datetime) -> None:
    """Take back the digests that have not gone out."""
    planned = Delivery.objects.filter(alert_id=alert_id, event=Event.REPEATED, status=DeliveryStatus.PENDING)
    planned.update(status=DeliveryStatus.DROPPED, next_attempt_at=None, finished_at=now)
    # The next repeat after a reopening is told on its own account.
    Alert.objects.filter(pk=alert_id, noticed_at__gt=now).update(noticed_at=now)


@bookkeeping("alerts that were over for 90 days are forgotten")
def remove_cleared(before_: datetime) -> int:
    """Forget alerts that were over before then; how many."""
    return Alert.objects.filter(cleared_at__lt=before_).delete()[1].get("alerts.Alert", 0)


# ---- delivering -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Claimed:
    """A delivery that this process alone may make now; `fence` is its right to speak about it."""

    delivery: Delivery
    fence: int
    attempt: int

    @property
    def alert(self) -> Alert:
        return self.delivery.alert


@bookkeeping(_BY_THE_SERVER)
def claim(now: datetime, media: Collection[Medium] = tuple(Medium)) -> Claimed | None:
    """Take the next delivery that is due by one of *media* and commit that it is being made; None when nothing is."""
    by = [medium.value for medium in media]
    if not _due(now, by).exists():  # a look takes no lock; most looks find nothing
        return None
    with transaction.atomic():
        # SQLite ignores SKIP LOCKED; there BEGIN IMMEDIATE lets one claimer in at a time.
        due = _due(now, by).select_for_update(skip_locked=True, of=("self",)).select_related("alert")
        delivery = due.order_by("next_attempt_at", "id").first()
        if delivery is None or not _take(delivery, now):
            return None
    return Claimed(delivery, delivery.fence + 1, delivery.attempts + 1)


def _due(now: datetime, media: Collection[str]) -> QuerySet[Delivery]:
    """What waits or was left by a process that died; on each channel the notices of an alert keep their order."""
    unfinished = Delivery.objects.filter(finished_at__isnull=True)
    earlier = unfinished.filter(alert=OuterRef("alert"), channel_key=OuterRef("channel_key"), id__lt=OuterRef("id"))
    ready = unfinished.filter(medium__in=media).filter(Q(next_attempt_at__lte=now) | Q(lease_until__lte=now))
    return ready.filter(~Exists(earlier))


def _take(delivery: Delivery, now: datetime) -> bool:
    earlier = [*deliveries_before(DeliveryStatus.SENDING), DeliveryStatus.SENDING]  # whose lease has run out
    rows = Delivery.objects.filter(pk=delivery.pk, fence=delivery.fence, status__in=sorted(earlier))
    taken = rows.update(
        status=DeliveryStatus.SENDING,
        fence=F("fence") + 1,
        attempts=F("attempts") + 1,
        lease_until=now + LEASE,
        next_attempt_at=None,
    )
    return taken == 1


def is_told(claimed: Claimed) -> bool:
    """Whether an earlier notice on the same channel counted everything that has been seen since."""
    told = Delivery.objects.filter(alert=claimed.alert, channel_key=claimed.delivery.channel_key)
    return told.filter(told_count__gte=claimed.alert.count).exists()


@bookkeeping(_BY_THE_SERVER)
def settle(claimed: Claimed, settlement: Settlement, now: datetime) -> bool:
    """Write what became of a claimed delivery; False when another process has taken it over meanwhile."""
    rows = Delivery.objects.filter(
        pk=claimed.delivery.pk, fence=claimed.fence, status__in=sorted(deliveries_before(settlement.status))
    )
    changes = {
        "status": settlement.status,
        "error": settlement.error,
        "lease_until": None,
        "next_attempt_at": settlement.at,
        "finished_at": None if settlement.at else now,
        "told_count": claimed.alert.count if settlement.status in TOLD else None,
    }
    return rows.update(**changes) == 1
