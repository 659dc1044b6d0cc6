"""Checks a question drawn from a trace against the raw entries: its key, its wrong choices, its reasons, its steps.

It shares no code with what draws them: states and outputs are written here as Python prints them, and plays with
another command are those of the lesson's own text with the command exchanged.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from tests.playing.sentence_oracle import Oracle, Unproved
from tutor.engine.trace.entry import TraceEntry

Entries = Sequence[TraceEntry]


class Drawn:
    """One drawn question; `play` plays the lesson with commands exchanged, by a function of its words' text."""

    def __init__(
        self,
        id_: str,
        question: Any,
        entries: Entries,
        labels: Mapping[str, str],
        types: Mapping[str, str],
        play: Callable[[Callable[[str], str]], Entries],
    ) -> None:
        self.id, self.question, self.real, self.labels, self.types, self.play = (
            id_,
            question,
            entries,
            labels,
            types,
            play,
        )
        swap = re.match(r"Suppose the lesson had `(\w+)` in place of each `(\w+)`\.", question.question)
        self.entries = play(swapped(swap[2], swap[1])) if swap else entries
        named = re.search(r"(?:value of|does) `([^`]*)`|`([^`]*)` hold", question.question.partition("```")[0])
        self.key = (named[1] or named[2]) if named else ""
        number = re.search(r"step (\d+)", question.question.partition("```")[0])
        self.n = int(number[1]) if number else 0

    def claim(self, holds: bool, said: str) -> None:
        if not holds:
            raise Unproved(f"{self.id}: {said!r} in {self.question!r}")

    # Values as Python prints them.

    def state(self, entries: Entries, n: int) -> str:
        state = entries[n - 1].keys.get(self.key) if n else None
        if state is None:
            return "None" if self.types.get(self.key) == "string" else "[]"
        if state["type"] == "other":
            return "(another type)"
        if "value" in state:
            return shown(state["value"])
        if state["type"] == "set" and state["items"]:
            return "{" + ", ".join(map(shown, sorted(state["items"]))) + "}"
        return shown(state["items"])

    def output(self, entries: Entries, n: int) -> str:
        entry = entries[n - 1]
        return str(entry.output) if entry.printed else shown(entry.output)

    def truth(self, entries: Entries, n: int) -> str:
        return self.output(entries, n) if "output" in self.id else self.state(entries, n)

    def first_emptied(self, entries: Entries, after: int) -> str:
        empty = ("None", "[]")
        # A key that is empty already does not become empty.
        is_empty = [self.state(entries, m) in empty for m in range(len(entries) + 1)]
        steps = [m for m in range(max(1, after), len(entries) + 1) if is_empty[m] and not is_empty[m - 1]]
        return f"Step {steps[0]}" if steps else "Never"

    # The question's parts.

    def require(self) -> None:
        """Raises: Unproved, unless all that the question says is so."""
        question = self.question
        key = plain(question.key_text)
        if "emptied" in self.id:
            self._emptied(key)
        else:
            self.claim(key == self.truth(self.entries, self.n), f"key {key}")
        texts = {
            letter: plain(getattr(each, "text", each)) for letter, each in getattr(question, "choices", {}).items()
        }
        self.claim(len({*texts.values()}) == len(texts), "choices differ")
        for letter, reason in question.mistakes.items() if texts else ():
            self.claim(texts[letter] != key, "a wrong choice is right")
            self._reason(texts[letter], reason)
        self._explained(question.explanation)
        self.claim(list(question.steps) == sorted({*question.steps}), "steps in order")

    def _emptied(self, key: str) -> None:
        filled = int(self.id.split("/")[-1])
        self.claim(key == self.first_emptied(self.entries, filled + 1), f"key {key}")
        self.claim(list(self.question.steps) == [int(key.split()[1])], "steps")

    def _reason(self, text: str, reason: str) -> None:
        for pattern, check in REASONS:
            found = re.fullmatch(pattern, reason, re.DOTALL)
            if found:
                self.claim(bool(check(self, text, found)), f"{text}: {reason}")
                return
        raise Unproved(f"unknown kind of reason: {reason!r}")

    def _with_mistake(self, text: str, wrong: str, right: str) -> bool:
        return text in self._found_in(self.play(swapped(right, wrong)))

    def _with_looks(self, text: str) -> bool:
        return text in self._found_in(self.play(peeked))

    def _found_in(self, entries: Entries) -> tuple[str, ...]:
        if "emptied" in self.id:
            return (self.first_emptied(entries[: len(self.real)], int(self.id.split("/")[-1]) + 1),)
        return (self.truth(entries, self.n),)

    def _holds_after(self, text: str, found: re.Match[str]) -> bool:
        m, self_key = int(found["m"]), self.key
        return (
            text == f"Step {m}"
            and found["key"] == self_key
            and found["state"]
            in (
                self.state(self.entries, m),
                "(another type)",
            )
        )

    def _explained(self, text: str) -> None:
        if text.startswith("No step up to step "):
            self.claim(not any(self.key in entry.was for entry in self.entries[: self.n]), text)
            return
        found = re.fullmatch(
            r"(?:Then, at s|S)tep (?P<n>\d+): (?P<said>.*)\.(?P<since> The steps since .*)?", text, re.DOTALL
        )
        self.claim(found is not None, text)
        assert found
        n = int(found["n"])
        said = found["said"]
        since = found["since"] or ""
        if since:
            self.claim(not any(self.key in entry.was for entry in self.entries[n : self.n]), text)
        Oracle(self.entries[n - 1], self.labels).require(said)


def shown(value: Any) -> str:
    """Return a value as Python prints it; bytes that are no text as bytes."""
    if isinstance(value, str):
        raw = value.encode("utf-8", "surrogateescape")
        try:
            return repr(raw.decode())
        except UnicodeDecodeError:
            return repr(raw)
    if isinstance(value, list):
        return f"[{', '.join(map(shown, value))}]"
    if isinstance(value, set):
        return "{" + ", ".join(sorted(map(shown, value))) + "}" if value else "set()"
    return repr(value)


def plain(text: str) -> str:
    """Return a choice without the backticks of code around it."""
    found = re.fullmatch(r"(`+) ?(.*?) ?\1", text, re.DOTALL)
    return found[2] if found else text


def swapped(right: str, wrong: str) -> Callable[[str], str]:
    """Return a function of a command's text: the same with another name."""
    return lambda text: re.sub(rf"^{right}(?=\s|$)", wrong, text, flags=re.IGNORECASE)


def peeked(text: str) -> str:
    """Return a command that looks at what a pop takes."""
    found = re.fullmatch(r'([LR])POP "?([\w:.-]+)"?', text, re.IGNORECASE)
    return f"LINDEX {found[2]} {0 if found[1].upper() == 'L' else -1}" if found else text


REASONS: tuple[tuple[str, Callable[[Drawn, str, re.Match[str]], object]], ...] = (
    (
        r"So it (?:is|would be) after step (?P<m>\d+)\.",
        lambda d, text, m: text == d.state(d.entries, int(m["m"])),
    ),
    (r"So it (?:is|would be) before the first step\.", lambda d, text, _: text == d.state(d.entries, 0)),
    (r"So it (?:is|would be) at step (?P<m>\d+)\.", lambda d, text, m: text == d.output(d.entries, int(m["m"]))),
    (r"So it is in the lesson as it stands\.", lambda d, text, _: text == d.truth(d.real, d.n)),
    (
        r"So it would be with `(?P<wrong>\w+)` in place of `(?P<right>\w+)`\.",
        lambda d, text, m: d._with_mistake(text, m["wrong"], m["right"]),
    ),
    (r"So it would be with pops that leave the element in the list\.", lambda d, text, _: d._with_looks(text)),
    (
        r"The elements are right, but in the reverse order\.",
        lambda d, text, _: text == shown(d.entries[d.n - 1].keys[d.key]["items"][::-1]),
    ),
    (
        r"This is what `(?P<key>.*)` (?:holds|would hold) after the step, not what the program gets\.",
        lambda d, text, m: text in shown(d.entries[d.n - 1].keys[m["key"]]) or text.startswith("{"),
    ),
    (
        r"The step (?:does|would) put something out\.",
        lambda d, text, _: text == "None" and d.output(d.entries, d.n) != "None",
    ),
    (r"So it would be with the values that the variables have at the start\.", lambda d, text, _: "y0" in text),
    (r"The values take the place of the names in braces\.", lambda d, text, _: "{" in text),
    (r"After step (?P<m>\d+), `(?P<key>.*?)` holds (?P<state>.*)\.", Drawn._holds_after),
)
"""Every kind of reason for a wrong choice."""
