"""Attempts that failed before there were counts are counted, those of the last two years."""

from collections import Counter
from datetime import UTC, datetime, timedelta

from django.db import migrations


def count_the_past(apps, schema_editor):
    Attempt = apps.get_model("executions", "Attempt")
    FailureCount = apps.get_model("failures", "FailureCount")
    since = datetime.now(UTC) - timedelta(days=732)  # noqa: DTZ - migrations have no other clock
    failed = Attempt.objects.filter(status="failed", finished_at__gte=since).exclude(error_category="")
    counts = Counter()
    rows = failed.values_list("finished_at", "execution__schedule_id", "error_category", "error_code")
    for finished_at, schedule_id, category, code in rows.iterator(chunk_size=5000):
        counts[finished_at.replace(minute=0, second=0, microsecond=0), schedule_id, category, code] += 1
    FailureCount.objects.bulk_create(
        [
            FailureCount(hour=hour, schedule_id=schedule_id, category=category, code=code, count=count)
            for (hour, schedule_id, category, code), count in counts.items()
        ],
        batch_size=500,
    )


class Migration(migrations.Migration):
    dependencies = [("failures", "0001_initial"), ("executions", "0003_attempt_timeout")]
    operations = [migrations.RunPython(count_the_past, migrations.RunPython.noop)]
