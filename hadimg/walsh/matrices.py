"""Hadamard matrices: square, entries +-1, rows orthogonal, of every order that a construction is known for here."""

from __future__ import annotations

import math
import operator
from typing import TYPE_CHECKING, Any, SupportsIndex

import numpy as np

from hadimg.errors import ArgumentError, ArgumentTypeError
from hadimg.walsh.constructions import build, builds

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

__all__ = ["determinant_bound", "hadamard_matrix", "is_hadamard", "nearest_orders", "normal_form", "order_or_refuse"]

UNKNOWN = (668, 716, 892, 1132)
"""The orders up to 1208 of which nobody knows whether a Hadamard matrix exists."""


def hadamard_matrix(n: SupportsIndex) -> NDArray[np.int8]:
    r"""Return a Hadamard matrix: entries +-1 with :math:`H H' = n I`, first row and first column all +1.

    The order is 1, 2 or a multiple of 4. With ``n = 2**k * m`` and the smallest ``m`` that a construction is known for,
    the matrix is :math:`H_{2^k} \otimes H_m`, so that Sylvester's step holds throughout,

    .. math:: H_{2n} = \begin{pmatrix} H_n & H_n \\ H_n & -H_n \end{pmatrix}

    and `fwht` multiplies by this very matrix in its natural order. An order has the same matrix on every machine and in
    every version. Sources: slides, "Hadamard matrix" and "Sylvester's construction" (S30 to S36); Paley 1933;
    Miyamoto 1991; Goethals and Seidel 1967; Turyn 1972.

    Parameters
    ----------
    n : int
        The order: 1, 2, any multiple of 4 below 668, any of these times a power of two, and many more.

    Returns
    -------
    ndarray of int8, shape (n, n)
        Convert it before you multiply: ``H @ H.T`` in int8 overflows from 128 on.

    Raises
    ------
    ArgumentError
        When no matrix of this order can exist, or none is known, or none is constructed here; names the nearest orders.
    ArgumentTypeError
        When ``n`` is no whole number.

    Examples
    --------
    >>> hadamard_matrix(4)
    array([[ 1,  1,  1,  1],
           [ 1, -1,  1, -1],
           [ 1,  1, -1, -1],
           [ 1, -1, -1,  1]], dtype=int8)
    >>> h = hadamard_matrix(92).astype(int)
    >>> bool((h @ h.T == 92 * np.eye(92)).all())
    True
    """
    return normal_form(build(order_or_refuse("n", n)))


def order_or_refuse(name: str, n: object) -> int:
    """Return ``n`` as an int when `hadamard_matrix` has a matrix of that order, or raise an error that says why not."""
    try:
        size = operator.index(n)  # type: ignore[arg-type]
    except TypeError as error:
        raise ArgumentTypeError(f"{name} must be a whole number, got {type(n).__name__}") from error
    if size >= 1 and builds(size):
        return size
    if size > 2 and size % 4 == 0:
        state = "nobody knows one" if size in UNKNOWN else "no construction of one is known to hadimg"
        rule = f"{name} must be the order of a known Hadamard matrix; of this order {state}"
    else:
        rule = f"{name} must be 1, 2 or a multiple of 4, the orders that a Hadamard matrix can have"
    near = nearest_orders(size)
    verb = "are" if len(near) > 1 else "is"
    raise ArgumentError(f"{rule}, got {size}", remedy=f"the nearest {verb} {' and '.join(map(str, near))}")


def nearest_orders(n: int) -> list[int]:
    """Return the nearest orders below and above ``n`` that `hadamard_matrix` knows.

    Parameters
    ----------
    n : int
        Any whole number.

    Examples
    --------
    >>> nearest_orders(668), nearest_orders(3), nearest_orders(0)
    ([664, 672], [2, 4], [1])
    """
    below = next((m for m in range(n - 1, 0, -1) if builds(m)), None)
    above = next(m for m in range(max(n + 1, 1), 4 * max(n, 1) + 5) if builds(m))
    return [above] if below is None else [below, above]


def normal_form(matrix: ArrayLike) -> NDArray[Any]:
    """Return a +-1 matrix with rows and columns negated so that the first row and the first column are +1.

    Parameters
    ----------
    matrix : array_like, shape (n, n)
        Entries +-1. It stays a Hadamard matrix if it is one.

    Examples
    --------
    >>> normal_form([[-1, 1], [1, 1]])
    array([[ 1,  1],
           [ 1, -1]])
    """
    signs = np.asarray(matrix)
    if signs.ndim != 2 or signs.shape[0] != signs.shape[1] or signs.size == 0:
        raise ArgumentError(f"matrix must be square, got shape {signs.shape}")
    if signs.dtype.kind not in "if" or not (np.abs(signs) == 1).all():
        raise ArgumentError("matrix must have entries +1 and -1 of a signed type")
    rows = signs * signs[:1]
    return np.asarray(rows * rows[:, :1])


def is_hadamard(matrix: ArrayLike) -> bool:
    """Return whether a matrix is a Hadamard matrix: square, entries +-1, and ``H @ H.T == n I`` exactly.

    Parameters
    ----------
    matrix : array_like
        Anything; what is not square or not +-1 is none. Entries +-1 alone are not enough.

    Examples
    --------
    >>> is_hadamard([[1, 1], [1, -1]]), is_hadamard([[1, 1], [1, 1]])
    (True, False)
    """
    signs = np.asarray(matrix)
    if signs.ndim != 2 or signs.shape[0] != signs.shape[1] or signs.size == 0 or signs.dtype.kind not in "ifc":
        return False
    if not ((signs == 1) | (signs == -1)).all():
        return False
    exact = signs.real.astype(np.float64)  # sums of +-1 are exact up to 2**53
    return bool((exact @ exact.T == signs.shape[0] * np.eye(signs.shape[0])).all())


def determinant_bound(n: SupportsIndex) -> float:
    r"""Return the logarithm of Hadamard's bound: :math:`\ln |\det M| \le \frac n2 \ln n` for :math:`|m_{ij}| \le 1`.

    A real or complex matrix with entries in the unit disc reaches it exactly when :math:`M M^* = n I`; with entries +-1
    these are the Hadamard matrices. Source: slides, "Hadamard matrix" (S32, S33).

    Parameters
    ----------
    n : int
        Rows of the square matrix, at least 1.

    Returns
    -------
    float
        Compare with ``numpy.linalg.slogdet(M)[1]``.

    Examples
    --------
    >>> bool(np.isclose(np.linalg.slogdet(hadamard_matrix(12))[1], determinant_bound(12)))
    True
    """
    try:
        size = operator.index(n)
    except TypeError as error:
        raise ArgumentTypeError(f"n must be a whole number, got {type(n).__name__}") from error
    if size < 1:
        raise ArgumentError(f"n must be at least 1, got {size}")
    return size / 2 * math.log(size)
