from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('executions', '0006_artifact_removed'),
        ('reports', '0003_revision_notes'),
        ('schedules', '0004_retention'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name='worker',
            name='beats',
            field=models.JSONField(default=dict),
        ),
        migrations.AddIndex(
            model_name='execution',
            index=models.Index(condition=models.Q(('finished_at__isnull', False)), fields=['finished_at', 'status', 'started_at'], name='execution_finished'),
        ),
    ]
