"""The chunks of a PNG file: walked and checked one by one, never inflated; and put together again."""

from __future__ import annotations

import struct
import zlib
from typing import TYPE_CHECKING, NamedTuple

from hadimg.errors import FormatError, UnsupportedError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from hadimg.io.header import ReadOptions

__all__ = [
    "SIGNATURE",
    "STORED_CHANNELS",
    "Chunk",
    "Layout",
    "assemble",
    "chunk",
    "image_data",
    "read_layout",
    "stored_file",
    "walk",
    "without_data",
]

SIGNATURE = b"\x89PNG\r\n\x1a\n"

DEPTHS = {0: (1, 2, 4, 8, 16), 2: (8, 16), 3: (1, 2, 4, 8), 4: (8, 16), 6: (8, 16)}
"""The depths that go with each color type."""

STORED_CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}

PASSES = ((0, 0, 8, 8), (0, 4, 8, 8), (4, 0, 8, 4), (0, 2, 4, 4), (2, 0, 4, 2), (0, 1, 2, 2), (1, 0, 2, 1))
"""First row, first column, and steps of both, for each pass of an interlaced picture."""

LONGEST_SIDE = 1_000_000
"""What libpng takes."""

CRITICAL = (b"IHDR", b"PLTE", b"IDAT", b"IEND")
FRAME_KINDS = (b"acTL", b"fcTL", b"fdAT")

IDAT_BYTES = 1 << 22
"""libpng refuses chunks over 8 million bytes unless the header explains them."""


class Chunk(NamedTuple):
    """One chunk: its four-letter name, and where its body lies in the file."""

    kind: bytes
    start: int
    length: int

    def body(self, data: bytes) -> bytes:
        """Return the body."""
        return data[self.start : self.start + self.length]

    @property
    def name(self) -> str:
        """The four letters as text."""
        return self.kind.decode("ascii")


class Layout(NamedTuple):
    """What IHDR declares: size, bits per value, color type, and whether rows come in seven passes."""

    width: int
    height: int
    depth: int
    color: int
    interlaced: bool

    def passes(self) -> list[tuple[tuple[slice, slice], Layout]]:
        """Return the rows and columns that each pass fills, and its own layout; one pass if not interlaced."""
        steps = PASSES if self.interlaced else ((0, 0, 1, 1),)
        passes = []
        for top, left, down, across in steps:
            width, height = -(-(self.width - left) // across), -(-(self.height - top) // down)
            if width > 0 and height > 0:
                place = slice(top, None, down), slice(left, None, across)
                passes.append((place, self._replace(width=width, height=height, interlaced=False)))
        return passes

    @property
    def row_bytes(self) -> int:
        """Bytes of one row, its filter included."""
        return 1 + (self.width * self.depth * STORED_CHANNELS[self.color] + 7) // 8

    def inflated_bytes(self) -> int:
        """Return the number of bytes that the compressed data must hold."""
        return sum(part.height * part.row_bytes for _, part in self.passes())

    def body(self) -> bytes:
        """Return the layout as IHDR holds it."""
        return struct.pack(">IIBBBBB", self.width, self.height, self.depth, self.color, 0, 0, self.interlaced)


def read_layout(data: bytes, options: ReadOptions) -> Layout:
    """Return what the header declares, checked against the rules of the format and the limit of pixels.

    Raises
    ------
    FormatError, LimitError, UnsupportedError
        Before anything behind the header is looked at.
    """
    if not data.startswith(SIGNATURE):
        raise FormatError("the PNG signature is broken", remedy="copy the file again, in binary mode")
    if len(data) < 33:
        raise FormatError(f"the PNG data end inside the header: {len(data)} bytes")
    length, kind = struct.unpack_from(">I4s", data, 8)
    if kind == b"CgBI":
        raise UnsupportedError("Apple's private variant of PNG (CgBI) is not read", remedy="convert it with Xcode")
    if kind != b"IHDR" or length != 13:
        raise FormatError("the PNG data do not begin with a header (IHDR)")
    if zlib.crc32(data[12:29]) != struct.unpack_from(">I", data, 29)[0]:
        raise FormatError("the checksum of the PNG header is wrong")
    width, height, depth, color, compression, filters, interlace = struct.unpack_from(">IIBBBBB", data, 16)
    if not (0 < width < 1 << 31 and 0 < height < 1 << 31):
        raise FormatError(f"the PNG header declares {width} x {height} pixels")
    if depth not in DEPTHS.get(color, ()) or compression != 0 or filters != 0 or interlace > 1:
        raise FormatError(
            f"the PNG header declares depth {depth}, color type {color}, compression {compression}, filter {filters},"
            f" interlace {interlace}, which do not go together"
        )
    options.limits.check("page_pixels", width * height)
    if max(width, height) > LONGEST_SIDE:
        raise UnsupportedError(f"the PNG has a side of {max(width, height)} pixels, the decoder takes {LONGEST_SIDE}")
    return Layout(width, height, depth, color, bool(interlace))


def walk(data: bytes, options: ReadOptions, notes: list[str]) -> list[Chunk]:
    """Return all chunks behind the header, each with its checksum verified, in the order of the file.

    Parameters
    ----------
    data : bytes
        The whole file; its header is known to be right.
    options : ReadOptions
        With ``allow_damaged``, side information with a wrong checksum is left out and the end may be missing.
    notes : list of str
        Where damage and bytes behind the end are named.

    Returns
    -------
    list of Chunk
        Without IHDR and IEND.

    Raises
    ------
    FormatError, LimitError, UnsupportedError
        When a chunk is broken, misplaced or too large, or one is critical and unknown.
    """
    chunks: list[Chunk] = []
    ended = False
    metadata_bytes = 0
    for found, whole in _scan(data, options, notes):
        options.limits.check("blocks", len(chunks) + 2)
        if found.kind not in CRITICAL + FRAME_KINDS:
            metadata_bytes += found.length
            options.limits.check("block_bytes", found.length)
            options.limits.check("metadata_bytes", metadata_bytes)
        if not whole and found.kind != b"IDAT":
            continue
        if found.kind == b"IEND":
            ended = True
            _note_end(data, found, notes)
            break
        if found.kind[:1].isupper() and found.kind not in CRITICAL:
            raise UnsupportedError(f"the PNG has a critical chunk {found.name} that is not known")
        chunks.append(found)
    if not ended:
        _damage("the PNG data end early: the end chunk (IEND) is missing", options, notes)
    _check_order(chunks)
    return chunks


def _scan(data: bytes, options: ReadOptions, notes: list[str]) -> Iterator[tuple[Chunk, bool]]:
    """Yield each chunk behind the header, and whether it is whole."""
    view = memoryview(data)
    place = 33
    while place < len(data):
        left = len(data) - place - 12
        if left < 0:
            _damage(f"the PNG data end early: {left + 12} bytes of a chunk at byte {place}", options, notes)
            return
        length, kind = struct.unpack_from(">I4s", data, place)
        if not kind.isalpha():
            _damage(f"the PNG data are broken: no chunk at byte {place}", options, notes)
            return
        found = Chunk(kind, place + 8, min(length, left + 4))
        if length > left:
            _damage(
                f"the PNG data end early: chunk {found.name} at byte {place} declares {length} bytes, {left} are left",
                options,
                notes,
            )
            yield found, False
            return
        end = place + 8 + length
        whole = zlib.crc32(view[place + 4 : end]) == struct.unpack_from(">I", data, end)[0]
        if not whole:
            _damage(f"the checksum of the PNG chunk {found.name} at byte {place} is wrong", options, notes)
        yield found, whole
        place = end + 4


def _damage(reason: str, options: ReadOptions, notes: list[str]) -> None:
    if not options.allow_damaged:
        raise FormatError(reason, remedy="copy the file again, or allow damaged files")
    notes.append(f"damaged: {reason}")


def _note_end(data: bytes, end: Chunk, notes: list[str]) -> None:
    behind = len(data) - (end.start + end.length + 4)
    if end.length:
        raise FormatError(f"the PNG end chunk (IEND) holds {end.length} bytes instead of none")
    if behind:
        notes.append(f"{behind} bytes behind the end of the PNG data are left out")


def _check_order(chunks: Sequence[Chunk]) -> None:
    """Refuse critical chunks that are missing, doubled, or not where they belong."""
    kinds = [found.kind for found in chunks]
    if b"IDAT" not in kinds:
        raise FormatError("the PNG holds no picture: no data chunk (IDAT)")
    first = kinds.index(b"IDAT")
    count = kinds.count(b"IDAT")
    if any(kind != b"IDAT" for kind in kinds[first : first + count]):
        raise FormatError("the data chunks (IDAT) of the PNG are not consecutive")
    for kind in (b"IHDR", b"PLTE", b"tRNS"):
        places = [place for place, other in enumerate(kinds) if other == kind]
        if len(places) > (kind != b"IHDR") or any(place > first for place in places):
            raise FormatError(f"the PNG chunk {kind.decode()} is doubled or stands behind the data")
    if b"PLTE" in kinds and b"tRNS" in kinds and kinds.index(b"tRNS") < kinds.index(b"PLTE"):
        raise FormatError("the PNG chunk tRNS stands before the palette")


def chunk(kind: bytes, body: bytes | memoryview) -> bytes:
    """Return a whole chunk: length, name, body and checksum.

    Examples
    --------
    >>> chunk(b"IEND", b"").hex(" ")
    '00 00 00 00 49 45 4e 44 ae 42 60 82'
    """
    return b"".join(_pieces(kind, body))


def _pieces(kind: bytes, body: bytes | memoryview) -> tuple[bytes, bytes | memoryview, bytes]:
    """Return what makes a chunk, nothing of it copied."""
    return struct.pack(">I4s", len(body), kind), body, struct.pack(">I", zlib.crc32(body, zlib.crc32(kind)))


def image_data(stream: bytes) -> Iterator[bytes | memoryview]:
    """Yield the pieces of the IDAT chunks that hold a compressed stream, whose bytes are not copied."""
    view = memoryview(stream)
    for start in range(0, len(stream), IDAT_BYTES):
        yield from _pieces(b"IDAT", view[start : start + IDAT_BYTES])


def stored_file(layout: Layout, rows: memoryview) -> bytearray:
    """Return the file of rows of filtered pixels, which are stored without compression."""
    storing = zlib.compressobj(0)
    data = bytearray(SIGNATURE + chunk(b"IHDR", layout.body()))
    for start in range(0, len(rows), IDAT_BYTES):  # part by part: there is never more than one copy
        data += chunk(b"IDAT", storing.compress(rows[start : start + IDAT_BYTES]))
    data += chunk(b"IDAT", storing.flush()) + chunk(b"IEND", b"")
    return data


def without_data(data: bytes, chunks: Iterable[Chunk]) -> bytes:
    """Return the file with all chunks of pixels emptied: what there is to carry over, without its largest part.

    Parameters
    ----------
    data : bytes
        The whole file.
    chunks : iterable of Chunk
        What `walk` returned.
    """
    view = memoryview(data)
    kept = (
        chunk(found.kind, b"")
        if found.kind in (b"IDAT", b"fdAT")
        else view[found.start - 8 : found.start + found.length + 4]
        for found in chunks
    )
    return b"".join((view[:33], *kept, chunk(b"IEND", b"")))


def assemble(layout: Layout, chunks: Iterable[bytes | memoryview]) -> bytes:
    """Return the file of a header, the given chunks, whole or in pieces, and the end chunk."""
    return b"".join((SIGNATURE, chunk(b"IHDR", layout.body()), *chunks, chunk(b"IEND", b"")))
