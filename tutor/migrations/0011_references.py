from django.db import migrations, models

import tutor.models


class Migration(migrations.Migration):

    dependencies = [
        ('tutor', '0010_proofs'),
    ]

    operations = [
        migrations.CreateModel(
            name='ReferencePlay',
            fields=[
                ('digest', models.CharField(max_length=64, primary_key=True, serialize=False)),
                ('values', tutor.models.JsonText()),
                ('played_at', models.DateTimeField(auto_now_add=True)),
            ],
        ),
    ]
