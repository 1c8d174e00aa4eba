"""GIF: read only, every frame composed as it is seen; 256 colors cannot hold a product."""

from __future__ import annotations

import io
import struct
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from hadimg.errors import FormatError, HadimgError
from hadimg.io.decoding import decoding, readable
from hadimg.io.header import Header, ReadOptions
from hadimg.io.image import Animation, Image, Metadata, Page
from hadimg.io.libraries import load_library

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

__all__ = ["decode", "probe"]

EXTENSION, DESCRIPTOR, TRAILER = 0x21, 0x2C, 0x3B
CONTROL, COMMENT, APPLICATION = 0xF9, 0xFE, 0xFF
XMP_TRAILER = 257
"""XMP is stored without block lengths; this many bytes behind it lead every reader to its end."""


@dataclass
class Walk:
    """What a walk over the blocks of a GIF has found so far."""

    durations: list[float] = field(default_factory=list)
    regions: list[tuple[slice, slice]] = field(default_factory=list)
    plays: int = 1
    delay: float = 0.0
    text: list[tuple[str, str]] = field(default_factory=list)
    icc: bytes | None = None
    xmp: bytes | None = None
    metadata_bytes: int = 0
    notes: list[str] = field(default_factory=list)


class _Cut(Exception):  # noqa: N818 (it ends a walk, and never leaves this module)
    """The data end, or make no sense, at a byte."""


def probe(data: bytes, options: ReadOptions) -> Header:
    """Return what the header and the descriptors of all frames declare; nothing is decoded.

    Parameters
    ----------
    data : bytes
        The whole file.
    options : ReadOptions
        Limits, and whether the frames before a damage are read.

    Returns
    -------
    Header
        One shape a frame, all of them that of the canvas.

    Raises
    ------
    FormatError, LimitError
        When the file is broken or too large.
    """
    if len(data) < 13 or data[:6] not in (b"GIF87a", b"GIF89a"):
        raise FormatError("the GIF header is broken or cut")
    width, height, flags = struct.unpack_from("<HHB", data, 6)
    if not width or not height:
        raise FormatError(f"the GIF header declares {width} x {height} pixels")
    options.limits.check("page_pixels", width * height)
    walk = Walk()
    try:
        _walk(data, 13 + _table_bytes(flags), (width, height), walk, options)
    except (_Cut, IndexError, struct.error) as error:
        reason = "the GIF data end early" if not isinstance(error, _Cut) else str(error)
        if not options.allow_damaged or not walk.durations:
            raise FormatError(
                f"{reason}, behind {len(walk.durations)} whole frames", remedy="copy the file again"
            ) from error
        walk.notes.append(f"damaged: {reason}, behind {len(walk.durations)} frames")
    if not walk.durations:
        raise FormatError("the GIF holds no picture")
    header = Header("gif", ((height, width),) * len(walk.durations), channels=4, itemsize=1, details=walk)
    options.limits.check_header(header)
    return header


def _table_bytes(flags: int) -> int:
    return 3 * (2 << (flags & 7)) if flags & 0x80 else 0


def _walk(data: bytes, place: int, canvas: tuple[int, int], walk: Walk, options: ReadOptions) -> None:
    """Add to ``walk`` what the blocks from ``place`` on say, up to the trailer."""
    blocks = 0
    while data[place] != TRAILER:
        blocks += 1
        options.limits.check("blocks", blocks)
        if data[place] == EXTENSION:
            end = _end_of_blocks(data, place + 2)
            _read_extension(data, place, end, walk, options)
            place = end
        elif data[place] == DESCRIPTOR:
            region = _region(data, place, canvas, options)
            place = _end_of_frame(data, place)
            walk.regions.append(region)
            walk.durations.append(walk.delay)
            walk.delay = 0.0
            options.limits.check("pages", len(walk.durations))
        else:
            raise _Cut(f"the GIF data are broken at byte {place}")
    if len(data) > place + 1:
        walk.notes.append(f"{len(data) - place - 1} bytes behind the end of the GIF data are left out")


def _end_of_blocks(data: bytes, place: int) -> int:
    """Return the place behind a chain of sub-blocks."""
    while data[place]:
        place += data[place] + 1
    return place + 1


def _blocks(data: bytes, place: int) -> Iterator[bytes]:
    """Yield the bodies of a chain of sub-blocks that is known to end."""
    while data[place]:
        yield data[place + 1 : place + 1 + data[place]]
        place += data[place] + 1


def _region(data: bytes, place: int, canvas: tuple[int, int], options: ReadOptions) -> tuple[slice, slice]:
    """Return the rows and columns of a frame."""
    left, top, width, height = struct.unpack_from("<HHHH", data, place + 1)
    options.limits.check("page_pixels", (left + width) * (top + height))
    if not width or not height or left + width > canvas[0] or top + height > canvas[1]:
        raise FormatError(
            f"a frame of the GIF declares {width} x {height} pixels at ({left}, {top}), outside of"
            f" {canvas[0]} x {canvas[1]}"
        )
    return slice(top, top + height), slice(left, left + width)


def _end_of_frame(data: bytes, place: int) -> int:
    """Return the place behind a frame."""
    place += 10 + _table_bytes(data[place + 9])
    if not 1 <= data[place] <= 11:
        raise _Cut(f"the GIF declares codes of {data[place]} bits")
    return _end_of_blocks(data, place + 1)


def _read_extension(data: bytes, place: int, end: int, walk: Walk, options: ReadOptions) -> None:
    kind, body = data[place + 1], place + 2
    if kind == CONTROL and data[body] == 4:
        walk.delay = 10.0 * struct.unpack_from("<H", data, body + 2)[0]
    if kind not in (COMMENT, APPLICATION):
        return
    walk.metadata_bytes += end - place
    options.limits.check("block_bytes", end - place)
    options.limits.check("metadata_bytes", walk.metadata_bytes)
    if kind == COMMENT:
        walk.text.append(("Comment", readable(b"".join(_blocks(data, body)))))
        return
    name, *values = _blocks(data, body)
    if name in (b"NETSCAPE2.0", b"ANIMEXTS1.0") and values and len(values[0]) >= 3 and values[0][0] == 1:
        repeats = int.from_bytes(values[0][1:3], "little")
        walk.plays = repeats + 1 if repeats else 0
    elif name == b"ICCRGBG1012" and walk.icc is None:
        walk.icc = b"".join(values)
    elif name == b"XMP DataXMP" and walk.xmp is None:
        walk.xmp = data[body + 12 : end - XMP_TRAILER - 1] or None


def decode(data: bytes, header: Header, options: ReadOptions) -> Image:
    """Return all frames, each composed with those before it.

    Parameters
    ----------
    data : bytes
        The whole file.
    header : Header
        What `probe` returned.
    options : ReadOptions
        The same as for `probe`.

    Returns
    -------
    Image
        RGB, with opacity where any pixel of any frame is transparent.

    Raises
    ------
    FormatError, LimitError
        When the data of a frame are broken.
    """
    walk: Walk = header.details
    notes = [*walk.notes, "the palette is expanded to RGB"]
    pixels: list[NDArray[Any]] = []
    try:
        pixels.extend(_frames(data, walk.regions, header.shapes[0]))
    except HadimgError as error:
        if not options.allow_damaged or not pixels:
            raise
        notes.append(f"damaged: {error.reason}, behind {len(pixels)} frames")
    alpha = any(bool((frame[..., 3] < 255).any()) for frame in pixels)
    if not alpha:
        for number, frame in enumerate(pixels):
            pixels[number] = np.ascontiguousarray(frame[..., :3])
    pages = tuple(Page(frame, alpha=alpha) for frame in pixels)
    animation = Animation(tuple(walk.durations[: len(pages)]), walk.plays) if len(header.shapes) > 1 else None
    metadata = Metadata(icc=walk.icc, xmp=walk.xmp, text=tuple(walk.text))
    return Image(pages, "gif", metadata, notes=tuple(notes), animation=animation)


def _frames(data: bytes, regions: list[tuple[slice, slice]], shape: tuple[int, int]) -> Iterator[NDArray[Any]]:
    """Yield each frame as RGB and opacity; the plugin is called by name, past Pillow's limits for the whole process."""
    untouched = np.ones(shape, bool)
    plugin = load_library("PIL.GifImagePlugin", package="pillow")
    with decoding("GIF"), plugin.GifImageFile(io.BytesIO(data)) as reader:
        for number, region in enumerate(regions):
            reader.seek(number)
            frame = np.array(reader.convert("RGBA"))
            if frame.shape[:2] != shape:
                raise FormatError(f"the GIF header declares {shape} pixels, a frame holds {frame.shape[:2]}")
            untouched[region] = False
            frame[untouched] = 0  # Pillow paints them in a background color, which viewers do not show
            yield frame
