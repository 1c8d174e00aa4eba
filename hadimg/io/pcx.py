"""PCX (PC Paintbrush): grey and RGB of 8 bits, palettes and bits expanded.

Source: "PCX File Format", ZSoft Corporation, technical reference manual.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

from hadimg.errors import FormatError, UnsupportedError
from hadimg.io.by_imageio import read_pixels, write_pixels
from hadimg.io.header import Encoded, Header
from hadimg.io.holding import Capacity, prepare
from hadimg.io.image import Image, Metadata, Page

if TYPE_CHECKING:
    from hadimg.io.header import ReadOptions, WriteOptions

__all__ = ["decode", "encode", "probe"]

CAPACITY = Capacity("PCX", channels=(1, 3), metadata=("resolution",))

GRAYS = b"".join(bytes([level]) * 3 for level in range(256))


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
        One page of uint8; the details are the resolution, and how many bytes are coded before a palette.

    Raises
    ------
    FormatError, LimitError, UnsupportedError
        When the header is broken, declares too much, or a depth that is not kept.

    Examples
    --------
    >>> import numpy as np
    >>> from hadimg.io.header import ReadOptions
    >>> probe(write_pixels(np.zeros((2, 3, 3), np.uint8), "pcx"), ReadOptions()).shapes
    ((2, 3),)
    """
    if len(data) < 128 or data[0] != 10 or data[2] != 1:
        raise FormatError("the PCX header is cut or broken")
    version, bits, planes = data[1], data[3], data[65]
    left, top, right, bottom, across, down = struct.unpack_from("<6H", data, 4)
    (line,) = struct.unpack_from("<H", data, 66)
    width, height = right - left + 1, bottom - top + 1
    channels = {(1, 1): 1, (1, 4): 3, (8, 1): 1 if _is_gray(data) else 3, (8, 3): 3}.get((bits, planes))
    if channels is None or (bits * planes > 1 and version not in (2, 5)):
        raise UnsupportedError(
            f"PCX of version {version} with {planes} planes of {bits} bits is not read",
            remedy="convert it to PNG first",
        )
    if (bits, planes) == (8, 1) and data[-769:-768] != b"\x0c":
        raise FormatError("the PCX data end early: the palette is missing")
    if width <= 0 or height <= 0 or line * 8 < width * bits:
        raise FormatError(f"the PCX header declares {width} x {height} pixels in lines of {line} bytes")
    resolution = (float(across), float(down)) if across and down else None
    before_palette = height * line if (bits, planes) == (8, 1) else 0
    header = Header("pcx", ((height, width),), channels, 1, (resolution, before_palette))
    options.limits.check_header(header)
    if (len(data) - 128) * 63 < 2 * height * planes * ((width * bits + 7) // 8) - 126:
        raise FormatError(f"{len(data)} bytes of PCX cannot hold {height} rows of {width} pixels")
    return header


def _is_gray(data: bytes) -> bool:
    """Return whether the palette behind the pixels counts up the greys."""
    return data[-768:] == GRAYS


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
        uint8; bits come out as 0 and 255.

    Raises
    ------
    FormatError, LimitError
        When the data are broken or too large.
    """
    resolution, before_palette = header.details
    if before_palette and _end_of_runs(data, before_palette) > len(data) - 769:
        raise FormatError("the PCX data end early: the palette is missing")
    page = Page(read_pixels(data, header, "PCX"))
    return Image((page,), "pcx", Metadata(resolution=resolution))


def _end_of_runs(data: bytes, count: int) -> int:
    """Return where ``count`` coded bytes end: what a cut leaves at the place of the palette may look like one."""
    place = 128
    while count > 0 and place < len(data):
        length = data[place] - 0xC0
        count -= length if length > 0 else 1
        place += 2 if length >= 0 else 1
    return place


def encode(image: Image, options: WriteOptions) -> Encoded:
    """Return the finished file.

    Parameters
    ----------
    image : Image
        One page of uint8, grey or RGB.
    options : WriteOptions
        How to write.

    Returns
    -------
    Encoded
        With the resolution in whole pixels per inch.

    Raises
    ------
    UnsupportedError
        When the picture does not fit.
    """
    ready = prepare(image, CAPACITY, options)
    if max(ready.page.shape) > 65535:
        raise UnsupportedError("PCX holds at most 65535 pixels a side", remedy="write TIFF instead")
    data = bytearray(write_pixels(ready.page.pixels, "pcx"))
    across, down = (min(round(value), 65535) for value in ready.metadata.resolution or (0.0, 0.0))
    struct.pack_into("<HH", data, 12, across, down)  # the library always writes 100
    return Encoded(bytes(data), ready.notes)
