"""Second derivatives added up over pixels at once, so that no picture of them is ever kept."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from hadimg.masks.base import Float

__all__ = ["bordered", "contracted", "cross", "gram", "stacked"]


def stacked(partials: Iterable[Float | float], shape: tuple[int, ...]) -> Float:
    """Return partial derivatives as rows, shape (P, N), each of them spread over ``shape`` first.

    Examples
    --------
    >>> stacked([np.eye(2), 0.0], (2, 2))
    array([[1., 0., 0., 1.],
           [0., 0., 0., 0.]])
    """
    rows = [np.broadcast_to(partial, shape).ravel() for partial in partials]
    return np.stack(rows) if rows else np.empty((0, int(np.prod(shape))))


def cross(field: Float, left: Float, right: Float) -> Float:
    """Return ``left @ D(field) @ right.T``: the sums over pixels of field times one row of each.

    Parameters
    ----------
    field : ndarray
        N numbers.
    left, right : ndarray, shape (P, N) and (Q, N)
        As `stacked` returns them.
    """
    result: Float = (left * field.ravel()) @ right.T
    return result


def gram(field: Float, partials: Iterable[Float | float]) -> Float:
    """Return the sums over pixels of field times the product of each two partial derivatives, shape (P, P).

    Examples
    --------
    >>> gram(np.array([1.0, 2.0]), [np.array([1.0, 1.0]), 3.0])
    array([[ 3.,  9.],
           [ 9., 27.]])
    """
    rows = stacked(partials, field.shape)
    return cross(field, rows, rows)


def contracted(field: Float, upper: Sequence[Sequence[Float | float]]) -> Float:
    """Return the sums over pixels of field times each second derivative, shape (P, P).

    Parameters
    ----------
    field : ndarray
        What each pixel counts for.
    upper : sequence of rows
        The upper triangle of the second derivatives, from the diagonal on; numbers hold for all pixels.

    Examples
    --------
    >>> contracted(np.array([1.0, 2.0]), [[np.array([1.0, 1.0]), 0.0], [5.0]])
    array([[ 3.,  0.],
           [ 0., 15.]])
    """
    size = len(upper)
    total = float(field.sum())
    result = np.empty((size, size))
    for k, row in enumerate(upper):
        for n, second in enumerate(row, start=k):
            flat = isinstance(second, float)
            result[k, n] = result[n, k] = total * second if flat else float((field * second).sum())
    return result


def bordered(inner: Float, mixed: Sequence[float], last: float) -> Float:
    """Return a symmetric matrix with one more row and column.

    Examples
    --------
    >>> bordered(np.array([[1.0]]), [2.0], 3.0)
    array([[1., 2.],
           [2., 3.]])
    """
    column = np.reshape(mixed, (-1, 1))
    return np.block([[inner, column], [column.T, np.full((1, 1), last)]])
