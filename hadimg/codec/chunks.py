"""What a file says about its picture, in typed chunks: four letters, a length, the content, a checksum."""

from __future__ import annotations

import math
import struct
import zlib
from typing import TYPE_CHECKING

from hadimg.errors import ArgumentError, FormatError
from hadimg.io.image import Metadata

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hadimg.io.limits import Limits

__all__ = ["pack_metadata", "unpack_metadata"]

PARTS = {b"EXIF": "exif", b"XMP ": "xmp", b"ICCP": "icc", b"IPTC": "iptc"}
"""Chunks that hold a part of `Metadata` byte for byte."""
RESOLUTION, TEXT = b"RESO", b"TEXT"
LONGEST_KEYWORD = 65535

_HEAD = struct.Struct("<4sI")
_FRAME = _HEAD.size + 4


def pack_metadata(metadata: Metadata) -> bytes:
    r"""Return the chunks of ``metadata``, in an order that is always the same.

    Parameters
    ----------
    metadata : Metadata
        Any parts.

    Returns
    -------
    bytes
        Nothing at all where there is nothing to say.

    Raises
    ------
    ArgumentError
        When a resolution is no positive number, or a keyword is too long.

    Examples
    --------
    >>> pack_metadata(Metadata(xmp=b"<x/>"))[:12]
    b'XMP \x04\x00\x00\x00<x/>'
    """
    chunks = [(name, getattr(metadata, part)) for name, part in PARTS.items() if getattr(metadata, part)]
    if metadata.resolution:
        if not _is_resolution(*metadata.resolution):
            raise ArgumentError(f"resolution must be two positive numbers, got {metadata.resolution}")
        chunks.append((RESOLUTION, struct.pack("<2d", *metadata.resolution)))
    for keyword, text in metadata.text:
        name = keyword.encode("utf-8", "surrogatepass")
        if len(name) > LONGEST_KEYWORD:
            raise ArgumentError(f"a keyword must take at most {LONGEST_KEYWORD} bytes, got {len(name)}")
        chunks.append((TEXT, struct.pack("<H", len(name)) + name + text.encode("utf-8", "surrogatepass")))
    return b"".join(_chunk(name, content) for name, content in chunks)


def _chunk(name: bytes, content: bytes) -> bytes:
    return _HEAD.pack(name, len(content)) + content + struct.pack("<I", zlib.crc32(content, zlib.crc32(name)))


def unpack_metadata(data: bytes, limits: Limits) -> Metadata:
    """Return what `pack_metadata` wrote; chunks of other names are passed over.

    Parameters
    ----------
    data : bytes
        All chunks.
    limits : Limits
        ``block_bytes`` and ``blocks`` are checked.

    Raises
    ------
    FormatError, LimitError
        When a chunk is cut, damaged, doubled or too large.

    Examples
    --------
    >>> from hadimg.io.limits import Limits
    >>> unpack_metadata(pack_metadata(Metadata(text=(("Title", "Dunes"),))), Limits()).text
    (('Title', 'Dunes'),)
    """
    parts: dict[str, bytes] = {}
    resolution: tuple[float, float] | None = None
    text: list[tuple[str, str]] = []
    for name, content in _chunks(data, limits):
        if name in PARTS:
            if PARTS[name] in parts:
                raise FormatError(f"the HADI metadata hold {name.decode().strip()} twice")
            parts[PARTS[name]] = content
        elif name == RESOLUTION:
            resolution = _resolution(content)
        elif name == TEXT:
            text.append(_text(content))
    return Metadata(**parts, resolution=resolution, text=tuple(text))


def _chunks(data: bytes, limits: Limits) -> Iterator[tuple[bytes, bytes]]:
    place, count = 0, 0
    while place < len(data):
        count += 1
        limits.check("blocks", count)
        if len(data) - place < _FRAME:
            raise FormatError(f"the HADI metadata end in {len(data) - place} bytes that are no chunk")
        name, length = _HEAD.unpack_from(data, place)
        if length > len(data) - place - _FRAME:
            raise FormatError(f"a chunk of the HADI metadata declares {length} bytes, {len(data) - place} are left")
        limits.check("block_bytes", length)
        start = place + _HEAD.size
        content = data[start : start + length]
        (checksum,) = struct.unpack_from("<I", data, start + length)
        if checksum != zlib.crc32(content, zlib.crc32(name)):
            raise FormatError(f"the checksum of the metadata chunk at byte {place} is wrong", remedy="copy it again")
        yield name, content
        place = start + length + 4


def _is_resolution(across: float, down: float) -> bool:
    return all(math.isfinite(value) and value > 0 for value in (across, down))


def _resolution(content: bytes) -> tuple[float, float]:
    if len(content) != 16:
        raise FormatError(f"the resolution in the HADI metadata must take 16 bytes, not {len(content)}")
    across, down = struct.unpack("<2d", content)
    if not _is_resolution(across, down):
        raise FormatError(f"the resolution in the HADI metadata must be positive, got {across} x {down}")
    return across, down


def _text(content: bytes) -> tuple[str, str]:
    length = int.from_bytes(content[:2], "little")
    if len(content) < 2 + length:
        raise FormatError(f"the keyword of a text in the HADI metadata declares {length} bytes, more than there are")
    try:
        decoded = [part.decode("utf-8", "surrogatepass") for part in (content[2 : 2 + length], content[2 + length :])]
    except UnicodeDecodeError as error:
        raise FormatError("a text in the HADI metadata is not UTF-8") from error
    return decoded[0], decoded[1]
