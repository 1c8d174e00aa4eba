"""Surfaces evaluated through their factors: ``rows @ table @ cols.T``, two small matrix products."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import ArrayLike

    from hadimg.masks.base import Float

__all__ = ["outer_products", "tensor_product"]


def tensor_product(rows: Float, table: ArrayLike, cols: Float) -> Float:
    """Return ``rows @ table @ cols.T``, each value the same to the last bit whatever other rows and columns stand by.

    Parameters
    ----------
    rows : ndarray, shape (H, n)
        The basis along the height: one row per row of the surface.
    table : array_like, shape (n, m)
        The coefficients.
    cols : ndarray, shape (W, m)
        The basis along the width: one row per column of the surface.

    Returns
    -------
    ndarray, shape (H, W)
        The surface.

    Examples
    --------
    >>> tensor_product(np.array([[1.0, 2.0]]), np.eye(2), np.array([[1.0, 0.0], [0.0, 1.0]]))
    array([[1., 2.]])
    """
    result: Float = _at_least_two(rows) @ np.asarray(table) @ _at_least_two(cols).T
    return result[: len(rows), : len(cols)]


def outer_products(rows: Float, cols: Float) -> Iterator[Float]:
    """Yield the derivative of `tensor_product` by each coefficient, row by row of the table, one (H, W) at a time.

    Parameters
    ----------
    rows, cols : ndarray, shape (H, n) and (W, m)
        As for `tensor_product`.

    Examples
    --------
    >>> list(outer_products(np.array([[2.0, 3.0]]), np.array([[1.0], [4.0]])))
    [array([[2., 8.]]), array([[ 3., 12.]])]
    """
    for along in rows.T:
        for across in cols.T:
            yield np.outer(along, across)


def _at_least_two(basis: Float) -> Float:
    """Return the basis, a single row twice: products with one row or column are summed in another order."""
    return np.repeat(basis, 2, axis=0) if len(basis) == 1 else basis
