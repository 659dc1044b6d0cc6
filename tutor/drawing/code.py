"""The code pane: the sample, the program's and the Django project's files as tabs, and the lit line of the step."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from zlib import crc32

from markupsafe import Markup

from tutor import prose
from tutor.engine.lesson.lesson import Lesson
from tutor.engine.lesson.proved_lines import ProvedLines, ProvedProject

SAMPLE = "sample"
"""The name of the sample's tab; a file of the program has a name that ends in .py."""

IN_DJANGO = "django/"
"""Begins the names of the tabs of the Django project."""

_IN_NOTE = ("Django", "Valkey")
"""The versions named below a file of a Django project."""

_NAMES = {"valkey": "Valkey", "redis": "Redis", "python": "Python"}
"""Names as early proof files have them, and as learners see them."""


@dataclass(frozen=True, slots=True)
class CodeLine:
    """One line of the shown code."""

    number: int
    html: Markup
    is_lit: bool


@dataclass(frozen=True, slots=True)
class CodeTab:
    """A tab of the code pane; `name` is its name in addresses, `label` what learners see, `path` where the file is."""

    name: str
    label: str
    path: str
    is_shown: bool
    is_django: bool = False


@dataclass(frozen=True)
class CodePane:
    """The code beside a step. `position`: the step, 0 before the first. `sample_line`: the step's own line, if any.

    `picked`: the name of a tab that the learner chose, "" for none. `proved`: the proof of the program, None if there
    is no valid one.
    """

    lesson: Lesson
    position: int
    sample_line: int | None
    picked: str = ""
    proved: ProvedLines | None = None

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The names of all tabs: the sample, the program's files in their order, then those of the Django project."""
        sample = [SAMPLE] if self.lesson.sample else []
        return (*sample, *self.lesson.program, *(f"{IN_DJANGO}{file}" for file in self._project))

    @property
    def _project(self) -> Mapping[str, str]:
        return self.lesson.django.files if self.lesson.django else {}

    @cached_property
    def shown(self) -> str:
        """The name of the tab that is shown, "" for a lesson without code.

        That is the picked one, else the file of the line that ran last.
        """
        if self.picked in self.names:
            return self.picked
        return self._acting(self.position) or next(iter(self.names), "")

    @property
    def tabs(self) -> Sequence[CodeTab]:
        """The tabs; none for a lesson that has a sample only."""
        if not (self.lesson.program or self._project):
            return ()
        return [self._tab(name) for name in self.names]

    @property
    def tab_number(self) -> int:
        """The number of the shown tab, 0 if there are no tabs."""
        return self.names.index(self.shown) + 1 if self.tabs else 0

    def _tab(self, name: str) -> CodeTab:
        path, is_django = name.removeprefix(IN_DJANGO), name.startswith(IN_DJANGO)
        label = "Sample" if name == SAMPLE else path.rpartition("/")[2] if is_django else path
        return CodeTab(name, label, "Sample" if name == SAMPLE else path, name == self.shown, is_django)

    @property
    def lines(self) -> Sequence[CodeLine]:
        """The lines of the shown tab."""
        return [CodeLine(number, html, number == self.lit) for number, html in enumerate(self._html, 1)]

    @property
    def _html(self) -> tuple[Markup, ...]:
        if self.is_sample and self.lesson.sample:
            return prose.code_lines(self.lesson.sample.code, self.lesson.sample.language)
        if self.django_path:
            return prose.code_lines(self._project[self.django_path], "python")
        return prose.code_lines(self.lesson.program[self.shown], "python") if self.shown else ()

    @property
    def is_sample(self) -> bool:
        """Whether the sample is shown."""
        return self.shown == SAMPLE

    @property
    def django_path(self) -> str:
        """The path of the shown file in the app of a Django project, "" if it is not of one."""
        return self.shown.removeprefix(IN_DJANGO) if self.shown.startswith(IN_DJANGO) else ""

    @property
    def django_proof(self) -> ProvedProject | None:
        """What was proved of the Django project, None if nothing was."""
        return self.proved.django if self.proved else None

    @cached_property
    def lit(self) -> int | None:
        """The number of the lit line, None if no line of the shown tab is."""
        if self.is_sample:
            return self.sample_line
        line = self.proved.lines.get(self.position) if self.proved else None
        return line.number if line and line.file == self.shown else None

    @property
    def meaning(self) -> str:
        """What the lit line is; only a proved program promises that a line ran."""
        return "The line that corresponds to this step" if self.is_sample else "The line that ran"

    @property
    def proved_with(self) -> str:
        """The versions with which the shown file was proved, as in "Valkey 9.0.1, redis-py 8.1.0"; "" if it was not."""
        source = self.django_proof if self.django_path else self.proved
        versions = source.versions if source and not self.is_sample else {}
        if self.django_path:
            # With the commands that it sent, more would not fit below the code.
            versions = {name: version for name, version in versions.items() if name in _IN_NOTE}
        return ", ".join(f"{_NAMES.get(name, name)} {version}" for name, version in versions.items() if version)

    @property
    def proof_mark(self) -> str:
        """A short name of what is said about the proof, by which the server knows whether a page says the same."""
        proved = self.proved
        said = (dict(proved.versions), proved.django) if proved else None
        return f"{crc32(repr(said).encode()):08x}"

    def keeps(self, picked: str, before: int) -> bool:
        """Return whether a tab picked at step `before` stays, now that this step is shown.

        It does, unless another file acts now: then the news is there, and the pane follows it.
        """
        return picked in self.names and self._acting(before) == self._acting(self.position)

    def _acting(self, position: int) -> str:
        return self.proved.file_at(position) if self.proved else ""
