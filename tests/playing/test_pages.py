"""Every page can be drawn: each step of random lessons in a preview."""

import pytest
from django.test import RequestFactory
from hypothesis import given

from tests.fuzzing import slowly
from tests.playing import random_lessons
from tests.playing.test_one_performance import of_server
from tutor.authoring import preview
from tutor.authoring.proving import CheckedText
from tutor.engine.playing import player
from tutor.ports import corners
from tutor.views.shared.previews import NOT_DRAWN, PreviewSource, show_preview

pytestmark = [pytest.mark.slow, pytest.mark.django_db]


@slowly(25)
@given(text=random_lessons.lessons())
def test_every_step_of_a_lesson_can_be_drawn(monkeypatch, text):
    lesson = of_server(text)
    # Including steps that the check would refuse, because a step that can't be sent is drawn too.
    played = CheckedText((), lesson, tuple(player.play(lesson, corners.temporary(lesson))))
    monkeypatch.setattr(preview, "examined", lambda *_: played)
    source = PreviewSource("random", "random.yaml", text, "/preview/random/")
    for at in range(0, len(lesson.steps) + 1, 3):
        for view in ("picture", "lanes"):
            answer = show_preview(RequestFactory().get("/preview/random/", {"at": at, "view": view}), source)
            assert answer.status_code == 200
            assert NOT_DRAWN.title not in answer.content.decode()
