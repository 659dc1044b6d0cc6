"""Fixtures for tests of pages: a small lesson on a separate shelf, and visitors who step through it."""

from pathlib import Path

from django.http import HttpResponse
from django.test import Client

from tests.learners import remembered
from tests.lessons import lesson
from tutor.models import Run

SLUG = "small"
PAGE = f"/lessons/{SLUG}/"
START = f"{PAGE}runs/"
HTMX = {"HX-Request": "true"}

STEPS = """\
  - {actor: producer, action: Push, command: LPUSH queue task1}
  - {actor: consumer, action: Pop, command: RPOP queue, save: task}
  - {actor: consumer, action: Process, print: 'Processed {task!r}'}
"""
OTHER_STEPS = STEPS.replace("task1", "task9") + "  - {actor: consumer, action: Pop again, command: RPOP queue}\n"
LENGTH = 3


def shelve(folder: Path, steps: str = STEPS, slug: str = SLUG) -> None:
    """Put a lesson of these steps on the shelf that is this folder."""
    (folder / f"{slug}.yaml").write_text(lesson(steps))


def visitor() -> Client:
    """Return a browser with its own cookie."""
    return remembered(Client())


def begin(client: Client, **headers: str) -> HttpResponse:
    """Press the button for the first time."""
    return client.post(START, {"number": "1"}, headers=headers or HTMX)


def take(client: Client, run: Run, position: int, **headers: str) -> HttpResponse:
    """Press the button of a run that wants this step."""
    return client.post(f"/runs/{run.pk}/steps/{position}/", headers=headers or HTMX)


def begun(client: Client, steps: int = 1) -> Run:
    """Return a new run that took that many steps."""
    assert begin(client).status_code == 200
    run = Run.objects.get(pk=newest().pk)
    for position in range(2, steps + 1):
        assert take(client, run, position).status_code == 200
    return run


def newest() -> Run:
    """Return the run that was begun last."""
    return Run.objects.latest("started_at")
