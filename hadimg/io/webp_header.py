"""The headers of WebP: canvas, frames, kind of coding, timing and metadata, read from the bytes and checked.

Source: RFC 9649, "WebP Image Format", and RFC 6386 for the key frame header of VP8.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from hadimg.errors import FormatError
from hadimg.io.header import Header
from hadimg.io.riff import Chunk, walk

if TYPE_CHECKING:
    from hadimg.io.header import ReadOptions
    from hadimg.io.limits import Limits

__all__ = ["ALPHA", "ANIMATED", "EXIF", "ICC", "XMP", "Details", "probe"]

ANIMATED, XMP, EXIF, ALPHA, ICC = 0x02, 0x04, 0x08, 0x10, 0x20
"""Flags of the chunk VP8X."""

METADATA = (b"EXIF", b"XMP ", b"ICCP")
KNOWN = (*METADATA, b"VP8X", b"VP8 ", b"VP8L", b"ALPH", b"ANIM", b"ANMF")


class Frame(NamedTuple):
    """One coded picture: size, whether its coding is lossless, whether it has opacity, and for how long it is shown."""

    width: int
    height: int
    lossless: bool
    alpha: bool
    duration: int = 0


class Details(NamedTuple):
    """What the decoder wants to know."""

    lossless: bool
    animated: bool
    durations: tuple[int, ...]
    plays: int
    background: bytes
    blocks: dict[bytes, bytes]
    unknown: tuple[tuple[bytes, bytes], ...]
    trailing: int


def probe(data: bytes, options: ReadOptions) -> Header:
    """Return what the headers declare, or refuse it.

    Parameters
    ----------
    data : bytes
        The whole file.
    options : ReadOptions
        With the limits.

    Returns
    -------
    Header
        One page a frame, each as large as the canvas; uint8, RGB or RGB with opacity.

    Raises
    ------
    FormatError, LimitError
        When a header is broken, or declares too much.

    Examples
    --------
    >>> from hadimg.io.header import ReadOptions
    >>> from hadimg.io.riff import riff
    >>> probe(riff([(b"VP8L", bytes([0x2F, 2, 0x40, 0, 0x10]))]), ReadOptions()).shapes
    ((2, 3),)
    """
    if data[:4] != b"RIFF" or data[8:12] != b"WEBP":
        raise FormatError("the WebP header is cut")
    end = 8 + int.from_bytes(data[4:8], "little")
    if end > len(data):
        raise FormatError(f"the WebP data end early: {end - len(data)} of {end} bytes are missing")
    chunks = walk(data, 12, end, options.limits)
    if not chunks or chunks[0].name not in (b"VP8X", b"VP8 ", b"VP8L"):
        raise FormatError("the WebP file does not begin with a picture")
    extended = data[chunks[0].start : chunks[0].end] if chunks[0].name == b"VP8X" else b""
    animated = bool(extended) and bool(extended[0] & ANIMATED)
    frames = _animation_frames(data, chunks, options.limits) if animated else [_frame(data, chunks)]
    if not extended:
        canvas, alpha = frames[0][:2], frames[0].alpha
    elif len(extended) >= 10:
        canvas, alpha = (_uint24(extended, 4) + 1, _uint24(extended, 7) + 1), bool(extended[0] & ALPHA)
    else:
        raise FormatError("the WebP header is cut")
    if not animated:
        alpha = alpha or frames[0].alpha
        if frames[0][:2] != canvas:
            raise FormatError(f"the WebP header declares {canvas} pixels, its picture has {frames[0][:2]}")
    details = Details(
        all(frame.lossless for frame in frames),
        animated,
        tuple(frame.duration for frame in frames),
        *_timing(data, chunks),
        *_blocks(data, chunks, options.limits),
        len(data) - end,
    )
    header = Header("webp", ((canvas[1], canvas[0]),) * len(frames), 4 if alpha else 3, 1, details)
    options.limits.check_header(header)
    return header


def _frame(data: bytes, chunks: list[Chunk], duration: int = 0) -> Frame:
    """Return what the coded picture among ``chunks`` declares."""
    alpha = any(chunk.name == b"ALPH" for chunk in chunks)
    for chunk in chunks:
        head = data[chunk.start : min(chunk.end, chunk.start + 10)]
        if chunk.name == b"VP8L" and len(head) >= 5 and head[0] == 0x2F:
            bits = int.from_bytes(head[1:5], "little")
            return Frame(
                (bits & 0x3FFF) + 1,
                (bits >> 14 & 0x3FFF) + 1,
                lossless=True,
                alpha=bool(bits >> 28 & 1),
                duration=duration,
            )
        if chunk.name == b"VP8 " and len(head) == 10 and head[3:6] == b"\x9d\x01\x2a" and not head[0] & 1:
            width, height = (int.from_bytes(head[place : place + 2], "little") & 0x3FFF for place in (6, 8))
            if width and height:
                return Frame(width, height, lossless=False, alpha=alpha, duration=duration)
        if chunk.name in (b"VP8L", b"VP8 "):
            break
    raise FormatError("the WebP file holds no picture, or one whose header is broken")


def _animation_frames(data: bytes, chunks: list[Chunk], limits: Limits) -> list[Frame]:
    places = [chunk for chunk in chunks if chunk.name == b"ANMF"]
    limits.check("pages", len(places))
    frames = []
    for place in places:
        if place.end - place.start < 16:
            raise FormatError("the header of a WebP frame is cut")
        frame = _frame(data, walk(data, place.start + 16, place.end, limits), _uint24(data, place.start + 12))
        if frame[:2] != (_uint24(data, place.start + 6) + 1, _uint24(data, place.start + 9) + 1):
            raise FormatError("a WebP frame has another size than it declares")
        frames.append(frame)
    if not frames:
        raise FormatError("the WebP animation holds no frame")
    return frames


def _timing(data: bytes, chunks: list[Chunk]) -> tuple[int, bytes]:
    """Return how often an animation is played, and the color behind it."""
    for chunk in chunks:
        if chunk.name == b"ANIM" and chunk.end - chunk.start >= 6:
            return int.from_bytes(data[chunk.start + 4 : chunk.start + 6], "little"), data[
                chunk.start : chunk.start + 4
            ]
    return 0, bytes(4)


def _blocks(
    data: bytes, chunks: list[Chunk], limits: Limits
) -> tuple[dict[bytes, bytes], tuple[tuple[bytes, bytes], ...]]:
    """Return the metadata chunks by name (of several of a kind the first counts), and the unknown chunks."""
    carried = [chunk for chunk in chunks if chunk.name in METADATA or chunk.name not in KNOWN]
    for chunk in carried:
        limits.check("block_bytes", chunk.end - chunk.start)
    limits.check("metadata_bytes", sum(chunk.end - chunk.start for chunk in carried))
    payloads = [(chunk.name, data[chunk.start : chunk.end]) for chunk in carried]
    blocks = {name: payload for name, payload in reversed(payloads) if name in METADATA}
    return blocks, tuple(chunk for chunk in payloads if chunk[0] not in METADATA)


def _uint24(data: bytes, place: int) -> int:
    return int.from_bytes(data[place : place + 3], "little")
