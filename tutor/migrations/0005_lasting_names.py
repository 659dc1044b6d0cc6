"""Room for lasting names; 0006 fills it in, and 0007 makes them the claim."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("tutor", "0004_login_guesses")]

    operations = [
        migrations.RemoveConstraint(model_name="attempt", name="one_attempt_a_number"),
        migrations.RemoveConstraint(model_name="help", name="one_help_a_kind"),
        migrations.AddField(
            model_name="attempt", name="meaning", field=models.CharField(blank=True, default="", max_length=16), preserve_default=False
        ),
        migrations.AddField(
            model_name="help", name="meaning", field=models.CharField(blank=True, default="", max_length=16), preserve_default=False
        ),
        migrations.AddField(
            model_name="help", name="slug", field=models.CharField(blank=True, default="", max_length=80), preserve_default=False
        ),
        migrations.AddField(
            model_name="prediction", name="step", field=models.CharField(blank=True, default="", max_length=80), preserve_default=False
        ),
    ]
