"""The walk over a JPEG's segments: where each lies, what it is, and what the frame declares."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from hadimg.errors import FormatError
from hadimg.io.jpeg_frame import FRAME_CODES, read_frame

if TYPE_CHECKING:
    from hadimg.io.jpeg_frame import Frame
    from hadimg.io.limits import Limits

__all__ = ["Layout", "Segment", "color_model", "find_end", "read_layout"]

START_OF_IMAGE = b"\xff\xd8"
END_OF_IMAGE = b"\xff\xd9"
XMP = b"http://ns.adobe.com/xap/1.0/\0"
EXTENDED_XMP = b"http://ns.adobe.com/xmp/extension/\0"
ICC = b"ICC_PROFILE\0"
PHOTOSHOP = b"Photoshop 3.0\0"

KINDS = (
    (0xE0, b"JFIF\0", "jfif"),
    (0xE1, b"Exif\0", "exif"),
    (0xE1, XMP, "xmp"),
    (0xE1, EXTENDED_XMP, "extended xmp"),
    (0xE2, ICC, "icc"),
    (0xE2, b"MPF\0", "mpf"),
    (0xEB, b"JP", "jumbf"),
    (0xED, PHOTOSHOP, "photoshop"),
    (0xEE, b"Adobe", "adobe"),
    (0xFE, b"", "comment"),
)
"""Marker code, how the payload begins, and what we call it."""

_MARKER = re.compile(rb"\xff([^\x00\xff])", re.DOTALL)
_MARKER_IN_SCAN = re.compile(rb"\xff([^\x00\xff\xd0-\xd7])", re.DOTALL)
_ALONE = frozenset((0x01, *range(0xD0, 0xD8)))
_QUANTIZATION, _HUFFMAN, _RESTART, _SCAN = 0xDB, 0xC4, 0xDD, 0xDA


@dataclass(frozen=True)
class Segment:
    """One marker segment: its code, and its bytes from the marker to the end of the payload."""

    code: int
    start: int
    end: int

    def payload(self, data: bytes) -> bytes:
        """Return what follows the two length bytes."""
        return data[self.start + 4 : self.end]

    def kind(self, data: bytes) -> str:
        """Return what an application or comment segment holds, by `KINDS`; "other" where that is unknown."""
        head = data[self.start + 4 : min(self.start + 40, self.end)]
        return next((name for code, magic, name in KINDS if code == self.code and head.startswith(magic)), "other")

    @property
    def carried(self) -> bool:
        """Whether this is an application segment or a comment, and not part of the picture's coding."""
        return 0xE0 <= self.code <= 0xEF or self.code == 0xFE


@dataclass(frozen=True)
class Layout:
    """Segments of a JPEG up to its first scan, which is the last of them; and its frame.

    Parameters
    ----------
    segments : tuple of Segment
        In file order.
    frame : Frame
        The claims about the picture.
    junk : int
        Bytes between segments that belong to none of them.
    """

    segments: tuple[Segment, ...]
    frame: Frame
    junk: int = 0

    def tables_only(self, data: bytes) -> bytes:
        """Return the same JPEG without what no decoder needs: metadata, and bytes that belong to no segment."""
        needed = [s for s in self.segments if not s.carried or s.kind(data) in ("jfif", "adobe")]
        return b"".join((START_OF_IMAGE, *(data[s.start : s.end] for s in needed), memoryview(data)[needed[-1].end :]))

    def has_many_scans(self, data: bytes) -> bool:
        """Whether one scan cannot hold the whole picture."""
        return self.frame.progressive or data[self.segments[-1].start + 4] < len(self.frame.components)


def read_layout(data: bytes, limits: Limits | None = None) -> Layout:
    """Walk over the segments of a JPEG up to its first scan.

    Parameters
    ----------
    data : bytes
        The file.
    limits : Limits, optional
        How many segments and bytes of metadata are accepted.

    Returns
    -------
    Layout
        Where everything lies. Nothing is copied.

    Raises
    ------
    FormatError
        When the walk cannot go on.
    LimitError
        When there are too many segments, or too many bytes of metadata.
    """
    if data[:3] != START_OF_IMAGE + b"\xff":
        raise FormatError("the file does not begin as a JPEG does")
    segments: list[Segment] = []
    frame: Frame | None = None
    position, junk, count, carried = 2, 0, 0, 0
    while not segments or segments[-1].code != _SCAN:
        segment = _next_segment(data, position)
        junk += len(data[position : segment.start].strip(b"\xff"))
        position, count = segment.end, count + 1
        carried += segment.end - segment.start if segment.carried else 0
        if limits is not None:
            limits.check("blocks", count)
            limits.check("block_bytes", segment.end - segment.start)
            limits.check("metadata_bytes", carried)
        if segment.code in _ALONE:
            continue
        if segment.code in FRAME_CODES:
            if frame is not None:
                raise FormatError("the JPEG has two frame headers")
            frame = read_frame(segment.code, segment.payload(data))
        segments.append(segment)
    if frame is None:
        raise FormatError("the JPEG has no frame header before its data")
    if segments[-1].end - segments[-1].start < 5:
        raise FormatError("the JPEG's scan header is cut")
    return Layout(tuple(segments), frame, junk)


def _next_segment(data: bytes, position: int) -> Segment:
    match = _MARKER.search(data, position)
    if match is None:
        raise FormatError("the JPEG data end early: they stop before the picture begins", remedy="copy the file again")
    code = match[1][0]
    if code in _ALONE:
        return Segment(code, match.start(), match.end())
    if code in (START_OF_IMAGE[1], END_OF_IMAGE[1]):
        raise FormatError("the JPEG holds no picture: it ends, or begins again, before its data")
    length = int.from_bytes(data[match.end() : match.end() + 2], "big")
    end = match.end() + length
    if match.end() + 2 > len(data) or end > len(data):
        missing = max(match.end() + 2, end) - len(data)
        raise FormatError(
            f"the JPEG data end early: at least {missing} bytes are missing before the picture begins",
            remedy="copy the file again",
        )
    if length < 2:
        raise FormatError(f"the JPEG segment at byte {match.start()} has the impossible length {length}")
    return Segment(code, match.start(), end)


def color_model(data: bytes, layout: Layout) -> str:
    """Return how colors are coded, ``"grey"``, ``"ycbcr"`` or ``"rgb"``, by the rules that decoders follow.

    Parameters
    ----------
    data : bytes
        The file.
    layout : Layout
        Its segments.

    Returns
    -------
    str
        A JFIF segment means YCbCr; else the Adobe segment decides; else the names of the components.
    """
    if len(layout.frame.components) == 1:
        return "grey"
    segments = {segment.kind(data): segment for segment in layout.segments if segment.carried}
    if "jfif" in segments:
        return "ycbcr"
    if "adobe" in segments:
        transform = segments["adobe"].payload(data)[11:12]
        if transform:
            return "rgb" if transform == b"\0" else "ycbcr"
    names = bytes(component.name for component in layout.frame.components)
    return "rgb" if names == b"RGB" else "ycbcr"


def find_end(data: bytes, layout: Layout, limits: Limits | None = None) -> int | None:
    """Return where the picture ends, just behind its end marker, or None when there is no such marker.

    Parameters
    ----------
    data : bytes
        The file.
    layout : Layout
        Its segments.
    limits : Limits, optional
        How many scans and segments are accepted.

    Returns
    -------
    int or None
        An offset; what lies behind it belongs to no decoder.

    Raises
    ------
    LimitError
        When there are too many scans, or too many segments between them.
    """
    position, scans, count = layout.segments[-1].end, 1, 0
    while match := _MARKER_IN_SCAN.search(data, position):
        code, position = match[1][0], match.end()
        if code == END_OF_IMAGE[1]:
            return position
        count, scans = count + 1, scans + (code == _SCAN)
        if limits is not None:
            limits.check("scans", scans)
            limits.check("blocks", count)
        if code not in (0x01, START_OF_IMAGE[1]):
            position += max(2, int.from_bytes(data[position : position + 2], "big"))
    return None
