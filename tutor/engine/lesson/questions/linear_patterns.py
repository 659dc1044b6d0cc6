"""Regular expressions of Python's re, matched in linear time by RE2 with exactly re's meaning.

RE2's classes, case folding and word boundaries differ from re's (\\d is ASCII there, for one). So RE2 never sees the
text: re's own matcher says which of the pattern's atoms (a letter, a class, a dot) each character of the text fits, one
character at a time, which can't backtrack. Characters that fit the same atoms become the same byte, and RE2 matches
these bytes with a pattern in which each atom is the set of its bytes. Only repetition, alternation and the ends of the
text are left to RE2, and they mean the same in both: https://github.com/google/re2/wiki/Syntax
"""

import re
from collections.abc import Callable, Mapping
from re import _compiler, _constants, _parser  # type: ignore[attr-defined] # no types; the same from 3.11 to 3.14
from threading import Lock
from typing import Any

import re2

LONGEST = 200
"""Maximum number of characters of a text, if the pattern counts further than this."""

MOST_MEMORY = 1024 * 1024
"""Maximum number of bytes that RE2 may use for one pattern; it has 8 MB by default."""

MOST_KNOWN = 1024
"""Maximum number of characters remembered per pattern."""

NOTHING = r"[^\x00-\xff]"
"""A pattern of RE2 that no byte fits."""

_WORD_BYTES = tuple(b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_")
"""The bytes between which and others RE2 sees a word boundary."""

_OTHER_BYTES = tuple(byte for byte in range(256) if byte not in _WORD_BYTES)

_Items = list[tuple[Any, Any]]

_Signature = tuple[bool, ...]
"""For each atom, whether a character fits it; and last, whether it is part of a word for \\b."""


class NotLinear(Exception):
    """RE2 can't match this pattern, or this text by it, with exactly re's meaning; the text says why."""


class _Translation:
    """A pattern on its way to RE2: its shape, with the atoms by number, and what its anchors need."""

    def __init__(self, flags: int) -> None:
        self.atoms: dict[str, Callable[[str], object]] = {}
        self.counts_beyond = False
        self.has_line_ends = False
        self.has_non_boundary = False
        self.boundary_flags: set[int] = set()
        self._flags = flags
        self._empty = _parser.State()
        self._empty.str = ""

    def shape_of(self, items: Any, flags: int) -> str:
        """Return these items as a pattern with a format field for each atom."""
        return "".join(self._shape(op, argument, flags) for op, argument in items)

    def _shape(self, op: Any, argument: Any, flags: int) -> str:
        name = str(op)
        if name in _ATOMS:
            return self._atom((op, argument), flags)
        if name not in _SHAPES:
            raise NotLinear(_REASONS.get(name, f"it has {name.lower()}"))
        return _SHAPES[name](self, argument, flags)

    def _atom(self, item: tuple[Any, Any], flags: int) -> str:
        name = f"{item} {flags}"
        if name not in self.atoms:
            self.atoms[name] = _matcher_of([item], flags)
        return f"{{{list(self.atoms).index(name)}}}"

    def branch(self, argument: Any, flags: int) -> str:
        """Return alternatives."""
        return f"(?:{'|'.join(self.shape_of(each, flags) for each in argument[1])})"

    def group(self, argument: Any, flags: int) -> str:
        """Return a group, whose content is not captured: nothing refers to it."""
        _, added, removed, items = argument
        inner = _compiler._combine_flags(flags, added, removed)  # noqa: SLF001 - re has no public name for its rule
        return f"(?:{self.shape_of(items, inner)})"

    def repeat(self, argument: Any, flags: int) -> str:
        """Return a repetition; greedy and lazy are the same, because the whole text has to match."""
        fewest, most, items = argument
        # A text of LONGEST characters has room for as many repetitions that are not empty, and one that is empty can be
        # repeated or left out. RE2 takes no number above 1,000.
        is_endless = most is _constants.MAXREPEAT
        self.counts_beyond |= fewest > LONGEST or (most > LONGEST and not is_endless)
        fewest = min(fewest, LONGEST + 1)
        bounds = f"{fewest}," if is_endless or most > LONGEST else f"{fewest},{most}"
        return f"(?:{self.shape_of(items, flags)}){{{{{bounds}}}}}"

    def anchor(self, argument: Any, flags: int) -> str:
        """Return the start or end of the text, or a word boundary."""
        name = str(argument)
        if "BOUNDARY" in name:
            self.boundary_flags.add(flags & re.ASCII)
            self.has_non_boundary |= name == "AT_NON_BOUNDARY"
            return r"\B" if name == "AT_NON_BOUNDARY" else r"\b"
        # $ and, by (?m), ^ also match beside a line end. Texts that have one are refused if the pattern asks for them.
        self.has_line_ends |= name in ("AT_BEGINNING", "AT_END")
        return r"\A" if "BEGINNING" in name else r"\z"

    def nothing(self, _argument: Any, _flags: int) -> str:
        """Return a pattern that matches nothing, as (?!) does."""
        return NOTHING


def _matcher_of(items: _Items, flags: int) -> Callable[[str], object]:
    """Return re's own matcher for the items of a parsed pattern."""
    state = _parser.State()
    state.str, state.flags = "", flags
    matcher: Callable[[str], object] = _compiler.compile(_parser.SubPattern(state, list(items)), flags).fullmatch
    return matcher


_ATOMS = frozenset(("LITERAL", "NOT_LITERAL", "IN", "ANY"))

_SHAPES: Mapping[str, Callable[[_Translation, Any, int], str]] = {
    "BRANCH": _Translation.branch,
    "SUBPATTERN": _Translation.group,
    "MAX_REPEAT": _Translation.repeat,
    "MIN_REPEAT": _Translation.repeat,
    "AT": _Translation.anchor,
    "FAILURE": _Translation.nothing,
}

_REASONS: Mapping[str, str] = {
    "ASSERT": "it looks ahead or behind",
    "ASSERT_NOT": "it looks ahead or behind",
    "GROUPREF": "it refers to a group",
    "GROUPREF_EXISTS": "it refers to a group",
    "ATOMIC_GROUP": "it has an atomic group",
    "POSSESSIVE_REPEAT": "it has a possessive repetition",
}


class LinearPattern:
    """A pattern that RE2 matches. The bytes of characters are added as texts bring new ones."""

    def __init__(self, translation: _Translation, shape: str) -> None:
        self._translation = translation
        self._shape = shape
        self._atoms = tuple(translation.atoms.values())
        self._in_word = [_matcher_of(_parser.parse(r"\w", flags), flags) for flags in translation.boundary_flags]
        self._lock = Lock()
        self._forget()
        # Printable ASCII at once, so that most answers bring nothing new.
        self._add("".join(map(chr, range(0x20, 0x7F))))

    def matches(self, text: str) -> bool:
        """Return whether the whole text matches. Raises: NotLinear for a text that RE2 would judge otherwise."""
        if self._translation.counts_beyond and len(text) > LONGEST:
            raise NotLinear(f"the text has more than {LONGEST} characters")
        if self._translation.has_line_ends and "\n" in text:
            raise NotLinear("the text has a line end")
        if self._translation.has_non_boundary and not text:
            raise NotLinear(r"\B in an empty text depends on the version of Python")
        with self._lock:
            if not self._bytes.keys() >= set(text):
                self._learn(text)
            return self._compiled.fullmatch(bytes(map(self._bytes.__getitem__, text))) is not None

    def _learn(self, text: str) -> None:
        try:
            self._add(text)
        except NotLinear:
            # Too many kinds of character came together over several texts; this one alone may have few enough.
            self._add(text)

    def _forget(self) -> None:
        self._bytes: dict[str, int] = {}
        self._by_signature: dict[_Signature, int] = {}
        self._free = {True: list(_WORD_BYTES), False: list(_OTHER_BYTES)}

    def _add(self, text: str) -> None:
        """Give each new character of the text a byte, and compile the pattern again if there are new bytes."""
        new = set(text) - self._bytes.keys()
        if len(self._bytes) + len(new) > MOST_KNOWN:
            self._forget()
            new = set(text)
        before = len(self._by_signature)
        try:
            found = {char: self._byte_of(self._signature(char)) for char in new}
            if len(self._by_signature) > before or not before:
                self._compiled = self._compile()
        except NotLinear:
            self._forget()
            raise
        self._bytes |= found

    def _signature(self, char: str) -> _Signature:
        fits = [fits(char) is not None for fits in self._atoms]
        return (*fits, any(in_word(char) for in_word in self._in_word))

    def _byte_of(self, signature: _Signature) -> int:
        if signature not in self._by_signature:
            free = self._free[signature[-1]] or ([] if self._in_word else self._free[True])
            if not free:
                raise NotLinear("it tells too many characters apart")
            self._by_signature[signature] = free.pop()
        return self._by_signature[signature]

    def _compile(self) -> Any:
        sets = [self._set_of(number) for number in range(len(self._atoms))]
        options = re2.Options()
        options.encoding = re2.Options.Encoding.LATIN1
        options.max_mem = MOST_MEMORY
        options.log_errors = False
        options.never_capture = True
        try:
            return re2.compile(self._shape.format(*sets).encode(), options)
        except re2.error:
            raise NotLinear("it is too large for RE2") from None

    def _set_of(self, atom: int) -> str:
        found = sorted(byte for signature, byte in self._by_signature.items() if signature[atom])
        return "[" + "".join(rf"\x{byte:02x}" for byte in found) + "]" if found else NOTHING


def linear(pattern: str, flags: re.RegexFlag) -> LinearPattern:
    """Return the pattern for RE2. Raises: NotLinear; re.error, OverflowError, RecursionError if it is no pattern."""
    compiled = re.compile(pattern, flags)
    parsed = _parser.parse(pattern, int(flags))
    translation = _Translation(compiled.flags)
    shape = translation.shape_of(parsed, compiled.flags)
    if len(translation.boundary_flags) > 1:
        raise NotLinear("it has two kinds of word boundary")
    return LinearPattern(translation, shape)
