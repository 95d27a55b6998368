"""After a second restore an epoch is skipped: the one that the first restore began is in no database any more."""

from django.db import migrations

from presstime.audit import guards


def renew(apps, schema_editor):
    guards.remove(schema_editor.connection)
    guards.make(schema_editor.connection)


class Migration(migrations.Migration):
    dependencies = [("audit", "0003_duties")]

    operations = [migrations.RunPython(renew, migrations.RunPython.noop)]
