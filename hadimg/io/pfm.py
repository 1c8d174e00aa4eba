"""PFM: the portable float map, float32 in either byte order, rows from the bottom up.

Source: "PFM Portable FloatMap Image Format" by P. Debevec. The scale of its header is carried, not applied: programs
disagree about its meaning.
"""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from hadimg.errors import FormatError
from hadimg.io.header import Encoded, Header
from hadimg.io.holding import Capacity, prepare, source_details
from hadimg.io.image import Image, Page, Source

if TYPE_CHECKING:
    from hadimg.io.header import ReadOptions, WriteOptions

__all__ = ["decode", "encode", "probe"]

CAPACITY = Capacity("PFM", whites=(), types=("float32",))

HEADER = re.compile(rb"P([Ff])\s+(\d{1,10})\s+(\d{1,10})\s+([-+0-9.eE]{1,40})(?:\r\n|\s)")


class Details(NamedTuple):
    """The scale as written, whose sign is the byte order, and where the raster starts."""

    scale: str
    start: int

    @property
    def dtype(self) -> str:
        """Type and byte order of the values."""
        return "<f4" if float(self.scale) < 0 else ">f4"


def probe(data: bytes, options: ReadOptions) -> Header:
    r"""Return what the header declares, or refuse it.

    Parameters
    ----------
    data : bytes
        The whole file, or at least its header.
    options : ReadOptions
        With the limits.

    Returns
    -------
    Header
        One page of float32.

    Raises
    ------
    FormatError, LimitError
        When the header is broken or declares too much.

    Examples
    --------
    >>> from hadimg.io.header import ReadOptions
    >>> probe(b"Pf 3 2 -1.0\n" + bytes(24), ReadOptions()).shapes
    ((2, 3),)
    """
    match = HEADER.match(data, 0, 1024)
    if match is None:
        raise FormatError("the PFM header is broken")
    scale = match[4].decode("ascii")
    try:
        valid = math.isfinite(float(scale)) and float(scale) != 0
    except ValueError:
        valid = False
    width, height = int(match[2]), int(match[3])
    if not (valid and width and height):
        raise FormatError(f"the PFM header declares {width} x {height} pixels and the scale {scale}")
    header = Header("pfm", ((height, width),), 3 if match[1] == b"F" else 1, 4, Details(scale, match.end()))
    options.limits.check_header(header)
    return header


def decode(data: bytes, header: Header, options: ReadOptions) -> Image:  # noqa: ARG001 (every format's signature)
    """Return the whole picture, values as stored.

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
        float32, from the top down, white is 1.0.

    Raises
    ------
    FormatError
        When the data do not have the declared length.
    """
    details: Details = header.details
    height, width = header.shapes[0]
    needed, held = height * width * header.channels * 4, len(data) - details.start
    if held != needed:
        raise FormatError(f"the PFM header declares {needed} bytes of values, the file holds {held}")
    values = np.frombuffer(data, details.dtype, needed // 4, details.start)
    rows = values.reshape((height, width) if header.channels == 1 else (height, width, 3))
    page = Page(np.ascontiguousarray(rows[::-1], np.float32), white=1.0)
    notes = () if abs(float(details.scale)) == 1 else (f"the scale {details.scale} of the PFM header is not applied",)
    return Image((page,), "pfm", source=Source("pfm", data[: details.start]), notes=notes)


def encode(image: Image, options: WriteOptions) -> Encoded:
    """Return the finished file, with scale and byte order of the source where that was a PFM.

    Parameters
    ----------
    image : Image
        One page of float32, grey or RGB.
    options : WriteOptions
        How to write.

    Returns
    -------
    Encoded
        Values bit for bit.

    Raises
    ------
    UnsupportedError
        When the picture does not fit.
    """
    ready = prepare(image, CAPACITY, options)
    details: Details = source_details(image, "pfm", probe) or Details("-1.0", 0)
    height, width = ready.page.shape
    kind = "PF" if ready.page.channels == 3 else "Pf"
    head = f"{kind}\n{width} {height}\n{details.scale}\n".encode("ascii")
    raster = np.ascontiguousarray(ready.page.pixels[::-1], details.dtype)
    return Encoded(b"".join((head, raster.data.cast("B"))), ready.notes)
