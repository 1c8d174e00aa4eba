"""The EXIF block as it is written: with the picture's orientation and thumbnail, everything else as it came."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from hadimg.io.exif import orientation_only, with_orientation
from hadimg.io.exif_thumbnail import write_thumbnail
from hadimg.io.orientation import turn

if TYPE_CHECKING:
    from hadimg.io.header import WriteOptions
    from hadimg.io.holding import Prepared
    from hadimg.io.image import Image

__all__ = ["finished_exif"]


def finished_exif(image: Image, ready: Prepared, options: WriteOptions) -> tuple[bytes | None, tuple[str, ...]]:
    """Return the EXIF block to write with a picture, and notes on what could not be brought up to date.

    Parameters
    ----------
    image : Image
        The picture as it was given, with its thumbnail.
    ready : Prepared
        The picture as the format holds it, perhaps turned.
    options : WriteOptions
        With ``strip``, nothing but the orientation is left.

    Returns
    -------
    block : bytes or None
        None where there is nothing to say.
    notes : tuple of str
        For example that the thumbnail shows the old brightness.

    Examples
    --------
    >>> from hadimg.io.header import WriteOptions
    >>> from hadimg.io.holding import Capacity, prepare
    >>> from hadimg.io.image import Image
    >>> image = Image.from_pixels(np.zeros((2, 3), np.uint8))
    >>> finished_exif(image, prepare(image, Capacity("PNG"), WriteOptions()), WriteOptions())
    (None, ())
    """
    orientation = ready.pages[0].orientation
    if options.strip:
        return (None if orientation == 1 else orientation_only(orientation)), ()
    try:
        block = with_orientation(ready.metadata.exif, orientation)
    except ValueError:
        return orientation_only(orientation), ("the EXIF block is broken and left out: it cannot take the orientation",)
    if block is None or image.thumbnail is None:
        return block, ()
    small = image.thumbnail
    if orientation != image.orientation:  # the large picture was turned upright
        small = replace(small, pixels=np.ascontiguousarray(turn(small.pixels, image.orientation)), orientation=1)
    block, note = write_thumbnail(block, small)
    return block, () if note is None else (note,)
