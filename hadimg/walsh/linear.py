"""The transform as a linear map, so that it can stand inside a derivative."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from hadimg.derivatives.linear_map import LinearMap
from hadimg.walsh.transform import fwhtn, ifwhtn

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hadimg.walsh.transform import Norm, Order

__all__ = ["transform_map"]

ADJOINT: dict[Norm, Norm] = {"backward": "forward", "ortho": "ortho", "forward": "backward"}
"""The norm with which the inverse is the adjoint: the one that divides by what the transform does."""


def transform_map(
    shape: Sequence[int],
    axes: Sequence[int] | None = None,
    order: Order = "natural",
    norm: Norm = "backward",
) -> LinearMap:
    r"""Return the derivative of the transform of arrays of one shape: :math:`dY/dX = H'`, divided as the norm says.

    `LinearMap.jvp` transforms a change of X; `LinearMap.vjp` applies the adjoint :math:`H'`, which is the transform
    itself where H is symmetric (powers of two in each order), and its inverse with the other norm for all lengths.

    Parameters
    ----------
    shape : sequence of int
        Shape of the argument and of the result.
    axes, order, norm
        As for `fwhtn`.

    Examples
    --------
    >>> transform_map((2, 2)).dense()
    array([[ 1.,  1.,  1.,  1.],
           [ 1., -1.,  1., -1.],
           [ 1.,  1., -1., -1.],
           [ 1., -1., -1.,  1.]])
    """
    fwhtn(np.zeros(tuple(shape)), axes, order, norm)  # refuses now what it would refuse later
    other = ADJOINT[norm]
    return LinearMap(
        tuple(shape),
        tuple(shape),
        lambda change: fwhtn(change, axes, order, norm),
        lambda weights: ifwhtn(weights, axes, order, other),
    )
