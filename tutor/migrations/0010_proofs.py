from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('tutor', '0009_pulse'),
    ]

    operations = [
        migrations.CreateModel(
            name='ProofText',
            fields=[
                ('digest', models.CharField(max_length=64, primary_key=True, serialize=False)),
                ('source', models.TextField()),
            ],
        ),
        migrations.AddField(
            model_name='lessontext',
            name='proof',
            field=models.ForeignKey(null=True, on_delete=models.PROTECT, related_name='+', to='tutor.prooftext'),
        ),
    ]
