"""How the pixels of one TIFF page lie in its file: shape, type of values, coding, strips or tiles; or why not."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from hadimg.errors import FormatError, UnsupportedError
from hadimg.io.tiff_coding import CODINGS, UNREAD_CODINGS, Coding

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from hadimg.io.tiff_structure import Directory

__all__ = ["ASSOCIATED", "UNASSOCIATED", "Box", "PageLayout", "page_layout", "signed"]

MIN_IS_WHITE, MIN_IS_BLACK, RGB = 0, 1, 2
UNSPECIFIED, ASSOCIATED, UNASSOCIATED = 0, 1, 2
HORIZONTAL, FLOATING = 2, 3
PACKBITS = 32773
_CONVERT = "convert it to 8-bit or 16-bit RGB first"
_DEVELOP = "develop the raw file to a 16-bit TIFF first"

PHOTOMETRICS = {
    3: ("palette colors", "expand the palette to RGB first"),
    4: ("a transparency mask of another page", "merge it into the picture as its alpha channel first"),
    5: ("CMYK colors", _CONVERT),
    6: ("YCbCr colors", _CONVERT),
    8: ("CIELab colors", _CONVERT),
    9: ("ICCLab colors", _CONVERT),
    10: ("ITULab colors", _CONVERT),
    32803: ("the raw values of a camera", _DEVELOP),
    34892: ("the linear raw values of a camera", _DEVELOP),
    32844: ("LogL values", "convert it to a 32-bit floating-point TIFF first"),
    32845: ("LogLuv colors", "convert it to a 32-bit floating-point TIFF first"),
}
"""Meanings of the values that a product with a mask does not respect, and the way out."""

PIXEL_TYPES = {(8, 1): "u1", (16, 1): "u2", (32, 3): "f4", (64, 3): "f8"}
SAMPLE_FORMATS = {1: "unsigned integers", 2: "signed integers", 3: "floating-point numbers", 4: "undefined values"}


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


def page_layout(directory: Directory) -> PageLayout:
    """Return how the pixels of the page of ``directory`` lie in the file.

    Raises
    ------
    FormatError
        When the page contradicts itself.
    UnsupportedError
        When its pixels are of a kind that cannot be multiplied, or not decoded, without loss.
    """
    photometric = directory.number(262)
    if photometric in PHOTOMETRICS:
        kind, remedy = PHOTOMETRICS[photometric]
        raise UnsupportedError(f"TIFF pages of {kind} are not read", remedy=remedy)
    if photometric not in (MIN_IS_WHITE, MIN_IS_BLACK, RGB):
        raise UnsupportedError(f"the TIFF photometric interpretation {photometric} is not known", remedy=_CONVERT)
    coding = _coding(directory)
    samples = directory.number(277, 1)
    dtype = _dtype(directory, samples)
    predictor = _predictor(directory, coding, dtype)
    if photometric == MIN_IS_WHITE and dtype.kind == "f":
        raise UnsupportedError(
            "floating-point TIFF pages in which zero is white are not read: they declare no black",
            remedy="convert them so that zero is black",
        )
    height, width = directory.number(257), directory.number(256)
    if not height or not width:
        raise FormatError(f"the TIFF page declares {width} x {height} pixels")
    if directory.number(32997, 1) > 1:
        raise UnsupportedError("volumetric TIFF pages are not read", remedy="save one page for each depth")
    tiled, segment = _segment(directory, height, width)
    layout = PageLayout(
        height=height,
        width=width,
        samples=samples,
        dtype=dtype,
        planar=directory.number(284, 1) == 2 and samples > 1,
        tiled=tiled,
        segment=segment,
        coding=coding,
        predictor=predictor,
        photometric=photometric,
        extras=_extras(directory, samples - (3 if photometric == RGB else 1)),
        offsets=directory.numbers(324 if tiled else 273),
        counts=directory.numbers(325 if tiled else 279),
    )
    _check_tables(layout)
    return layout


def _coding(directory: Directory) -> Coding:
    number = directory.number(259, 1)
    if number in CODINGS:
        if directory.number(266, 1) == 2:
            raise UnsupportedError("TIFF pages with bits in reversed order are not read", remedy=_CONVERT)
        return CODINGS[number]
    title, remedy = UNREAD_CODINGS.get(number, (f"coding {number}", "save it with LZW or Deflate coding first"))
    raise UnsupportedError(f"TIFF pages in {title} are not read", remedy=remedy)


def _dtype(directory: Directory, samples: int) -> np.dtype[Any]:
    """Return the one type of all samples; a single declared depth stands for all."""
    if samples < 1:
        raise FormatError("the TIFF page declares no samples")
    depths, kinds = ({int(v) for v in directory.numbers(tag)[:samples]} for tag in (258, 339))
    if len(depths) > 1 or len(kinds) > 1:
        raise UnsupportedError("TIFF pages whose samples differ in type are not read", remedy=_CONVERT)
    depth, kind = (depths or {1}).pop(), (kinds or {1}).pop()
    if (depth, kind) in PIXEL_TYPES:
        return np.dtype(PIXEL_TYPES[depth, kind]).newbyteorder(directory.form.order)
    title = SAMPLE_FORMATS.get(kind, "complex numbers")
    remedy = "convert it to 8 or 16 bits first" if (kind, depth < 16) == (1, True) else "convert it to float32 first"
    raise UnsupportedError(f"TIFF pages of {depth}-bit {title} are not read", remedy=remedy)


def _predictor(directory: Directory, coding: Coding, dtype: np.dtype[Any]) -> int:
    predictor = directory.number(317, 1)
    if coding.plain or predictor == 1:
        return 1  # no reader undoes differences where nothing is coded
    if coding is CODINGS[PACKBITS]:
        raise UnsupportedError(
            "PackBits TIFF pages with a predictor are not read: readers disagree on what they show",
            remedy="save it with LZW or Deflate coding first",
        )
    if predictor == HORIZONTAL or (predictor == FLOATING and dtype.kind == "f"):
        return predictor
    raise FormatError(f"the TIFF predictor {predictor} does not belong to values of type {dtype.name}")


def _extras(directory: Directory, count: int) -> tuple[int, ...]:
    if count < 0:
        raise FormatError("the TIFF page declares fewer samples than its colors need")
    declared = tuple(int(value) for value in directory.numbers(338)[:count])
    extras = declared + (UNSPECIFIED,) * (count - len(declared))
    if any(value in (ASSOCIATED, UNASSOCIATED) for value in extras[:-1]):
        raise UnsupportedError(
            "TIFF pages whose opacity is not the last sample are not read", remedy="store opacity as the last sample"
        )
    return extras


def _segment(directory: Directory, height: int, width: int) -> tuple[bool, tuple[int, int]]:
    """Return whether there are tiles, and rows and columns of one segment."""
    if 324 in directory.entries:
        rows, columns = directory.number(323), directory.number(322)
        if not rows or not columns:
            raise FormatError(f"the TIFF page declares tiles of {columns} x {rows} pixels")
        return True, (rows, columns)
    rows = min(directory.number(278, height), height)
    if not rows:
        raise FormatError("the TIFF page declares strips of 0 rows")
    return False, (rows, width)


def _check_tables(layout: PageLayout) -> None:
    down, across = layout.grid
    expected = down * across * layout.planes
    word = "tiles" if layout.tiled else "strips"
    for title, table in (("offsets", layout.offsets), ("byte counts", layout.counts)):
        if len(table) != expected:
            raise FormatError(f"the TIFF page has {expected} {word} and declares {len(table)} {title}")
