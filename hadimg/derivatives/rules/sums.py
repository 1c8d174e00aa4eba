"""Derivatives of sums, of traces of products, and of any function of a whole array that is a single number."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from hadimg.derivatives.arguments import finite_array
from hadimg.derivatives.linear_map import LinearMap
from hadimg.derivatives.rules.pairing import derivative_of_matrix, paired_matrix, require_derivative
from hadimg.derivatives.rules.products import hadamard_product

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

__all__ = ["column_sums", "row_sums", "row_sums_of_hadamard_product", "scalar_function", "total"]


def scalar_function(partials: ArrayLike, dy: LinearMap) -> LinearMap:
    """Return the derivative of a function of Y that is one number: ``dY vec(P)'`` with ``P = df/dy_ij``.

    Source: slides, equation (1) (S10).

    Parameters
    ----------
    partials : array_like
        The derivative of the function by each element of Y, of the shape of Y.
    dy : LinearMap
        Derivative of Y.

    Returns
    -------
    LinearMap
        ``out_shape`` is ``()``.

    Raises
    ------
    ArgumentError, ArgumentTypeError
        When the shapes do not fit.

    Examples
    --------
    >>> from hadimg.derivatives import identity
    >>> y = np.array([3.0, 4.0])
    >>> scalar_function(y / np.hypot(*y), identity((2,))).dense()  # of the length of a vector
    array([[0.6],
           [0.8]])
    """
    shape = require_derivative("dy", dy).out_shape
    slopes = finite_array("partials", partials, shape)
    by_y = LinearMap(shape, (), lambda change: np.asarray(np.vdot(slopes, change)), lambda weights: weights * slopes)
    return dy @ by_y


def total(dy: LinearMap) -> LinearMap:
    """Return the derivative of the sum of all elements: the sums of the rows of dY.

    Source: reference, section b.

    Parameters
    ----------
    dy : LinearMap
        Derivative of Y.

    Raises
    ------
    ArgumentError, ArgumentTypeError
        When ``dy`` is no derivative.

    Examples
    --------
    >>> from hadimg.derivatives import identity
    >>> total(identity((2,))).dense()
    array([[1.],
           [1.]])
    """
    shape = require_derivative("dy", dy).out_shape
    return dy @ LinearMap(shape, (), lambda change: np.asarray(change.sum()), lambda weights: np.full(shape, weights))


def row_sums(dy: LinearMap) -> LinearMap:
    """Return the derivative of the sums of the rows of a matrix: ``dY (I ⊗ 1)``.

    Source: reference, section b.

    Parameters
    ----------
    dy : LinearMap
        Derivative of Y, shape (m, n).

    Returns
    -------
    LinearMap
        ``out_shape`` is (m,).

    Raises
    ------
    ArgumentError, ArgumentTypeError
        When ``dy`` is not the derivative of a matrix.

    Examples
    --------
    >>> from hadimg.derivatives import identity
    >>> row_sums(identity((2, 2))).dense().T
    array([[1., 1., 0., 0.],
           [0., 0., 1., 1.]])
    """
    m, n = derivative_of_matrix("dy", dy).out_shape
    by_y = LinearMap(
        (m, n), (m,), lambda change: change.sum(axis=1), lambda weights: np.repeat(weights[:, np.newaxis], n, axis=1)
    )
    return dy @ by_y


def column_sums(dy: LinearMap) -> LinearMap:
    """Return the derivative of the sums of the columns of a matrix: ``dY (1 ⊗ I)``.

    Source: reference, section b.

    Parameters
    ----------
    dy : LinearMap
        Derivative of Y, shape (m, n).

    Returns
    -------
    LinearMap
        ``out_shape`` is (n,).

    Raises
    ------
    ArgumentError, ArgumentTypeError
        When ``dy`` is not the derivative of a matrix.

    Examples
    --------
    >>> from hadimg.derivatives import identity
    >>> column_sums(identity((2, 2))).dense().T
    array([[1., 0., 1., 0.],
           [0., 1., 0., 1.]])
    """
    m, n = derivative_of_matrix("dy", dy).out_shape
    by_y = LinearMap(
        (m, n), (n,), lambda change: change.sum(axis=0), lambda weights: np.repeat(weights[np.newaxis], m, axis=0)
    )
    return dy @ by_y


def row_sums_of_hadamard_product(y: ArrayLike, x: ArrayLike, dy: LinearMap, dx: LinearMap) -> LinearMap:
    """Return the derivative of the row sums of ``Y * X``, the diagonal of ``Y X'``: ``(dY D(X) + dX D(Y)) (I ⊗ 1)``.

    What a single-pixel camera measures is such sums. Source: slides, equations (6) and (7) (S21, S26).

    Parameters
    ----------
    y, x : array_like, shape (m, n)
        The factors.
    dy, dx : LinearMap
        Their derivatives by one Z.

    Returns
    -------
    LinearMap
        ``out_shape`` is (m,).

    Raises
    ------
    ArgumentError, ArgumentTypeError
        When the shapes do not fit.

    Examples
    --------
    >>> from hadimg.derivatives import constant, identity
    >>> row_sums_of_hadamard_product([[1, 2]], [[3, 4]], identity((1, 2)), constant((1, 2), (1, 2))).dense()
    array([[3.],
           [4.]])
    """
    left, right = paired_matrix("y", y, dy), paired_matrix("x", x, dx)
    return row_sums(hadamard_product(left, right, dy, dx))
