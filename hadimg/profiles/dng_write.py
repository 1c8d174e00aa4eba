"""Masks as DNG's opcode FixVignetteRadial."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

from hadimg.errors import ArgumentError, ArgumentTypeError
from hadimg.masks.dng_vignette import DngVignette

if TYPE_CHECKING:
    from hadimg.masks.base import Mask

__all__ = ["format_opcodes"]

FIX_VIGNETTE_RADIAL = 3
SINCE = 0x01030000
"""The version of DNG that brought opcodes."""
LIST = struct.Struct(">5I7d")


def format_opcodes(mask: Mask, *, optional: bool = True) -> bytes:
    """Return the opcode list that takes a mask off: the value of the tag OpcodeList2 or OpcodeList3.

    Parameters
    ----------
    mask : DngVignette
        Other masks are converted first, so that their deviation is seen: ``masks.convert(mask, "dng_vignette")``.
    optional : bool
        Whether a reader that does not know the opcode may go on without it.

    Returns
    -------
    bytes
        One opcode FixVignetteRadial, big-endian; `hadimg.profiles.parse_opcodes` reads it back exactly.

    Raises
    ------
    ArgumentError, ArgumentTypeError
        When the mask is of another family, or its center lies outside of the picture, which DNG cannot say.

    Examples
    --------
    >>> from hadimg import masks
    >>> lens = masks.convert(1 / masks.Polynomial(k1=0.3), "dng_vignette").mask
    >>> len(format_opcodes(lens))
    76
    """
    if not isinstance(mask, DngVignette):
        raise ArgumentTypeError(
            f"mask must be a dng_vignette mask, got {getattr(mask, 'family', type(mask).__name__)}",
            remedy="convert it: masks.convert(mask, 'dng_vignette')",
        )
    if not (0 <= mask.center_row <= 1 and 0 <= mask.center_col <= 1):
        raise ArgumentError(
            f"the center must lie in [0, 1] for DNG, got row {mask.center_row!r}, column {mask.center_col!r}"
        )
    k = (mask.k0, mask.k1, mask.k2, mask.k3, mask.k4)
    head = (1, FIX_VIGNETTE_RADIAL, SINCE, int(optional), 7 * 8)
    return LIST.pack(*head, *k, mask.center_col, mask.center_row)
