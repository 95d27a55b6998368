"""Executions that died before there was a queue get their place in it."""

import hashlib

from django.db import migrations


def adopt(apps, schema_editor):
    DeadLetter = apps.get_model("deadletters", "DeadLetter")
    Execution = apps.get_model("executions", "Execution")
    dead = Execution.objects.filter(status="dead", finished_at__isnull=False).order_by("-finished_at")[:1000]
    for execution in dead.iterator():
        category = execution.error_category or "unknown"
        DeadLetter.objects.create(
            execution=execution,
            status="open",
            error_category=category,
            error_code=execution.error_code or "unknown",
            error_message=execution.error_message,
            error_hint=execution.error_hint,
            error_detail=execution.error_detail,
            fingerprint=hashlib.sha256(f"{category}\n{execution.error_code}".encode()).hexdigest()[:16],
            dead_at=execution.finished_at,
        )


class Migration(migrations.Migration):
    dependencies = [("deadletters", "0001_initial")]
    operations = [migrations.RunPython(adopt, migrations.RunPython.noop)]
