"""Writes collected values: as JSON with a timestamp each, as Prometheus text or as OpenMetrics. Pure; without Django."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from prometheus_client import Metric as Family
from prometheus_client.exposition import choose_encoder
from prometheus_client.registry import Collector

from presstime.metrics.families import Collected, Kind, Metric, Sample

OPENMETRICS = "application/openmetrics-text"


class Format(StrEnum):
    JSON = "json"
    PROMETHEUS = "prometheus"
    OPENMETRICS = "openmetrics"


_MEDIA = {
    OPENMETRICS: Format.OPENMETRICS,
    "text/plain": Format.PROMETHEUS,
    **dict.fromkeys(("application/json", "application/*", "*/*"), Format.JSON),
}


# ---- JSON -----------------------------------------------------------------------------------------------------------


def as_json(collected: Collected) -> dict[str, Any]:
    """`{"metrics": [{"name", "type", "unit", "labels", "value", "timestamp"}]}`; a value that there is not is null."""
    return {
        "metrics": [_item(name, each, labels, value, collected.at) for name, each, labels, value in _flat(collected)]
    }


def _flat(collected: Collected) -> Iterator[tuple[str, Sample, dict[str, str], float | None]]:
    """Every value by itself; a histogram as its buckets, its sum and its count."""
    for sample in collected.samples:
        labels = dict(sample.labels)
        if not sample.buckets:
            yield sample.metric.name, sample, labels, sample.value
            continue
        for bound, count in sample.buckets:
            yield f"{sample.metric.name}_bucket", sample, {**labels, "le": _bound(bound)}, count
        yield f"{sample.metric.name}_sum", sample, labels, sample.value
        yield f"{sample.metric.name}_count", sample, labels, sample.buckets[-1][1]


def _item(name: str, sample: Sample, labels: dict[str, str], value: float | None, at: datetime) -> dict[str, Any]:
    is_count = name.endswith(("_bucket", "_count")) and bool(sample.buckets)
    return {
        "name": name,
        "type": sample.metric.kind.value,
        "unit": "" if is_count else sample.metric.unit,
        "labels": labels,
        "value": value,
        "timestamp": (sample.at or at).astimezone(UTC).isoformat().removesuffix("+00:00") + "Z",
    }


def _bound(bound: float) -> str:
    return "+Inf" if math.isinf(bound) else f"{bound:g}" if bound != int(bound) else f"{bound:.1f}"


# ---- text -----------------------------------------------------------------------------------------------------------


def as_text(collected: Collected, wanted: Format, *, timestamps: bool = False) -> tuple[bytes, str]:
    """Prometheus' text or OpenMetrics', and its media type.

    Values that there are not are left out: a sample has no word for "none". Timestamps are those of the samples.
    """
    encode, media_type = choose_encoder(f"{OPENMETRICS};version=1.0.0" if wanted is Format.OPENMETRICS else "")
    return encode(_Families(collected, timestamps=timestamps)), media_type


class _Families(Collector):
    """What prometheus-client writes: families with their samples."""

    def __init__(self, collected: Collected, *, timestamps: bool) -> None:
        self._collected = collected
        self._timestamps = timestamps

    def collect(self) -> Iterable[Family]:
        families: dict[str, Family] = {}
        for sample in self._collected.samples:
            metric = sample.metric
            family = families.setdefault(metric.name, _family(metric))
            at = (sample.at or self._collected.at).timestamp() if self._timestamps else None
            for suffix, labels, value in _points(sample):
                family.add_sample(f"{family.name}{suffix}", labels, value, at)
        return [family for family in families.values() if family.samples]


def _family(metric: Metric) -> Family:
    name = metric.name.removesuffix("_total") if metric.kind is Kind.COUNTER else metric.name
    return Family(name, metric.help, metric.kind.value, metric.unit)


def _points(sample: Sample) -> Iterator[tuple[str, dict[str, str], float]]:
    if sample.value is None:
        return
    labels = dict(sample.labels)
    if not sample.buckets:
        yield "_total" if sample.metric.kind is Kind.COUNTER else "", labels, sample.value
        return
    for bound, count in sample.buckets:
        yield "_bucket", {**labels, "le": _bound(bound)}, count
    yield "_count", labels, sample.buckets[-1][1]
    yield "_sum", labels, sample.value


# ---- which of them --------------------------------------------------------------------------------------------------


def chosen(accept: str) -> Format:
    """The format that a client is answered in: JSON, unless it would rather have text, as Prometheus says it would."""
    best = {Format.JSON: 0.0 if accept.strip() else 1.0, Format.OPENMETRICS: 0.0, Format.PROMETHEUS: 0.0}
    for part in accept.split(","):
        media, quality = _media(part)
        offered = _MEDIA.get(media)
        if offered is not None:
            best[offered] = max(best[offered], quality)
    wanted = max(best, key=lambda each: best[each])  # the first of equals
    return wanted if best[wanted] > 0 else Format.JSON


def _media(part: str) -> tuple[str, float]:
    """The media type of one part of an Accept header, and its quality."""
    media, *parameters = (piece.strip().lower() for piece in part.split(";"))
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name == "q":
            try:
                return media, float(value)
            except ValueError:
                return media, 0.0
    return media, 1.0
