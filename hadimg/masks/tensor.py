"""Surfaces evaluated through their factors: ``rows @ table @ cols.T``, two products with small matrices."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import ArrayLike

    from hadimg.masks.base import Float

__all__ = ["outer_products", "tensor_gram", "tensor_product"]

BLOCK_VALUES = 1 << 16
"""Values that stay in the cache while their terms are added up."""


def tensor_product(rows: Float, table: ArrayLike, cols: Float, *, paired: bool = False) -> Float:
    """Return ``rows @ table @ cols.T``, each value the same to the last bit whatever other rows and columns stand by.

    A BLAS does not promise that: it sums in an order that depends on the sizes of the matrices. Here the terms are
    added in the order of the coefficients, and those of functions that vanish nearby, as splines do, cost nothing.

    Parameters
    ----------
    rows : ndarray, shape (H, n)
        The basis along the height: one row per row of the surface.
    table : array_like, shape (n, m)
        The coefficients.
    cols : ndarray, shape (W, m)
        The basis along the width: one row per column of the surface.
    paired : bool
        Whether each row of the surface is wanted at one column only, the one with the same number.

    Returns
    -------
    ndarray, shape (H, W), or (H, 1) if paired
        The surface.

    Examples
    --------
    >>> tensor_product(np.array([[1.0, 2.0]]), np.eye(2), np.array([[1.0, 0.0], [0.0, 1.0]]))
    array([[1., 2.]])
    """
    heights = np.asarray(table, dtype=np.float64)
    if paired:
        total = np.zeros((len(rows), 1))
        for down, across in zip(rows.T, ordered_product(cols, heights.T).T, strict=True):
            total[:, 0] += down * across
        return total
    return ordered_product(rows, np.ascontiguousarray(ordered_product(cols, heights.T).T))


def ordered_product(basis: Float, table: Float) -> Float:
    """Return ``basis @ table``, every sum in the order of the columns of ``basis``."""
    height, width = len(basis), table.shape[1]
    rows = min(height, max(1, BLOCK_VALUES // width))
    result, term = np.zeros((height, width)), np.empty((rows, width))
    for start in range(0, height, rows):
        block, total = basis[start : start + rows], result[start : start + rows]
        for k in np.flatnonzero(block.any(axis=0)):
            total += np.multiply(block[:, k, np.newaxis], table[k], out=term[: len(block)])
    return result


def outer_products(rows: Float, cols: Float) -> Iterator[Float]:
    """Yield the derivative of `tensor_product` by each coefficient, row by row of the table, one (H, W) at a time.

    By the simple product rule they are the rows of the Kronecker product of both bases: each is the outer product of a
    column of ``rows`` and a column of ``cols``.

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


def tensor_gram(rows: Float, cols: Float, field: Float) -> Float:
    """Return the sums over pixels of field times the product of each two `outer_products`, shape (n * m, n * m).

    Through the factors, without an outer product: the rows' products of two functions, times the field, times those of
    the columns.

    Parameters
    ----------
    rows, cols : ndarray, shape (H, n) and (W, m)
        As for `tensor_product`.
    field : ndarray, shape (H, W)
        What each pixel counts for.

    Examples
    --------
    >>> tensor_gram(np.array([[2.0, 3.0]]), np.array([[1.0], [4.0]]), np.array([[1.0, 1.0]]))
    array([[ 68., 102.],
           [102., 153.]])
    """
    n, m = rows.shape[1], cols.shape[1]
    pairs_of_rows, pairs_of_cols = ((basis[:, :, np.newaxis] * basis[:, np.newaxis]) for basis in (rows, cols))
    sums = pairs_of_rows.reshape(-1, n * n).T @ (field @ pairs_of_cols.reshape(-1, m * m))
    result: Float = sums.reshape(n, n, m, m).transpose(0, 2, 1, 3).reshape(n * m, n * m)
    return result
