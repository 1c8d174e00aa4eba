"""Strips and tiles of a TIFF page: bytes to pixels and back, each of them whole or refused."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from hadimg.errors import FormatError
from hadimg.io.libraries import load_library
from hadimg.io.tiff_page import signed

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from hadimg.io.tiff_page import Box, PageLayout

__all__ = ["check_segments", "decode_page", "encode_segment", "holds_pixels"]

HORIZONTAL = 2
_AGAIN = "copy the file again"


def check_segments(layout: PageLayout, file_bytes: int) -> None:
    """Refuse a page of which a strip or tile is not in the file, or has too few bytes for what it declares.

    Raises
    ------
    FormatError
        Naming the first one.
    """
    word = "tile" if layout.tiled else "strip"
    used, decoded = layout.used_bytes(), layout.decoded_bytes()
    offsets = signed(layout.offsets)
    empty = (layout.counts == 0) | (offsets == 0)
    if empty.any():
        raise FormatError(
            f"{word} {int(empty.argmax()) + 1} of {len(empty)} of the TIFF page has no data",
            remedy="if the file is a sparse one, write it out in full first",
        )
    outside = offsets + used > file_bytes
    if outside.any():
        first = int(outside.argmax())
        missing = int(offsets[first]) + int(used[first]) - file_bytes
        raise FormatError(
            f"the TIFF file ends {missing} bytes before {word} {first + 1} of {len(outside)} does", remedy=_AGAIN
        )
    if layout.coding.ratio:
        hollow = used < -(-decoded // layout.coding.ratio)
        if hollow.any():
            first = int(hollow.argmax())
            raise FormatError(
                f"{word} {first + 1} of {len(hollow)} of the TIFF page has {used[first]} bytes,"
                f" which cannot hold the {decoded[first]} that it declares",
                remedy=_AGAIN,
            )


def decode_page(data: bytes, layout: PageLayout, *, damaged: list[int] | None = None) -> NDArray[Any]:
    """Return the pixels of a page in the machine's byte order.

    Parameters
    ----------
    data : bytes
        The whole file.
    layout : PageLayout
        How the pixels lie in it.
    damaged : list of int, optional
        If given, strips and tiles that cannot be decoded are left at zero, and their numbers are added to the list.

    Returns
    -------
    ndarray, shape (H, W) or (H, W, C)
        As stored.

    Raises
    ------
    FormatError
        When a strip or tile is damaged and ``damaged`` is not given.
    """
    pixels = np.zeros((layout.height, layout.width, layout.samples), layout.dtype.newbyteorder("="))
    for box in layout.boxes():
        try:
            block = _decode_segment(data, layout, box)
        except FormatError as error:
            if damaged is None:
                raise _named(error, layout, box) from error
            damaged.append(box.number)
        else:
            _part(pixels, layout, box)[...] = block
    return pixels.reshape(layout.shape)


def _named(error: FormatError, layout: PageLayout, box: Box) -> FormatError:
    word = "tile" if layout.tiled else "strip"
    return FormatError(f"{word} {box.number + 1} of {len(layout.offsets)} of the TIFF page: {error.reason}")


def _part(pixels: NDArray[Any], layout: PageLayout, box: Box) -> NDArray[Any]:
    """Return the view of the page's pixels, (H, W, C), that a segment covers: all samples, or one."""
    planes = slice(box.plane, box.plane + 1) if layout.planar else slice(None)
    return pixels[box.rows, box.columns, planes]


def _decode_segment(data: bytes, layout: PageLayout, box: Box) -> NDArray[Any]:
    """Return the pixels of one segment in the file's byte order, cut to the page."""
    rows, columns = box.stored
    expected = rows * columns * layout.pixel_bytes
    offset, count = int(layout.offsets[box.number]), int(layout.counts[box.number])
    packed = memoryview(data)[offset : offset + (expected if layout.coding.plain else count)]
    # Some writers code the last strip as if the page went on: room for a whole one, of which the beginning counts.
    decoded = layout.coding.unpack(packed, layout.segment_bytes)
    if len(decoded) < expected:
        raise FormatError(f"its data end after {len(decoded)} of {expected} bytes")
    block = np.frombuffer(decoded, layout.dtype, expected // layout.dtype.itemsize).reshape(rows, columns, -1)
    block = _without_differences(block, layout)
    return block[: box.rows.stop - box.rows.start, : box.columns.stop - box.columns.start]


def _without_differences(block: NDArray[Any], layout: PageLayout) -> NDArray[Any]:
    if layout.predictor == 1:
        return block
    codecs: Any = load_library("imagecodecs")
    undo = codecs.delta_decode if layout.predictor == HORIZONTAL else codecs.floatpred_decode
    values: NDArray[Any] = undo(block, axis=1)
    return values


def encode_segment(pixels: NDArray[Any], layout: PageLayout, box: Box) -> bytes | memoryview:
    """Return the bytes of one strip or tile, coded as ``layout`` says.

    Parameters
    ----------
    pixels : ndarray, shape (H, W, C)
        The whole page, in any byte order.
    layout : PageLayout
        How it is stored.
    box : Box
        Which strip or tile; one that reaches over the edge repeats the edge.

    Returns
    -------
    bytes or memoryview
        The packed segment; a view of ``pixels`` where nothing had to be done.
    """
    block = np.ascontiguousarray(_part(pixels, layout, box), layout.dtype)
    below, beyond = box.stored[0] - block.shape[0], box.stored[1] - block.shape[1]
    if below or beyond:
        block = np.pad(block, ((0, below), (0, beyond), (0, 0)), mode="edge")
    if layout.predictor != 1:
        codecs: Any = load_library("imagecodecs")
        predict = codecs.delta_encode if layout.predictor == HORIZONTAL else codecs.floatpred_encode
        block = predict(block, axis=1)
    return layout.coding.encode(block.reshape(len(block), -1))


def holds_pixels(data: bytes, layout: PageLayout, pixels: NDArray[Any]) -> bool:
    """Return whether the file holds exactly ``pixels``, (H, W, C), bit for bit; ends at the first difference."""
    bits = f"u{layout.dtype.itemsize}"  # as whole numbers, because -0.0 equals 0.0 and no NaN equals itself
    try:
        for box in layout.boxes():
            stored = _decode_segment(data, layout, box).astype(pixels.dtype, copy=False)
            if not np.array_equal(stored.view(bits), _part(pixels, layout, box).view(bits)):
                return False
    except FormatError:
        return False
    return True
