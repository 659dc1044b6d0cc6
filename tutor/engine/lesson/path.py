"""The path through all lessons: needs first, then each track's own order; and problems of a lesson's place in it."""

from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from tutor.engine.lesson.lesson import Lesson
from tutor.engine.lesson.problem import Facts, Problem, nearest
from tutor.engine.lesson.reserved import CONCEPTS_FILE


@dataclass(frozen=True, slots=True)
class Placed:
    """A lesson as the path sees it."""

    slug: str
    track: str
    needs: tuple[str, ...] = ()
    teaches: tuple[str, ...] = ()

    @classmethod
    def of(cls, slug: str, lesson: Lesson) -> "Placed":
        """Return the place of a lesson."""
        return cls(slug, lesson.track, tuple(lesson.needs), tuple(lesson.teaches))


def sections(lessons: Iterable[Placed]) -> list[list[Placed]]:
    """Return the path in sections: tracks whose lessons need each other's share one. `lessons` come in track order.

    Within a section a lesson comes as early as its track's order allows, and after one that teaches what it needs. A
    need that no lesson teaches holds nothing up. Of lessons that need each other in a circle, the first one in track
    order comes first.
    """
    found = list(lessons)
    track_of = _merged_tracks(found)
    grouped: dict[str, list[Placed]] = {}
    for each in found:
        grouped.setdefault(track_of[each.track], []).append(each)
    return [_needs_first(group, found) for group in grouped.values()]


def _merged_tracks(lessons: Sequence[Placed]) -> dict[str, str]:
    """Return, for each track, the first one of its section."""
    section = {each.track: each.track for each in lessons}
    for each in lessons:
        for need in each.needs:
            teachers = [other.track for other in lessons if need in other.teaches]
            if teachers and each.track not in teachers:
                first, other = section[teachers[0]], section[each.track]
                section = {track: first if now == other else now for track, now in section.items()}
    return section


def _needs_first(group: Sequence[Placed], everything: Iterable[Placed]) -> list[Placed]:
    taught = {concept for each in everything for concept in each.teaches}
    known: set[str] = set()
    waiting, path = list(group), list[Placed]()
    while waiting:
        ready = (each for each in waiting if taught.isdisjoint(set(each.needs) - known))
        following = next(ready, waiting[0])
        waiting.remove(following)
        known.update(following.teaches)
        path.append(following)
    return path


@dataclass(frozen=True, slots=True)
class Syllabus:
    """The concepts with their sentences, and the places of all lessons, in track order."""

    concepts: Mapping[str, str] = field(default_factory=dict)
    lessons: tuple[Placed, ...] = ()

    def with_lesson(self, placed: Placed) -> "Syllabus":
        """Return the syllabus with this version of a lesson."""
        others = [each for each in self.lessons if each.slug != placed.slug]
        return Syllabus(self.concepts, (*others, placed))

    def teacher_of(self, named: str) -> str | None:
        """Return the lesson that teaches a concept, or that has this slug; None if there is none."""
        teachers = [each.slug for each in self.lessons if named in each.teaches]
        slugs = [each.slug for each in self.lessons if each.slug == named]
        return next(iter([*teachers, *slugs]), None)


def path_problems(slug: str, lesson: Lesson, syllabus: Syllabus) -> Iterator[Problem]:
    """Yield warnings about the concepts that a lesson names: unknown ones, untaught needs, and needs in a circle."""
    placed = Placed.of(slug, lesson)
    known = syllabus.with_lesson(placed)
    named = [((field, i), each) for field in ("needs", "teaches") for i, each in enumerate(getattr(lesson, field))]
    yield from (_unknown(each, known.concepts, path) for path, each in named if each not in known.concepts)
    for path, each in named:
        if path[0] == "needs" and each in known.concepts and known.teacher_of(each) is None:
            message = f"no lesson teaches {each!r}, so this need does not place the lesson"
            yield Problem(path, message, "warning")
    yield from _circles(placed, known)
    yield from _leading_nowhere(lesson, known)


def _leading_nowhere(lesson: Lesson, known: Syllabus) -> Iterator[Problem]:
    """Yield a warning for each question that looks ahead to something that no lesson teaches."""
    for part, questions in (("quiz", lesson.quiz), ("practice", lesson.practice)):
        for i, question in enumerate(questions):
            if question.ahead and known.teacher_of(question.ahead) is None:
                yield _nowhere(question.ahead, known, (part, i, "ahead"))


def _unknown(concept: str, concepts: Mapping[str, str], path: tuple[str | int, ...]) -> Problem:
    near = nearest(concept, concepts)
    hint = f"did you mean {near!r}?" if near else "name it there, with a sentence"
    message = f"{CONCEPTS_FILE} has no concept {concept!r}; {hint}"
    return Problem(path, message, "warning", Facts(word=concept, known=tuple(concepts)))


def _nowhere(named: str, known: Syllabus, path: tuple[str | int, ...]) -> Problem:
    names = [name for name in (*known.concepts, *(each.slug for each in known.lessons)) if name != named]
    near = nearest(named, names)
    hint = f"; did you mean {near!r}?" if near else ""
    message = f"no lesson teaches {named!r} or has this name, so the question leads nowhere{hint}"
    return Problem(path, message, "warning", Facts(word=named, known=names))


def _circles(placed: Placed, known: Syllabus) -> Iterator[Problem]:
    """Yield a warning for each need whose way leads back to the lesson."""
    for i, need in enumerate(placed.needs):
        if way := _way_back(placed, need, known):
            said = ", ".join(f"{each.slug} teaches {concept!r}" for concept, each in way)
            yield Problem(("needs", i), f"this need goes in a circle: {said}; leave one of these needs out", "warning")


def _way_back(placed: Placed, need: str, known: Syllabus) -> list[tuple[str, Placed]]:
    """Return the shortest way over needs that leads back to the lesson: concepts and their teachers; [] without one."""
    ways = deque([[(need, each)] for each in known.lessons if need in each.teaches])
    # A concept that another lesson teaches as well, outside of any circle, can still be learned first.
    learned = {concept for each in _learnable(known) for concept in each.teaches}
    seen: set[str] = set()
    while ways:
        way = ways.popleft()
        concept, last = way[-1]
        if concept in learned or last.slug in seen:
            continue
        if last.slug == placed.slug:
            return way
        seen.add(last.slug)
        ways += [[*way, (next_, each)] for next_ in last.needs for each in known.lessons if next_ in each.teaches]
    return []


def _learnable(known: Syllabus) -> list[Placed]:
    """Return the lessons that can come after all that they need."""
    taught = {concept for each in known.lessons for concept in each.teaches}
    learned, found, before = set[str](), list[Placed](), -1
    while before < len(found):
        before = len(found)
        found = [each for each in known.lessons if taught.isdisjoint(set(each.needs) - learned)]
        learned = {concept for each in found for concept in each.teaches}
    return found
