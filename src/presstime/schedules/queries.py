"""Every query of schedules; the only writer of their rows."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import F, Q, QuerySet

from presstime.accounts import sight
from presstime.accounts.models import User
from presstime.base.errors import Invalid, NotFound
from presstime.database.guard import bookkeeping
from presstime.schedules.models import MissedRun, PassedOver, Schedule, Unsubscription, WatchMark

_PLANNING = "planning: the next instants follow from the schedule, whose changes have their entries"
_COUNTED = "failures in a row are counted; what they lead to has its entry"

_RELATED = ("report", "report__current", "owner")


def list_schedules(
    *, report: UUID | None = None, enabled: bool | None = None, owner: UUID | None = None, part_of_name: str = ""
) -> QuerySet[Schedule]:
    """Schedules that are not deleted, by name; narrowed to a report's or an owner's, or to those that are on or off."""
    found = sight.seen(Schedule.objects.filter(deleted_at__isnull=True), "report", "report").select_related(*_RELATED)
    if owner is not None:
        found = found.filter(owner_id=owner)
    if part_of_name:
        found = found.filter(name__icontains=part_of_name)
    if report is not None:
        found = found.filter(report_id=report)
    return found if enabled is None else found.filter(enabled=enabled)


def list_publishing(*, but: Schedule | None, older: bool = False) -> QuerySet[Schedule]:
    """All schedules, whoever may see them, that copy their files into a folder, without *but*; or those older than it."""
    found = Schedule.objects.filter(deleted_at__isnull=True).exclude(output_path="")
    if but is not None:
        found = found.exclude(pk=but.pk)
        same_moment = Q(created_at=but.created_at, pk__lt=but.pk)
        found = found.filter(Q(created_at__lt=but.created_at) | same_moment) if older else found
    return found.select_related("report").prefetch_related("report__groups")


def hidden_from(user: User) -> list[UUID]:
    """The schedules, deleted ones too, of the reports that are hidden from *user*."""
    with sight.of(user):
        reports = sight.hidden("report")
    return list(Schedule.objects.filter(report__in=reports).values_list("pk", flat=True)) if reports else []


def get_schedule(reference: str | UUID) -> Schedule:
    """The schedule with that id or name; NotFound when there is none."""
    return _get(list_schedules(), reference)


def get_schedule_to_change(reference: str | UUID) -> Schedule:
    """As `get_schedule`, locked until the transaction ends, so that a firing and an edit do not overtake each other."""
    return _get(list_schedules().select_for_update(of=("self",)), reference)


def _get(found: QuerySet[Schedule], reference: str | UUID) -> Schedule:
    schedule = found.filter(_named(reference)).first()
    if schedule is None:
        raise NotFound.of("schedule", reference)
    return schedule


def _named(reference: str | UUID) -> Q:
    """A name may look like an id."""
    try:
        return Q(pk=UUID(str(reference))) | Q(name=str(reference))
    except ValueError:
        return Q(name=reference)


def find_schedule_named(name: str) -> Schedule | None:
    """The schedule of that name, whatever ids there are."""
    return list_schedules().filter(name=name).first()


def names() -> list[str]:
    return list(list_schedules().values_list("name", flat=True))


def list_to_change(ids: Iterable[UUID]) -> list[Schedule]:
    """Those of the schedules that are not deleted, by name, locked until the transaction ends."""
    return list(list_schedules().filter(pk__in=list(ids)).order_by("name").select_for_update(of=("self",)))


def note_unsubscription(schedule: Schedule, address: str, role: str, now: datetime) -> None:
    Unsubscription.objects.create(schedule=schedule, address=address, role=role, at=now)


def is_name_taken(name: str, *, except_for: UUID | None = None) -> bool:
    others = Schedule.objects.filter(name=name, deleted_at__isnull=True)
    return (others.exclude(pk=except_for) if except_for else others).exists()


def save(schedule: Schedule) -> None:
    """Write a new or changed schedule; Invalid when another of its name was saved since that was looked for."""
    try:
        with transaction.atomic():  # a savepoint: the caller's transaction stays usable
            schedule.save()
    except IntegrityError as error:
        raise Invalid.of("name", f'There is a schedule "{schedule.name}" already.') from error


def has_due(now: datetime) -> bool:
    """Whether anything is due, asked without a lock: nearly always the answer is no."""
    return _due(now).exists()


def claim_due(now: datetime, limit: int) -> list[Schedule]:
    """Due schedules, longest waiting first, locked until the transaction ends; those that another worker holds are left out.

    SQLite ignores SKIP LOCKED; there every writing transaction is IMMEDIATE and lets one worker in at a time.
    """
    due = _due(now).select_related("report", "report__current", "owner").order_by("next_run_at", "pk")
    return list(due.select_for_update(skip_locked=True, of=("self",))[:limit])


@bookkeeping(_PLANNING)
def move_on(schedule_id: UUID, next_run_at: datetime | None) -> None:
    """Set the next planned instant, in the transaction that queues what was due."""
    Schedule.objects.filter(pk=schedule_id).update(next_run_at=next_run_at)


def note_passed_over(schedule: Schedule, first: datetime, until: datetime, now: datetime) -> None:
    """Keep in the schedule's history that the instants from *first* up to *until* are left out."""
    PassedOver.objects.create(
        schedule=schedule,
        first=first,
        until=until,
        policy=schedule.catch_up,
        max_age_seconds=schedule.catch_up_max_age_seconds,
        noted_at=now,
    )


def passed_over(schedule_id: UUID, limit: int) -> list[PassedOver]:
    """What was left out of a schedule, the newest first."""
    return list(PassedOver.objects.filter(schedule_id=schedule_id)[:limit])


# ---- the watchdog ---------------------------------------------------------------------------------------------------


def mark(now: datetime) -> datetime:
    """Keep *now* as the latest look; the one before."""
    known = WatchMark.objects.filter(pk=1).values_list("seen_at", flat=True).first()
    WatchMark.objects.update_or_create(pk=1, defaults={"seen_at": now})
    return known or now


def claim_to_watch(until: datetime, limit: int) -> list[Schedule]:
    """Schedules that have instants up to *until* to be looked at, locked; those that another worker holds are left out."""
    found = list_schedules(enabled=True).filter(watch_at__lte=until).order_by("watch_at", "pk")
    return list(found.select_for_update(skip_locked=True, of=("self",))[:limit])


@bookkeeping(_PLANNING)
def watch_on(schedule_id: UUID, watch_at: datetime | None) -> None:
    """Set the next instant to be looked at."""
    Schedule.objects.filter(pk=schedule_id).update(watch_at=watch_at)


@bookkeeping(_PLANNING)
def replan(schedule: Schedule, next_run_at: datetime) -> bool:
    """Bring the next run forward to *next_run_at*; False when it is not later, or the schedule was changed meanwhile."""
    as_read = Schedule.objects.filter(pk=schedule.pk, enabled=True, updated_at=schedule.updated_at)
    return as_read.filter(next_run_at__gt=next_run_at).update(next_run_at=next_run_at, watch_at=next_run_at) == 1


def passed_over_between(schedule_id: UUID, first: datetime, last: datetime) -> list[tuple[datetime, datetime]]:
    """The half-open spans that were left out on purpose and touch the time from *first* to *last*."""
    spans = PassedOver.objects.filter(schedule_id=schedule_id, until__gt=first, first__lte=last)
    return list(spans.values_list("first", "until"))


def add_missed(schedule_id: UUID, instants: Iterable[datetime], now: datetime) -> None:
    """Note missed runs; those that are known already stay as they are."""
    rows = [MissedRun(schedule_id=schedule_id, planned_for=at, noted_at=now) for at in instants]
    MissedRun.objects.bulk_create(rows, ignore_conflicts=True)


def open_missed(limit: int) -> list[MissedRun]:
    """Missed runs that are not settled, by schedule."""
    found = MissedRun.objects.filter(settled_at__isnull=True).select_related("schedule")
    return list(found.order_by("schedule", "planned_for")[:limit])


def missed_of(schedule_id: UUID, limit: int) -> list[MissedRun]:
    """The unsettled missed runs of a schedule, the newest first."""
    return list(MissedRun.objects.filter(schedule_id=schedule_id, settled_at__isnull=True)[:limit])


def missed_instants(schedule_id: UUID, instants: Collection[datetime] | None) -> list[datetime]:
    """For when the unsettled missed runs of a schedule were planned, oldest first; all of them or those of *instants*."""
    found = MissedRun.objects.filter(schedule_id=schedule_id, settled_at__isnull=True)
    if instants is not None:
        found = found.filter(planned_for__in=instants)
    return list(found.order_by("planned_for").values_list("planned_for", flat=True))


def count_missed_of(schedule_id: UUID) -> int:
    return MissedRun.objects.filter(schedule_id=schedule_id, settled_at__isnull=True).count()


def list_missed() -> QuerySet[MissedRun]:
    """The unsettled missed runs of all schedules that whoever looks may see, the newest first."""
    seen = sight.seen(MissedRun.objects.all(), "schedule", "schedule")
    found = seen.filter(settled_at__isnull=True, schedule__deleted_at__isnull=True)
    return found.select_related("schedule").order_by("-planned_for", "-pk")


def settle_missed(schedule_id: UUID, now: datetime, instants: Collection[datetime] | None = None) -> int:
    """Settle missed runs of a schedule, all of them or those at *instants*; how many."""
    found = MissedRun.objects.filter(schedule_id=schedule_id, settled_at__isnull=True)
    if instants is not None:
        found = found.filter(planned_for__in=instants)
    return found.update(settled_at=now)


def has_open_missed(schedule_id: UUID) -> bool:
    return MissedRun.objects.filter(schedule_id=schedule_id, settled_at__isnull=True).exists()


def forget_missed(before: datetime) -> None:
    """Remove what was settled or left out before that moment."""
    MissedRun.objects.filter(settled_at__lt=before).delete()
    PassedOver.objects.filter(noted_at__lt=before).delete()


# ---- failures in a row ----------------------------------------------------------------------------------------------


@bookkeeping(_COUNTED)
def count_failure(schedule_id: UUID) -> Schedule | None:
    """Count an execution that died; the schedule with the count, locked. None when the schedule is deleted."""
    Schedule.objects.filter(pk=schedule_id).update(failures_in_a_row=F("failures_in_a_row") + 1)
    return list_schedules().filter(pk=schedule_id).select_for_update(of=("self",)).first()


@bookkeeping(_COUNTED)
def forget_failures(schedule_id: UUID) -> None:
    """Begin the count anew; a schedule without failures is not written."""
    Schedule.objects.filter(pk=schedule_id, failures_in_a_row__gt=0).update(failures_in_a_row=0)


def pause(schedule_id: UUID, reason: str, now: datetime) -> bool:
    """Switch a schedule off for *reason*; False when it is off."""
    on = Schedule.objects.filter(pk=schedule_id, enabled=True)
    off = {"enabled": False, "next_run_at": None, "watch_at": None}
    return on.update(paused_at=now, paused_reason=reason, updated_at=now, **off) == 1


def switch_all_off(reason: str, now: datetime) -> list[Schedule]:
    """Switch off every schedule that is on, for *reason*; which those were."""
    found = list(Schedule.objects.filter(enabled=True, deleted_at__isnull=True).select_for_update().order_by("pk"))
    ids = [schedule.pk for schedule in found]
    off = {"enabled": False, "next_run_at": None, "watch_at": None}
    Schedule.objects.filter(pk__in=ids).update(paused_at=now, paused_reason=reason, updated_at=now, **off)
    return found


def owned_by(owner: UUID) -> QuerySet[Schedule]:
    """The schedules of *owner* that are not deleted, by name, seen or not by whoever asks."""
    return Schedule.objects.filter(deleted_at__isnull=True, owner_id=owner).order_by("name")


def lock_owned_by(owner: UUID) -> list[Schedule]:
    """As `owned_by`, locked until the transaction ends."""
    return list(owned_by(owner).select_related(*_RELATED).order_by("pk").select_for_update(of=("self",)))


def _due(now: datetime) -> QuerySet[Schedule]:
    return Schedule.objects.filter(enabled=True, deleted_at__isnull=True, next_run_at__lte=now)
