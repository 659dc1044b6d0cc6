"""The site that is measured: the program's own, one address more for the floor, and a lesson of thousands of steps."""

from itertools import cycle, islice

from django.core.handlers.wsgi import WSGIHandler
from django.core.wsgi import get_wsgi_application

application: WSGIHandler = get_wsgi_application()

from tutor import library
from tutor.engine.lesson.lesson import Lesson

SLUG = "redis-as-message-broker"
LONG = "long"
LONG_STEPS = 5_100

_first = library.find(SLUG)
digest, text = _first.digest, _first.text

_fields = {name: getattr(_first.lesson, name) for name in Lesson.model_fields}

lesson = Lesson(**{**_fields, "steps": list(islice(cycle(_first.lesson.steps), LONG_STEPS))})
"""The first lesson with its steps repeated, so that steps draw realistic content."""

# No file may hold that many steps, so that the lesson is put where those are that runs are bound to.
library._bound[LONG] = lesson
