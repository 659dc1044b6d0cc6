"""Texts with holes: the parts between them are encoded and compressed once, and each answer fills its own values in.

A gzip stream may be put together from pieces (RFC 1951): a compressed part ends at a byte, and a hole is a stored
block. The compressor sees bytes in place of a hole that no text has, so that it never refers to the value of a hole.
The value itself is not compressed, so the length of an answer says nothing about it, whatever else is in the text
(BREACH, https://www.breachattack.com).
"""

import re
import struct
import zlib
from collections.abc import Mapping, Sequence
from threading import Lock

from django.http import HttpResponse
from django.utils.text import _get_random_filename  # type: ignore[attr-defined]  # left out by django-stubs

MOST_LENGTHS = 8
"""Maximum number of compressed versions of one text; each is for values of other lengths."""

_HEADER = b"\x1f\x8b\x08\x08\0\0\0\0\0\xff"
"""Of a gzip stream with a file name and without a time (RFC 1952)."""

_NO_BYTE = b"\xff"
"""A byte that UTF-8 never has."""

_STORED = struct.Struct("<xHH")
_TRAILER = struct.Struct("<II")


class Woven:
    """A text with holes. `marks`: what marks the holes, by their names; a mark must not be in the text by chance."""

    def __init__(self, text: str, marks: Mapping[str, str]) -> None:
        names = {mark: name for name, mark in marks.items()}
        pieces = re.split(f"({'|'.join(map(re.escape, names))})", text) if names else [text]
        self._parts = tuple(part.encode() for part in pieces[::2])
        self.holes = tuple(names[mark] for mark in pieces[1::2])
        """The names of the holes, in the order of the text."""
        self._packed: dict[tuple[int, ...], tuple[bytes, ...]] = {}
        self._lock = Lock()

    @property
    def length(self) -> int:
        """The bytes of the text without its holes."""
        return sum(map(len, self._parts))

    @property
    def size(self) -> int:
        """The bytes that it keeps: the text, and its compressed versions."""
        with self._lock:
            return self.length + sum(len(part) for parts in self._packed.values() for part in parts)

    def has(self, name: str) -> bool:
        """Return whether the text has a hole of that name."""
        return name in self.holes

    def filled(self, values: Mapping[str, str]) -> "Filled":
        """Return the text with these values in its holes; of a value that the text has no hole for, nothing is used."""
        return Filled(self, [values[name].encode() for name in self.holes])

    def packed_parts(self, lengths: tuple[int, ...]) -> tuple[bytes, ...]:
        """Return the compressed parts for values of these lengths: each ends where the bytes of a value begin."""
        with self._lock:
            found = self._packed.get(lengths)
        if found is None:
            found = self._compressed(lengths)
            with self._lock:
                if len(self._packed) >= MOST_LENGTHS:
                    del self._packed[next(iter(self._packed))]
                self._packed[lengths] = found
        return found

    def _compressed(self, lengths: Sequence[int]) -> tuple[bytes, ...]:
        compressor = zlib.compressobj(6, zlib.DEFLATED, -zlib.MAX_WBITS)
        found = []
        for part, length in zip(self._parts, lengths, strict=False):
            packed = compressor.compress(part) + compressor.flush(zlib.Z_SYNC_FLUSH)
            found.append(packed + _STORED.pack(length, length ^ 0xFFFF))
            # Later parts may repeat earlier ones, at the right distance.
            compressor.compress(_NO_BYTE * length)
            compressor.flush(zlib.Z_SYNC_FLUSH)
        return (*found, compressor.compress(self._parts[-1]) + compressor.flush())

    def interleaved(self, parts: Sequence[bytes], values: Sequence[bytes]) -> bytes:
        """Return the parts with the values between them."""
        pieces = [b""] * (2 * len(values) + 1)
        pieces[::2], pieces[1::2] = parts, values
        return b"".join(pieces)

    def plain(self, values: Sequence[bytes]) -> bytes:
        """Return the text with these values in its holes."""
        return self.interleaved(self._parts, values)


class Filled:
    """A woven text with its values: as it is, and compressed."""

    def __init__(self, woven: Woven, values: Sequence[bytes]) -> None:
        self._woven, self._values = woven, values
        self.plain = woven.plain(values)

    def packed(self, most_random_bytes: int) -> bytes:
        """Return it as a gzip stream, with up to that many random bytes, as Django's own middleware has them."""
        parts = self._woven.packed_parts(tuple(map(len, self._values)))
        body = self._woven.interleaved(parts, self._values)
        trailer = _TRAILER.pack(zlib.crc32(self.plain), len(self.plain))
        return b"".join((_HEADER, _get_random_filename(most_random_bytes), b"\0", body, trailer))


class WovenResponse(HttpResponse):
    """An answer whose compressed form is put together from kept parts (site/compression.py)."""

    def __init__(self, filled: Filled, status: int = 200) -> None:
        super().__init__(filled.plain, status=status)
        self.filled = filled
