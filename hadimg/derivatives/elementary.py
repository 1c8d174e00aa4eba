"""Derivatives to begin with: of Z by itself, of what does not depend on Z, and such as are known as numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from hadimg.derivatives.arguments import checked_shape, finite_array, size
from hadimg.derivatives.linear_map import LinearMap
from hadimg.errors import ArgumentError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from numpy.typing import ArrayLike

    from hadimg.derivatives.arguments import Float, Shape

__all__ = ["constant", "from_matrix", "from_partials", "identity"]


def identity(shape: Shape) -> LinearMap:
    """Return the derivative of Z by itself: the identity matrix, never built.

    Parameters
    ----------
    shape : tuple of int
        Shape of Z.

    Raises
    ------
    ArgumentError, ArgumentTypeError
        When the shape is none.

    Examples
    --------
    >>> identity((2, 3)).jvp([[1, 2, 3], [4, 5, 6]])
    array([[1., 2., 3.],
           [4., 5., 6.]])
    """
    return LinearMap(shape, shape, lambda change: change, lambda weights: weights)


def constant(in_shape: Shape, out_shape: Shape) -> LinearMap:
    """Return the derivative of what does not depend on Z: zeros.

    Parameters
    ----------
    in_shape, out_shape : tuple of int
        Shapes of Z and of the constant.

    Raises
    ------
    ArgumentError, ArgumentTypeError
        When a shape is none.

    Examples
    --------
    >>> constant((2,), (3,)).dense()
    array([[0., 0., 0.],
           [0., 0., 0.]])
    """
    return LinearMap(in_shape, out_shape, lambda _: np.zeros(out_shape), lambda _: np.zeros(in_shape))


def from_matrix(matrix: ArrayLike, in_shape: Shape, out_shape: Shape) -> LinearMap:
    """Return a derivative that is known as a matrix in the layout of the slides.

    Source: slides, "Definition of derivative" (S5); `hadimg.derivatives.to_slides` brings other layouts into it.

    Parameters
    ----------
    matrix : array_like, shape (#Z, #Y)
        Row i is the derivative of vec(Y) by element i of vec(Z). Kept, not copied.
    in_shape, out_shape : tuple of int
        Shapes of Z and of Y.

    Raises
    ------
    ArgumentError, ArgumentTypeError
        When the matrix has another shape or an element that is no finite number.

    Examples
    --------
    >>> derivative = from_matrix([[1, 2, 3], [4, 5, 6]], (2,), (3,))
    >>> derivative.jvp([1, 10])
    array([41., 52., 63.])
    >>> derivative.vjp([1, 10, 100])
    array([321., 654.])
    """
    shape = size(checked_shape("in_shape", in_shape)), size(checked_shape("out_shape", out_shape))
    numbers = finite_array("matrix", matrix, shape)
    return LinearMap(
        in_shape,
        out_shape,
        lambda change: (change.ravel() @ numbers).reshape(out_shape),
        lambda weights: (numbers @ weights.ravel()).reshape(in_shape),
    )


def from_partials(partials: Callable[[], Iterable[ArrayLike]], in_shape: Shape, out_shape: Shape) -> LinearMap:
    """Return a derivative whose rows are computed one after the other whenever they are needed.

    Parameters
    ----------
    partials : callable
        Returns an iterable over the derivatives of Y by each element of Z, in order, each of shape ``out_shape``.
    in_shape, out_shape : tuple of int
        Shapes of Z and of Y.

    Raises
    ------
    ArgumentError, ArgumentTypeError
        When a shape is none; in products, when there are more or fewer arrays, or one of another shape.

    Examples
    --------
    >>> from hadimg import masks
    >>> mask = masks.ExponentialDecay(rate=1.2)
    >>> derivative = from_partials(lambda: mask.partials((3, 4)), (len(mask.names),), (3, 4))
    >>> gradient = derivative.vjp(np.ones((3, 4)))  # of the sum of all weights
    >>> float(gradient[mask.names.index("rate")].round(4))
    -3.1588
    """
    count = size(checked_shape("in_shape", in_shape))
    checked_shape("out_shape", out_shape)

    def rows() -> Iterator[Float]:
        number = -1
        for number, partial in enumerate(partials()):
            if number < count:
                yield finite_array(f"partial derivative {number}", partial, out_shape)
        if number + 1 != count:
            raise ArgumentError(f"partials must give {count} arrays for in_shape={in_shape}, got {number + 1}")

    def forward(change: Float) -> Float:
        total = np.zeros(out_shape)
        for row, factor in zip(rows(), change.ravel(), strict=True):
            total += factor * row
        return total

    def adjoint(weights: Float) -> Float:
        return np.array([np.vdot(weights, row) for row in rows()]).reshape(in_shape)

    return LinearMap(in_shape, out_shape, forward, adjoint)
