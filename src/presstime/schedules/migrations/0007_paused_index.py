from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('reports', '0004_groups'),
        ('schedules', '0006_owners'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddIndex(
            model_name='schedule',
            index=models.Index(condition=models.Q(('paused_at__isnull', False)), fields=['paused_at'], name='schedule_paused'),
        ),
    ]
