from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('reports', '0003_revision_notes'),
        ('schedules', '0004_retention'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddIndex(
            model_name='schedule',
            index=models.Index(condition=models.Q(('deleted_at__isnull', True)), fields=['enabled'], name='schedule_state'),
        ),
    ]
