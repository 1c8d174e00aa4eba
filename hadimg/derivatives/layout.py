"""The layout of derivatives: the slides' own, and the only place where it becomes another's or comes from one.

``dY/dZ`` has one row for each element of Z and one column for each element of Y, both taken row by row. That is the
transpose of what NumPy, JAX and SciPy call a Jacobian.

>>> from_slides(np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]), (2,), (3,), layout="scipy")
array([[1., 4.],
       [2., 5.],
       [3., 6.]])
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from hadimg.derivatives.arguments import checked_shape, real_array, size, whole_number
from hadimg.errors import ArgumentError, ArgumentTypeError

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import ArrayLike, NDArray

    from hadimg.derivatives.arguments import Float, Shape

__all__ = ["LAYOUTS", "from_slides", "kronecker_index", "to_slides", "transposition_index", "unvec_rows", "vec_rows"]


def vec_rows(x: ArrayLike) -> Float:
    """Return all elements of an array in one row, row by row, however it lies in memory.

    Source: slides, "Notations" (S1), there X under a bar.

    Parameters
    ----------
    x : array_like
        Real numbers.

    Returns
    -------
    ndarray of float64, shape (1, size)
        A view where that is possible.

    Raises
    ------
    ArgumentTypeError
        When ``x`` holds no real numbers.

    Examples
    --------
    >>> vec_rows([[1, 2], [3, 4]])
    array([[1., 2., 3., 4.]])
    """
    return real_array("x", x).reshape(1, -1)


def unvec_rows(row: ArrayLike, shape: Shape) -> Float:
    """Return the array of a shape whose elements, row by row, are the given ones: the inverse of `vec_rows`.

    Parameters
    ----------
    row : array_like, shape (1, size) or (size,)
        Real numbers.
    shape : tuple of int
        Shape of the result.

    Raises
    ------
    ArgumentError, ArgumentTypeError
        When there are more or fewer numbers than elements.

    Examples
    --------
    >>> unvec_rows([[1, 2, 3, 4]], (2, 2))
    array([[1., 2.],
           [3., 4.]])
    """
    shape = checked_shape("shape", shape)
    numbers = real_array("row", row)
    if numbers.shape not in ((1, size(shape)), (size(shape),)):
        raise ArgumentError(f"row must have shape (1, {size(shape)}) for an array of {shape}, got {numbers.shape}")
    return numbers.reshape(shape)


def transposition_index(m: int, n: int) -> NDArray[np.intp]:
    """Return the index array t with ``vec(A') = vec(A)[t]`` for an m by n matrix A.

    As columns of a derivative: ``d(Y') = dY[:, t]``. Never built as a permutation matrix.
    Source: definition (slides, "Notations"; reference, section 0).

    Parameters
    ----------
    m, n : int
        Rows and columns of A.

    Raises
    ------
    ArgumentError
        When either is no whole number of at least 1.

    Examples
    --------
    >>> transposition_index(2, 3)
    array([0, 3, 1, 4, 2, 5])
    """
    m, n = whole_number("m", m), whole_number("n", n)
    return np.arange(m * n).reshape(m, n).T.ravel()


def kronecker_index(m: int, n: int, p: int, q: int) -> NDArray[np.intp]:
    """Return the index array k with ``vec(Y ⊗ X) = (vec(Y) ⊗ vec(X))[k]`` for Y m by n and X p by q.

    Source: the rule for Kronecker products that the slides' title promises (S37; reference, section 0).

    Parameters
    ----------
    m, n, p, q : int
        Rows and columns of Y, and of X.

    Raises
    ------
    ArgumentError
        When one is no whole number of at least 1.

    Examples
    --------
    >>> kronecker_index(1, 2, 2, 3)
    array([ 0,  1,  2,  6,  7,  8,  3,  4,  5,  9, 10, 11])
    """
    m, n, p, q = (whole_number(name, value) for name, value in (("m", m), ("n", n), ("p", p), ("q", q)))
    return np.arange(m * n * p * q).reshape(m, n, p, q).transpose(0, 2, 1, 3).ravel()


class Layout(NamedTuple):
    """How others arrange the derivative of Y by Z: the shape, and the ways from it to the slides' and back."""

    shape: Callable[[Shape, Shape], Shape]
    to_slides: Callable[[Float, Shape, Shape], Float]
    from_slides: Callable[[Float, Shape, Shape], Float]


LAYOUTS = {
    "numpy": Layout(
        lambda z, y: y + z,
        lambda other, z, y: other.reshape(size(y), size(z)).T,
        lambda slides, z, y: slides.T.reshape(y + z),
    ),
    "scipy": Layout(
        lambda z, y: (size(y), size(z)),
        lambda other, _z, _y: other.T,
        lambda slides, _z, _y: slides.T,
    ),
    "sympy": Layout(
        lambda z, y: z + y,
        lambda other, z, y: other.reshape(size(z), size(y)),
        lambda slides, z, y: slides.reshape(z + y),
    ),
    "magnus_neudecker": Layout(
        lambda z, y: (size(y), size(z)),
        lambda other, z, y: other.reshape(y[::-1] + z[::-1]).transpose().reshape(size(z), size(y)),
        lambda slides, z, y: slides.reshape(z + y).transpose().reshape(size(y), size(z)),
    ),
}
"""The layouts of others.

==================  =====================  ==============================================================
name                shape                  who
==================  =====================  ==============================================================
numpy               Y.shape + Z.shape      ``jax.jacobian``, ``torch.autograd.functional.jacobian``
scipy               (#Y, #Z)               ``scipy.optimize.least_squares(jac=)``, ``curve_fit(jac=)``
sympy               Z.shape + Y.shape      ``sympy.derive_by_array``, ``Mask.jacobian``; with rows of numbers
                                           for Y and Z MINPACK with ``col_deriv``, astropy with
                                           ``col_fit_deriv``: (#Z, #Y) as on the slides
magnus_neudecker    (#Y, #Z)               textbooks that take matrices column by column
==================  =====================  ==============================================================
"""


def to_slides(derivative: ArrayLike, in_shape: Shape, out_shape: Shape, *, layout: str) -> Float:
    """Return a derivative of Y by Z that another library gave in the layout of the slides.

    Source: slides, "Definition of derivative" (S5); reference, section b.

    Parameters
    ----------
    derivative : array_like
        The derivative; SymPy's arrays too, once numbers stand for the symbols.
    in_shape, out_shape : tuple of int
        Shapes of Z and of Y; ``()`` for a scalar.
    layout : str
        Whose layout it has, one of `LAYOUTS`.

    Returns
    -------
    ndarray of float64, shape (#Z, #Y)
        A view where that is possible.

    Raises
    ------
    ArgumentError, ArgumentTypeError
        When the shape is not what the layout asks for, or the layout is none.

    Examples
    --------
    >>> to_slides([[1, 4], [2, 5], [3, 6]], (2,), (3,), layout="scipy")
    array([[1., 2., 3.],
           [4., 5., 6.]])
    """
    kind, z, y = _chosen(layout, in_shape, out_shape)
    array = real_array("derivative", _evaluated(derivative))
    wanted = kind.shape(z, y)
    if array.shape != wanted:
        raise ArgumentError(
            f"derivative must have shape {wanted} in the layout {layout!r} with in_shape={z} and out_shape={y}, "
            f"got {array.shape}"
        )
    return kind.to_slides(array, z, y)


def from_slides(derivative: ArrayLike, in_shape: Shape, out_shape: Shape, *, layout: str) -> Float:
    """Return a derivative of Y by Z in the layout that another library asks for: the inverse of `to_slides`.

    Parameters
    ----------
    derivative : array_like, shape (#Z, #Y)
        The derivative in the layout of the slides.
    in_shape, out_shape : tuple of int
        Shapes of Z and of Y; ``()`` for a scalar.
    layout : str
        Whose layout is wanted, one of `LAYOUTS`.

    Returns
    -------
    ndarray of float64
        A view where that is possible.

    Raises
    ------
    ArgumentError, ArgumentTypeError
        When the shape is not (#Z, #Y), or the layout is none.

    Examples
    --------
    >>> from_slides([[1, 2, 3, 4], [5, 6, 7, 8]], (2,), (2, 2), layout="numpy")[0, 1]  # of y[0, 1] by all of Z
    array([2., 6.])
    """
    kind, z, y = _chosen(layout, in_shape, out_shape)
    return kind.from_slides(real_array("derivative", derivative, (size(z), size(y))), z, y)


def _chosen(layout: str, in_shape: Shape, out_shape: Shape) -> tuple[Layout, Shape, Shape]:
    if layout not in LAYOUTS:
        raise ArgumentError(f"layout must be one of {', '.join(map(repr, LAYOUTS))}, got {layout!r}")
    return LAYOUTS[layout], checked_shape("in_shape", in_shape), checked_shape("out_shape", out_shape)


def _evaluated(derivative: ArrayLike) -> ArrayLike:
    """Return numbers for an array of objects that stand for numbers, as SymPy's are."""
    if hasattr(derivative, "tolist") and not isinstance(derivative, np.ndarray):
        derivative = np.asarray(derivative)
    if not isinstance(derivative, np.ndarray) or derivative.dtype != object:
        return derivative
    try:
        return derivative.astype(np.float64)
    except (TypeError, ValueError) as error:
        raise ArgumentTypeError("derivative must hold numbers (put numbers in for its symbols)") from error
