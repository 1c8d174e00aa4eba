"""SGI (Silicon Graphics image): grey, RGB and opacity of 8 bits each, with or without runs.

Source: "The SGI Image File Format", version 1.00, by P. Haeberli.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

from hadimg.errors import FormatError, UnsupportedError
from hadimg.io.by_imageio import read_pixels, write_pixels
from hadimg.io.header import Encoded, Header
from hadimg.io.holding import Capacity, prepare
from hadimg.io.image import Image, Page

if TYPE_CHECKING:
    from hadimg.io.header import ReadOptions, WriteOptions

__all__ = ["decode", "encode", "probe"]

CAPACITY = Capacity("SGI", channels=(1, 3, 4))


def probe(data: bytes, options: ReadOptions) -> Header:
    """Return what the header declares, or refuse it.

    Parameters
    ----------
    data : bytes
        The whole file.
    options : ReadOptions
        With the limits.

    Returns
    -------
    Header
        One page of uint8.

    Raises
    ------
    FormatError, LimitError, UnsupportedError
        When the header is broken, declares too much, or a depth that is not kept.

    Examples
    --------
    >>> import numpy as np
    >>> from hadimg.io.header import ReadOptions
    >>> probe(write_pixels(np.zeros((2, 3, 3), np.uint8), "sgi"), ReadOptions()).shapes
    ((2, 3),)
    """
    if len(data) < 512 or data[:2] != b"\x01\xda":
        raise FormatError("the SGI header is cut")
    runs, itemsize, dimensions, width, height, channels = struct.unpack_from(">BB4H", data, 2)
    (kind,) = struct.unpack_from(">I", data, 104)
    channels = channels if dimensions == 3 else 1
    height = height if dimensions > 1 else 1
    if runs > 1 or itemsize not in (1, 2) or dimensions not in (1, 2, 3) or not (width and height):
        raise FormatError(f"the SGI header declares {width} x {height} pixels in {dimensions} dimensions")
    if itemsize != 1 or kind != 0 or channels not in (1, 3, 4):
        raise UnsupportedError(
            f"SGI with {channels} channels of {8 * itemsize} bits, color map {kind}, is not read",
            remedy="convert it to PNG first",
        )
    header = Header("sgi", ((height, width),), channels, 1)
    options.limits.check_header(header)
    needed = 512 + height * channels * (8 if runs else width)
    if len(data) < needed:
        raise FormatError(f"the SGI data end early: {needed - len(data)} of {needed} bytes are missing")
    return header


def decode(data: bytes, header: Header, options: ReadOptions) -> Image:  # noqa: ARG001 (every format's signature)
    """Return the whole picture.

    Parameters
    ----------
    data : bytes
        The whole file.
    header : Header
        What `probe` returned.
    options : ReadOptions
        How to read.

    Returns
    -------
    Image
        uint8, from the top down.

    Raises
    ------
    FormatError, LimitError
        When the data are broken or too large.
    """
    if data[2]:
        _check_runs(data, header)
    page = Page(read_pixels(data, header, "SGI"), alpha=header.channels == 4)
    return Image((page,), "sgi")


def _check_runs(data: bytes, header: Header) -> None:
    """Refuse rows that are too short or too long; the library fills up the rest with black."""
    height, width = header.shapes[0]
    count = height * header.channels
    starts = struct.unpack_from(f">{count}I", data, 512)
    lengths = struct.unpack_from(f">{count}I", data, 512 + 4 * count)
    for start, length in zip(starts, lengths, strict=True):
        place, pixels = start, 0
        while place < min(start + length, len(data)) and data[place] & 0x7F:
            run = data[place] & 0x7F
            pixels += run
            place += 1 + run if data[place] & 0x80 else 2
        if pixels != width or place > len(data):
            raise FormatError(f"the SGI runs of a row hold {pixels} pixels, the picture is {width} wide")


def encode(image: Image, options: WriteOptions) -> Encoded:
    """Return the finished file, without runs.

    Parameters
    ----------
    image : Image
        One page of uint8.
    options : WriteOptions
        How to write.

    Returns
    -------
    Encoded
        No metadata.

    Raises
    ------
    UnsupportedError
        When the picture does not fit.
    """
    ready = prepare(image, CAPACITY, options)
    if max(ready.page.shape) > 65535:
        raise UnsupportedError("SGI holds at most 65535 pixels a side", remedy="write TIFF instead")
    return Encoded(write_pixels(ready.page.pixels, "sgi"), ready.notes)
