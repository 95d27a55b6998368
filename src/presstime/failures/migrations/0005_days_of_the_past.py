"""The failures that are counted by the hour are counted by the day as well."""

from collections import Counter

from django.db import migrations


def count_days(apps, schema_editor):
    FailureCount = apps.get_model("failures", "FailureCount")
    FailureDay = apps.get_model("failures", "FailureDay")
    counts = Counter()
    rows = FailureCount.objects.values_list("hour", "schedule_id", "category", "code", "count")
    for hour, schedule_id, category, code, count in rows.iterator(chunk_size=5000):
        counts[hour.replace(hour=0), schedule_id, category, code] += count
    FailureDay.objects.bulk_create(
        [
            FailureDay(day=day, schedule_id=schedule_id, category=category, code=code, count=count)
            for (day, schedule_id, category, code), count in counts.items()
        ],
        batch_size=500,
    )


class Migration(migrations.Migration):
    dependencies = [("failures", "0004_failureday")]
    operations = [migrations.RunPython(count_days, migrations.RunPython.noop)]
