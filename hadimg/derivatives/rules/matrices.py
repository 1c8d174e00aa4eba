"""Derivatives of what is made of a whole matrix: transpose, inverse, trace, determinant, diagonals."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from hadimg.array_checks import MOST_BYTES, check_bytes
from hadimg.derivatives.arguments import matrix, size, square_matrix
from hadimg.derivatives.linear_map import LinearMap
from hadimg.derivatives.rules.pairing import derivative_of_matrix, paired, require_derivative
from hadimg.derivatives.rules.sums import scalar_function
from hadimg.errors import ArgumentError

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from hadimg.derivatives.arguments import Float

__all__ = [
    "determinant",
    "diagonal",
    "diagonal_matrix",
    "inverse",
    "log_determinant",
    "trace",
    "trace_of_product",
    "transpose",
]


def transpose(dy: LinearMap) -> LinearMap:
    """Return the derivative of the transpose: ``d(Y') = dY[:, t(m, n)]``.

    Source: reference, section b; t is `hadimg.derivatives.transposition_index`.

    Parameters
    ----------
    dy : LinearMap
        Derivative of a matrix Y.

    Raises
    ------
    ArgumentError, ArgumentTypeError
        When ``dy`` is not the derivative of a matrix.

    Examples
    --------
    >>> from hadimg.derivatives import identity
    >>> transpose(identity((1, 2))).out_shape
    (2, 1)
    """
    m, n = derivative_of_matrix("dy", dy).out_shape
    return dy @ LinearMap((m, n), (n, m), np.transpose, np.transpose)


def inverse(y: ArrayLike, dy: LinearMap) -> LinearMap:
    """Return the derivative of the inverse F of a matrix: ``dF = -dY (F' ⊗ F)``.

    Source: reference, section b; it follows from equation (2) for ``Y F = I``.

    Parameters
    ----------
    y : array_like, shape (n, n)
        The matrix.
    dy : LinearMap
        Its derivative.

    Raises
    ------
    ArgumentError, ArgumentTypeError
        When the matrix has no inverse, or the shapes do not fit.

    Examples
    --------
    >>> from hadimg.derivatives import identity
    >>> inverse([[4.0]], identity((1, 1))).dense()
    array([[-0.0625]])
    """
    inverted = _inverted("y", y, dy)
    by_y = LinearMap(
        inverted.shape,
        inverted.shape,
        lambda change: -inverted @ change @ inverted,
        lambda weights: -inverted.T @ weights @ inverted.T,
    )
    return dy @ by_y


def trace(dy: LinearMap) -> LinearMap:
    """Return the derivative of the trace of a square matrix: ``dY vec(I)'``.

    Source: reference, section b.

    Parameters
    ----------
    dy : LinearMap
        Derivative of a square matrix Y.

    Raises
    ------
    ArgumentError, ArgumentTypeError
        When ``dy`` is not the derivative of a square matrix.

    Examples
    --------
    >>> from hadimg.derivatives import identity
    >>> trace(identity((2, 2))).dense().T
    array([[1., 0., 0., 1.]])
    """
    m, n = derivative_of_matrix("dy", dy).out_shape
    if m != n:
        raise ArgumentError(f"dy must be the derivative of a square matrix, got out_shape {(m, n)}")
    return scalar_function(np.eye(n), dy)


def trace_of_product(a: ArrayLike, dy: LinearMap) -> LinearMap:
    """Return the derivative of ``tr(A Y)`` for a constant A: ``dY vec(A')'``.

    Source: reference, section b.

    Parameters
    ----------
    a : array_like, shape (n, m)
        What does not depend on Z.
    dy : LinearMap
        Derivative of Y, shape (m, n).

    Raises
    ------
    ArgumentError, ArgumentTypeError
        When the shapes do not fit.

    Examples
    --------
    >>> from hadimg.derivatives import identity
    >>> trace_of_product([[1, 2]], identity((2, 1))).dense()
    array([[1.],
           [2.]])
    """
    m, n = derivative_of_matrix("dy", dy).out_shape
    return scalar_function(matrix("a", a, (n, m)).T, dy)


def determinant(y: ArrayLike, dy: LinearMap) -> LinearMap:
    """Return the derivative of the determinant: ``dY vec(cof Y)'``, which holds for singular matrices too.

    Source: reference, section b (Jacobi's formula).

    Parameters
    ----------
    y : array_like, shape (n, n)
        The matrix.
    dy : LinearMap
        Its derivative.

    Raises
    ------
    ArgumentError, ArgumentTypeError
        When the shapes do not fit, or the cofactors are beyond float64.

    Examples
    --------
    >>> from hadimg.derivatives import identity
    >>> determinant([[1, 2], [2, 4]], identity((2, 2))).dense().T.round(12)
    array([[ 4., -2., -2.,  1.]])
    """
    paired("y", y, dy)
    return scalar_function(_cofactors(square_matrix("y", y)), dy)


def log_determinant(y: ArrayLike, dy: LinearMap) -> LinearMap:
    """Return the derivative of ``log abs det Y``: ``dY vec(F')'`` with the inverse F of Y.

    Source: reference, section b.

    Parameters
    ----------
    y : array_like, shape (n, n)
        The matrix.
    dy : LinearMap
        Its derivative.

    Raises
    ------
    ArgumentError, ArgumentTypeError
        When the matrix has no inverse, or the shapes do not fit.

    Examples
    --------
    >>> from hadimg.derivatives import identity
    >>> log_determinant([[2, 0], [0, 4]], identity((2, 2))).dense().T
    array([[0.5 , 0.  , 0.  , 0.25]])
    """
    return scalar_function(_inverted("y", y, dy).T, dy)


def diagonal(dy: LinearMap) -> LinearMap:
    """Return the derivative of the diagonal of a square matrix: the columns of dY that belong to it.

    Source: reference, section b.

    Parameters
    ----------
    dy : LinearMap
        Derivative of a square matrix Y.

    Raises
    ------
    ArgumentError, ArgumentTypeError
        When ``dy`` is not the derivative of a square matrix.

    Examples
    --------
    >>> from hadimg.derivatives import identity
    >>> diagonal(identity((2, 2))).dense().T
    array([[1., 0., 0., 0.],
           [0., 0., 0., 1.]])
    """
    m, n = derivative_of_matrix("dy", dy).out_shape
    if m != n:
        raise ArgumentError(f"dy must be the derivative of a square matrix, got out_shape {(m, n)}")
    return dy @ LinearMap((n, n), (n,), np.diag, np.diag)


def diagonal_matrix(dy: LinearMap, *, max_bytes: int = MOST_BYTES) -> LinearMap:
    """Return the derivative of D(Y), the diagonal matrix of all elements: columns of zeros between those of dY.

    To multiply by D(X) never needs this: `LinearMap.scale_columns` does. Source: slides, "Notations" (S2).

    Parameters
    ----------
    dy : LinearMap
        Derivative of Y.
    max_bytes : int
        How large D(Y) may be.

    Raises
    ------
    LimitError
        When D(Y) would be larger than ``max_bytes``.

    Examples
    --------
    >>> from hadimg.derivatives import identity
    >>> diagonal_matrix(identity((1, 2))).dense()
    array([[1., 0., 0., 0.],
           [0., 0., 0., 1.]])
    """
    shape = require_derivative("dy", dy).out_shape
    count = size(shape)
    check_bytes("the diagonal matrix D(Y)", (count, count), max_bytes)
    spread = LinearMap(
        shape, (count, count), lambda change: np.diag(change.ravel()), lambda weights: np.diag(weights).reshape(shape)
    )
    return dy @ spread


def _inverted(name: str, y: ArrayLike, dy: LinearMap) -> Float:
    """Return the inverse of a matrix that has one, by its singular values."""
    paired(name, y, dy)
    numbers = square_matrix(name, y)
    left, values, right = np.linalg.svd(numbers)
    if values[-1] <= len(values) * np.finfo(np.float64).eps * values[0]:
        raise ArgumentError(
            f"{name} must have an inverse, got a matrix whose least singular value is {values[-1]:.3g}, "
            f"the largest {values[0]:.3g}"
        )
    inverted: Float = (right.T / values) @ left.T
    return inverted


def _cofactors(y: Float) -> Float:
    """Return the cofactors from singular values: each is a product of all but one of them, zeros or not."""
    left, values, right = np.linalg.svd(y)
    sign = np.linalg.det(left) * np.linalg.det(right)
    with np.errstate(over="ignore", invalid="ignore"):
        others = [np.prod(np.delete(values, k)) for k in range(len(values))]
        cofactors: Float = round(sign) * (left * others) @ right
    if not np.isfinite(cofactors).all():
        raise ArgumentError("the cofactors of y must lie within float64, got larger ones (use log_determinant)")
    return cofactors
