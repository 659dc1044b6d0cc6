"""The glossary of the lessons' folder, glossary.yaml: read when it changes; what can't be read is left out."""

import re
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

from django.conf import settings
from pydantic import ValidationError
from pydantic_core import ErrorDetails

from tutor.engine.lesson.glossary import Glossary, Term
from tutor.engine.lesson.reserved import GLOSSARY_FILE
from tutor.files.kept import KeptFiles
from tutor.files.regular import start_of
from tutor.files.schema_errors import spot_at
from tutor.files.yaml_reader import LARGEST_FILE, Node, Spot, read_document

MOST_TERMS = 300
"""Maximum number of terms."""

_ID = re.compile(r"[a-z][a-z0-9-]{0,59}")

_NOTHING = Glossary()


def current() -> Glossary:
    """Return the glossary of the lessons' folder, an empty one if there is none."""
    return _files.at(_path(settings.LESSONS_DIR)) or _NOTHING


@lru_cache(maxsize=8)
def _path(folder: Path) -> Path:
    # A page asks for the glossary at each of its texts.
    return Path(folder) / GLOSSARY_FILE


def glossary_in(source: str | bytes) -> tuple[Glossary, list[Spot]]:
    """Return the glossary in a text, and its problems. Never raises."""
    document = read_document(source)
    spots, terms = [*document.problems], dict[str, Term]()
    root = document.root
    if root is None:
        return _NOTHING, spots
    if not isinstance(root.value, dict) or len(root.value) > MOST_TERMS:
        message = f"a glossary is a mapping of at most {MOST_TERMS} entries: `fifo: {{term: …, text: …}}`"
        return _NOTHING, [*spots, Spot(root.line, root.column, message)]
    for id_, fields in root.value.items():
        if not _ID.fullmatch(id_):
            spots.append(spot_at(root, (id_,), f"{id_!r} is no id: a-z, 0-9 and -, beginning with a letter"))
            continue
        try:
            terms[id_] = Term.model_validate(fields)
        except ValidationError as error:
            spots += [_spot(each, root.children[id_]) for each in error.errors(include_url=False)]
    return Glossary(terms), [*spots, *_doubtful(root, terms)]


def _spot(fault: ErrorDetails, entry: Node) -> Spot:
    name = fault["loc"][-1] if fault["loc"] else ""
    messages = {
        "missing": f"the field {name!r} is missing",
        "extra_forbidden": f"unknown field {name!r}; known: {', '.join(Term.model_fields)}",
    }
    spot = spot_at(entry, [*fault["loc"]], messages.get(fault["type"], f"{name or 'this'}: {fault['msg']}"))
    key = entry.keys.get(name) if fault["type"] == "extra_forbidden" else None
    return Spot(key.line, key.column, spot.message) if key else spot


def _doubtful(root: Node, terms: dict[str, Term]) -> Iterator[Spot]:
    named: dict[str, str] = {}
    for id_, term in terms.items():
        for form in term.forms:
            other = named.setdefault(form.lower(), id_)
            if other != id_:
                yield spot_at(root, (id_,), f"{form!r} is a form of {other!r} as well; texts could mean either")


def _read(path: Path) -> Glossary:
    return glossary_in(start_of(path, LARGEST_FILE + 1))[0]


_files = KeptFiles(_read)
