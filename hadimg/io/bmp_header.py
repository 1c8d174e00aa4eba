"""The headers of BMP: sizes, bits, palette, bit fields and color profile, read from the bytes and checked.

Source: the bitmap structures of the Windows GDI reference (BITMAPFILEHEADER to BITMAPV5HEADER).
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from hadimg.errors import FormatError, UnsupportedError
from hadimg.io.header import Header

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from hadimg.io.header import ReadOptions

__all__ = ["Details", "probe"]

PLAIN, RLE8, RLE4, FIELDS = 0, 1, 2, 3
COMPRESSIONS = {4: "embedded JPEG or RLE24", 5: "embedded PNG", 6: "bit fields with alpha", 11: "CMYK", 12: "CMYK"}
EMBEDDED_PROFILE = 0x4D424544  # "MBED"

FIELDS_555 = (0x7C00, 0x03E0, 0x001F, 0)
FIELDS_565 = (0xF800, 0x07E0, 0x001F, 0)
FIELDS_888 = (0xFF0000, 0x00FF00, 0x0000FF, 0)


class Details(NamedTuple):
    """What the decoder wants to know: all fields of the headers that matter, checked."""

    bits: int
    compression: int
    start: int
    top_down: bool
    fields: tuple[int, int, int, int]
    palette: NDArray[np.uint8] | None
    resolution: tuple[float, float] | None
    profile: bytes | None


class _Fields(NamedTuple):
    width: int
    height: int
    bits: int
    compression: int
    pixels_per_meter: tuple[int, int]
    colors: int


def probe(data: bytes, options: ReadOptions) -> Header:
    """Return what the headers declare, or refuse it.

    Parameters
    ----------
    data : bytes
        The whole file.
    options : ReadOptions
        With the limits.

    Returns
    -------
    Header
        One page of uint8; grey where all colors of the palette are grey.

    Raises
    ------
    FormatError, LimitError, UnsupportedError
        When a header is broken, declares too much, or a kind that no two programs read alike.

    Examples
    --------
    >>> from hadimg.io.bmp import encode
    >>> from hadimg.io.header import ReadOptions, WriteOptions
    >>> from hadimg.io.image import Image
    >>> file = encode(Image.from_pixels(np.zeros((2, 3, 4), np.uint8)), WriteOptions())
    >>> probe(file.data, ReadOptions()).channels
    4
    """
    if len(data) < 26 or data[:2] != b"BM":
        raise FormatError("the BMP header is cut")
    start, size = struct.unpack_from("<II", data, 10)
    fields = _read_fields(data, size)
    _check_kind(fields)
    masks, end = _masks(data, size, fields)
    palette, end = _palette(data, size, fields, end) if fields.bits <= 8 else (None, end)
    if not end <= start < len(data):
        raise FormatError(f"the BMP header says the pixels start at byte {start}: before its end, or after the file's")
    across, down = (round(value * 0.0254, 4) for value in fields.pixels_per_meter)
    details = Details(
        fields.bits,
        fields.compression,
        start,
        fields.height < 0,
        masks,
        palette,
        (across, down) if across > 0 and down > 0 else None,
        _profile(data, size, options),
    )
    header = Header("bmp", ((abs(fields.height), fields.width),), _channels(details), 1, details)
    options.limits.check_header(header)
    return header


def _channels(details: Details) -> int:
    if details.palette is not None:
        return 1 if (details.palette == details.palette[:, :1]).all() else 3
    return 4 if details.fields[3] else 3


def _read_fields(data: bytes, size: int) -> _Fields:
    """Return the fields of the second header, of whichever kind."""
    if size not in (12, 40, 52, 56, 64, 108, 124):
        kind = UnsupportedError if size == 16 else FormatError
        raise kind(f"the BMP header has {size} bytes, which is not one that is read", remedy="convert it to PNG first")
    if len(data) < 14 + size:
        raise FormatError("the BMP header is cut")
    if size == 12:
        width, height, _, bits = struct.unpack_from("<HHHH", data, 18)
        return _Fields(width, height, bits, PLAIN, (0, 0), 0)
    width, height, _, bits, compression, _, across, down, colors = struct.unpack_from("<iiHHIIiiI", data, 18)
    if size == 64 and compression == FIELDS:
        raise UnsupportedError("Huffman coding in a BMP of OS/2 is not read", remedy="convert it to PNG first")
    return _Fields(width, height, bits, compression, (across, down), colors)


def _check_kind(fields: _Fields) -> None:
    width, height, bits, compression = fields[:4]
    if compression not in (PLAIN, RLE8, RLE4, FIELDS):
        name = COMPRESSIONS.get(compression, f"compression {compression}")
        raise UnsupportedError(f"{name} in BMP is not read", remedy="convert it to PNG first")
    allowed = {PLAIN: (1, 4, 8, 16, 24, 32), RLE8: (8,), RLE4: (4,), FIELDS: (16, 32)}[compression]
    if width <= 0 or height == 0 or bits not in allowed or (height < 0 and compression in (RLE8, RLE4)):
        raise FormatError(
            f"the BMP header declares {width} x {height} pixels of {bits} bits with compression {compression}"
        )


def _masks(data: bytes, size: int, fields: _Fields) -> tuple[tuple[int, int, int, int], int]:
    """Return the bits of red, green, blue and opacity in a pixel, and where the header with them ends."""
    if fields.compression != FIELDS:
        return (FIELDS_555 if fields.bits == 16 else FIELDS_888), 14 + size
    count = 4 if size >= 56 else 3
    if len(data) < 54 + 4 * count:
        raise FormatError("the bit fields of the BMP header are cut")
    red, green, blue, *rest = struct.unpack_from(f"<{count}I", data, 54)
    masks = (red, green, blue, rest[0] if rest else 0)
    known = masks in (FIELDS_555, FIELDS_565) if fields.bits == 16 else _whole_bytes(masks)
    if not known:
        text = ", ".join(f"{mask:#x}" for mask in masks)
        raise UnsupportedError(f"the BMP bit fields {text} are not read", remedy="convert it to PNG first")
    return masks, max(14 + size, 54 + 4 * count)


def _whole_bytes(masks: tuple[int, ...]) -> bool:
    """Return whether the masks are different whole bytes; the last one may be empty."""
    places = [0xFF << shift for shift in (0, 8, 16, 24)]
    used = [mask for index, mask in enumerate(masks) if mask or index < 3]
    return all(mask in places for mask in used) and len(set(used)) == len(used)


def _palette(data: bytes, size: int, fields: _Fields, end: int) -> tuple[NDArray[np.uint8], int]:
    """Return the colors of the palette as RGB, and where it ends."""
    count = fields.colors or 1 << fields.bits
    if count > 1 << fields.bits:
        raise FormatError(f"the BMP palette declares {count} colors for pixels of {fields.bits} bits")
    width = 3 if size == 12 else 4
    if len(data) < end + width * count:
        raise FormatError("the BMP palette is cut")
    entries = np.frombuffer(data, np.uint8, width * count, end).reshape(count, width)
    return np.ascontiguousarray(entries[:, 2::-1]), end + width * count


def _profile(data: bytes, size: int, options: ReadOptions) -> bytes | None:
    """Return the color profile that a header of version 5 embeds."""
    if size < 124 or struct.unpack_from("<I", data, 70)[0] != EMBEDDED_PROFILE:
        return None
    place, length = struct.unpack_from("<II", data, 14 + 112)
    options.limits.check("block_bytes", length)
    if not length or 14 + place + length > len(data):
        raise FormatError("the color profile of the BMP is cut")
    return data[14 + place : 14 + place + length]
