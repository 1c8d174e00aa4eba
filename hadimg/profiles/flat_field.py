"""Masks as flat field pictures, which ImageJ and other programs divide by."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from hadimg.errors import ArgumentError, printable
from hadimg.grid import Grid
from hadimg.io import Metadata, Page, write_bytes
from hadimg.io.paths import as_path
from hadimg.io.tiff_new import Style, new_file
from hadimg.masks.base import require_mask
from hadimg.masks.sizes import affordable

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from hadimg.errors import Path
    from hadimg.grid import Shape
    from hadimg.masks.base import Mask

__all__ = ["write_flat_field"]

STRIP_ROWS = 64
SUFFIXES = (".tif", ".tiff")
PLAIN = Style(coding=1, predictor=1, photometric=1, extras=())
"""Uncoded: ImageJ reads no TIFF with floating-point differences, which `hadimg.io.write_image` would write."""


def write_flat_field(path: Path, mask: Mask, shape: Shape, *, overwrite: bool = True) -> None:
    """Write the weights of a mask as an uncoded TIFF picture of float32.

    Dividing a picture by it (in ImageJ: Process > Image Calculator, divide, 32-bit result) takes the mask off.

    Parameters
    ----------
    path : str, bytes or path
        The file, ending in ``.tif`` or ``.tiff``; whole or not at all.
    mask : Mask
        Its weights must be finite; they are rounded to float32. One that tells channels apart becomes one page a
        channel, which ImageJ opens as a stack.
    shape : (int, int)
        Height and width in pixels.
    overwrite : bool
        Whether a file that stands there is replaced.

    Raises
    ------
    ArgumentError, ArgumentTypeError
        When the file name or the shape is none, or a weight is not finite in float32.
    LimitError
        When the shape has more than 2**31 pixels.
    WriteError
        When the file cannot be written; what stood there is untouched.
    """
    require_mask("mask", mask)
    name = as_path(path)
    if name.suffix.lower() not in SUFFIXES:
        raise ArgumentError(f"a flat field picture ends in .tif or .tiff, got {printable(name.name)!r}")
    grid = affordable(Grid.of(shape), "weights")
    parts = [mask] if mask.channels is None else [mask.channel(k) for k in range(mask.channels)]
    pages = tuple(Page(_weights(part, grid), white=1.0) for part in parts)
    data, _ = new_file(pages, (PLAIN,) * len(pages), Metadata())
    write_bytes(path, data, overwrite=overwrite)


def _weights(mask: Mask, grid: Grid) -> NDArray[np.float32]:
    """Return the weights in float32, or raise ArgumentError where one is not finite."""
    pixels = np.empty(grid.shape, np.float32)
    for strip in grid.strips(STRIP_ROWS):
        part = pixels[strip.top : strip.top + strip.rows]
        with np.errstate(over="ignore"):
            part[...] = mask.weights(strip)
        if not np.isfinite(part).all():
            row, col = np.argwhere(~np.isfinite(part))[0]
            raise ArgumentError(
                f"the weights must be finite, got {part[row, col]} at row {strip.top + row}, column {col}"
            )
    return pixels
