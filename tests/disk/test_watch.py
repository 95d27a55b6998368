"""Executions wait for space and go on; administrators are told; figures are kept."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from presstime.alerts.models import Alert
from presstime.base.configuration_fields import Configuration
from presstime.base.errors import Invalid
from presstime.disk import queries, service
from presstime.disk.loops import DiskWatch
from presstime.disk.models import Sample, StoredThresholds
from presstime.disk.volumes import folders_of, volumes_of
from presstime.executions import service as executions
from presstime.executions.models import Execution
from presstime.executions.supervise import Supervisor

Make = Callable[..., Execution]
NEVER = 2**60  # more bytes than any disk has

pytestmark = pytest.mark.django_db(transaction=True)


def set_thresholds(now: datetime, warning: int | None = 0, critical: int | None = 0) -> None:
    service.change_thresholds({"warning_bytes": warning, "critical_bytes": critical}, None, now)


def second(now: datetime, number: int = 1) -> datetime:
    """Some seconds later, when the thresholds are read again."""
    return now + timedelta(seconds=2 * number)


def test_an_execution_waits_for_space_and_starts_when_it_is_back(
    make: Make, configuration: Configuration, now: datetime
) -> None:
    woken: list[bool] = []
    watch = DiskWatch(configuration, lambda: woken.append(True))
    supervisor = Supervisor("node-1", configuration, may_start=watch.may_start)
    execution = make()
    set_thresholds(now, NEVER, NEVER)
    assert not supervisor.claim_and_run(now)
    execution.refresh_from_db()
    assert (execution.status, execution.waiting_for, execution.fence) == ("queued", "disk", 0)
    watch.step(second(now))
    assert not woken
    set_thresholds(now)
    watch.step(second(now, 2))
    execution.refresh_from_db()
    assert (execution.waiting_for, woken) == ("", [True])
    assert supervisor.claim_and_run(second(now, 3))
    execution.refresh_from_db()
    assert execution.status == "succeeded"


def test_what_waits_for_space_can_be_cancelled(make: Make, configuration: Configuration, now: datetime) -> None:
    execution = make()
    set_thresholds(now, NEVER, NEVER)
    assert not DiskWatch(configuration).may_start(now)
    executions.cancel(execution.pk, now)
    execution.refresh_from_db()
    assert (execution.status, execution.waiting_for) == ("cancelled", "")


def test_a_warning_alone_holds_nothing_up(make: Make, configuration: Configuration, now: datetime) -> None:
    make()
    set_thresholds(now, NEVER, 0)
    watch = DiskWatch(configuration)
    watch.step(now)
    assert watch.may_start(now)
    alert = Alert.objects.get()
    assert (alert.kind, alert.key, alert.link) == ("disk_warning", "data", "/storage")
    assert "data (database, reports, scratch, backup)" in alert.detail
    assert str(configuration.data_path) not in alert.detail


def test_alerts_follow_the_level_and_are_over_with_it(configuration: Configuration, now: datetime) -> None:
    watch = DiskWatch(configuration)
    set_thresholds(now, NEVER, NEVER)
    for number in range(3):
        watch.step(second(now, number))
    critical = Alert.objects.get()
    assert (critical.kind, critical.severity, critical.count) == ("disk_critical", "critical", 1)
    set_thresholds(now, NEVER, 0)
    watch.step(second(now, 3))
    assert sorted(Alert.objects.filter(cleared_at=None).values_list("kind", flat=True)) == ["disk_warning"]
    set_thresholds(now)
    watch.step(second(now, 4))
    assert not Alert.objects.filter(cleared_at=None).exists()


def test_every_ten_minutes_are_kept_once(configuration: Configuration, now: datetime) -> None:
    first, other = DiskWatch(configuration), DiskWatch(configuration)
    for minute in range(25):
        for watch in (first, other):
            watch.step(now + timedelta(minutes=minute))
    assert list(Sample.objects.values_list("at", flat=True)) == [now + timedelta(minutes=m) for m in (0, 10, 20)]


def test_old_samples_are_thinned_to_one_an_hour_and_forgotten_after_90_days(now: datetime) -> None:
    for age in (timedelta(days=91), timedelta(days=8), timedelta(days=1)):
        hour = now - age
        rows = [
            Sample(volume="data", at=hour + timedelta(minutes=10 * n), total_bytes=2, free_bytes=1) for n in range(6)
        ]
        queries.add_samples(rows)
    queries.thin_samples(now)
    kept = Sample.objects.values_list("at", flat=True)
    assert [at for at in kept if at < now - timedelta(days=7)] == [now - timedelta(days=8)]
    assert len(kept) == 7


def test_stored_thresholds_go_before_the_settings_until_they_are_given_back(now: datetime) -> None:
    assert service.chosen().origins == {"warning_bytes": "default", "critical_bytes": "default"}
    service.change_thresholds({"critical_bytes": 7}, None, now)
    found = service.chosen()
    assert (found.thresholds.critical_bytes, found.origins["critical_bytes"]) == (7, "set by an administrator")
    assert found.thresholds.warning_bytes == 5 * 10**9
    service.change_thresholds({"critical_bytes": None}, None, now)
    assert service.chosen().thresholds.critical_bytes == 10**9


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"warning_bytes": -1}, "warning_bytes"),
        ({"critical_bytes": 2**61}, "critical_bytes"),
        ({"critical_bytes": 6 * 10**9}, "critical_bytes"),
        ({"warning_bytes": 10**8}, "warning_bytes"),
    ],
)
def test_thresholds_that_make_no_sense_are_refused_by_name(given: dict[str, int], field: str, now: datetime) -> None:
    with pytest.raises(Invalid) as refused:
        service.change_thresholds(given, None, now)
    assert [problem.field for problem in refused.value.problems] == [field]
    assert not StoredThresholds.objects.exists()


def test_folders_on_one_volume_are_one_volume(configuration: Configuration) -> None:
    assert [kind.value for kind, _ in folders_of(configuration)] == ["database", "reports", "scratch", "backup"]
    (volume,) = volumes_of(configuration)
    assert volume.name == "data"
    assert 0 < volume.measured.free_bytes <= volume.measured.total_bytes
