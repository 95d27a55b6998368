"""Every query of health; the only writer of its rows."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Q

from presstime.health.models import Change, Pulse, Standing
from presstime.health.states import Level, Reading

OUTPUT_LENGTH = 500


def write_pulse(now: datetime) -> None:
    """Write to the database and read it back."""
    if not Pulse.objects.filter(pk=1).update(written_at=now):
        Pulse.objects.get_or_create(pk=1, defaults={"written_at": now})


def take_slot(slot: datetime) -> bool:
    """Take the half minute *slot* to note it; False when another worker has, or when the clock went back."""
    Pulse.objects.get_or_create(pk=1)
    Pulse.objects.filter(pk=1, noted_since__isnull=True).update(noted_since=slot)
    free = Q(noted_slot__isnull=True) | Q(noted_slot__lt=slot)
    return Pulse.objects.filter(free, pk=1).update(noted_slot=slot) == 1


def noted_since() -> datetime | None:
    """The first half minute that was noted."""
    return Pulse.objects.filter(pk=1).values_list("noted_since", flat=True).first()


def standings() -> dict[str, Standing]:
    """By name, how each check stands."""
    return {standing.name: standing for standing in Standing.objects.all()}


def stand(name: str, before: Standing | None, reading: Reading, now: datetime) -> None:
    """Keep a reading: at another level as a change, at the same only what it says."""
    output = reading.finding.output[:OUTPUT_LENGTH]
    if before is not None and before.level == reading.level:
        if before.output != output:
            Standing.objects.filter(pk=name).update(output=output)
        return
    Standing.objects.update_or_create(name=name, defaults={"level": reading.level, "since": now, "output": output})
    level = before.level if before is not None else ""
    if level or reading.level is not Level.PASS:
        Change.objects.create(name=name, before=level, level=reading.level, output=output, at=now)


def latest_changes(limit: int) -> list[Change]:
    """What has changed, newest first."""
    return list(Change.objects.all()[:limit])


def forget(before: datetime) -> None:
    """Remove changes that are older."""
    Change.objects.filter(at__lt=before).delete()
