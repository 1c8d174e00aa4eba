"""Animated PNG: where the frames lie, how they lie over each other, and how whole frames become a file again."""

from __future__ import annotations

import struct
from fractions import Fraction
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from hadimg.errors import FormatError, UnsupportedError
from hadimg.io.image import Animation
from hadimg.io.png_chunks import Chunk, Layout, chunk, image_data
from hadimg.io.png_pixels import compress

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from numpy.typing import NDArray

    from hadimg.io.limits import Limits

__all__ = ["Frame", "Timeline", "changed_region", "compose", "frame_chunks", "read_timeline"]

BACKGROUND, PREVIOUS = 1, 2
OVER = 1


class Frame(NamedTuple):
    """One frame: its region of the canvas, its delay in milliseconds, and what happens before and after it."""

    width: int
    height: int
    left: int
    top: int
    delay: float
    dispose: int
    blend: int
    parts: tuple[tuple[int, int], ...] = ()

    def stream(self, data: bytes) -> bytes:
        """Return the compressed data of the frame."""
        view = memoryview(data)
        return b"".join(view[start : start + length] for start, length in self.parts)


class Timeline(NamedTuple):
    """The frames of an animation, how often it is played, and whether the still picture is none of them."""

    frames: tuple[Frame, ...]
    plays: int
    cover: bool

    @property
    def clears(self) -> bool:
        """Whether parts of the canvas become transparent, even where no frame is."""
        return any(frame.dispose == BACKGROUND for frame in self.frames) or self.frames[0].dispose == PREVIOUS

    def animation(self) -> Animation:
        """Return the timing, one duration a page."""
        delays = tuple(frame.delay for frame in self.frames)
        return Animation((0.0, *delays) if self.cover else delays, self.plays, self.cover)


def read_timeline(data: bytes, chunks: Sequence[Chunk], layout: Layout, limits: Limits) -> Timeline | None:
    """Return the animation of a PNG, every rule of its chunks checked; None when it has none.

    Parameters
    ----------
    data : bytes
        The whole file.
    chunks : sequence of Chunk
        Its chunks.
    layout : Layout
        What the header declares.
    limits : Limits
        How many frames are allowed.

    Raises
    ------
    FormatError, LimitError
        When chunks are missing, doubled, out of order or out of the canvas.
    """
    kinds = [found.kind for found in chunks]
    if b"acTL" not in kinds:
        return None
    control = chunks[kinds.index(b"acTL")]
    if kinds.count(b"acTL") > 1 or control.length != 8 or kinds.index(b"acTL") > kinds.index(b"IDAT"):
        raise FormatError("the animation chunk (acTL) of the PNG is doubled, misplaced or of the wrong length")
    count, plays = struct.unpack_from(">II", data, control.start)
    limits.check("pages", count)
    frames = tuple(_frames(data, chunks, layout))
    if count != len(frames) or count == 0:
        raise FormatError(f"the animation of the PNG declares {count} frames, {len(frames)} are there")
    return Timeline(frames, plays, cover=kinds.index(b"IDAT") < kinds.index(b"fcTL"))


def _frames(data: bytes, chunks: Sequence[Chunk], layout: Layout) -> Iterator[Frame]:
    """Yield the frames with the places of their data, the sequence numbers checked."""
    number = 0
    frame: Frame | None = None
    parts: list[tuple[int, int]] = []
    for found in chunks:
        if found.kind in (b"fcTL", b"fdAT"):
            if found.length < 4 or struct.unpack_from(">I", data, found.start)[0] != number:
                raise FormatError(f"the animation of the PNG is broken: part {number} is missing or out of order")
            number += 1
        if found.kind == b"fcTL":
            if frame is not None:
                yield _finished(frame, parts)
            frame, parts = _frame(data, found, layout), []
        elif found.kind == b"fdAT":
            parts.append((found.start + 4, found.length - 4))
        elif found.kind == b"IDAT" and frame is not None:
            if frame[:4] != (layout.width, layout.height, 0, 0):
                raise FormatError("the first frame of the animation of the PNG does not fill the picture")
            parts.append((found.start, found.length))
    if frame is not None:
        yield _finished(frame, parts)


def _finished(frame: Frame, parts: Sequence[tuple[int, int]]) -> Frame:
    if not parts:
        raise FormatError("the animation of the PNG is broken: a frame has no data")
    return frame._replace(parts=tuple(parts))


def _frame(data: bytes, found: Chunk, layout: Layout) -> Frame:
    if found.length != 26:
        raise FormatError(f"the frame chunk (fcTL) of the PNG holds {found.length} bytes instead of 26")
    width, height, left, top, delay, unit, dispose, blend = struct.unpack_from(">IIIIHHBB", data, found.start + 4)
    inside = width > 0 and height > 0 and left + width <= layout.width and top + height <= layout.height
    if not inside or dispose > PREVIOUS or blend > OVER:
        raise FormatError(
            f"a frame of the PNG declares {width} x {height} pixels at ({left}, {top}), disposal {dispose},"
            f" blending {blend}, which does not fit {layout.width} x {layout.height}"
        )
    return Frame(width, height, left, top, 1000 * delay / (unit or 100), dispose, blend)


def compose(
    frames: Iterable[tuple[Frame, NDArray[Any]]], canvas: NDArray[Any], *, alpha: bool
) -> Iterator[NDArray[Any]]:
    """Yield each frame as it is seen: laid over what the ones before have left.

    Parameters
    ----------
    frames : iterable of (Frame, ndarray)
        Each with its own pixels, shape (h, w) or (h, w, C).
    canvas : ndarray, shape (H, W) or (H, W, C)
        Zeros; changed on the way.
    alpha : bool
        Whether the last channel is opacity.

    Yields
    ------
    ndarray
        A new array of the canvas' shape.
    """
    for number, (frame, pixels) in enumerate(frames):
        region = canvas[frame.top : frame.top + frame.height, frame.left : frame.left + frame.width]
        before = region.copy()
        region[...] = _over(pixels, region) if alpha and frame.blend == OVER else pixels
        yield canvas.copy()
        if frame.dispose == BACKGROUND or (frame.dispose == PREVIOUS and number == 0):
            region[...] = 0
        elif frame.dispose == PREVIOUS:
            region[...] = before


def _over(front: NDArray[Any], back: NDArray[Any]) -> NDArray[Any]:
    """Return ``front`` over ``back``, rounded to nearest; the last channel is opacity."""
    top = float(np.iinfo(front.dtype).max)
    shown = front[..., -1:] / top
    behind = back[..., -1:] / top * (1.0 - shown)
    opacity = shown + behind
    mixed = front[..., :-1] * shown + back[..., :-1] * behind
    colors = np.divide(mixed, opacity, out=np.zeros_like(mixed), where=opacity > 0)
    values: NDArray[Any] = np.rint(np.concatenate([colors, opacity * top], axis=-1))
    return values.astype(front.dtype)


def changed_region(page: NDArray[Any], before: NDArray[Any] | None) -> tuple[int, int, int, int]:
    """Return left, top, width and height of the smallest region in which a frame differs from the one before.

    Examples
    --------
    >>> page = np.zeros((5, 8), np.uint8)
    >>> page[2:4, 3:6] = 1
    >>> changed_region(page, np.zeros((5, 8), np.uint8))
    (3, 2, 3, 2)
    """
    if before is None:
        return 0, 0, page.shape[1], page.shape[0]
    differs = page != before
    if differs.ndim == 3:
        differs = differs.any(axis=2)
    rows, columns = np.flatnonzero(differs.any(axis=1)), np.flatnonzero(differs.any(axis=0))
    if not rows.size:
        return 0, 0, 1, 1
    return int(columns[0]), int(rows[0]), int(columns[-1] - columns[0] + 1), int(rows[-1] - rows[0] + 1)


def frame_chunks(
    pages: Sequence[NDArray[Any]], animation: Animation, stream: bytes
) -> tuple[bytes, list[bytes | memoryview]]:
    """Return the chunk that announces an animation, and the chunks of all its frames.

    Parameters
    ----------
    pages : sequence of ndarray
        Whole frames of one shape, after the cover if there is one.
    animation : Animation
        Their timing.
    stream : bytes
        The compressed data of the first page.

    Returns
    -------
    opening : bytes
        The acTL chunk.
    body : list of bytes
        fcTL, IDAT and fdAT chunks, some in pieces; a frame holds only the region in which it differs from the one
        before.

    Raises
    ------
    UnsupportedError
        When PNG cannot hold a duration.
    """
    opening = chunk(b"acTL", struct.pack(">II", len(pages) - animation.cover, animation.plays))
    first = () if animation.cover else (_control(0, changed_region(pages[0], None), animation.durations[0]),)
    body: list[bytes | memoryview] = list(first)
    body += image_data(stream)
    number = int(not animation.cover)
    before = None if animation.cover else pages[0]
    for page, duration in zip(pages[1:], animation.durations[1:], strict=True):
        left, top, width, height = region = changed_region(page, before)
        _, part = compress(page[top : top + height, left : left + width])
        body.append(_control(number, region, duration))
        body.append(chunk(b"fdAT", struct.pack(">I", number + 1) + part))
        number += 2
        before = page
    return opening, body


def _control(number: int, region: tuple[int, int, int, int], duration: float) -> bytes:
    """Return the chunk that opens a frame which replaces ``region`` and is shown for ``duration`` milliseconds."""
    left, top, width, height = region
    if not 0 <= duration <= 65_535_000:
        raise UnsupportedError(f"PNG holds durations from 0 to 65535 seconds, not {duration / 1000} seconds")
    seconds = Fraction(duration) / 1000
    delay = seconds.limit_denominator(65_535 if seconds < 1 else int(65_535 / seconds))
    control = (number, width, height, left, top, delay.numerator, delay.denominator, 0, 0)
    return chunk(b"fcTL", struct.pack(">IIIIIHHBB", *control))
