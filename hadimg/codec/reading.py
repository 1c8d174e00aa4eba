"""What every decoder does with a file whose table was read: tiles to pixels, as far as they are whole."""

from __future__ import annotations

import operator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from hadimg.codec.chunks import unpack_metadata
from hadimg.codec.grid import Box, paste, read_layout
from hadimg.codec.settings import SEGMENTS
from hadimg.codec.threads import in_order, workers_for
from hadimg.errors import ArgumentError, ArgumentTypeError, FormatError, LimitError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from hadimg.codec.container import Header
    from hadimg.codec.grid import Layout
    from hadimg.codec.source import Source
    from hadimg.io.limits import Limits

__all__ = ["Damage", "checked_reduce", "checked_window", "open_layout", "read_pixels"]


@dataclass(frozen=True)
class Damage:
    """How many tiles are not as they were encoded; false when none.

    Parameters
    ----------
    tiles : int
        How many were asked for.
    coarse, missing : int
        Those shown from their first segments, and those of which nothing is left.

    Examples
    --------
    >>> str(Damage(12, 3, 1)), bool(Damage(12, 0, 0))
    ('of 12 tiles 1 is missing and 3 are coarse', False)
    """

    tiles: int
    coarse: int
    missing: int

    def __bool__(self) -> bool:
        return self.coarse + self.missing > 0

    def __str__(self) -> str:
        counts = ((self.missing, "missing"), (self.coarse, "coarse"))
        parts = [f"{count} {'is' if count == 1 else 'are'} {what}" for count, what in counts if count]
        return f"of {self.tiles} tiles {' and '.join(parts) or 'all are whole'}"


def open_layout(source: Source, limits: Limits, *, partial: bool = False) -> Layout:
    """Return a file whose header, table and metadata were read and found whole.

    Parameters
    ----------
    source, limits, partial
        As for `hadimg.codec.grid.read_layout`; with ``partial`` the metadata are not looked at.

    Raises
    ------
    FormatError, UnsupportedError, LimitError
        When the file is broken, of a newer format, or over a limit.
    """
    layout = read_layout(source, limits, partial=partial)
    if not partial:
        unpack_metadata(layout.metadata(), limits)
    return layout


def checked_reduce(reduce: int) -> int:
    """Return ``reduce``, or refuse what no file has."""
    try:
        exponent = operator.index(reduce)
    except TypeError as error:
        raise ArgumentTypeError(f"reduce must be a whole number, got {type(reduce).__name__}") from error
    if not 0 <= exponent < SEGMENTS:
        raise ArgumentError(f"reduce must be 0 to {SEGMENTS - 1}, got {exponent}")
    return exponent


def checked_window(window: tuple[int, int, int, int] | None, header: Header) -> Box:
    """Return the part of the picture that is asked for, all of it by default, or refuse what lies outside."""
    if window is None:
        return Box(0, 0, header.height, header.width)
    try:
        top, left, height, width = map(operator.index, window)
    except (TypeError, ValueError) as error:
        raise ArgumentTypeError(f"window must be four whole numbers, got {window!r}") from error
    inside = min(top, left) >= 0 and min(height, width) >= 1
    if not inside or top + height > header.height or left + width > header.width:
        raise ArgumentError(
            f"window must be (top, left, height, width) inside {header.height} x {header.width}, got {window}"
        )
    return Box(top, left, height, width)


def read_pixels(
    layout: Layout, window: Box, reduce: int, *, partial: bool, workers: int | None
) -> tuple[NDArray[Any], Damage]:
    """Return the pixels of a part of the picture, and what is wrong with them.

    Parameters
    ----------
    layout : Layout
        The file.
    window : Box
        In pixels of the whole picture.
    reduce : int
        The picture is reduced by ``2**reduce``.
    partial : bool
        Whether tiles may be coarse or missing.
    workers : int, optional
        Threads; see `hadimg.codec.threads.workers_for`.

    Raises
    ------
    FormatError, LimitError
        When a tile is broken, or with ``partial`` all of them are; when memory does not suffice.
    """
    header = layout.header
    tiles = layout.grid.touching(window)
    target = window.reduced(reduce)
    if not any(_begins(layout, index, partial=partial) for index in tiles):
        raise FormatError("nothing of the picture is whole", remedy="copy the file again")
    try:
        pixels = np.zeros((target.height, target.width, header.channels), header.samples.dtype)
    except MemoryError as error:
        raise LimitError("the picture needs more memory than there is", remedy="decode a window") from error

    def show(index: int) -> int:
        levels, segments = _tile(layout, index, reduce, partial=partial)
        if levels is not None:
            paste(pixels, header.samples.from_levels(levels), layout.grid.box(index).reduced(reduce), target)
        return segments

    counts = list(in_order(show, tiles, workers_for(workers, len(tiles))))
    damage = Damage(len(tiles), sum(0 < count < SEGMENTS - reduce for count in counts), counts.count(0))
    if damage.missing == len(tiles):
        raise FormatError("nothing of the picture is whole", remedy="copy the file again")
    return _without_axis(pixels, header), damage


def _begins(layout: Layout, index: int, *, partial: bool) -> bool:
    """Return whether the first segment of a tile is whole: no memory is asked for a picture that has none."""
    try:
        layout.segment(0, index)
    except FormatError:
        if not partial:
            raise
        return False
    return True


def _without_axis(pixels: NDArray[Any], header: Header) -> NDArray[Any]:
    return pixels[:, :, 0] if header.channels == 1 and not header.axis else pixels


def _tile(layout: Layout, index: int, reduce: int, *, partial: bool) -> tuple[NDArray[Any] | None, int]:
    """Return the levels of a tile, and how many of its segments made them."""
    from hadimg.codec.tile import decode_tile

    segments: list[bytes] = []
    for number in range(SEGMENTS - reduce):
        try:
            segments.append(layout.segment(number, index))
        except FormatError:
            if not partial:
                raise
            break
    box, settings = layout.grid.box(index), layout.header.settings
    while segments:
        try:
            return decode_tile(segments, box.height, box.width, settings, reduce=reduce), len(segments)
        except FormatError:
            if not partial:
                raise
            segments.pop()
    return None, 0
