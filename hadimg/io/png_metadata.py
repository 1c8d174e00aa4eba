"""What the side chunks of a PNG say, in neutral form; nothing is inflated beyond the limits."""

from __future__ import annotations

import struct
import zlib
from typing import TYPE_CHECKING, Any, NamedTuple

from hadimg.errors import LimitError
from hadimg.io.image import Metadata

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from hadimg.io.limits import Limits
    from hadimg.io.png_chunks import Chunk

__all__ = ["INCH", "XMP_KEYWORD", "read_metadata"]

XMP_KEYWORD = b"XML:com.adobe.xmp"

INCH = 0.0254
"""Meters."""


class _Part(NamedTuple):
    """One part of the metadata: its name in `Metadata`, its value, and its size in bytes when inflated."""

    name: str
    value: Any
    size: int


def read_metadata(data: bytes, chunks: Iterable[Chunk], limits: Limits) -> tuple[Metadata, list[str]]:
    """Return the metadata of a PNG in neutral form.

    Parameters
    ----------
    data : bytes
        The whole file.
    chunks : iterable of Chunk
        Its chunks.
    limits : Limits
        How large one part, and all of them together, may become when inflated.

    Returns
    -------
    metadata : Metadata
        The first of each part; all texts.
    notes : list of str
        What is broken, and is carried unread.

    Raises
    ------
    LimitError
        When a compressed part is too large.
    """
    parts: dict[str, Any] = {}
    text: list[tuple[str, str]] = []
    notes: list[str] = []
    left = limits.metadata_bytes
    for found in chunks:
        if found.kind not in _READERS:
            continue
        try:
            name, value, size = _READERS[found.kind](found.body(data), min(left, limits.block_bytes))
        except LimitError:
            raise
        except (ValueError, struct.error, zlib.error):
            notes.append(f"the PNG chunk {found.name} at byte {found.start - 8} is broken; it is carried unread")
            continue
        left -= size
        if name == "text":
            text.append(value)
        elif value:
            parts.setdefault(name, value)
    return Metadata(**parts, text=tuple(text)), notes


def _exif(body: bytes, _limit: int) -> _Part:
    block = body.removeprefix(b"Exif\0\0")  # some writers put JPEG's prefix before it
    return _Part("exif", block, len(block))


def _resolution(body: bytes, _limit: int) -> _Part:
    across, down, unit = struct.unpack(">IIB", body)
    return _Part("resolution", (across * INCH, down * INCH) if unit == 1 and across and down else None, 0)


def _profile(body: bytes, limit: int) -> _Part:
    profile = _inflate(body.partition(b"\0")[2][1:], limit)
    return _Part("icc", profile, len(profile))


def _text(body: bytes, limit: int, *, compressed: bool = False) -> _Part:
    keyword, _, value = body.partition(b"\0")
    if compressed:
        value = _inflate(value[1:], limit)
    return _Part("text", (keyword.decode("latin-1"), value.decode("latin-1")), len(value))


def _compressed_text(body: bytes, limit: int) -> _Part:
    return _text(body, limit, compressed=True)


def _international_text(body: bytes, limit: int) -> _Part:
    keyword, _, rest = body.partition(b"\0")
    value = rest[2:].split(b"\0", 2)[2:]
    if not value:
        raise ValueError("cut")
    words = _inflate(value[0], limit) if rest[0] == 1 else value[0]
    if keyword == XMP_KEYWORD:
        return _Part("xmp", words, len(words))
    return _Part("text", (keyword.decode("latin-1"), words.decode()), len(words))


def _inflate(stream: bytes, limit: int) -> bytes:
    inflater = zlib.decompressobj()
    value = inflater.decompress(stream, limit + 1)
    if len(value) > limit:
        raise LimitError(
            f"the limits block_bytes and metadata_bytes leave {limit} bytes, metadata of the PNG inflate to more",
            remedy="raise them if you trust the file",
        )
    if not inflater.eof:
        raise ValueError("cut")
    return value


_READERS: dict[bytes, Callable[[bytes, int], _Part]] = {
    b"eXIf": _exif,
    b"iCCP": _profile,
    b"pHYs": _resolution,
    b"tEXt": _text,
    b"zTXt": _compressed_text,
    b"iTXt": _international_text,
}
