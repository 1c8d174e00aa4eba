"""How a picture is cut into tiles, and where they lie in it and in the file."""

from __future__ import annotations

import zlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from hadimg.codec.container import read_header
from hadimg.codec.settings import SEGMENTS
from hadimg.errors import FormatError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from hadimg.codec.container import Header
    from hadimg.codec.source import Source
    from hadimg.io.limits import Limits

__all__ = ["Box", "Grid", "Layout", "pack_table", "paste", "read_layout"]

CHECKSUM = 4
"""Bytes of the checksum behind the table and behind each segment."""


class Box(NamedTuple):
    """A part of a picture."""

    top: int
    left: int
    height: int
    width: int

    def reduced(self, reduce: int) -> Box:
        """Return the part of the picture reduced by ``2**reduce`` that shows this one.

        Examples
        --------
        >>> Box(8, 0, 9, 1).reduced(3)
        Box(top=1, left=0, height=2, width=1)
        """
        scale = 1 << reduce
        top, left = self.top // scale, self.left // scale
        return Box(top, left, -(-(self.top + self.height) // scale) - top, -(-(self.left + self.width) // scale) - left)


@dataclass(frozen=True)
class Grid:
    """The tiles of a picture, row by row.

    Parameters
    ----------
    height, width : int
        Size of the picture.
    tile : int
        Side length of whole tiles.

    Examples
    --------
    >>> grid = Grid(600, 100, 512)
    >>> grid.count, grid.box(1)
    (2, Box(top=512, left=0, height=88, width=100))
    """

    height: int
    width: int
    tile: int

    @property
    def rows(self) -> int:
        """Tiles from top to bottom."""
        return -(-self.height // self.tile)

    @property
    def columns(self) -> int:
        """Tiles from left to right."""
        return -(-self.width // self.tile)

    @property
    def count(self) -> int:
        """How many tiles there are."""
        return self.rows * self.columns

    def box(self, index: int) -> Box:
        """Return where a tile lies."""
        row, column = divmod(index, self.columns)
        top, left = row * self.tile, column * self.tile
        return Box(top, left, min(self.tile, self.height - top), min(self.tile, self.width - left))

    def touching(self, window: Box) -> list[int]:
        """Return the tiles that a part of the picture needs."""
        rows = range(window.top // self.tile, -(-(window.top + window.height) // self.tile))
        columns = range(window.left // self.tile, -(-(window.left + window.width) // self.tile))
        return [row * self.columns + column for row in rows for column in columns]


@dataclass(frozen=True, eq=False)
class Layout:
    """A file whose header and table were read.

    Parameters
    ----------
    source : Source
        The file.
    header : Header
        What it declares.
    grid : Grid
        Its tiles.
    starts, lengths : ndarray of int64, shape (segments, tiles)
        Where each segment begins, and how many bytes it has.
    """

    source: Source
    header: Header
    grid: Grid
    starts: NDArray[np.int64] = field(repr=False)
    lengths: NDArray[np.int64] = field(repr=False)

    @property
    def end(self) -> int:
        """Where the file has to end."""
        return int(self.starts[-1, -1] + self.lengths[-1, -1]) + CHECKSUM

    def prefix(self, reduce: int) -> int:
        """Return how many bytes of the file the picture reduced by ``2**reduce`` needs."""
        last = SEGMENTS - 1 - reduce
        return int(self.starts[last, -1] + self.lengths[last, -1]) + CHECKSUM

    def segment(self, number: int, tile: int) -> bytes:
        """Return one segment.

        Raises
        ------
        FormatError
            When it is not there or its checksum is wrong.
        """
        start, length = int(self.starts[number, tile]), int(self.lengths[number, tile])
        data = self.source.read(start, length + CHECKSUM)
        if len(data) < length + CHECKSUM:
            raise FormatError(f"segment {number} of tile {tile} is cut: {len(data)} of {length + CHECKSUM} bytes")
        if zlib.crc32(data[:length]) != int.from_bytes(data[length:], "little"):
            raise FormatError(
                f"the checksum of segment {number} of tile {tile}, at byte {start}, is wrong",
                remedy="copy the file again",
            )
        return data[:length]

    def metadata(self) -> bytes:
        """Return the chunks of the metadata."""
        return self.source.read(self.header.length, self.header.metadata_bytes)


def pack_table(lengths: Sequence[Sequence[int]]) -> bytes:
    r"""Return the table of the lengths of segments, its checksum included.

    Parameters
    ----------
    lengths : sequence of sequences of int
        For each segment, the coarsest first, its length in every tile: the order of the file.

    Examples
    --------
    >>> pack_table([[1], [2]])[:8]
    b'\x01\x00\x00\x00\x02\x00\x00\x00'
    """
    data = np.asarray(lengths, dtype="<u4").tobytes()
    return data + zlib.crc32(data).to_bytes(CHECKSUM, "little")


def read_layout(source: Source, limits: Limits, *, partial: bool = False) -> Layout:
    """Read header and table of a file.

    Parameters
    ----------
    source : Source
        The file.
    limits : Limits
        Checked against what the header declares.
    partial : bool
        Whether the segments may end early, or something may follow them.

    Raises
    ------
    FormatError, UnsupportedError, LimitError
        When the file is broken, of a newer format, or over a limit.
    """
    header = read_header(source, limits)
    grid = Grid(header.height, header.width, header.tile)
    start = header.length + header.metadata_bytes
    size = grid.count * SEGMENTS * 4
    smallest = start + size + CHECKSUM + (0 if partial else grid.count * SEGMENTS * CHECKSUM)
    if source.size < smallest:
        raise FormatError(
            f"the HADI data end early: {grid.count} tiles take {smallest} bytes or more, {source.size} are there",
            remedy="copy the file again",
        )
    table = source.read(start, size + CHECKSUM)
    if zlib.crc32(table[:size]) != int.from_bytes(table[size:], "little"):
        raise FormatError(f"the checksum of the HADI table at byte {start} is wrong", remedy="copy the file again")
    lengths = np.frombuffer(table, "<u4", grid.count * SEGMENTS).astype(np.int64)
    starts = np.cumsum(lengths + CHECKSUM) - lengths - CHECKSUM + (start + size + CHECKSUM)
    shape = (SEGMENTS, grid.count)
    layout = Layout(source, header, grid, starts.reshape(shape), lengths.reshape(shape))
    if not partial:
        _check_end(layout)
    return layout


def _check_end(layout: Layout) -> None:
    difference = layout.source.size - layout.end
    if difference < 0:
        raise FormatError(
            f"the HADI data end early: {-difference} of {layout.end} bytes are missing",
            remedy="copy the file again, or allow damaged files",
        )
    if difference > 0:
        raise FormatError(
            f"{difference} bytes follow the HADI data, which end at byte {layout.end}", remedy="allow damaged files"
        )


def paste(target: NDArray[Any], values: NDArray[Any], box: Box, window: Box) -> None:
    """Copy the values of ``box`` to where they lie in ``target``, which shows ``window``.

    Parameters
    ----------
    target : ndarray, shape (window.height, window.width, C)
        Written to.
    values : ndarray, shape (box.height, box.width, C)
        Copied from, as far as they lie in the window.
    box, window : Box
        Parts of the same picture.
    """
    top, left = max(box.top, window.top), max(box.left, window.left)
    bottom = min(box.top + box.height, window.top + window.height)
    right = min(box.left + box.width, window.left + window.width)
    target[top - window.top : bottom - window.top, left - window.left : right - window.left] = values[
        top - box.top : bottom - box.top, left - box.left : right - box.left
    ]
