r"""A few rows in place of millions: the triangle of the QR decomposition of ``[J | r]``, streamed and merged.

With :math:`[J \mid r] = Q R` and :math:`R = [\tilde J \mid \tilde r]` all products are kept:
:math:`\tilde J' \tilde J = J' J`, :math:`\tilde J' \tilde r = J' r`, :math:`\|\tilde r\| = \|r\|`. Solvers of least
squares see rows through these alone.

There are two ways to it. The products themselves, scaled to a diagonal of ones, are decomposed by Cholesky: one fast
pass, half of the digits of an ill-conditioned problem lost. Where that is too many, the columns are first made nearly
orthogonal by the triangle that the lossy products gave; their products then lose nothing. Or the rows are decomposed
chunk by chunk, and triangles merged in a fixed order.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

import numpy as np

from hadimg.fitting.losses import robust_rows
from hadimg.fitting.sums import Sums
from hadimg.threads import checked_workers, each

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from numpy.typing import ArrayLike, NDArray

    from hadimg.fitting.linearised import Linearised
    from hadimg.fitting.objective import Objective

    Float = NDArray[np.float64]

__all__ = [
    "Triangle",
    "bordered",
    "merged",
    "preconditioned_triangle",
    "streamed_triangle",
    "triangle_of_rows",
    "triangle_of_sums",
]

LARGEST_CONDITION = 1e4
"""Of scaled columns: up to here their products keep eight digits of the smallest direction."""
PASSES = 4
"""Each brings the condition to about its root, or by eight digits nearer to 1."""
DEPENDENT = 1e-5
"""What is left of a column that was made orthogonal to the others when all that is left may be rounding."""


@dataclass(frozen=True, eq=False)
class Triangle:
    """An upper triangular matrix that stands for rows ``[J | r]``, with a diagonal of at least 0.

    Parameters
    ----------
    matrix : ndarray of float64, shape (P + 1, P + 1)
        The triangle.
    """

    matrix: Float

    @property
    def rows(self) -> tuple[Float, Float]:
        """The Jacobian (P + 1, P) and the residual (P + 1,)."""
        return self.matrix[:, :-1].copy(), self.matrix[:, -1].copy()

    @property
    def sums(self) -> Sums:
        """Cost, gradient and Gauss-Newton matrix."""
        jacobian, residual = self.rows
        return Sums(0.5 * float(residual @ residual), jacobian.T @ residual, jacobian.T @ jacobian)


def triangle_of_rows(jacobian: Float, residual: Float) -> Triangle:
    """Return the triangle of rows that are all at hand.

    Parameters
    ----------
    jacobian : ndarray, shape (n, P)
        Derivatives of the residual.
    residual : ndarray, shape (n,)
        The residual; any number of rows.

    Examples
    --------
    >>> triangle_of_rows(np.array([[3.0], [4.0]]), np.array([1.0, 0.0])).matrix
    array([[5. , 0.6],
           [0. , 0.8]])
    """
    return _decomposed(np.column_stack([jacobian, residual]))


def merged(triangles: Iterable[Triangle]) -> Triangle:
    """Return the triangle of the rows of all triangles, one after the other.

    Parameters
    ----------
    triangles : iterable of Triangle
        At least one; in another order the result differs by rounding.
    """
    first, *others = triangles
    for other in others:
        first = _decomposed(np.vstack([first.matrix, other.matrix]))
    return first


def _decomposed(rows: Float) -> Triangle:
    size = rows.shape[1]
    upper = np.linalg.qr(rows, mode="r")
    matrix = np.zeros((size, size))
    matrix[: len(upper)] += upper * np.where(np.diagonal(upper) < 0, -1.0, 1.0)[:, np.newaxis]
    return Triangle(matrix)


def streamed_triangle(objective: Objective, theta: ArrayLike) -> Triangle:
    """Return the triangle of all pixels of an objective, chunk by chunk.

    The rows of a robust loss are those of `hadimg.fitting.losses.robust_rows`.

    Parameters
    ----------
    objective : Objective
        What is summed.
    theta : array_like, shape (P,)
        The parameters.
    """
    strips = objective.strips(theta)
    threads = checked_workers(objective.workers)
    total: list[Triangle] = []
    while some := list(islice(strips, threads)):  # never more strips at once than threads
        total = [merged([*total, *each(_triangle_of_strip, some, workers=threads)])]
    return total[0]


def _triangle_of_strip(part: Linearised) -> Triangle:
    root = np.sqrt(np.broadcast_to(part.strip.variance_weights, part.residual.shape))
    jacobian = (part.jacobian * root).reshape(len(part.jacobian), -1).T
    with np.errstate(over="ignore", invalid="ignore"):
        return triangle_of_rows(
            *robust_rows(jacobian, (part.residual * root).ravel(), part.model.loss, part.model.scale)
        )


def triangle_of_sums(sums: Sums) -> Triangle | None:
    """Return the triangle from sums of order 2, or None where it would lose too many digits.

    Parameters
    ----------
    sums : Sums
        With all derivatives. Columns of zeros stay zeros.

    Examples
    --------
    >>> triangle_of_sums(Sums(0.5, np.array([3.0]), np.array([[25.0]]))).matrix
    array([[5. , 0.6],
           [0. , 0.8]])
    """
    products = bordered(sums)
    if not np.isfinite(products).all():
        return None
    scale, scaled = _equilibrated(products)
    there = scale[:-1] > 0
    if _lossy(scaled[:-1, :-1][np.ix_(there, there)]):
        return None
    return Triangle(_root(scaled) * scale)


def preconditioned_triangle(products: Callable[[Float], Float], size: int) -> Triangle:
    """Return the triangle of columns whose products can be had after any change of columns.

    Parameters
    ----------
    products : callable
        From an upper triangular matrix ``M`` (P + 1, P + 1) to ``M' [J | r]' [J | r] M``.
    size : int
        ``P + 1``.
    """
    upper: Float = np.eye(size)
    given = products(upper)
    absent = np.diagonal(given) == 0
    for number in range(PASSES):
        changed = products(np.asarray(np.linalg.inv(upper), dtype=np.float64)) if number else given
        np.fill_diagonal(changed, np.where(absent, 1.0, np.diagonal(changed)))  # what is zero stays out of the way
        scale, scaled = _equilibrated(changed)
        if number and scale.min() < DEPENDENT:
            upper = _root(changed) @ upper
            break
        upper = _root(scaled, least=size * np.finfo(np.float64).eps) * scale @ upper
        if not _lossy(scaled[:-1, :-1]):
            break
    upper[:, absent] = 0.0
    return Triangle(upper)


def _lossy(scaled: Float) -> bool:
    """Return whether products have lost more digits than they may."""
    values = np.linalg.eigvalsh(scaled)
    return bool(len(values)) and bool(values[0] * LARGEST_CONDITION**2 < values[-1])


def bordered(sums: Sums) -> Float:
    """Return the products of all columns, the residual last."""
    assert sums.gradient is not None
    assert sums.gauss_newton is not None
    border = sums.gradient[:, np.newaxis]
    return np.block([[sums.gauss_newton, border], [border.T, np.array([[2.0 * sums.cost]])]])


def _equilibrated(products: Float) -> tuple[Float, Float]:
    """Return the lengths of all columns, and their products after each is divided by its length; 0 where that is 0."""
    scale = np.sqrt(np.maximum(np.diagonal(products), 0.0))
    inverse = np.divide(1.0, scale, out=np.zeros_like(scale), where=scale > 0)
    return scale, products * inverse[:, np.newaxis] * inverse


def _root(products: Float, least: float = 0.0) -> Float:
    """Return the upper triangle whose products are the given ones, or where these are not definite, the nearest."""
    try:
        return np.ascontiguousarray(np.linalg.cholesky(products).T)
    except np.linalg.LinAlgError:
        values, vectors = np.linalg.eigh(products)
        half = np.sqrt(np.maximum(values, least * values[-1]))[:, np.newaxis] * vectors.T
        return _decomposed(half).matrix
