"""The door to imageio, for formats whose header is probed here and whose pixels it reads and writes exactly."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from hadimg.errors import LimitError
from hadimg.io.decoding import checked_pixels, decoding
from hadimg.io.libraries import load_library

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from hadimg.io.header import Header

__all__ = ["read_pixels", "write_pixels"]

LARGEST = 89_478_485  # more pixels make Pillow, which imageio asks, warn for the whole process


def read_pixels(data: bytes, header: Header, title: str) -> NDArray[np.uint8]:
    """Return the pixels of a picture of one page, as the header declares them.

    Parameters
    ----------
    data : bytes
        The whole file.
    header : Header
        Checked before: the library sees no size that was not.
    title : str
        What people call the format.

    Returns
    -------
    ndarray of uint8, shape (H, W) or (H, W, C)
        Bits come out as 0 and 255, palettes expanded.

    Raises
    ------
    FormatError, LimitError
        When the data are broken or too large.
    """
    height, width = header.shapes[0]
    if height * width > LARGEST:
        raise LimitError(f"{title} is read up to {LARGEST} pixels, the file declares {height * width}")
    imageio = load_library("imageio.v3", package="imageio")
    with decoding(title):
        pixels = imageio.imread(data, index=0, plugin="pillow", extension=f".{header.format}")
    if pixels.dtype == np.bool_:
        pixels = pixels * np.uint8(255)
    if pixels.ndim == 3 and pixels.shape[2] == 4 and header.channels == 3:
        pixels = pixels[:, :, :3]  # a fourth byte that the header declares to be without meaning
    return checked_pixels(pixels, header)


def write_pixels(pixels: NDArray[Any], name: str) -> bytes:
    """Return the file of a format, by its name in the table of formats.

    Examples
    --------
    >>> write_pixels(np.zeros((2, 3), np.uint8), "sgi")[:2].hex()
    '01da'
    """
    imageio = load_library("imageio.v3", package="imageio")
    # a batch of one page: without it a narrow grey picture is taken for a row of colors
    data: bytes = imageio.imwrite("<bytes>", pixels, extension=f".{name}", plugin="pillow", is_batch=False)
    return data
