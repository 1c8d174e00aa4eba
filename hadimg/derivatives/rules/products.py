"""Derivatives of products: simple, Hadamard and Kronecker, and the chain rule."""

from __future__ import annotations

from functools import reduce
from operator import add
from typing import TYPE_CHECKING

import numpy as np

from hadimg.array_checks import MOST_BYTES, check_bytes
from hadimg.derivatives.arguments import matrix
from hadimg.derivatives.linear_map import LinearMap
from hadimg.derivatives.rules.pairing import derivative_of_matrix, paired, paired_matrix, require_derivative
from hadimg.errors import ArgumentError
from hadimg.products import kronecker

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike

    from hadimg.derivatives.arguments import Float

__all__ = [
    "chain",
    "hadamard_product",
    "hadamard_product_of_many",
    "kronecker_product",
    "outer_product",
    "product_between_constants",
    "simple_product",
]


def chain(dy: LinearMap, dx: LinearMap) -> LinearMap:
    """Return ``dX/dZ = dY/dZ · dX/dY``, the same as ``dy @ dx``.

    Y must hold independent variables only: where an element of it is a function of others, ``dX/dY`` counts what those
    others do to X a second time, and no matrix can show that. Source: slides, equation (1) and "Warning" (S10 to S12).

    Parameters
    ----------
    dy : LinearMap
        Derivative of Y by Z.
    dx : LinearMap
        Derivative of X by Y.

    Raises
    ------
    ArgumentError, ArgumentTypeError
        When the two do not share one Y.

    Examples
    --------
    >>> from hadimg.derivatives import from_matrix
    >>> dy = from_matrix([[1, 0], [0, 1], [0, 1], [1, 0]], (4,), (2,))  # Z = (v1, v2, v2, v1), Y = (v1, v2)
    >>> dx = from_matrix([[1, 1, 0, 0], [0, 0, 1, 1]], (2,), (4,))  # X = (v1, v1, v2, v2)
    >>> chain(dy, dx).dense()
    array([[1., 1., 0., 0.],
           [0., 0., 1., 1.],
           [0., 0., 1., 1.],
           [1., 1., 0., 0.]])
    """
    return require_derivative("dy", dy) @ require_derivative("dx", dx)


def simple_product(y: ArrayLike, x: ArrayLike, dy: LinearMap, dx: LinearMap) -> LinearMap:
    """Return the derivative of the simple product: ``d(YX) = dY (I ⊗ X) + dX (Y' ⊗ I)``.

    Source: slides, equation (2) (S13, S14).

    Parameters
    ----------
    y, x : array_like, shapes (m, r) and (r, s)
        The factors.
    dy, dx : LinearMap
        Their derivatives by one Z.

    Returns
    -------
    LinearMap
        ``out_shape`` is (m, s).

    Raises
    ------
    ArgumentError, ArgumentTypeError
        When the shapes do not fit.

    Examples
    --------
    >>> from hadimg.derivatives import constant, identity
    >>> derivative = simple_product([[3.0]], [[5.0, 7.0]], identity((1, 1)), constant((1, 1), (1, 2)))
    >>> derivative.dense()
    array([[5., 7.]])
    """
    left, right = paired_matrix("y", y, dy), paired_matrix("x", x, dx)
    if left.shape[1] != right.shape[0]:
        raise ArgumentError(f"y must have as many columns as x has rows, got shapes {left.shape} and {right.shape}")
    result = left.shape[0], right.shape[1]
    times_x = LinearMap(left.shape, result, lambda change: change @ right, lambda weights: weights @ right.T)
    y_times = LinearMap(right.shape, result, lambda change: left @ change, lambda weights: left.T @ weights)
    return dy @ times_x + dx @ y_times


def product_between_constants(a: ArrayLike, b: ArrayLike, dy: LinearMap) -> LinearMap:
    """Return the derivative of the simple product with constants: ``d(A Y B) = dY (A' ⊗ B)``.

    Source: slides, equation (2) with constant factors (S13).

    Parameters
    ----------
    a, b : array_like, shapes (k, m) and (n, l)
        What stands left and right of Y, and does not depend on Z.
    dy : LinearMap
        Derivative of Y, shape (m, n).

    Returns
    -------
    LinearMap
        ``out_shape`` is (k, l).

    Raises
    ------
    ArgumentError, ArgumentTypeError
        When the shapes do not fit.

    Examples
    --------
    >>> from hadimg.derivatives import identity
    >>> product_between_constants([[1, 2]], [[3], [4]], identity((2, 2))).dense()
    array([[3.],
           [4.],
           [6.],
           [8.]])
    """
    left, right = matrix("a", a), matrix("b", b)
    shape = derivative_of_matrix("dy", dy).out_shape
    if (left.shape[1], right.shape[0]) != shape:
        raise ArgumentError(f"a @ Y @ b must be possible, got shapes {left.shape}, {shape} and {right.shape}")
    between = LinearMap(
        shape,
        (left.shape[0], right.shape[1]),
        lambda change: left @ change @ right,
        lambda weights: left.T @ weights @ right.T,
    )
    return dy @ between


def hadamard_product(y: ArrayLike, x: ArrayLike, dy: LinearMap, dx: LinearMap) -> LinearMap:
    """Return the derivative of the Hadamard product: ``d(Y * X) = dY D(X) + dX D(Y)``.

    The gradient of ``image * mask(parameters)`` is this rule. Source: slides, equations (7) to (9) (S26 to S28).

    Parameters
    ----------
    y, x : array_like
        The factors, of one shape.
    dy, dx : LinearMap
        Their derivatives by one Z.

    Raises
    ------
    ArgumentError, ArgumentTypeError
        When the shapes do not fit.

    Examples
    --------
    >>> from hadimg.derivatives import identity
    >>> hadamard_product([2.0, 3.0], [2.0, 3.0], identity((2,)), identity((2,))).dense()  # of Z * Z
    array([[4., 0.],
           [0., 6.]])
    """
    return _by_each([paired("y", y, dy), paired("x", x, dx)], [dy, dx])


def hadamard_product_of_many(factors: Sequence[ArrayLike], derivatives: Sequence[LinearMap]) -> LinearMap:
    """Return the derivative of ``Y1 * ... * Yk``: the sum of ``dYi`` times D(product of all others).

    The others are multiplied from both ends; nothing is divided by a factor, so that zeros do no harm.
    Source: slides, equation (7), used repeatedly (S26).

    Parameters
    ----------
    factors : sequence of array_like
        At least one, all of one shape.
    derivatives : sequence of LinearMap
        The derivative of each by one Z.

    Raises
    ------
    ArgumentError, ArgumentTypeError
        When the shapes or numbers of arguments do not fit.

    Examples
    --------
    >>> from hadimg.derivatives import identity
    >>> hadamard_product_of_many([[0.0, 3.0]] * 3, [identity((2,))] * 3).dense()  # of Z * Z * Z
    array([[ 0.,  0.],
           [ 0., 27.]])
    """
    if len(factors) == 0 or len(factors) != len(derivatives):
        raise ArgumentError(
            f"factors and derivatives must be as many, at least one, got {len(factors)} and {len(derivatives)}"
        )
    arrays = [paired(f"factors[{k}]", factor, derivatives[k], f"derivatives[{k}]") for k, factor in enumerate(factors)]
    return _by_each(arrays, derivatives)


def _by_each(factors: Sequence[Float], derivatives: Sequence[LinearMap]) -> LinearMap:
    """Return the sum of the derivatives, the columns of each scaled by the product of all other factors."""
    if len({factor.shape for factor in factors}) != 1:
        raise ArgumentError(f"factors must have one shape, got {', '.join(str(factor.shape) for factor in factors)}")
    before, after = [np.ones(factors[0].shape)], [np.ones(factors[0].shape)]
    for left, right in zip(factors[:-1], factors[:0:-1], strict=True):
        before.append(before[-1] * left)
        after.append(after[-1] * right)
    others = (left * right for left, right in zip(before, reversed(after), strict=True))
    return reduce(add, (dy.scale_columns(rest) for dy, rest in zip(derivatives, others, strict=True)))


def kronecker_product(
    y: ArrayLike, x: ArrayLike, dy: LinearMap, dx: LinearMap, *, max_bytes: int = MOST_BYTES
) -> LinearMap:
    """Return the derivative of the Kronecker product: ``[dY (I ⊗ vec X) + dX (vec Y ⊗ I)][:, k(m, n, p, q)]``.

    Source: the rule that the slides' title promises (S37), derived in the reference, section b; k is
    `hadimg.derivatives.kronecker_index`.

    Parameters
    ----------
    y, x : array_like, shapes (m, n) and (p, q)
        The factors.
    dy, dx : LinearMap
        Their derivatives by one Z.
    max_bytes : int
        How large the product itself may be.

    Returns
    -------
    LinearMap
        ``out_shape`` is (m p, n q).

    Raises
    ------
    ArgumentError, ArgumentTypeError
        When the shapes do not fit.
    LimitError
        When the product would be larger than ``max_bytes``.

    Examples
    --------
    >>> from hadimg.derivatives import constant, identity
    >>> kronecker_product([[2, 3]], [[1], [4]], identity((1, 2)), constant((1, 2), (2, 1))).dense()
    array([[1., 0., 4., 0.],
           [0., 1., 0., 4.]])
    """
    left, right = paired_matrix("y", y, dy), paired_matrix("x", x, dx)
    (m, n), (p, q) = left.shape, right.shape
    check_bytes("the Kronecker product", (m * p, n * q), max_bytes)
    times_x = LinearMap(
        left.shape,
        (m * p, n * q),
        lambda change: kronecker(change, right, max_bytes=max_bytes),
        lambda weights: np.einsum("ikjl,kl->ij", weights.reshape(m, p, n, q), right),
    )
    y_times = LinearMap(
        right.shape,
        (m * p, n * q),
        lambda change: kronecker(left, change, max_bytes=max_bytes),
        lambda weights: np.einsum("ikjl,ij->kl", weights.reshape(m, p, n, q), left),
    )
    return dy @ times_x + dx @ y_times


def outer_product(u: ArrayLike, v: ArrayLike, du: LinearMap, dv: LinearMap) -> LinearMap:
    """Return the derivative of the outer product ``u v'`` of two rows of numbers: the Kronecker rule for ``u ⊗ v'``.

    A separable mask is such a product. Source: reference, section b (S37).

    Parameters
    ----------
    u, v : array_like, shapes (m,) and (n,)
        The factors.
    du, dv : LinearMap
        Their derivatives by one Z.

    Returns
    -------
    LinearMap
        ``out_shape`` is (m, n).

    Raises
    ------
    ArgumentError, ArgumentTypeError
        When the shapes do not fit.

    Examples
    --------
    >>> from hadimg.derivatives import constant, identity
    >>> outer_product([2, 3], [5, 7], identity((2,)), constant((2,), (2,))).dense()
    array([[5., 7., 0., 0.],
           [0., 0., 5., 7.]])
    """
    left, right = paired("u", u, du), paired("v", v, dv)
    if left.ndim != 1 or right.ndim != 1:
        raise ArgumentError(f"u and v must have one dimension, got shapes {left.shape} and {right.shape}")
    shape = left.size, right.size
    times_v = LinearMap(left.shape, shape, lambda change: np.outer(change, right), lambda weights: weights @ right)
    u_times = LinearMap(right.shape, shape, lambda change: np.outer(left, change), lambda weights: left @ weights)
    return du @ times_v + dv @ u_times
