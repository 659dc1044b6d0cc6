"""The starter lesson: a new lesson file that is short, works, and is full of comments."""

import os
import re
from pathlib import Path

from django.conf import settings

from tutor.engine.errors import TutorError
from tutor.engine.lesson.reserved import NOT_LESSONS
from tutor.files.yaml_reader import plain_value

TEMPLATE = Path(__file__).with_name("starter.yaml")

SCHEMA_FILE = Path("docs") / "lesson.schema.json"
"""The JSON Schema of lessons, relative to the root of the repository."""

LONGEST_SLUG = 60

_SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


class NotMade(TutorError):
    """The file was not made; the text says why."""


def make(slug: str) -> Path:
    """Write a new lesson of that name and return its file; an existing file is not touched. Raises: NotMade."""
    refuse_bad_slug(slug)
    folder = Path(settings.LESSONS_DIR)
    path = folder / f"{slug}.yaml"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with path.open("x", encoding="utf-8", newline="\n") as file:
            file.write(text_for(slug, folder))
    except OSError as error:
        if path.exists():
            raise NotMade(f"{path} exists already; nothing was changed.") from error
        raise NotMade(f"{path} can't be written: {error.strerror}.") from error
    return path


def refuse_bad_slug(slug: str) -> None:
    """Raise NotMade for a slug that no lesson can have, with a suggestion."""
    if len(slug) > LONGEST_SLUG:
        raise NotMade(f"A lesson's name has at most {LONGEST_SLUG} characters; this one has {len(slug)}.")
    if f"{slug}.yaml" in NOT_LESSONS:
        raise NotMade(f"{slug}.yaml is no lesson's file; a lesson needs another name.")
    if not _SLUG.fullmatch(slug):
        near = "-".join(re.findall("[a-z0-9]+", slug.lower().removesuffix(".yaml")))
        hint = f" Did you mean {near}?" if near else ""
        raise NotMade(f"A lesson's name is its address: a-z, 0-9, and - between them.{hint}")


def schema_line(folder: Path) -> str:
    """Return the comment by which editors find the schema of a file in `folder`.

    https://github.com/redhat-developer/yaml-language-server#using-inlined-schema
    """
    schema = Path(os.path.relpath(Path(settings.BASE_DIR) / SCHEMA_FILE, folder)).as_posix()
    return f"# yaml-language-server: $schema={schema}"


def text_for(slug: str, folder: Path) -> str:
    """Return the text of the starter lesson for a file of that name in `folder`."""
    title = slug.replace("-", " ").capitalize()
    # Quoted if YAML would not read it as text. A title with a leading digit may be a number too long to be read.
    if title[0].isdigit() or not isinstance(plain_value(title), str):
        title = f'"{title}"'
    _, _, rest = TEMPLATE.read_text(encoding="utf-8").partition("\n")
    return "\n".join([schema_line(folder), rest.replace("TITLE", title).replace("FILE", f"{folder.name}/{slug}.yaml")])


def text_to_begin(slug: str) -> str:
    """Return the starter lesson for the Studio, which checks it without a command."""
    text = text_for(slug, Path(settings.LESSONS_DIR))
    about, _, rest = text.partition("\n\n")
    said = "# A lesson that works. Change it step by step: problems are marked while you type."
    return f"{about.splitlines()[0]}\n{said}\n\n{rest}"
