"""What a lesson says around its steps: the question that it answers, where it is used, and its place in Django."""

import json
from collections.abc import Mapping
from functools import cached_property
from hashlib import sha256
from typing import Literal, Self

from pydantic import Field, model_validator

from tutor.engine.lesson.programs import MOST_FILES, FileName, SourceText
from tutor.engine.lesson.questions.question import Citation
from tutor.engine.lesson.steps.base import Strict

MOST_RUNS = 12
"""Maximum number of things done with a Django project."""

LONGEST_OUTPUT = 2_000
"""Maximum number of characters that a run may claim to be printed or answered."""

DjangoAct = Literal["get", "post", "manage", "start", "stop"]
"""What a run does. The names are fields of DjangoRun; a run has one of them."""

_COMMAND = r"^([a-z][a-z0-9_]*( [\w./:=-]+)*)?$"
_ADDRESS = r"^(/[^\s\\]*)?$"


class SourcedText(Strict):
    """A sentence or two, and the documentation that says so."""

    text: str = Field(min_length=1, max_length=700, description="In Markdown.", examples=["Celery does this for you."])
    source: Citation = Field(
        description="The page that says so; learners get a link to it.",
        examples=[{"title": "Celery: Using Redis", "url": "https://docs.celeryq.dev/en/stable/"}],
    )


class DjangoRun(Strict):
    """One thing that is done with the Django project when it is proved, and what comes of it."""

    get: str = Field(
        default="", pattern=_ADDRESS, max_length=200, description="Requests this address.", examples=["/news/"]
    )
    post: str = Field(
        default="", pattern=_ADDRESS, max_length=200, description="Posts `data` to this address.", examples=["/tasks/"]
    )
    data: dict[str, str] = Field(
        default_factory=dict, max_length=20, description="The fields of a `post`.", examples=[{"task": "task1"}]
    )
    manage: str = Field(
        default="",
        pattern=_COMMAND,
        max_length=80,
        description="Runs this command of manage.py until it ends, or has printed what it `gives`.",
        examples=["worker"],
    )
    start: str = Field(
        default="",
        pattern=_COMMAND,
        max_length=80,
        description="Starts this command of manage.py, and goes on when it waits for Redis.",
        examples=["listen"],
    )
    stop: str = Field(
        default="",
        pattern=_COMMAND,
        max_length=80,
        description="Waits until a started command has printed what it `gives`, and ends it.",
        examples=["listen"],
    )
    gives: str = Field(
        default="",
        max_length=LONGEST_OUTPUT,
        description="The body of the answer, or the lines that the command prints.",
        examples=["Processed 'task1'"],
    )

    @model_validator(mode="after")
    def _does_one_thing(self) -> Self:
        if len(self._acts) != 1:
            raise ValueError("a run does one thing: get, post, manage, start or stop")
        if self.data and not self.post:
            raise ValueError("only a `post` has data")
        if self.start and self.gives:
            raise ValueError("what a started command gives is claimed where it is stopped")
        return self

    @property
    def _acts(self) -> Mapping[DjangoAct, str]:
        given: dict[DjangoAct, str] = {"get": self.get, "post": self.post, "manage": self.manage}
        given |= {"start": self.start, "stop": self.stop}
        return {act: what for act, what in given.items() if what}

    @property
    def act(self) -> DjangoAct:
        """What the run does."""
        return next(iter(self._acts))

    @property
    def what(self) -> str:
        """The address or the command."""
        return self._acts[self.act]


class DjangoProject(Strict):
    """Files of an app in a Django project, and how they are tried."""

    files: dict[FileName, SourceText] = Field(
        min_length=1,
        max_length=MOST_FILES,
        description="The app's files by their paths in it; settings.py is added to the project's settings.",
        examples=[{"views.py": "import redis\n"}],
    )
    runs: list[DjangoRun] = Field(
        min_length=1,
        max_length=MOST_RUNS,
        description="What `lessons prove` does with the project, in order.",
        examples=[[{"manage": "worker", "gives": "Processed 'task1'"}]],
    )

    @cached_property
    def digest(self) -> str:
        """SHA-256 in hex of the files and the runs; a proof of another digest is of an earlier version."""
        text = json.dumps(self.model_dump(mode="json", exclude_defaults=True), sort_keys=True, ensure_ascii=False)
        return sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


class Background(Strict):
    """The fields of a lesson that explain it and change nothing in its play."""

    subtitle: str = Field(
        default="",
        max_length=120,
        description="The question that the lesson answers.",
        examples=["How does a task get from one process to another?"],
    )
    used: SourcedText | None = Field(
        default=None,
        description="Where this is used in production.",
        examples=[
            {"text": "Sidekiq's queues are Redis lists.", "source": {"title": "Sidekiq", "url": "https://x.test/"}}
        ],
    )
    in_django: SourcedText | None = Field(
        default=None,
        description="In Django you would …: the part of a library that does this.",
        examples=[{"text": "Celery does this.", "source": {"title": "Celery", "url": "https://docs.celeryq.dev/"}}],
    )
    django: DjangoProject | None = Field(
        default=None,
        description="Where the code goes in a Django project; `lessons prove` runs it.",
        examples=[{"files": {"views.py": "import redis\n"}, "runs": [{"get": "/", "gives": "Hello"}]}],
    )
