"""How the pixels of one TIFF page lie in its file: shape, type of values, coding, strips or tiles."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from hadimg.io.tiff_coding import Coding

__all__ = ["ASSOCIATED", "UNASSOCIATED", "Box", "PageLayout", "signed"]

MIN_IS_WHITE, MIN_IS_BLACK, RGB = 0, 1, 2
UNSPECIFIED, ASSOCIATED, UNASSOCIATED = 0, 1, 2
HORIZONTAL, FLOATING = 2, 3


class Box(NamedTuple):
    """One strip or tile: its number, the plane and the rows and columns of the page that it covers, and what is stored.

    Tiles are stored whole and may reach over the edge of the page: ``stored`` (rows, columns) is then the larger.
    """

    number: int
    plane: int
    rows: slice
    columns: slice
    stored: tuple[int, int]


@dataclass(frozen=True, eq=False)
class PageLayout:
    """How the pixels of one page lie in the file.

    Parameters
    ----------
    height, width, samples : int
        The picture as stored; samples are the values of one pixel.
    dtype : numpy.dtype
        The type of one value, in the file's byte order.
    planar : bool
        Whether each sample has strips or tiles of its own.
    tiled : bool
        Whether the segments are tiles.
    segment : (rows, columns)
        Of one strip or tile.
    coding : Coding
        How the bytes of a segment are packed.
    predictor : int
        1 none, 2 horizontal differences, 3 floating-point differences.
    photometric : int
        0 white is zero, 1 black is zero, 2 RGB.
    extras : tuple of int
        Meaning of each sample beyond the colors: 1 and 2 are opacity.
    offsets, counts : ndarray
        Where each segment lies and how many bytes it has.
    """

    height: int
    width: int
    samples: int
    dtype: np.dtype[Any]
    planar: bool
    tiled: bool
    segment: tuple[int, int]
    coding: Coding
    predictor: int
    photometric: int
    extras: tuple[int, ...]
    offsets: NDArray[np.unsignedinteger] = field(repr=False)
    counts: NDArray[np.unsignedinteger] = field(repr=False)

    @property
    def alpha(self) -> bool:
        """Whether the last sample is opacity."""
        return self.extras[-1:] in ((ASSOCIATED,), (UNASSOCIATED,))

    @property
    def inverted(self) -> bool:
        """Whether zero is white."""
        return self.photometric == MIN_IS_WHITE

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of the page's array."""
        return (self.height, self.width) if self.samples == 1 else (self.height, self.width, self.samples)

    @property
    def planes(self) -> int:
        """How many times the page is covered with segments."""
        return self.samples if self.planar else 1

    @property
    def grid(self) -> tuple[int, int]:
        """Segments down and across one plane."""
        rows, columns = self.segment
        return -(-self.height // rows), -(-self.width // columns)

    @property
    def pixel_bytes(self) -> int:
        """Bytes of one pixel inside one segment."""
        return (1 if self.planar else self.samples) * self.dtype.itemsize

    @property
    def segment_bytes(self) -> int:
        """Bytes of one whole segment, decoded."""
        return self.segment[0] * self.segment[1] * self.pixel_bytes

    def decoded_bytes(self) -> NDArray[np.int64]:
        """Return how many bytes each segment has to decode to: the last strip of a plane may be shorter."""
        down, across = self.grid
        sizes = np.full((self.planes, down, across), self.segment_bytes, np.int64)
        if not self.tiled:
            sizes[:, -1] = (self.height - (down - 1) * self.segment[0]) * self.width * self.pixel_bytes
        return sizes.ravel()

    def used_bytes(self) -> NDArray[np.int64]:
        """Return how many bytes of the file each segment needs: without coding, what lies behind is not looked at."""
        return self.decoded_bytes() if self.coding.plain else signed(self.counts)

    def boxes(self) -> Iterator[Box]:
        """Yield all segments in the order of the file's tables."""
        rows, columns = self.segment
        number = 0
        for plane in range(self.planes):
            for top in range(0, self.height, rows):
                bottom = min(top + rows, self.height)
                for left in range(0, self.width, columns):
                    right = min(left + columns, self.width)
                    stored = (rows, columns) if self.tiled else (bottom - top, columns)
                    yield Box(number, plane, slice(top, bottom), slice(left, right), stored)
                    number += 1


def signed(values: NDArray[np.unsignedinteger]) -> NDArray[np.int64]:
    """Return offsets or byte counts with which one can calculate; what is too large for any file stays too large."""
    return np.minimum(values.astype(np.uint64), np.uint64(2**62)).astype(np.int64)
