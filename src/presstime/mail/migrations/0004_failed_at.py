from django.db import migrations, models


def fill(apps, schema_editor):
    """When it failed was not kept until now; it was not before the mail was made."""
    Email = apps.get_model("mail", "Email")
    Email.objects.filter(status="failed").update(failed_at=models.F("created_at"))


class Migration(migrations.Migration):

    dependencies = [
        ('mail', '0003_mail_delivery'),
    ]

    operations = [
        migrations.AddField(
            model_name='email',
            name='failed_at',
            field=models.DateTimeField(null=True),
        ),
        migrations.RunPython(fill, migrations.RunPython.noop),
        migrations.AddIndex(
            model_name='email',
            index=models.Index(condition=models.Q(('sent_at__isnull', False)), fields=['sent_at'], name='email_sent'),
        ),
        migrations.AddIndex(
            model_name='email',
            index=models.Index(condition=models.Q(('failed_at__isnull', False)), fields=['failed_at'], name='email_failed'),
        ),
    ]
