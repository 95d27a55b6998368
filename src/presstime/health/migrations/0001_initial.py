import presstime.base.ids
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
    ]

    operations = [
        migrations.CreateModel(
            name='Change',
            fields=[
                ('id', models.UUIDField(default=presstime.base.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('name', models.CharField(max_length=40)),
                ('before', models.CharField(blank=True, choices=[('pass', 'pass'), ('warn', 'warn'), ('fail', 'fail')], max_length=4)),
                ('level', models.CharField(choices=[('pass', 'pass'), ('warn', 'warn'), ('fail', 'fail')], max_length=4)),
                ('output', models.CharField(blank=True, max_length=500)),
                ('at', models.DateTimeField()),
            ],
            options={
                'ordering': ['-at', '-id'],
                'indexes': [models.Index(fields=['-at', '-id'], name='health_change_newest')],
                'constraints': [models.CheckConstraint(condition=models.Q(('level__in', ['pass', 'warn', 'fail'])), name='health_change_known'), models.CheckConstraint(condition=models.Q(('before__in', ['', 'pass', 'warn', 'fail'])), name='health_change_before_known')],
            },
        ),
        migrations.CreateModel(
            name='Pulse',
            fields=[
                ('id', models.PositiveSmallIntegerField(default=1, primary_key=True, serialize=False)),
                ('written_at', models.DateTimeField(null=True)),
                ('noted_slot', models.DateTimeField(null=True)),
                ('noted_since', models.DateTimeField(null=True)),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('id', 1)), name='health_pulse_single')],
            },
        ),
        migrations.CreateModel(
            name='Standing',
            fields=[
                ('name', models.CharField(max_length=40, primary_key=True, serialize=False)),
                ('level', models.CharField(choices=[('pass', 'pass'), ('warn', 'warn'), ('fail', 'fail')], max_length=4)),
                ('since', models.DateTimeField()),
                ('output', models.CharField(blank=True, max_length=500)),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('level__in', ['pass', 'warn', 'fail'])), name='health_standing_known')],
            },
        ),
    ]
