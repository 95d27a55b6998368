from __future__ import annotations

from zoneinfo import ZoneInfo

import pytest

from presstime.schedules.timezones import ZoneError, canonical_zone, names


@pytest.mark.parametrize("name", ["UTC", "Europe/Berlin", "Europe/Amsterdam", "EST", "Etc/GMT+2", "America/New_York"])
def test_a_name_in_use_stays_as_it_is(name: str) -> None:
    assert canonical_zone(name) == name


@pytest.mark.parametrize(
    ("name", "today"),
    [("US/Eastern", "America/New_York"), ("Asia/Calcutta", "Asia/Kolkata"), ("Europe/Kiev", "Europe/Kyiv")],
)
def test_a_legacy_name_becomes_the_one_of_today(name: str, today: str) -> None:
    assert canonical_zone(name) == today


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("Europe/Berln", "Europe/Berlin"), ("europe/berlin", "Europe/Berlin"), ("Berlin", "Europe/Berlin"),
        ("new york", "America/New_York"), ("Utc", "UTC"),
    ],
)  # fmt: skip
def test_a_wrong_name_leads_to_the_nearest_right_one(name: str, meant: str) -> None:
    with pytest.raises(ZoneError, match=rf'^"{name}" is not a time zone. Did you mean {meant}\?$'):
        canonical_zone(name)


@pytest.mark.parametrize(
    "name", ["Mars/Olympus", "", "../../etc/passwd", "/etc/localtime", "localtime", "Factory", "a\0b"]
)
def test_a_name_that_is_nothing_is_refused_with_an_example(name: str) -> None:
    with pytest.raises(ZoneError, match="Europe/Berlin"):
        canonical_zone(name)


def test_every_name_can_be_loaded() -> None:
    assert all(ZoneInfo(canonical_zone(name)) for name in names())
