"""What is known at one place of a solve, and what is told of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Float = NDArray[np.float64]

__all__ = ["Optimality", "Over", "Point", "Progress", "Step"]


class Point(NamedTuple):
    """Cost and derivatives by the independent vector at one place; the cost is infinite where there is none.

    Parameters
    ----------
    xi : ndarray, shape (F,)
        The independent vector.
    cost : float
        Infinite where there is none: outside of a tied parameter's bounds, or beyond what the formula can say.
    gradient : ndarray, shape (F,)
        Derivative of the cost.
    gauss_newton : ndarray, shape (F, F)
        The rows' derivatives squared.
    """

    xi: Float
    cost: float
    gradient: Float
    gauss_newton: Float

    @property
    def diagonal(self) -> Float:
        """The squared length of each column of the rows; zero where a parameter changes nothing."""
        diagonal: Float = np.maximum(np.diag(self.gauss_newton), 0.0)
        return diagonal


class Optimality(NamedTuple):
    """How far from an optimum, free of scale: cosines between the residual and the columns of its derivative.

    Parameters
    ----------
    cosine : float
        The largest over free parameters that no bound holds; 0 where the residual is rounding only.
    held : ndarray of int, shape (F,)
        -1 and 1 where the lower or the upper bound holds a parameter back, else 0.
    dead : ndarray of bool, shape (F,)
        Parameters that change nothing at all.
    """

    cosine: float
    held: NDArray[np.int8]
    dead: NDArray[np.bool_]


class Progress(NamedTuple):
    """What a callback is told, once per iteration.

    Parameters
    ----------
    iteration : int
        From 1.
    cost, optimality : float
        Half the sum of squares (or of their losses), and the largest cosine.
    parameters : dict of str to float
        All parameters by name.
    """

    iteration: int
    cost: float
    optimality: float
    parameters: dict[str, float]


class Step(NamedTuple):
    """One line of the history.

    Parameters
    ----------
    iteration : int
        0 is the start.
    cost, optimality : float
        Half the sum of squares (or of their losses), and the largest cosine.
    step : float
        How far the parameters came from those before, each in units of the change that would move the prediction by
        as much as the whole residual.
    theta : tuple of float
        All parameters.
    """

    iteration: int
    cost: float
    optimality: float
    step: float
    theta: tuple[float, ...]


class Over(Exception):  # noqa: N818 (no error: the end of a loop that libraries may run)
    """The solve has ended; ``status`` is a key of `hadimg.fitting.solving.solvers.ENDINGS`."""

    def __init__(self, status: str) -> None:
        super().__init__(status)
        self.status = status
