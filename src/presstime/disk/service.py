"""Use cases of the disk: thresholds, what the volumes are like now and before, and who waits for space."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import transaction

from presstime.accounts.models import User
from presstime.alerts import service as alerts
from presstime.alerts.kinds import Kind as AlertKind
from presstime.base.configuration import Origin
from presstime.base.configuration_fields import Configuration
from presstime.base.errors import FieldProblem, Invalid
from presstime.disk import audited, queries
from presstime.disk.models import Sample, StoredThresholds
from presstime.disk.states import HOLDING, RELIEF, Level, Thresholds, level, slot
from presstime.disk.volumes import Volume, volumes_of
from presstime.executions import queries as executions
from presstime.executions import waiting
from presstime.executions.states import WaitingFor
from presstime.web.wording import size

log = logging.getLogger("presstime.disk")

PAGE = "/storage"
LARGEST = 2**60
NAMES = ("warning_bytes", "critical_bytes")
STORED = "set by an administrator"


# ---- thresholds -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Chosen:
    """The thresholds in force, and where each comes from."""

    thresholds: Thresholds
    origins: Mapping[str, str]
    stored: StoredThresholds | None


def thresholds() -> Thresholds:
    """The thresholds in force."""
    return chosen().thresholds


def chosen() -> Chosen:
    """The thresholds in force: an administrator's where there is one, else those of the settings."""
    return chosen_over(queries.find_thresholds())


def chosen_over(stored: StoredThresholds | None) -> Chosen:
    """As `chosen`, for an administrator's that are known, or for none."""
    values, origins = {}, {}
    for name in NAMES:
        own = getattr(stored, name) if stored is not None else None
        values[name] = _setting(name) if own is None else own
        origins[name] = _origin(name) if own is None else STORED
    # Settings may have changed under a stored value; a warning that comes after the end warns of nothing.
    values["warning_bytes"] = max(values.values())
    return Chosen(Thresholds(**values), origins, stored)


def change_thresholds(given: Mapping[str, int | None], by: User | None, now: datetime) -> Chosen:
    """Set those in *given*, None gives one back to the settings; Invalid lists every problem and nothing is changed."""
    with transaction.atomic():
        stored = queries.find_thresholds() or StoredThresholds()
        before = {name: getattr(stored, name) for name in NAMES}
        for name, value in given.items():
            setattr(stored, name, value)
        _check(given, stored)
        stored.changed_at, stored.changed_by = now, by
        queries.save_thresholds(stored)
        audited.thresholds_changed(before, {name: getattr(stored, name) for name in NAMES}, now)
    found = chosen()
    log.info("disk thresholds: %s, by %s", found.thresholds, by or "the command line")
    return found


def _check(given: Mapping[str, int | None], stored: StoredThresholds) -> None:
    problems = [
        FieldProblem(name, f"{value} is not a number of bytes from 0 to {LARGEST}.")
        for name, value in given.items()
        if value is not None and not 0 <= value <= LARGEST
    ]
    values = {name: _setting(name) if getattr(stored, name) is None else getattr(stored, name) for name in NAMES}
    if not problems and values["critical_bytes"] > values["warning_bytes"]:
        field = "critical_bytes" if given.get("critical_bytes") is not None else "warning_bytes"
        problems.append(
            FieldProblem(
                field,
                f"The critical threshold, {values['critical_bytes']}, is above the warning, {values['warning_bytes']}. "
                "Give a smaller critical_bytes or a larger warning_bytes.",
            )
        )
    if problems:
        raise Invalid(problems)


def _setting(name: str) -> int:
    return int(getattr(settings.CONFIGURATION, f"disk_{name}"))


def _origin(name: str) -> str:
    origin: Origin | None = settings.LOADED.origins.get(f"disk_{name}")
    return str(origin) if origin else "default"


# ---- levels ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Judged:
    """A volume and its level."""

    volume: Volume
    level: Level

    @property
    def is_holding(self) -> bool:
        """Whether it keeps executions from starting."""
        return self.level is Level.FAIL and bool(HOLDING & set(self.volume.kinds))


def judge(configuration: Configuration, by: Thresholds) -> list[Judged]:
    """All volumes as they are now."""
    return [Judged(volume, level(volume.measured, by)) for volume in volumes_of(configuration)]


def hold(now: datetime) -> int:
    """Let everything that could start wait for space; how many. Taking an execution on is never refused."""
    if not executions.claimable(now).exists():  # a look takes no lock; mostly nothing has come since the last one
        return 0
    with transaction.atomic():
        return waiting.hold(WaitingFor.DISK, now)


def release() -> int:
    """Let what waits for space start; how many."""
    if not waiting.is_any_held(WaitingFor.DISK):
        return 0
    with transaction.atomic():
        return waiting.release(WaitingFor.DISK)


def tell(judged: Iterable[Judged], by: Thresholds, now: datetime) -> None:
    """Raise the alerts of volumes that are short of space, clear those of the others."""
    for each in judged:
        with transaction.atomic():
            _tell(each, by, now)


def _tell(each: Judged, by: Thresholds, now: datetime) -> None:
    name, detail = each.volume.name, sentence(each, by)
    if each.level is Level.FAIL:
        alerts.raise_alert(AlertKind.DISK_CRITICAL, name, now=now, detail=detail, link=PAGE)
    elif each.level is Level.WARN:
        alerts.raise_alert(AlertKind.DISK_WARNING, name, now=now, detail=detail, link=PAGE)
    relieved = level(each.volume.measured, by, relief=RELIEF)
    if relieved is not Level.FAIL:
        alerts.clear(AlertKind.DISK_CRITICAL, name, now=now)
    if relieved is Level.PASS:
        alerts.clear(AlertKind.DISK_WARNING, name, now=now)


def sentence(each: Judged, by: Thresholds) -> str:
    """What is the matter with a volume, for a log line and an alert."""
    measured = each.volume.measured
    said = f"The volume {each.volume.title()} has {size(measured.free_bytes)} free of {size(measured.total_bytes)}"
    limit = by.critical_bytes if each.level is Level.FAIL else by.warning_bytes
    if measured.free_bytes < limit:
        said += f", less than {size(limit)}"
    elif each.level is not Level.PASS:
        said += f", but only {measured.free_inodes:,} file entries of {measured.total_inodes:,}"
    return f"{said}{': new executions wait' if each.is_holding else ''}."


def sample(judged: Iterable[Judged], now: datetime) -> None:
    """Keep the figures of this moment for the history."""
    rows: list[Any] = [
        Sample(
            volume=each.volume.name,
            at=slot(now),
            total_bytes=each.volume.measured.total_bytes,
            free_bytes=each.volume.measured.free_bytes,
        )
        for each in judged
    ]
    with transaction.atomic():
        queries.add_samples(rows)
        queries.thin_samples(now)
