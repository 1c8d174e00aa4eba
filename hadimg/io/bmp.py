"""BMP: bitmaps of 1 to 32 bits a pixel, palettes expanded; written with 8 (grey), 24 or 32 bits.

Source: the bitmap structures of the Windows GDI reference. Libraries disagree about cut files, palettes and bit
fields, so both directions are written out here.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Any

import numpy as np

from hadimg.errors import FormatError, UnsupportedError
from hadimg.io.bmp_header import EMBEDDED_PROFILE, FIELDS, PLAIN, Details, probe
from hadimg.io.bmp_runs import decode_runs
from hadimg.io.decoding import checked_pixels
from hadimg.io.header import Encoded
from hadimg.io.holding import Capacity, prepare
from hadimg.io.image import Image, Metadata, Page

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from hadimg.io.header import Header, ReadOptions, WriteOptions

__all__ = ["decode", "encode", "probe"]

CAPACITY = Capacity("BMP", channels=(1, 3, 4), metadata=("icc", "resolution"))


def decode(data: bytes, header: Header, options: ReadOptions) -> Image:  # noqa: ARG001 (every format's signature)
    """Return the whole picture as grey, RGB or RGB with opacity.

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
        uint8, from the top down; 5 and 6 bits are scaled to 0..255 and rounded.

    Raises
    ------
    FormatError, UnsupportedError
        When data are missing or broken.
    """
    details: Details = header.details
    notes: list[str] = []
    if details.compression in (PLAIN, FIELDS):
        rows = _rows(data, details, *header.shapes[0])
        stored = _unpacked(rows, header.shapes[0][1], details)
        if details.bits == 32 and header.channels == 3 and np.ptp(rows[:, _spare(details) :: 4]):
            notes.append("the fourth byte of each pixel, to which the BMP header gives no meaning, is left out")
    else:
        stored = decode_runs(data[details.start :], *header.shapes[0], bits=details.bits)
    if details.palette is not None:
        stored = _colors(stored, details.palette, notes)
        stored = stored[:, :, 0] if header.channels == 1 else stored
    pixels = checked_pixels(stored if details.top_down else stored[::-1], header)
    metadata = Metadata(icc=details.profile, resolution=details.resolution)
    page = Page(pixels, alpha=header.channels == 4)
    return Image((page,), "bmp", metadata, notes=tuple(notes))


def _rows(data: bytes, details: Details, height: int, width: int) -> NDArray[np.uint8]:
    """Return the stored rows, with their padding to four bytes."""
    used = (width * details.bits + 7) // 8
    stride = (used + 3) // 4 * 4
    held, needed = len(data) - details.start, stride * (height - 1) + used
    if held < needed:
        raise FormatError(f"the BMP data end early: {height - held // stride} of {height} rows are missing")
    if held < stride * height:  # the padding of the last row is left out
        data = data + bytes(stride * height - held)
    return np.frombuffer(data, np.uint8, stride * height, details.start).reshape(height, stride)


def _unpacked(rows: NDArray[np.uint8], width: int, details: Details) -> NDArray[np.uint8]:
    """Return palette indices, or colors, of rows of bytes."""
    height = rows.shape[0]
    if details.bits == 1:
        return np.unpackbits(rows, axis=1, count=width)
    if details.bits == 4:
        return np.stack([rows >> 4, rows & 15], axis=-1).reshape(height, -1)[:, :width]
    if details.bits == 8:
        return rows[:, :width]
    if details.bits == 16:
        return _sixteen_bits(rows.view("<u2")[:, :width], details.fields)
    size = details.bits // 8
    pixels = rows[:, : size * width].reshape(height, width, size)
    order = [mask.bit_length() // 8 - 1 for mask in details.fields if mask]
    # slices are several times faster than an index list, and every usual order is one
    if order == [2, 1, 0]:
        return pixels[:, :, 2::-1]
    return pixels[:, :, order]


def _spare(details: Details) -> int:
    """Return which of the four bytes of a pixel no bit field names."""
    return next(place for place in (3, 2, 1, 0) if 0xFF << 8 * place not in details.fields)


def _sixteen_bits(values: NDArray[Any], fields: tuple[int, ...]) -> NDArray[np.uint8]:
    channels = []
    for mask in fields[:3]:
        shift = (mask & -mask).bit_length() - 1
        top = mask >> shift
        levels = np.rint(np.arange(top + 1) * (255 / top)).astype(np.uint8)
        channels.append(levels[(values & mask) >> shift])
    return np.stack(channels, axis=-1)


def _colors(indices: NDArray[np.uint8], palette: NDArray[np.uint8], notes: list[str]) -> NDArray[np.uint8]:
    beyond = int((indices >= len(palette)).sum()) if len(palette) < 256 else 0
    if beyond:
        notes.append(f"{beyond} pixels name a color behind the {len(palette)} of the palette; taken as black")
        palette = np.vstack([palette, np.zeros((256 - len(palette), 3), np.uint8)])
    return palette[indices]


def encode(image: Image, options: WriteOptions) -> Encoded:
    """Return the finished file: grey with 8 bits, RGB with 24, RGB with opacity with 32.

    Parameters
    ----------
    image : Image
        One page of uint8.
    options : WriteOptions
        How to write.

    Returns
    -------
    Encoded
        With resolution and color profile.

    Raises
    ------
    UnsupportedError
        When the picture does not fit.
    """
    ready = prepare(image, CAPACITY, options)
    height, width = ready.page.shape
    channels = ready.page.channels
    stride = (channels * width + 3) // 4 * 4
    rows = np.zeros((height, stride), np.uint8)
    pixels = ready.page.pixels[::-1]
    if channels > 1:
        target = rows[:, : channels * width].reshape(height, width, channels)
        target[:, :, :3] = pixels[:, :, 2::-1]
        target[:, :, 3:] = pixels[:, :, 3:]
    else:
        rows[:, :width] = pixels.reshape(height, width)
    palette = np.repeat(np.arange(256, dtype=np.uint8), 4).reshape(256, 4) * np.array([1, 1, 1, 0], np.uint8)
    colors = palette.tobytes() if channels == 1 else b""
    profile = ready.metadata.icc or b""
    head = _headers((height, width), channels, ready.metadata, rows.nbytes)
    start = 14 + len(head) + len(colors)
    total = start + rows.nbytes + len(profile)
    if total >= 1 << 32:
        raise UnsupportedError(f"BMP holds at most 4 GiB, the picture needs {total} bytes", remedy="write TIFF instead")
    file_head = b"BM" + struct.pack("<IHHI", total, 0, 0, start)
    return Encoded(b"".join([file_head, head, colors, rows.data, profile]), ready.notes)


def _headers(shape: tuple[int, int], channels: int, metadata: Metadata, size: int) -> bytes:
    """Return the second header: the oldest kind that says what has to be said."""
    height, width = shape
    fields = channels == 4
    across, down = (round(value / 0.0254) for value in metadata.resolution or (0.0, 0.0))
    modern = fields or metadata.icc is not None
    head = struct.pack(
        "<IiiHHIIiiII",
        124 if modern else 40,
        width,
        height,
        1,
        8 * channels,
        FIELDS if fields else PLAIN,
        size,
        across,
        down,
        256 if channels == 1 else 0,
        0,
    )
    if not modern:
        return head
    masks = (0xFF0000, 0xFF00, 0xFF, 0xFF000000) if fields else (0, 0, 0, 0)
    space = EMBEDDED_PROFILE if metadata.icc else 0x73524742  # "sRGB"
    place = 124 + (1024 if channels == 1 else 0) + size if metadata.icc else 0
    return head + struct.pack("<5I36x12x4I", *masks, space, 4, place, len(metadata.icc or b""), 0)
