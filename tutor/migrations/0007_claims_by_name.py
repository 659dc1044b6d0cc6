"""The claim on an attempt is by lesson, question and key: the same under every text of the lesson that has them."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("tutor", "0006_carry_over")]

    operations = [
        migrations.AddConstraint(
            model_name="attempt",
            constraint=models.UniqueConstraint(
                fields=("learner", "slug", "question", "meaning", "number"), name="one_attempt_a_number"
            ),
        ),
        migrations.AddConstraint(
            model_name="help",
            constraint=models.UniqueConstraint(
                fields=("learner", "slug", "text", "question", "kind"), name="one_help_a_kind"
            ),
        ),
    ]
