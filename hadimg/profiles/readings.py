"""Values of tools that put the center or the unit of the radius half a pixel elsewhere than the family they are for."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from hadimg.errors import ArgumentError
from hadimg.grid import Grid
from hadimg.masks.array import Array
from hadimg.masks.dng_vignette import DngVignette
from hadimg.masks.grid import Grid as GridMask
from hadimg.masks.parameters import Coefficients, checked_number
from hadimg.masks.polynomial import Polynomial
from hadimg.masks.radial_spline import RadialSpline
from hadimg.profiles.gain_tables import checked_gains

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike

    from hadimg.grid import Shape
    from hadimg.masks.base import Mask

__all__ = ["aligned_corners", "integer_halves", "mono_dataset", "sony_vignetting", "spectacle_vignette"]

_FIVE = Coefficients(-np.inf, np.inf, "", "", least=5)
_SONY = Coefficients(-32768.0, 32767.0, "", "", least=2)
MONO_WHITE = 254.9**2
"""The integer that mono_dataset_code's 16-bit pictures have for the weight 1."""


def spectacle_vignette(shape: Shape, k: Sequence[float], center: tuple[float, float]) -> DngVignette:
    """Return the mask of SPECTACLE's reading of DNG's radial polynomial for pictures of one size.

    Its radius is 1 at the center of the farthest pixel, and its center a fraction of ``W - 1`` and ``H - 1``, where
    Adobe's SDK measures to the outer corner and takes fractions of ``W`` and ``H``.

    Parameters
    ----------
    shape : (int, int)
        Height and width in pixels, more than one pixel.
    k : sequence of 5 floats
        Coefficients of the gain.
    center : (float, float)
        Fractions from 0 to 1 of the last column and row (x, y).

    Examples
    --------
    >>> mask = spectacle_vignette((3, 5), [1.0, 0, 0, 0, 0], (0.5, 0.5))
    >>> float(mask.weights((3, 5))[0, 0].round(12))  # the farthest pixel has the gain 2
    0.5
    """
    grid = Grid.of(shape)
    values = _FIVE.check("k", k)
    x, y = (checked_number("center", part) for part in center)
    if len(values) != 5 or not (0 <= x <= 1 and 0 <= y <= 1) or grid.height * grid.width == 1:
        raise ArgumentError(f"5 coefficients, a center in [0, 1] and two pixels are needed, got {values}, {(x, y)}")
    row, col = ((part * (size - 1) + 0.5) / size for part, size in ((y, grid.height), (x, grid.width)))
    own = math.hypot(max(x, 1 - x) * (grid.width - 1), max(y, 1 - y) * (grid.height - 1)) / grid.half_diagonal
    mask = DngVignette(center_row=row, center_col=col)
    ratio = mask.corner_squared(grid) / own**2
    return mask.with_vector([*(value * ratio ** (n + 1) for n, value in enumerate(values)), row, col])


def integer_halves(shape: Shape, k1: float, k2: float, k3: float) -> Polynomial:
    """Return the mask of online_photometric_calibration, and of lensfun's calibrate.py, for pictures of one size.

    Both count from the pixel with the index ``(H // 2, W // 2)``, and have radius 1 at ``hypot(H // 2, W // 2)``.

    Parameters
    ----------
    shape : (int, int)
        Height and width in pixels of the picture that the coefficients were found on, more than one pixel.
    k1, k2, k3 : float
        Coefficients of the radius to the power 2, 4 and 6.

    Examples
    --------
    >>> float(integer_halves((4, 6), -0.5, 0.0, 0.0).weights((4, 6))[0, 0].round(12))
    0.5
    """
    grid = Grid.of(shape)
    half_height, half_width = grid.height // 2, grid.width // 2
    if half_height == half_width == 0:
        raise ArgumentError("a picture of one pixel has no radius unit of integer halves, got 1 x 1")
    ratio = grid.half_diagonal / math.hypot(half_height, half_width)
    scaled = [checked_number(f"k{n}", value) * ratio ** (2 * n) for n, value in enumerate((k1, k2, k3), start=1)]
    center = (half_height + 0.5) / grid.height, (half_width + 0.5) / grid.width
    return Polynomial().with_vector([*scaled, *center])


def sony_vignetting(shape: Shape, values: Sequence[float]) -> Mask:
    """Return the mask of the vignetting correction in the metadata of Sony's raw files, as RawTherapee reads it.

    The gains ``2**(2**(value / 2**13 - 1) - 0.5)`` lie at ``(k + 0.5) / (n - 1)`` half diagonals from the pixel index
    ``W / 2``, ``H / 2``; between them they are interpolated linearly, and beyond they are constant.

    Parameters
    ----------
    shape : (int, int)
        Height and width in pixels.
    values : sequence of n whole numbers
        ``VignettingCorrParams`` without the count that it begins with.

    Examples
    --------
    >>> float(sony_vignetting((4, 6), [0, 0]).weights((4, 6))[0, 0].round(12))  # 0 stands for the gain 1
    1.0
    """
    grid = Grid.of(shape)
    numbers = _SONY.check("values", values)
    knots = tuple((k + 0.5) / (len(numbers) - 1) for k in range(len(numbers)))
    gains = tuple(2.0 ** (2.0 ** (number / 2**13 - 1) - 0.5) for number in numbers)
    row, col = 0.5 + 0.5 / grid.height, 0.5 + 0.5 / grid.width
    return RadialSpline(coefficients=gains, knots=knots, center_row=row, center_col=col).reciprocal()


def aligned_corners(shape: Shape, values: ArrayLike) -> GridMask:
    """Return the mask of a table that is stretched over a picture with aligned corners, as BaSiCPy does it.

    The outermost values lie at the centers of the outermost pixels, not on the edges of the picture nor in the middles
    of cells.

    Parameters
    ----------
    shape : (int, int)
        Height and width in pixels.
    values : array_like, shape (rows, cols)
        Positive and finite; at least two a side.

    Examples
    --------
    >>> aligned_corners((1, 3), [[0.5, 1.0], [0.5, 1.0]]).weights((1, 3))
    array([[0.5 , 0.75, 1.  ]])
    """
    grid = Grid.of(shape)
    table = checked_gains("values", values)
    if min(table.shape) < 2:
        raise ArgumentError(f"values must have at least two rows and columns, got {table.shape}")
    (rows, cols), (height, width) = table.shape, (grid.height, grid.width)
    return GridMask(
        table.tolist(),
        row_origin=0.5 / height,
        row_spacing=max(height - 1, 1) / (rows - 1) / height,
        col_origin=0.5 / width,
        col_spacing=max(width - 1, 1) / (cols - 1) / width,
    )


def mono_dataset(pixels: ArrayLike) -> Array:
    """Return the mask of a 16-bit vignette picture of mono_dataset_code, whose weight 1 is ``254.9**2``.

    Parameters
    ----------
    pixels : array_like of uint16, shape (H, W)
        As read from the file.

    Examples
    --------
    >>> mono_dataset(np.array([[64974, 32487]], np.uint16)).weights((1, 2)).round(6)
    array([[1. , 0.5]])
    """
    values = np.asarray(pixels)
    if values.dtype != np.uint16 or values.ndim != 2:
        raise ArgumentError(f"pixels must be one channel of uint16, got {values.dtype} of shape {values.shape}")
    return Array(values / MONO_WHITE)
