"""The pixels of a PNG: the compressed stream is checked here, libpng does the filters.

The stream is inflated once, strictly and never beyond the size that the header explains, and handed to libpng as
stored data: so nothing broken ever reaches it. That is as fast as letting libpng inflate, and it notices what libpng
does not: a wrong checksum behind data that are too long. libpng gets some rows at a time, whose values take the place
of the inflated bytes: the picture is in memory once.
"""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING, Any

import numpy as np

from hadimg.errors import FormatError, UnsupportedError
from hadimg.io.decoding import decoding
from hadimg.io.libraries import load_library
from hadimg.io.png_chunks import SIGNATURE, STORED_CHANNELS, Layout, stored_file

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    Bytes = NDArray[np.uint8]

__all__ = ["Colors", "compress", "decompress", "read_colors"]

PAETH, SPEED, RUNS = 128, 1, 3
"""libpng's filter, zlib's level and strategy: as fast as OpenCV's choice, and 1 to 25 % smaller."""

BAND_BYTES = 1 << 20
"""Filtered rows that libpng gets at a time."""


class Colors:
    """How stored values become colors: the palette and the transparent color, if any.

    Parameters
    ----------
    layout : Layout
        What the header declares.
    palette : bytes, optional
        The body of PLTE.
    transparency : bytes, optional
        The body of tRNS.
    """

    def __init__(self, layout: Layout, palette: bytes | None, transparency: bytes | None) -> None:
        self.layout = layout
        self.palette = None if palette is None or layout.color != 3 else _palette(palette, transparency)
        self.key = None if transparency is None or layout.color == 3 else _key(layout, transparency)

    @property
    def channels(self) -> int:
        """Channels after expansion, opacity included."""
        if self.palette is not None:
            return int(self.palette.shape[1])
        return {0: 1, 2: 3, 4: 2, 6: 4}[self.layout.color] + (self.key is not None)

    def expand(self, values: NDArray[Any], *, allow_damaged: bool) -> NDArray[Any]:
        """Return the colors of stored values, (H, W) or (H, W, C)."""
        if self.palette is not None:
            return self._look_up(values, self.palette, allow_damaged=allow_damaged)
        if self.key is None:
            return values
        colors = values if values.ndim == 3 else values[:, :, np.newaxis]
        opacity = (colors != self.key).any(axis=2, keepdims=True).astype(values.dtype)
        opacity *= np.iinfo(values.dtype).max
        return np.concatenate([colors, opacity], axis=2)

    def _look_up(self, values: NDArray[Any], palette: NDArray[Any], *, allow_damaged: bool) -> NDArray[Any]:
        scale = 255 // ((1 << self.layout.depth) - 1)
        indices = values if scale == 1 else values // scale
        if indices.max() >= len(palette):
            if not allow_damaged:
                raise UnsupportedError(
                    f"{np.count_nonzero(indices >= len(palette))} pixels of the PNG have colors that its palette of"
                    f" {len(palette)} does not define, the highest is {indices.max()}",
                    remedy="allow damaged files to read them as black",
                )
            black = np.zeros((256 - len(palette), palette.shape[1]), np.uint8)
            black[:, 3:] = 255
            palette = np.concatenate([palette, black])
        return np.take(palette, indices, axis=0)


def read_colors(layout: Layout, palette: bytes | None, transparency: bytes | None) -> Colors:
    """Return how the stored values of a PNG become colors, or refuse a palette that breaks the rules.

    Raises
    ------
    FormatError
        For a palette or transparency that is missing, of the wrong length, or where none may be.
    """
    if palette is not None and (layout.color in (0, 4) or len(palette) % 3 or not 3 <= len(palette) <= 768):
        raise FormatError(f"the PNG has color type {layout.color} and a palette of {len(palette)} bytes")
    if layout.color == 3 and (palette is None or len(palette) > 3 << layout.depth):
        size = "no palette" if palette is None else f"a palette of {len(palette) // 3} colors"
        raise FormatError(f"the PNG has {size} for indices of {layout.depth} bits")
    if transparency is not None:
        wanted = {0: (2,), 2: (6,), 3: range(1, len(palette or b"") // 3 + 1)}.get(layout.color, ())
        if len(transparency) not in wanted:
            raise FormatError(f"the PNG has color type {layout.color} and {len(transparency)} bytes of transparency")
    return Colors(layout, palette, transparency)


def _palette(colors: bytes, transparency: bytes | None) -> NDArray[Any]:
    table = np.frombuffer(colors, np.uint8).reshape(-1, 3)
    if transparency is None:
        return table
    opacity = np.full((len(table), 1), 255, np.uint8)
    opacity[: len(transparency), 0] = np.frombuffer(transparency, np.uint8)
    return np.hstack([table, opacity])


def _key(layout: Layout, transparency: bytes) -> NDArray[Any]:
    """Return the transparent color as decoded values: low depths are scaled to 8 bits, as the pixels are."""
    key = np.frombuffer(transparency, ">u2").astype(np.uint16)
    if layout.depth == 16:
        return key
    top = (1 << layout.depth) - 1
    return ((key & top) * (255 // top)).astype(np.uint8)


def decompress(stream: bytes, layout: Layout, *, allow_damaged: bool = False) -> tuple[NDArray[Any], str | None]:
    """Return the stored values of a picture, and a note where it is damaged.

    Parameters
    ----------
    stream : bytes
        The bodies of all data chunks, joined.
    layout : Layout
        What the header declares; depths under 8 come out scaled to 8.
    allow_damaged : bool
        Whether rows that are missing are read as zeros instead of refused.

    Returns
    -------
    values : ndarray, shape (H, W) or (H, W, C)
        uint8 or uint16.
    note : str or None
        What is missing.

    Raises
    ------
    FormatError
        When the stream is broken, or shorter or longer than the header declares.
    """
    with decoding("PNG"):
        raw, note = _inflate(stream, layout, allow_damaged=allow_damaged)
        del stream  # large: as few copies as can be
        wrong = _count_wrong_filters(raw, layout)
        if wrong and not allow_damaged:
            raise FormatError(f"the PNG data are broken: {wrong} rows have a filter that is none of 0 to 4")
        parts = [(place, _unfilter(rows, one)) for place, one, rows in _stored_passes(raw, layout)]
        values = parts[0][1] if len(parts) == 1 else _woven(parts, layout)
    return values, note or (f"damaged: {wrong} rows have no valid filter" if wrong else None)


def _stored_passes(raw: Bytes, layout: Layout) -> Iterator[tuple[tuple[slice, slice], Layout, Bytes]]:
    """Yield the place, the layout and the filtered rows of each pass."""
    start = 0
    for place, one in layout.passes():
        end = start + one.height * one.row_bytes
        yield place, one, raw[start:end].reshape(one.height, one.row_bytes)
        start = end


def _count_wrong_filters(raw: Bytes, layout: Layout) -> int:
    """Return how many rows have a filter that does not exist, and take it for none."""
    wrong = 0
    for _, _, rows in _stored_passes(raw, layout):
        broken = rows[:, 0] > 4
        rows[broken, 0] = 0
        wrong += int(np.count_nonzero(broken))
    return wrong


def _unfilter(rows: Bytes, layout: Layout) -> NDArray[Any]:
    """Return the values of filtered rows, (H, W) or (H, W, C), in the memory of the rows where they fit in."""
    plain = layout._replace(color=0) if layout.color == 3 else layout  # indices
    if layout.depth < 8:
        return _decode_stored(rows, plain)
    channels = STORED_CHANNELS[layout.color]
    shape = (layout.height, layout.width) if channels == 1 else (layout.height, layout.width, channels)
    values = np.ndarray(shape, np.uint16 if layout.depth == 16 else np.uint8, rows)
    above = np.zeros((1, layout.row_bytes), np.uint8)  # without a filter; filters take the row before the first for 0
    band = max(1, BAND_BYTES // layout.row_bytes)
    for top in range(0, layout.height, band):
        found = _decode_stored(np.concatenate([above, rows[top : top + band]]), plain)[1:]
        values[top : top + band] = found  # ends before the next rows begin: these have their filters, too
        above[0, 1:] = found[-1].astype(found.dtype.newbyteorder(">")).reshape(-1).view(np.uint8)
    return values


def _decode_stored(rows: Bytes, layout: Layout) -> NDArray[Any]:
    stored = stored_file(layout._replace(height=len(rows)), np.ascontiguousarray(rows).data.cast("B"))
    values: NDArray[Any] = load_library("imagecodecs").png_decode(stored)
    return values


def _woven(parts: Sequence[tuple[tuple[slice, slice], NDArray[Any]]], layout: Layout) -> NDArray[Any]:
    """Return the picture whose passes are given."""
    first = parts[0][1]
    values = np.empty((layout.height, layout.width, *first.shape[2:]), first.dtype)
    for place, part in parts:
        values[place] = part
    return values


def _inflate(stream: bytes, layout: Layout, *, allow_damaged: bool) -> tuple[Bytes, str | None]:
    """Return the filtered rows, and what is damaged."""
    size = layout.inflated_bytes()
    codecs = load_library("imagecodecs")
    raw = np.empty(size, np.uint8)
    try:
        if len(codecs.deflate_decode(stream, raw=False, out=raw)) == size:
            return raw, None
    except codecs.DeflateError:
        pass
    far, reason = _inflate_far(stream, size)
    if not allow_damaged:
        raise FormatError(f"the PNG data are broken: {reason}", remedy="copy the file again, or allow damaged files")
    raw[: len(far)] = np.frombuffer(far, np.uint8)
    raw[len(far) :] = 0
    return raw, f"damaged: {reason}"


def _inflate_far(stream: bytes, size: int) -> tuple[bytes, str]:
    """Return as many of ``size`` bytes as can be had from a broken stream, and what is wrong with it."""
    inflater = zlib.decompressobj()
    view = memoryview(stream)
    raw = bytearray()
    step = 4096
    try:
        for start in range(0, len(view), step):
            raw += inflater.decompress(view[start : start + step], size + 1 - len(raw))
            if len(raw) > size:
                return bytes(raw[:size]), f"they hold more than the {size} bytes that the header declares"
    except zlib.error as error:
        return bytes(raw), f"{str(error).rpartition(': ')[2]} behind {len(raw)} of {size} bytes"
    if len(raw) == size:
        return bytes(raw), "their checksum is missing"
    return bytes(raw), f"they end after {len(raw)} of {size} bytes"


def compress(pixels: NDArray[Any]) -> tuple[Layout, bytes]:
    """Return the header and the compressed stream of a picture.

    Parameters
    ----------
    pixels : ndarray, shape (H, W) or (H, W, 1 to 4)
        uint8 or uint16. Two channels are grey and opacity, four are RGB and opacity.

    Returns
    -------
    layout : Layout
        Not interlaced.
    stream : bytes
        What the data chunks hold.
    """
    channels = 1 if pixels.ndim == 2 else pixels.shape[2]
    layout = Layout(
        pixels.shape[1], pixels.shape[0], 8 * pixels.itemsize, {1: 0, 2: 4, 3: 2, 4: 6}[channels], interlaced=False
    )
    flat = pixels if channels > 1 else pixels.reshape(pixels.shape[:2])
    values = np.ascontiguousarray(flat, dtype=flat.dtype.newbyteorder("="))
    data = load_library("imagecodecs").png_encode(values, level=SPEED, strategy=RUNS, filter=PAETH)
    return layout, b"".join(_stream(data))


def _stream(data: bytes) -> list[memoryview]:
    """Return the bodies of the data chunks of a file that libpng has just written."""
    view = memoryview(data)
    bodies = []
    place = len(SIGNATURE)
    while place < len(data):
        length = int.from_bytes(view[place : place + 4])
        if data[place + 4 : place + 8] == b"IDAT":
            bodies.append(view[place + 8 : place + 8 + length])
        place += length + 12
    return bodies
