r"""What a residual costs: squares, and losses under which gross outliers pull less.

With the scale ``C`` and :math:`z = (r / C)^2` the cost is :math:`\tfrac12 \sum C^2 \rho(z)`; its derivative by ``r`` is
:math:`\rho'(z) \, r`, the second :math:`\rho'(z) + 2 z \rho''(z)`. The latter is negative for large residuals of most
losses, so Gauss-Newton matrices take :math:`\rho'` alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from hadimg.errors import ArgumentError

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    Float = NDArray[np.float64]

__all__ = ["LOSSES", "Loss", "loss_named", "noise", "robust_rows", "row_scales"]

NORMAL_MAD = 1.482602218505602
"""The standard deviation of a normal distribution over its median absolute deviation."""


@dataclass(frozen=True)
class Loss:
    """A function ``rho`` of ``z = (r / C)**2`` that takes the place of ``z``.

    Parameters
    ----------
    rho, slope, bend : callable
        The function and its first and second derivatives, from arrays to arrays.
    efficiency : float
        The scale ``C``, in standard deviations of normal noise, at which a fit without outliers is 95 % as good as
        least squares.
    note : str
        What it does, in words.
    """

    rho: Callable[[Float], Float]
    slope: Callable[[Float], Float]
    bend: Callable[[Float], Float]
    efficiency: float
    note: str


def _huber(z: Float) -> Float:
    return np.where(z <= 1, z, 2 * np.sqrt(np.maximum(z, 1)) - 1)


def _huber_slope(z: Float) -> Float:
    return np.maximum(z, 1) ** -0.5


def _huber_bend(z: Float) -> Float:
    return np.where(z <= 1, 0, -0.5 * np.maximum(z, 1) ** -1.5)


def _tukey(z: Float) -> Float:
    near = np.minimum(z, 1)
    result: Float = near * (1 - near + near * near / 3)
    return result


LOSSES = {
    "linear": Loss(rho=lambda z: 1.0 * z, slope=np.ones_like, bend=np.zeros_like, efficiency=1.0, note="least squares"),
    "soft_l1": Loss(
        rho=lambda z: 2 * z / (np.sqrt(1 + z) + 1),  # 2 (sqrt(1 + z) - 1), also for the smallest z
        slope=lambda z: (1 + z) ** -0.5,
        bend=lambda z: -0.5 * (1 + z) ** -1.5,
        efficiency=1.287,
        note="squares that turn smoothly into absolute values",
    ),
    "huber": Loss(
        rho=_huber, slope=_huber_slope, bend=_huber_bend, efficiency=1.345, note="squares, then absolute values"
    ),
    "cauchy": Loss(
        rho=np.log1p,
        slope=lambda z: 1 / (1 + z),
        bend=lambda z: -1 / (1 + z) ** 2,
        efficiency=2.385,
        note="grows as the logarithm: far outliers hardly pull",
    ),
    "arctan": Loss(
        rho=np.arctan,
        slope=lambda z: 1 / (1 + z * z),
        bend=lambda z: -2 * z / (1 + z * z) ** 2,
        efficiency=2.571,
        note="bounded: far outliers do not pull",
    ),
    "tukey": Loss(
        rho=_tukey,
        slope=lambda z: (1 - np.minimum(z, 1)) ** 2,
        bend=lambda z: -2 * (1 - np.minimum(z, 1)),
        efficiency=4.685,
        note="bounded: residuals beyond the scale count for nothing; needs a start near the optimum",
    ),
}
"""Every loss by its name."""


def loss_named(name: object) -> Loss:
    """Return a loss of the table, or raise an error that names all of them.

    Examples
    --------
    >>> float(loss_named("huber").rho(np.array(4.0)))
    3.0
    """
    if not isinstance(name, str) or name not in LOSSES:
        raise ArgumentError(f"loss must be one of {', '.join(map(repr, LOSSES))}, got {name!r:.40}")
    return LOSSES[name]


def robust_rows(jacobian: Float, residual: Float, loss: Loss, scale: float) -> tuple[Float, Float]:
    """Return rows whose squares are a robust loss, so that a solver of least squares minimises the loss.

    Cost and gradient are exact. The rows can be compressed by a triangle afterwards, never before.

    Parameters
    ----------
    jacobian : ndarray, shape (n, P)
        Derivatives of the residual by each parameter.
    residual : ndarray, shape (n,)
        Residuals times the roots of their weights.
    loss : Loss
        One of `LOSSES`.
    scale : float
        The scale C of the loss, in the unit of the residual.

    Examples
    --------
    >>> rows, residual = robust_rows(np.ones((2, 1)), np.array([0.5, 3.0]), LOSSES["huber"], 1.0)
    >>> cost, gradient = residual @ residual, rows.T @ residual
    >>> round(float(cost), 6), gradient.round(6).tolist()  # 0.25 + (2 * 3 - 1), 0.5 + 1
    (5.25, [1.5])
    """
    pull, shrink = row_scales(residual, loss, scale)
    return jacobian * pull[:, np.newaxis], residual * shrink


def row_scales(residual: Float, loss: Loss, scale: float) -> tuple[Float, Float]:
    """Return what derivatives and residuals are multiplied by so that squares become losses.

    Parameters
    ----------
    residual : ndarray
        Residuals times the roots of their weights.
    loss, scale
        As for `robust_rows`.

    Examples
    --------
    >>> pull, shrink = row_scales(np.array([0.5, 2.0]), LOSSES["huber"], 1.0)
    >>> (shrink * [0.5, 2.0]) ** 2, pull * shrink  # rho = z, then 2 sqrt(z) - 1; its slope 1, then 1 / sqrt(z)
    (array([0.25, 3.  ]), array([1. , 0.5]))
    """
    z = (residual / scale) ** 2
    shrink: Float = np.sqrt(np.divide(loss.rho(z), z, out=np.ones_like(z), where=z > 0))
    return np.divide(loss.slope(z), shrink, out=np.zeros_like(z), where=shrink > 0), shrink


def noise(residual: Float) -> float:
    """Return the standard deviation of normal noise from the median absolute deviation, which outliers hardly move.

    Parameters
    ----------
    residual : ndarray
        Residuals of a first fit, times the roots of their weights.

    Examples
    --------
    >>> round(noise(np.array([-1.0, 0.0, 1.0, 0.5, 100.0])), 3)
    0.741
    """
    return NORMAL_MAD * float(np.median(np.abs(residual - np.median(residual))))
