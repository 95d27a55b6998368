"""The metrics of the volumes, as the process that answers sees them."""

from __future__ import annotations

from collections.abc import Iterator

from django.conf import settings

from presstime.disk import service
from presstime.metrics.families import Metric, Sample
from presstime.metrics.registry import register as add
from presstime.metrics.service import Reading

FREE = Metric("presstime_disk_free_bytes", "Bytes that are free on a volume.", ("volume",))
SIZE = Metric("presstime_disk_size_bytes", "Bytes of a volume, used and free.", ("volume",))
INODES = Metric(
    "presstime_disk_free_inodes", "File entries that are free on a volume that has a fixed number.", ("volume",)
)
LIMIT = Metric("presstime_disk_threshold_bytes", "Free bytes below which a volume is at this level.", ("level",))


def register() -> None:
    add("Disk", (FREE, SIZE, INODES, LIMIT), collect)


def collect(_: Reading) -> Iterator[Sample]:
    limits = service.thresholds()
    for each in service.judge(settings.CONFIGURATION, limits):
        volume, measured = each.volume.name, each.volume.measured
        yield FREE.value(measured.free_bytes, volume=volume)
        yield SIZE.value(measured.total_bytes, volume=volume)
        yield INODES.value(measured.free_inodes if measured.total_inodes else None, volume=volume)
    yield LIMIT.value(limits.warning_bytes, level="warning")
    yield LIMIT.value(limits.critical_bytes, level="critical")
