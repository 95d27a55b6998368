"""The page of service levels."""

from __future__ import annotations

from typing import NamedTuple

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from presstime.accounts.doors import requires
from presstime.accounts.rights import Right
from presstime.base import clock
from presstime.slo import figures, service
from presstime.slo.service import Day
from presstime.slo.states import PERIODS, SUCCESS_TARGET, UPTIME_TARGET, USUAL, Objective
from presstime.web.wording import duration, number

WIDTH, HEIGHT, BOTTOM = 480, 60, 58
STACK = 135
TONES = ("ok", "bad", "other")
WORDS = {"7d": "7 days", "30d": "30 days", "90d": "90 days"}


class Shown(NamedTuple):
    """An objective in words."""

    objective: Objective
    value: str
    target: str


class Bar(NamedTuple):
    """A day of a chart."""

    day: Day
    x: float
    width: float
    y: float
    height: float
    tone: str
    words: str


class Part(NamedTuple):
    """A rectangle of a stacked bar."""

    x: float
    width: float
    y: float
    height: float
    tone: str


@require_safe
@requires(Right.METRICS_READ)
def index(request: HttpRequest) -> HttpResponse:
    """What was promised and what was kept; `?period=` is one of the periods."""
    chosen = _chosen(request)
    now = clock.now()
    found = service.levels(chosen, now)
    days = service.by_day(chosen, now)
    context = {
        "tabs": _tabs("slo:index", chosen),
        "words": WORDS[chosen],
        "levels": found,
        "shown": [
            Shown(each, _figure(each.value, each.unit), _figure(each.target, each.unit)) for each in found.objectives
        ],
        "uptime": _bars(days, [day.up for day in days], UPTIME_TARGET),
        "success": _bars(days, [_success(day) for day in days], SUCCESS_TARGET),
        "measured_since": service.uptime(found.since, now).since,
    }
    return render(request, "slo/slo.html", context)


@require_safe
@requires(Right.METRICS_READ)
def charts(request: HttpRequest) -> HttpResponse:
    """Executions, durations, queue and e-mails by day; `?period=` is one of the periods."""
    chosen = _chosen(request)
    now = clock.now()
    days = figures.by_day(chosen, now)
    context = {
        "tabs": _tabs("slo:figures", chosen),
        "words": WORDS[chosen],
        "days": days,
        "whole": figures.whole(chosen, now),
        "executions": _stacked([(day.succeeded, day.failed, day.cancelled) for day in days]),
        "most": max(day.total for day in days),
        "mails": _stacked([(day.sent, day.unsent, 0) for day in days]),
        "most_mails": max(day.sent + day.unsent for day in days),
        "durations": figures.lines(days, {"p95": "p95", "p50": "p50"}),
        "queue": figures.lines(days, {"queued": "queued", "running": "running"}),
    }
    return render(request, "slo/figures.html", context)


def _chosen(request: HttpRequest) -> str:
    chosen = request.GET.get("period", USUAL)
    return chosen if chosen in PERIODS else USUAL


def _tabs(name: str, chosen: str) -> list[tuple[str, str, bool]]:
    return [
        (reverse(name) + ("" if key == USUAL else f"?period={key}"), words, key == chosen)
        for key, words in WORDS.items()
    ]


def _stacked(days: list[tuple[int, int, int]]) -> list[list[Part]]:
    """Of each day the rectangles of its bar: good at the bottom, then bad, then other."""
    scale = STACK / max(1, *(sum(day) for day in days), 1)
    room = WIDTH / max(1, len(days))
    return [_stack(day, place * room, room, scale) for place, day in enumerate(days)]


def _stack(day: tuple[int, int, int], x: float, room: float, scale: float) -> list[Part]:
    parts, top = [], 145.0
    for count, tone in zip(day, TONES, strict=True):
        height = count * scale
        top -= height
        if count:
            parts.append(Part(round(x + room * 0.15, 2), round(room * 0.7, 2), round(top, 1), round(height, 1), tone))
    return parts


def _figure(value: float | None, unit: str) -> str:
    if value is None:
        return "—"
    if unit == "ratio":
        return f"{100 * value:.2f}".rstrip("0").rstrip(".") + "%"
    return duration(value) if unit == "seconds" else number(value)


def _success(day: Day) -> float | None:
    return day.succeeded / day.judged if day.judged else None


def _bars(days: list[Day], values: list[float | None], target: float) -> list[Bar]:
    room = WIDTH / max(1, len(days))
    return [
        _bar(day, value, target, place * room, room)
        for place, (day, value) in enumerate(zip(days, values, strict=True))
    ]


def _bar(day: Day, value: float | None, target: float, x: float, room: float) -> Bar:
    height = round((value or 0.0) * HEIGHT * 0.9, 2)
    tone = "other" if value is None else "ok" if value >= target else "bad"
    shown = 3.0 if value is None else max(height, 1.0)
    words = "nothing measured" if value is None else _figure(value, "ratio")
    return Bar(day, round(x + room * 0.1, 2), round(room * 0.8, 2), round(BOTTOM - shown, 2), shown, tone, words)
