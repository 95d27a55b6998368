from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
    ]

    operations = [
        migrations.CreateModel(
            name='Built',
            fields=[
                ('series', models.CharField(max_length=40, primary_key=True, serialize=False)),
                ('version', models.PositiveIntegerField()),
                ('at', models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name='Tally',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('series', models.CharField(max_length=40)),
                ('label', models.CharField(max_length=40)),
                ('hour', models.DateTimeField()),
                ('count', models.BigIntegerField(default=0)),
                ('amount', models.BigIntegerField(default=0)),
                ('last_at', models.DateTimeField(null=True)),
            ],
            options={
                'indexes': [models.Index(fields=['hour', 'series', 'label', 'count', 'amount'], name='metrics_tally_answers')],
                'constraints': [models.UniqueConstraint(fields=('series', 'label', 'hour'), name='metrics_tally_unique')],
            },
        ),
    ]
