"""Texts with holes as a brotli stream: the parts between them are compressed once, as woven.py does with gzip.

A hole is an uncompressed meta-block (RFC 7932, 9.2). What the decoder reads after it depends on the two bytes before,
so these belong to the block: the first two of the next part. The compressor sees bytes in place of a value that no text
has, and that seldom repeat: distances of repetitions that it remembered of them, the decoder would not know. Whether
that went well depends on the text alone and not on the values, so the decoder tries it once.
"""

from collections.abc import Sequence
from hashlib import shake_256
from itertools import chain, zip_longest

import brotli

FEWEST_BYTES, MOST_BYTES = 16 * 1024, 96 * 1024
"""Bytes of a text that is compressed in this way: a page, of which 27 KB take 30 ms, not the answer to a click."""

_LOOKED_BACK = 2
_LARGEST_BLOCK = 1 << 16
_NOT_UTF_8 = bytes([0xC0, 0xC1, *range(0xF5, 0x100)])


def brotli_parts(parts: Sequence[bytes], lengths: Sequence[int]) -> tuple[bytes, ...] | None:
    """Return the compressed parts of a text, between which values of these lengths come; None if there are none."""
    if not FEWEST_BYTES <= sum(map(len, parts)) <= MOST_BYTES or any(len(part) < _LOOKED_BACK for part in parts[1:]):
        return None
    if any(length + _LOOKED_BACK > _LARGEST_BLOCK for length in lengths):
        return None
    values = [b"\0" * length for length in lengths]
    # The best quality finds repetitions of two bytes, also where the decoder has a value.
    for quality in (11, 9):
        found = _compressed(parts, lengths, quality)
        if _unpacked(_woven(found, values)) == _woven(parts, values):
            return found
    return None


def _compressed(parts: Sequence[bytes], lengths: Sequence[int], quality: int) -> tuple[bytes, ...]:
    compressor = brotli.Compressor(quality=quality)
    found, at_start, rest = [], b"", parts[0]
    for number, (length, part) in enumerate(zip(lengths, parts[1:], strict=True)):
        packed = compressor.process(rest) + compressor.flush()
        found.append(at_start + packed + _block_of(length + _LOOKED_BACK))
        at_start, rest = part[:_LOOKED_BACK], part[_LOOKED_BACK:]
        compressor.process(_foreign(number, length) + at_start)
        compressor.flush()
    return (*found, at_start + compressor.process(rest) + compressor.finish())


def _block_of(size: int) -> bytes:
    """Return the head of an uncompressed meta-block: not the last one, the size in 16 bits, and the mark."""
    return ((size - 1) << 3 | 1 << 19).to_bytes(3, "little")


def _foreign(number: int, length: int) -> bytes:
    """Return bytes in place of a value, others for each hole; no two of them follow one another twice, if they can."""
    found, pairs = bytearray(), set[tuple[int, int]]()
    for each in shake_256(str(number).encode()).digest(length):
        choices = (_NOT_UTF_8[(each + further) % len(_NOT_UTF_8)] for further in range(len(_NOT_UTF_8)))
        last = found[-1] if found else 0
        byte = next((choice for choice in choices if (last, choice) not in pairs), _NOT_UTF_8[0])
        pairs.add((last, byte))
        found.append(byte)
    return bytes(found)


def _woven(parts: Sequence[bytes], values: Sequence[bytes]) -> bytes:
    return b"".join(chain.from_iterable(zip_longest(parts, values, fillvalue=b"")))


def _unpacked(stream: bytes) -> bytes | None:
    try:
        return bytes(brotli.decompress(stream))
    except brotli.error:
        return None
