"""Answers, help, predictions and tests that were stored by number get lasting names, through the texts they belong to.

What belongs to a text that can't be read any more stays as it is: a place like quiz/2 is no name, so nothing mistakes
one for the other.
"""

from django.db import migrations
from django.db.models import Count, OuterRef, Subquery, Value
from django.db.models.functions import Coalesce

from tutor.engine.asking.sitting import lasting_id
from tutor.library import read_stored


def carry_over(apps, _schema_editor):
    for text in apps.get_model("tutor", "LessonText").objects.iterator():
        lesson = read_stored(text.source)
        if lesson is not None:
            _name_answers(apps, text, lesson)
            _name_predictions(apps, text, lesson)
            _name_drawn(apps, text, lesson)
    _tell_lessons_of_help(apps)
    _number_anew(apps)


def take_back(apps, _schema_editor):
    """Give answers and help the places that they were stored by, for the version before."""
    for text in apps.get_model("tutor", "LessonText").objects.iterator():
        lesson = read_stored(text.source)
        for place, (id_, _) in (_asked(lesson) if lesson else {}).items():
            for model in ("Attempt", "Help"):
                apps.get_model("tutor", model).objects.filter(text_id=text.pk, question=id_).update(question=place)


def _asked(lesson):
    """Return the id of each question and the question, by its place."""
    asked = {f"quiz/{n}": pair for n, pair in enumerate(zip(lesson.quiz_ids, lesson.quiz), 1)}
    asked |= {f"practice/{n}": pair for n, pair in enumerate(zip(lesson.practice_ids, lesson.practice), 1)}
    return asked


def _name_answers(apps, text, lesson):
    asked = _asked(lesson)
    for model in ("Attempt", "Help"):
        rows = apps.get_model("tutor", model).objects.filter(text_id=text.pk)
        for place in rows.order_by().values_list("question", flat=True).distinct():
            if place in asked:
                id_, question = asked[place]
                rows.filter(question=place).update(question=id_, meaning=question.meaning)


def _name_predictions(apps, text, lesson):
    rows = apps.get_model("tutor", "Prediction").objects.filter(run__text_id=text.pk, step="")
    for position in rows.order_by().values_list("position", flat=True).distinct():
        if position <= len(lesson.steps):
            rows.filter(position=position).update(step=lesson.step_ids[position - 1])


def _name_drawn(apps, text, lesson):
    for sitting in apps.get_model("tutor", "Sitting").objects.filter(text_id=text.pk).iterator():
        sitting.drawn = [{**each, "id": lasting_id(each["id"], lesson)} for each in sitting.drawn]
        sitting.save(update_fields=["drawn"])


def _tell_lessons_of_help(apps):
    """Help was stored without its lesson: it is that of the learner's other rows under the same text, or of anybody's."""
    helps = apps.get_model("tutor", "Help").objects
    same = {"text": OuterRef("text"), "learner": OuterRef("learner")}
    named = [
        apps.get_model("tutor", model).objects.filter(**by).order_by("pk").values("slug")[:1]
        for by in (same, {"text": OuterRef("text")})
        for model in ("Run", "Attempt", "Sitting")
    ]
    published = apps.get_model("tutor", "Publication").objects.filter(text=OuterRef("text")).order_by("pk")
    found = [*map(Subquery, named), Subquery(published.values("draft__slug")[:1])]
    helps.filter(slug="").update(slug=Coalesce(*found, Value("")))


def _number_anew(apps):
    """Under two texts the same question may have been answered: those attempts become one series, in their order."""
    attempts = apps.get_model("tutor", "Attempt").objects.order_by()
    series = ("learner", "slug", "question", "meaning")
    repeated = attempts.values(*series, "number").annotate(rows=Count("pk")).filter(rows__gt=1)
    for owner in {tuple(row[name] for name in series) for row in repeated}:
        rows = attempts.filter(**dict(zip(series, owner))).order_by("taken_at", "pk")
        for number, row in enumerate(rows, 1):
            attempts.filter(pk=row.pk).update(number=number)


class Migration(migrations.Migration):
    dependencies = [("tutor", "0005_lasting_names")]

    operations = [migrations.RunPython(carry_over, take_back)]
