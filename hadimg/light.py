"""The sRGB transfer functions, exact: from coded values to linear light and back."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Float = NDArray[np.float64]

__all__ = ["CodeTables", "code_tables", "decode_srgb", "encode_srgb"]


def decode_srgb(coded: ArrayLike) -> Float:
    r"""Return the linear light of sRGB-coded values.

    Parameters
    ----------
    coded : array_like
        0 is black and 1 is white; values beyond follow the same formula, negative ones its mirror image.

    Returns
    -------
    ndarray of float64
        ``c / 12.92`` up to 0.04045, and ``((c + 0.055) / 1.055)**2.4`` above (IEC 61966-2-1).

    Examples
    --------
    >>> decode_srgb([0.0, 0.5, 1.0]).round(6)
    array([0.      , 0.214041, 1.      ])
    """
    values = np.asarray(coded, dtype=np.float64)
    size = np.abs(values)
    return np.copysign(np.where(size <= 0.04045, size / 12.92, ((size + 0.055) / 1.055) ** 2.4), values)


def encode_srgb(light: ArrayLike) -> Float:
    """Return the sRGB coding of linear light: the inverse of `decode_srgb`.

    Parameters
    ----------
    light : array_like
        0 is black and 1 is white; values beyond follow the same formula, negative ones its mirror image.

    Examples
    --------
    >>> float(encode_srgb(decode_srgb(0.25)).round(12))
    0.25
    """
    values = np.asarray(light, dtype=np.float64)
    size = np.abs(values)
    coded = np.where(size <= 0.0031308, size * 12.92, 1.055 * size ** (1 / 2.4) - 0.055)
    return np.copysign(coded, values)


class CodeTables(NamedTuple):
    """What it takes to go from whole-number codes to light and back without computing powers.

    Parameters
    ----------
    light : ndarray, shape (top + 1,)
        The light of each code.
    thresholds : ndarray, shape (top,)
        The light half a code above each code but the last: from there on the next code is nearer.
    first : ndarray
        The code of the light ``k / (size - 1)``.
    """

    light: Float
    thresholds: Float
    first: NDArray[np.int64]


@lru_cache(maxsize=4)
def code_tables(top: int) -> CodeTables:
    """Return the tables for codes 0 to ``top``, ``top`` being white.

    Examples
    --------
    >>> tables = code_tables(255)
    >>> int(np.searchsorted(tables.thresholds, tables.light[100], side="right"))
    100
    """
    codes = np.arange(top + 1.0)
    thresholds = decode_srgb((codes[:-1] + 0.5) / top)
    cells = 1 << (int(top).bit_length() + 2)
    first = np.searchsorted(thresholds, np.arange(cells + 1) / cells, side="right")
    return CodeTables(decode_srgb(codes / top), thresholds, first)
