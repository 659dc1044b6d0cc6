"""A proof file: what the lesson's program did at each step when `lessons prove` ran it."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from tutor.engine.values.replies import Json

VERSION = 1
"""The version of this form."""

SUFFIX = ".proof.json"
"""What follows a lesson's name in the name of its proof file, which lies beside the lesson."""


@dataclass(frozen=True, slots=True)
class ProvedStep:
    """What the program did at one step.

    `step`: the step's id. `file`, `line`: where it did it; "" and 0 if no line of the program ran. `sent`: the words of
    each command. `printed`: the line that it printed, None if it printed none. `variables`: the lesson's variables
    after the step, as engine/values/serialization.py stores them. `keys`: the watched keys after it, as `expect` claims
    them. `entry`: the step's whole trace entry as stored, without what differs each time; None in older files.
    """

    step: str
    file: str = ""
    line: int = 0
    sent: list[list[str]] = field(default_factory=list)
    printed: str | None = None
    variables: Mapping[str, Json] = field(default_factory=dict)
    keys: Mapping[str, Json] = field(default_factory=dict)
    entry: Mapping[str, Json] | None = None


@dataclass(frozen=True, slots=True)
class DjangoProof:
    """What the runs of the lesson's Django project gave.

    `digest`: of its files and runs (engine/lesson/background.py). `sent`: the names of all commands that it sent,
    sorted. `gave`: what came of each run.
    """

    digest: str
    versions: Mapping[str, str]
    sent: Sequence[str]
    gave: Sequence[str]


@dataclass(frozen=True, slots=True)
class ProofFile:
    """The proof of one lesson.

    `digest`: what was played (engine/lesson/play_digest.py); a lesson with another digest has been changed since.
    `versions`: of the server and of each library, by name. `ran`: by file of the program, the lines that have run to
    their end; None in older files.
    """

    digest: str
    versions: Mapping[str, str]
    steps: tuple[ProvedStep, ...]
    django: DjangoProof | None = None
    ran: Mapping[str, list[int]] | None = None

    def as_text(self) -> str:
        """Return the file's text: a line for each step, so that a difference shows which step changed."""
        head: dict[str, Any] = {"version": VERSION, "digest": self.digest, "versions": dict(self.versions)}
        if self.django:
            head["django"] = asdict(self.django)
        steps = ",\n".join(json.dumps(asdict(step), ensure_ascii=True) for step in self.steps)
        ran = "" if self.ran is None else f' "ran": {json.dumps(self.ran)},\n'
        return f'{json.dumps(head, indent=1)[:-2]},\n{ran} "steps": [\n{steps}\n]}}\n'


def proof_file_in(text: str) -> ProofFile | None:
    """Return the proof in a file's text, None if the text is none or of a version that is not known."""
    try:
        data: Any = json.loads(text)
        if data["version"] != VERSION:
            return None
        steps = tuple(ProvedStep(**step) for step in data["steps"])
        django = DjangoProof(**data["django"]) if "django" in data else None
        return ProofFile(str(data["digest"]), data["versions"], steps, django, _ran_in(data.get("ran")))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None


def _ran_in(found: Any) -> Mapping[str, list[int]] | None:
    """Return the lines that ran, by file; None if there are none. Raises: TypeError, ValueError, AttributeError."""
    if found is None:
        return None
    return {str(file): [int(number) for number in numbers] for file, numbers in found.items()}
