"""RIFF, the container of WebP: named chunks one after the other, each padded to an even length.

Source: RFC 9649, "WebP Image Format".
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, NamedTuple

from hadimg.errors import FormatError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from hadimg.io.limits import Limits

__all__ = ["Chunk", "riff", "walk"]


class Chunk(NamedTuple):
    """A chunk of a file: its name, and where its payload lies."""

    name: bytes
    start: int
    end: int


def walk(data: bytes, start: int, end: int, limits: Limits) -> list[Chunk]:
    """Return the chunks between two places of ``data``, in file order.

    Parameters
    ----------
    data : bytes
        The whole file.
    start, end : int
        Where the first chunk begins and the last one ends.
    limits : Limits
        ``blocks`` bounds the number of chunks.

    Raises
    ------
    FormatError, LimitError
        When a chunk leaves the bounds, or there are too many.

    Examples
    --------
    >>> from hadimg.io.limits import Limits
    >>> walk(riff([(b"abcd", b"123")]), 12, 24, Limits())
    [Chunk(name=b'abcd', start=20, end=23)]
    """
    chunks = []
    while start + 8 <= end:
        length = int.from_bytes(data[start + 4 : start + 8], "little")
        if start + 8 + length > end:
            raise FormatError(f"the WebP chunk at byte {start} ends {start + 8 + length - end} bytes behind its frame")
        chunks.append(Chunk(data[start : start + 4], start + 8, start + 8 + length))
        limits.check("blocks", len(chunks))
        start += 8 + length + (length & 1)
    return chunks


def riff(chunks: Iterable[tuple[bytes, bytes]]) -> bytes:
    """Return the WebP file that has these chunks, each a name and a payload.

    Examples
    --------
    >>> len(riff([(b"abcd", b"123")]))
    24
    """
    body = pack(chunks)
    return b"RIFF" + struct.pack("<I", 4 + len(body)) + b"WEBP" + body


def pack(chunks: Iterable[tuple[bytes, bytes]]) -> bytes:
    """Return chunks as bytes, without the head of a file."""
    return b"".join(
        part
        for name, payload in chunks
        for part in (name, struct.pack("<I", len(payload)), payload, b"\0" * (len(payload) & 1))
    )
