"""The state of the disks as the API, the page and the command show it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from presstime.api.schemas import identifier, instant, reference
from presstime.base.configuration_fields import Configuration
from presstime.base.errors import NotFound
from presstime.disk import queries, service, survey
from presstime.disk.cleaning import Found
from presstime.disk.estimates import Estimate, estimate
from presstime.disk.models import Cleanup
from presstime.disk.service import Chosen, Judged
from presstime.disk.states import KEEP_SAMPLES, Level, Point, days_left, spread
from presstime.disk.survey import Looked

MOST_POINTS = 500


@dataclass(frozen=True, slots=True)
class History:
    """The free space of one volume up to now, and in how many days it reaches the critical threshold."""

    volume: str
    points: list[Point]
    days_left: float | None


@dataclass(frozen=True, slots=True)
class Disks:
    """Everything that is to be said about the disks."""

    volumes: list[Judged]
    chosen: Chosen
    history: History
    estimate: Estimate
    looked: Looked | None

    @property
    def found(self) -> list[Found]:
        """What cleanups would free, as far as that is known."""
        return self.looked.found if self.looked else []


def disks(configuration: Configuration, now: datetime, volume: str = "", *, looks: bool = False) -> Disks:
    """The disks at *now*, with the history of *volume*, else of the one that holds the reports; NotFound for an unknown one.

    What could be freed and what uses space is as a worker saw it last; with *looks*, as it is now.
    """
    chosen = service.chosen()
    judged = service.judge(configuration, chosen.thresholds)
    shown = _shown(judged, volume)
    return Disks(
        volumes=judged,
        chosen=chosen,
        history=history(shown, chosen, now),
        estimate=estimate(now),
        looked=survey.look(configuration, now) if looks else survey.latest(),
    )


def _shown(judged: list[Judged], volume: str) -> Judged:
    if not volume:
        return next(each for each in judged if "reports" in each.volume.kinds)
    found = next((each for each in judged if each.volume.name == volume), None)
    if found is None:
        raise NotFound.of("volume", volume)
    return found


def history(of: Judged, chosen: Chosen, now: datetime) -> History:
    """The kept history of a volume with its present figure at the end."""
    points = queries.points_of(of.volume.name, now - KEEP_SAMPLES)
    points.append(Point(now, of.volume.measured.free_bytes))
    left = days_left(points, chosen.thresholds.critical_bytes)
    return History(of.volume.name, spread(points, MOST_POINTS), left)


def present(found: Disks) -> dict[str, Any]:
    """As the API answers it."""
    limits = found.chosen.thresholds
    return {
        "status": worst(found.volumes).value,
        "volumes": [item for each in found.volumes for item in _present_volume(each)],
        "thresholds": {
            "warning_bytes": limits.warning_bytes,
            "critical_bytes": limits.critical_bytes,
            "origins": dict(found.chosen.origins),
        },
        "trend_volume": found.history.volume,
        "trend": [{"time": instant(point.at), "free_bytes": point.free_bytes} for point in found.history.points],
        "days_left": found.history.days_left,
        "average_report_bytes": found.estimate.average_bytes,
        "estimated_next_execution_bytes": found.estimate.next_execution_bytes,
        "estimated_next_24h_bytes": found.estimate.next_24h_bytes,
        "usage": [{"name": name, "bytes": size} for name, size in found.looked.usage] if found.looked else None,
        "recommendations": recommendations(found),
        "recommendations_at": instant(found.looked.at) if found.looked else None,
    }


def worst(volumes: list[Judged]) -> Level:
    """The level of the volume that is worst off."""
    return max((each.level for each in volumes), key=list(Level).index)


def _present_volume(each: Judged) -> list[dict[str, Any]]:
    """One item for each kind of content: those of the same `name` share a volume."""
    measured = each.volume.measured
    shared = {
        "name": each.volume.name,
        "total_bytes": measured.total_bytes,
        "free_bytes": measured.free_bytes,
        "total_inodes": measured.total_inodes,
        "free_inodes": measured.free_inodes,
        "status": each.level.value,
    }
    return [shared | {"path_kind": kind.value} for kind in each.volume.kinds]


def recommendations(found: Disks) -> list[dict[str, Any]]:
    """What would free space, the most first; where nothing would and it is needed, what else helps."""
    advised: list[dict[str, Any]] = [present_found(each) for each in found.found]
    is_short = worst(found.volumes) is not Level.PASS
    if is_short:
        detail = "Enlarge the volume, or move what does not belong to Presstime off it."
        advised.append({"action": "enlarge_volume", "bytes": 0, "count": 0, "detail": detail})
    return advised


def present_found(each: Found) -> dict[str, Any]:
    return {"action": each.action.value, "bytes": each.bytes, "count": each.count, "detail": each.detail}


def present_cleanup(cleanup: Cleanup) -> dict[str, Any]:
    return {
        "id": identifier(cleanup.pk),
        "status": cleanup.status,
        "actions": cleanup.actions,
        "remaining": cleanup.remaining,
        "requested_by": reference(cleanup.requested_by),
        "requested_at": instant(cleanup.requested_at),
        "started_at": instant(cleanup.started_at),
        "finished_at": instant(cleanup.finished_at),
        "planned_bytes": cleanup.planned_bytes,
        "freed_bytes": cleanup.freed_bytes,
        "removed": cleanup.removed,
        "error": cleanup.error,
    }
