"""How far parameters may be off: covariances of four kinds, from the triangle of the rows.

The triangle ``R`` of the rows has ``R.T @ R`` equal to the Gauss-Newton matrix. All covariances come from triangular
solves with it; the matrix itself is never inverted, so that no digits are lost twice. Degrees of freedom count pixels,
not rows.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from hadimg.errors import ArgumentError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from hadimg.fitting.outcome.identifiability import Triangle
    from hadimg.fitting.solving.problem import Scatter

    Float = NDArray[np.float64]

__all__ = ["KINDS", "covariance"]

KINDS = {
    "absolute": "weights are one over the variance of the noise",
    "scaled": "weights are right up to a factor, which the residuals tell; errors of pixels are independent",
    "sandwich": "errors of pixels are independent, and may be of any size each; the one for robust losses",
    "block": "errors may be shared within blocks of 16 x 16 pixels, as in JPEG or mosaiced pictures",
}
"""Every kind of covariance by its name, with what it takes for true."""


def covariance(rows: Triangle, kind: str, *, variance: float = 1.0, scatter: Scatter | None = None) -> Float:
    """Return the covariance of parameters from the triangle of their rows.

    Parameters
    ----------
    rows : Triangle
        Of full rank.
    kind : str
        A key of `KINDS`.
    variance : float
        For the kind ``"scaled"``, the mean weighted square of the residuals.
    scatter : Scatter, optional
        For the kinds ``"sandwich"`` and ``"block"``, of the same parameters.

    Returns
    -------
    ndarray, shape (F, F)
        Symmetric.

    Raises
    ------
    ArgumentError
        When the kind is unknown or lacks what it needs, or the expected curvature is not positive.

    Examples
    --------
    >>> from hadimg.fitting.outcome.identifiability import triangle
    >>> covariance(triangle(np.array([[1.0], [2.0], [2.0]])), "absolute").round(6)  # one over 1 + 4 + 4
    array([[0.111111]])
    """
    from scipy.linalg import solve_triangular

    if kind not in KINDS:
        raise ArgumentError(f"the kind of covariance must be one of {', '.join(map(repr, KINDS))}, got {kind!r:.40}")
    factor, scale = rows.factor, np.outer(rows.length, rows.length)
    if kind in ("absolute", "scaled"):
        inverse = solve_triangular(factor, np.eye(len(factor)))
        result: Float = inverse @ inverse.T * (variance if kind == "scaled" else 1.0)
        return result / scale
    if scatter is None:
        raise ArgumentError(f"the covariance {kind!r} needs the scatter of the pixels", remedy="use 'scaled'")
    few = _few_shares(kind, scatter.shares, len(factor))
    if scatter.bread is not None:
        factor = _root(scatter.bread / scale)
    inside = solve_triangular(factor, scatter.meat / scale, trans="T")
    inside = solve_triangular(factor, inside.T, trans="T")
    outside = solve_triangular(factor, (inside + inside.T) / 2)
    result = solve_triangular(factor, outside.T)
    return few * (result + result.T) / 2 / scale


def _few_shares(kind: str, shares: int, free: int) -> float:
    """Return the factor by which so few shares of the gradient underestimate their scatter."""
    if shares == 0:
        return 1.0
    if shares <= free:
        counted = "blocks of 16 x 16 pixels" if kind == "block" else "pixels"
        raise ArgumentError(
            f"the covariance {kind!r} needs more {counted} than the {free} free parameters, got {shares}",
            remedy="use 'scaled', or a larger picture",
        )
    return shares / (shares - free)


def _root(matrix: Float) -> Float:
    try:
        lower = np.linalg.cholesky((matrix + matrix.T) / 2)
    except np.linalg.LinAlgError as error:
        raise ArgumentError(
            "the robust loss has no minimum here, as its expected curvature shows",
            remedy="give a larger scale, or the loss 'huber'",
        ) from error
    return lower.T.astype(np.float64, copy=False)
