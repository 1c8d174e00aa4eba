"""A tile of pixels to segments of bytes, and back; tiles know nothing of each other."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from hadimg.codec.lossless import decode_lossless, encode_lossless
from hadimg.codec.lossy import decode_lossy, encode_lossy

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from hadimg.codec.settings import Settings

__all__ = ["decode_tile", "encode_tile"]


def encode_tile(pixels: NDArray[Any], settings: Settings) -> tuple[bytes, ...]:
    """Return the segments of a tile, the coarsest first.

    After the first k of them a picture reduced by ``2**(SEGMENTS - k)`` can be decoded. The bytes are the same on every
    machine.

    Parameters
    ----------
    pixels : ndarray
        (H, W, C) whole numbers from 0 to ``2**depth - 1``.
    settings : Settings
        How to code them.

    Examples
    --------
    >>> import numpy as np
    >>> from hadimg.codec.settings import Settings
    >>> pixels = np.arange(12, dtype=np.uint8).reshape(3, 4, 1)
    >>> settings = Settings(channels=1, color="none", mode="lossless")
    >>> segments = encode_tile(pixels, settings)
    >>> len(segments), bool((decode_tile(segments, 3, 4, settings) == pixels).all())
    (4, True)
    """
    pixels = np.ascontiguousarray(pixels)
    return encode_lossless(pixels, settings) if settings.lossless else encode_lossy(pixels, settings)


def decode_tile(
    segments: Sequence[bytes], height: int, width: int, settings: Settings, *, reduce: int = 0
) -> NDArray[Any]:
    """Return the pixels of a tile; what segments that are not there would tell is foreseen from the others.

    Parameters
    ----------
    segments : sequence of bytes
        The first segments of a tile, any number of them.
    height, width : int
        Of the tile in full size.
    settings : Settings
        Those it was coded with.
    reduce : {0, 1, 2, 3}
        Decode a picture of ``ceil(height / 2**reduce)`` rows, from the first ``SEGMENTS - reduce`` segments only.

    Returns
    -------
    ndarray
        (H, W, C), uint8 for depths up to 8, else uint16.

    Raises
    ------
    FormatError
        When a segment is too short or too long for what it tells.
    """
    decode = decode_lossless if settings.lossless else decode_lossy
    return decode(segments, height, width, settings, reduce)
