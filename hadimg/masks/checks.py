"""Whether a mask is above zero, and whether it falls from its center outwards, for pictures of one shape."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from hadimg.errors import ArgumentError
from hadimg.grid import Grid
from hadimg.masks.base import require_mask
from hadimg.masks.radial import Centered
from hadimg.masks.sizes import affordable

if TYPE_CHECKING:
    from hadimg.grid import Shape
    from hadimg.masks.base import Float, Mask, RadialForm

__all__ = ["is_monotone", "is_positive"]

SAMPLES = 8193
STRIP_ROWS = 64
ROUNDING = 1e-12
"""What a computed slope or step may exceed zero by, relative to its terms."""


def is_positive(mask: Mask, shape: Shape | Grid) -> bool:
    """Return whether every weight of a mask is finite and above zero: whether it has a Hadamard inverse.

    Exact up to rounding for the families that are polynomials of the distance (`polynomial`, `lensfun_pa`, `hugin`,
    `micasense`, `dng_vignette`), from the center to the farthest pixel, also where no pixel lies between. Other
    radial masks are looked at in 8193 evenly spaced distances over the same range, all others at every pixel.

    Parameters
    ----------
    mask : Mask
        Any mask.
    shape : (int, int) or Grid
        Height and width of the picture in pixels.

    Raises
    ------
    ArgumentError, ArgumentTypeError
        When the mask is none, or the shape is none or not the mask's.

    Examples
    --------
    >>> from hadimg import masks
    >>> masks.is_positive(masks.Polynomial(k1=-1.5, k2=0.6), (400, 600))
    True
    >>> masks.is_positive(masks.Polynomial(k1=-2.5, k2=1.55), (400, 600))  # but for a ring, above zero
    False
    """
    grid = affordable(Grid.of(shape), "is_positive: weights")
    require_mask("is_positive: mask", mask)
    polynomial = mask.polynomial_form(grid) if isinstance(mask, Centered) else None
    if polynomial is not None:
        least, most = polynomial.range()
        return least > 0 and most < np.inf
    form = mask.radial()
    if form is not None:
        return _all_positive(form.profile(_distances(form, grid)))
    return all(_all_positive(mask.evaluate(strip)) for strip in grid.strips(STRIP_ROWS))


def is_monotone(mask: Mask, shape: Shape | Grid) -> bool:
    """Return whether a mask nowhere grows from its center outwards.

    Exact up to rounding for the families that are polynomials of the distance, out to the farthest pixel. Other
    radial masks are looked at in 8193 evenly spaced distances. Families with a center that are not radial (ellipses,
    tilts) may not grow along the ray from the center through any pixel; there the slope at the pixel counts, from the
    exact derivatives.

    Parameters
    ----------
    mask : Mask
        A mask with one center.
    shape : (int, int) or Grid
        Height and width of the picture in pixels.

    Raises
    ------
    ArgumentError, ArgumentTypeError
        When the mask is none or has no single center.

    Examples
    --------
    >>> from hadimg import masks
    >>> masks.is_monotone(masks.Gaussian(sigma=0.7, aspect=2, angle=30), (40, 60))
    True
    >>> masks.is_monotone(masks.Polynomial(k1=-1.0, k2=0.7), (400, 600))  # brighter again in the corners
    False
    """
    grid = affordable(Grid.of(shape), "is_monotone: weights")
    require_mask("is_monotone: mask", mask)
    polynomial = mask.polynomial_form(grid) if isinstance(mask, Centered) else None
    if polynomial is not None:
        least, most = polynomial.slope_range()
        return least >= 0 if polynomial.inverted else most <= 0
    form = mask.radial()
    if form is not None:
        profile = form.profile(_distances(form, grid))
        return bool((np.diff(profile) <= ROUNDING * np.abs(profile[:-1])).all())
    if isinstance(mask, Centered):
        return all(_falls(mask, strip) for strip in grid.strips(STRIP_ROWS))
    raise ArgumentError(
        f"is_monotone needs a mask with one center, {mask.family} has none",
        remedy="ask is_positive, or check its parts one by one",
    )


def _distances(form: RadialForm, grid: Grid) -> Float:
    return np.linspace(0.0, grid.farthest(*(form.center or (0.5, 0.5))), SAMPLES)


def _all_positive(weights: Float) -> bool:
    return bool(((weights > 0) & np.isfinite(weights)).all())


def _falls(mask: Centered, grid: Grid) -> bool:
    """Return whether the slope along the ray from the center is at most zero at every pixel.

    Moving the center is moving the mask: the derivative by ``center_row`` is ``-kv`` times the slope down.
    """
    v, u = grid.offsets(mask.center_row, mask.center_col)
    kv, ku = grid.scale
    *_, by_row, by_col = mask.evaluate_partials(grid)
    down, across = -by_row * v / kv, -by_col * u / ku
    return bool((down + across <= ROUNDING * (np.abs(down) + np.abs(across))).all())
