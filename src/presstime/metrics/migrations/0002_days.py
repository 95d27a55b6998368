from django.db import migrations, models


def mark_all_time(apps, schema_editor):
    """Hours and sums of all time are told apart; days are counted when a worker next starts."""
    apps.get_model("metrics", "Tally").objects.filter(hour__year=1970).update(hours=0)
    apps.get_model("metrics", "Built").objects.all().delete()


class Migration(migrations.Migration):

    dependencies = [
        ('metrics', '0001_initial'),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name='tally',
            name='metrics_tally_unique',
        ),
        migrations.RemoveIndex(
            model_name='tally',
            name='metrics_tally_answers',
        ),
        migrations.AddField(
            model_name='tally',
            name='hours',
            field=models.PositiveSmallIntegerField(default=1),
        ),
        migrations.RunPython(mark_all_time, migrations.RunPython.noop),
        migrations.AddIndex(
            model_name='tally',
            index=models.Index(fields=['hours', 'hour', 'series', 'label', 'count', 'amount'], name='metrics_tally_answers'),
        ),
        migrations.AddConstraint(
            model_name='tally',
            constraint=models.UniqueConstraint(fields=('series', 'label', 'hours', 'hour'), name='metrics_tally_unique'),
        ),
        migrations.AddConstraint(
            model_name='tally',
            constraint=models.CheckConstraint(condition=models.Q(('hours__in', [0, 1, 24])), name='metrics_tally_span_known'),
        ),
    ]
