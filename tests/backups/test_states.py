from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from presstime.backups.states import LEAST_KEPT, Kept, is_stale, last_due, surplus

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)


def test_the_last_due_moment_is_todays_or_yesterdays() -> None:
    assert last_due("02:30", "UTC", NOW) == datetime(2026, 11, 24, 2, 30, tzinfo=UTC)
    assert last_due("09:00", "UTC", NOW) == NOW
    assert last_due("09:01", "UTC", NOW) == datetime(2026, 11, 23, 9, 1, tzinfo=UTC)
    assert last_due("02:30", "America/New_York", NOW) == datetime(2026, 11, 24, 7, 30, tzinfo=UTC)


def test_both_clock_changes_have_one_backup_each() -> None:
    spring = [datetime(2026, 3, 29, hour, 59, tzinfo=UTC) for hour in range(6)]
    assert {last_due("02:30", "Europe/Berlin", now) for now in spring} == {
        datetime(2026, 3, 28, 1, 30, tzinfo=UTC),
        datetime(2026, 3, 29, 1, 30, tzinfo=UTC),  # 02:30 does not exist: 03:30 summer time
    }
    autumn = [datetime(2026, 10, 25, hour, 59, tzinfo=UTC) for hour in range(6)]
    assert {last_due("02:30", "Europe/Berlin", now) for now in autumn} == {datetime(2026, 10, 25, 0, 30, tzinfo=UTC)}


@given(st.integers(1_600_000_000, 2_200_000_000), st.sampled_from(["Europe/Berlin", "Asia/Tokyo"]))
def test_a_due_moment_is_never_ahead_and_never_over_a_day_and_an_hour_old(moment: int, zone: str) -> None:
    now = datetime.fromtimestamp(moment, UTC)
    assert timedelta() <= now - last_due("02:30", zone, now) <= timedelta(hours=25)


def test_without_a_backup_the_beginning_counts() -> None:
    assert not is_stale(None, NOW - timedelta(hours=26), NOW)
    assert is_stale(None, NOW - timedelta(hours=27), NOW)
    assert not is_stale(NOW - timedelta(hours=25), NOW - timedelta(days=9), NOW)


def weekly_full_daily_incremental(days: int) -> list[Kept]:
    backups: list[Kept] = []
    full = UUID(int=0)
    for day in range(days):
        identity = UUID(int=day + 1)
        full = identity if day % 7 == 0 else full
        base = None if identity == full else full
        backups.append(Kept(identity, NOW - timedelta(days=days - 1 - day), base))
    return backups


def test_a_year_of_daily_backups_is_thinned_out_to_weeks_and_months() -> None:
    backups = weekly_full_daily_incremental(366)
    gone = set(surplus(backups, NOW, 30))
    kept = [each for each in backups if each.id not in gone]
    assert sum(each.created_at >= NOW - timedelta(days=30) for each in kept) == 31
    assert 40 <= len(kept) <= 60
    assert min(each.created_at for each in kept) <= NOW - timedelta(days=300)


@given(st.integers(1, 200), st.integers(30, 90), st.integers(0, 5_000))
def test_retention_keeps_what_it_promises(number: int, days: int, later: int) -> None:
    backups = weekly_full_daily_incremental(number)
    now = NOW + timedelta(days=later)
    gone = set(surplus(backups, now, days))
    kept = {each.id: each for each in backups if each.id not in gone}
    assert not any(now - each.created_at <= timedelta(days=days) for each in backups if each.id in gone)
    assert {each.id for each in backups[-LEAST_KEPT:]} <= kept.keys()
    assert all(each.base in kept for each in kept.values() if each.base)
