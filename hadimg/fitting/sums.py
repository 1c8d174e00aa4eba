"""What a pass over all pixels leaves behind: sums that are as small as the parameters are few."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["Sums"]


class Sums(NamedTuple):
    """Cost, gradient and Gauss-Newton matrix at one vector of P parameters.

    Parameters
    ----------
    cost : float
        Half the sum of the weighted squares, or of their robust losses.
    gradient : ndarray of float64, shape (P,), or None
        Derivative of the cost by each parameter; None when only the cost was asked for (order 0).
    gauss_newton : ndarray of float64, shape (P, P), or None
        Sum of the weighted outer products of the residuals' derivatives: symmetric and positive semidefinite. None when
        less was asked for (orders 0 and 1).

    Examples
    --------
    >>> Sums(0.5)
    Sums(cost=0.5, gradient=None, gauss_newton=None)
    """

    cost: float
    gradient: NDArray[np.float64] | None = None
    gauss_newton: NDArray[np.float64] | None = None
