"""TGA (Truevision Targa): grey, RGB and opacity of 8 bits each, with or without runs, palettes expanded.

Source: "Truevision TGA File Format Specification", version 2.0.
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

CAPACITY = Capacity("TGA", channels=(1, 2, 3, 4))

PALETTE, COLOR, GRAY, RUNS = 1, 2, 3, 8


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
        One page of uint8; the details are the notes of the reader.

    Raises
    ------
    FormatError, LimitError, UnsupportedError
        When the header is broken, declares too much, or a depth that is not kept.

    Examples
    --------
    >>> import numpy as np
    >>> from hadimg.io.header import ReadOptions
    >>> probe(write_pixels(np.zeros((2, 3, 4), np.uint8), "tga"), ReadOptions()).channels
    4
    """
    if len(data) < 18:
        raise FormatError("the TGA header is cut")
    told, mapped, kind, _, map_length, map_bits = struct.unpack_from("<BBBHHB", data)
    width, height, bits, flags = struct.unpack_from("<HHBB", data, 12)
    base = kind & ~RUNS
    if base not in (PALETTE, COLOR, GRAY) or mapped > 1 or (base == PALETTE) > mapped or not (width and height):
        raise FormatError(f"the TGA header declares {width} x {height} pixels of kind {kind}")
    depths = (base, bits, map_bits if base == PALETTE else 0)
    channels = {(PALETTE, 8, 24): 3, (COLOR, 24, 0): 3, (COLOR, 32, 0): 4, (GRAY, 8, 0): 1, (GRAY, 16, 0): 2}.get(
        depths
    )
    if channels is None or flags & 0x10:
        what = "pixels from right to left" if channels else f"pixels of {bits} bits, colors of {map_bits}"
        raise UnsupportedError(f"TGA with {what} is not read", remedy="convert it to PNG first")
    if channels == 4 and not flags & 15:
        channels = 3  # the header says that the fourth byte is no opacity
    header = Header("tga", ((height, width),), channels, 1)
    options.limits.check_header(header)
    start = 18 + told + mapped * map_length * ((map_bits + 7) // 8)
    size = height * width * (bits // 8)
    needed = start + (size if not kind & RUNS else size // 128)
    if len(data) < needed:
        raise FormatError(f"the TGA data end early: {needed - len(data)} of {needed} bytes are missing")
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
    page = Page(read_pixels(data, header, "TGA"), alpha=header.channels in (2, 4))
    told = data[18 : 18 + data[0]].rstrip(b"\0 ")
    notes = ("the text in the TGA header is left out",) if told else ()
    return Image((page,), "tga", notes=notes)


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
        raise UnsupportedError("TGA holds at most 65535 pixels a side", remedy="write TIFF instead")
    return Encoded(write_pixels(ready.page.pixels, "tga"), ready.notes)
