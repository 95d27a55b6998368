"""The page of errors: what fails how often, and how fast it is mended."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from presstime.accounts.doors import requires
from presstime.accounts.rights import Right
from presstime.base import clock
from presstime.executions.states import Category
from presstime.failures import service
from presstime.failures.figures import bars_of
from presstime.failures.states import LENGTH, By, Range, range_of

LABELS = 6


class Span(NamedTuple):
    """How far back the page looks."""

    by: By
    periods: int
    words: str


USUAL = "month"
SPANS = {
    "day": Span(By.HOUR, 24, "24 hours"),
    "week": Span(By.DAY, 7, "7 days"),
    USUAL: Span(By.DAY, 30, "30 days"),
    "quarter": Span(By.DAY, 90, "90 days"),
}


@require_safe
@requires(Right.EXECUTIONS_READ)
def index(request: HttpRequest) -> HttpResponse:
    """Failures by category over time, with the schedules behind them; `?within=` is one of the spans."""
    chosen = request.GET.get("within", USUAL)
    chosen = chosen if chosen in SPANS else USUAL
    errors = service.errors(_range(SPANS[chosen], clock.now()))
    periods = errors.periods
    context = {
        "tabs": [(_address(key), span.words, key == chosen) for key, span in SPANS.items()],
        "words": SPANS[chosen].words,
        "errors": errors,
        "bars": bars_of(periods),
        "totals": [(category, sum(period.counts[category] for period in periods)) for category in Category],
        "total": sum(period.total for period in periods),
        "most": max(period.total for period in periods),
        "labels": [period.starts_at for period in periods[:: max(1, len(periods) // LABELS)]],
        "is_by_day": errors.within.by is By.DAY,
    }
    return render(request, "failures/errors.html", context)


def _address(key: str) -> str:
    return reverse("failures:list") + ("" if key == USUAL else f"?within={key}")


def _range(span: Span, now: datetime) -> Range:
    return range_of(span.by, (now - LENGTH[span.by] * (span.periods - 1)).isoformat(), None, now)
