"""The first head of an empty log, and the triggers that keep the log as it is written."""

from datetime import UTC, datetime

from django.db import migrations

from presstime.audit import guards


def begin(apps, schema_editor):
    apps.get_model("audit", "Head").objects.create(
        id=1, size=0, last_time=datetime(1970, 1, 1, tzinfo=UTC), frontier=b""
    )
    guards.make(schema_editor.connection)


def end(apps, schema_editor):
    guards.remove(schema_editor.connection)
    apps.get_model("audit", "Head").objects.all().delete()


class Migration(migrations.Migration):
    dependencies = [("audit", "0001_initial")]

    operations = [migrations.RunPython(begin, end)]
