"""The run-length coding of BMP, for palettes of 256 and of 16 colors: strict, every pixel must be there."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from hadimg.errors import FormatError, UnsupportedError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

__all__ = ["decode_runs"]

END_OF_LINE, END_OF_PICTURE, DELTA = 0, 1, 2


def decode_runs(data: bytes, height: int, width: int, *, bits: int) -> NDArray[np.uint8]:
    """Return the palette indices of a run-length coded picture, rows as stored (from the bottom up).

    Parameters
    ----------
    data : bytes
        The coded data, and whatever follows them.
    height, width : int
        Size of the picture.
    bits : int
        8 or 4: bits of one index.

    Returns
    -------
    ndarray of uint8, shape (height, width)
        The indices.

    Raises
    ------
    FormatError, UnsupportedError
        When the data end early or leave the picture, or leave pixels out.

    Examples
    --------
    >>> decode_runs(bytes([3, 7, 0, 1]), 1, 3, bits=8)
    array([[7, 7, 7]], dtype=uint8)
    """
    if height * width > 128 * len(data):  # no pair of bytes stands for more than 255 pixels
        raise FormatError(f"{len(data)} bytes of runs cannot hold {height} rows of {width} pixels")
    rows = bytearray(height * width)
    row, column, written = 0, 0, 0
    for pixels in _runs(data, bits):
        if pixels is None:
            row, column = row + 1, 0
            continue
        if row >= height or column + len(pixels) > width:
            raise FormatError(f"the runs of the BMP leave the picture in row {row}, which is {width} pixels wide")
        first = row * width + column
        rows[first : first + len(pixels)] = pixels
        column += len(pixels)
        written += len(pixels)
    if written != height * width:
        raise FormatError(f"the runs of the BMP leave out {height * width - written} of {height * width} pixels")
    return np.frombuffer(rows, np.uint8).reshape(height, width)


def _runs(data: bytes, bits: int) -> Iterator[bytes | None]:
    """Yield the indices of each run, and None at the end of each line, as far as there are data."""
    place = 0
    while place + 2 <= len(data):
        count, value = data[place], data[place + 1]
        place += 2
        if count:
            yield bytes([value]) * count if bits == 8 else _nibbles(bytes([value]) * ((count + 1) // 2), count)
        elif value == END_OF_LINE:
            yield None
        elif value == END_OF_PICTURE:
            return
        elif value == DELTA:
            raise UnsupportedError("a BMP whose run-length coding leaves pixels out is not read")
        else:
            length = value if bits == 8 else (value + 1) // 2
            literal = data[place : place + length]
            yield literal if bits == 8 else _nibbles(literal, value)
            place += length + (length & 1)


def _nibbles(values: bytes, count: int) -> bytes:
    """Return the first ``count`` half bytes, the high one of each byte first."""
    return bytes.fromhex("".join(f"0{digit}" for digit in values.hex()[:count]))
