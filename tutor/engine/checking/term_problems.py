"""Links to terms of the glossary in a lesson's prose that name none of them."""

import re
from collections.abc import Collection, Iterator

from tutor.engine.lesson.glossary import TERM_LINK
from tutor.engine.lesson.lesson import Lesson
from tutor.engine.lesson.problem import Problem, name_facts, nearest
from tutor.engine.lesson.prose_texts import prose_texts, segments

_LINKED = re.compile(rf"\]\({TERM_LINK}(?P<id>[^)\s]*)\)")


def term_problems(lesson: Lesson, known: Collection[str]) -> Iterator[Problem]:
    """Yield a problem for each link to a term that the glossary does not have."""
    for text in prose_texts(lesson):
        if TERM_LINK not in text.text:
            continue
        for segment in segments(text.text, text.kind):
            for found in _LINKED.finditer(segment.text) if segment.kind == "prose" else ():
                if found["id"] not in known:
                    near = nearest(found["id"], known)
                    aside = f"; did you mean {near!r}?" if near else ""
                    facts = name_facts(found["id"], known, "a term of the glossary")
                    yield Problem(text.path, f"the glossary has no term {found['id']!r}{aside}", facts=facts)
