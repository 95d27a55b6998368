from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from presstime.web import wording

NOW = datetime(2026, 11, 24, 9, 42, 8, tzinfo=UTC)


@pytest.mark.parametrize(
    ("distance", "words"),
    [
        (timedelta(0), "just now"),
        (timedelta(seconds=-9), "just now"),
        (timedelta(seconds=-45), "45 s ago"),
        (timedelta(seconds=30), "in 30 s"),
        (timedelta(minutes=3, seconds=59), "in 3 min"),
        (timedelta(minutes=-26), "26 min ago"),
        (timedelta(hours=-5, minutes=-50), "5 h ago"),
        (timedelta(days=6), "in 6 d"),
        (timedelta(days=-400), "20 Oct 2025"),
    ],
)
def test_a_distance_is_said_in_its_largest_unit(distance: timedelta, words: str) -> None:
    assert wording.relative(NOW + distance, NOW) == words


def test_a_moment_always_names_its_zone() -> None:
    assert wording.short(NOW, ZoneInfo("UTC"), NOW) == "24 Nov 09:42 UTC"
    assert wording.short(NOW, ZoneInfo("Europe/Berlin"), NOW) == "24 Nov 10:42 CET"
    assert wording.short(NOW, ZoneInfo("America/Sao_Paulo"), NOW) == "24 Nov 06:42 America/Sao_Paulo"
    assert wording.exact(NOW, ZoneInfo("Asia/Kolkata")) == "Tue 24 Nov 2026, 15:12:08 IST"


def test_another_year_is_named() -> None:
    assert wording.short(NOW - timedelta(days=365), ZoneInfo("UTC"), NOW) == "24 Nov 2025 09:42 UTC"


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0.34, "340 ms"),
        (4.23, "4.2 s"),
        (41, "41 s"),
        (59.97, "1 min"),
        (1656, "27 min 36 s"),
        (3599.7, "60 min"),
        (7500, "2 h 5 min"),
        (86400, "24 h"),
        (None, "—"),
    ],
)
def test_a_duration_is_said_in_two_units_at_most(seconds: float | None, words: str) -> None:
    assert wording.duration(seconds) == words
    if seconds is not None:
        assert wording.duration(timedelta(seconds=seconds)) == words


@pytest.mark.parametrize(
    ("count", "words"),
    [(0, "0 B"), (812, "812 B"), (4100, "4.1 kB"), (999_600, "1.0 MB"), (1_300_000_000, "1.3 GB"), (None, "—")],
)
def test_a_size_is_said_in_powers_of_a_thousand(count: int | None, words: str) -> None:
    assert wording.size(count) == words


def test_things_are_counted_with_the_right_noun() -> None:
    assert wording.plural(1, "mail") == "1 mail"
    assert wording.plural(1204, "mail") == "1,204 mails"
    assert wording.plural(2, "address", "addresses") == "2 addresses"
