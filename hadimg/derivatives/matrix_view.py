"""A derivative seen as a matrix: its rows and columns in chunks, its Gram matrix, and all of it where it is small."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING

import numpy as np

from hadimg.array_checks import check_bytes
from hadimg.derivatives.arguments import finite_array, size, whole_number
from hadimg.errors import ArgumentError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import ArrayLike

    from hadimg.derivatives.arguments import Float, Shape

__all__ = ["MatrixView"]

DENSE_BYTES = 2**28
"""What a derivative written out as a matrix may take, unless told otherwise."""
CHUNK_BYTES = 2**24
"""What a chunk of rows or columns takes at most, unless told otherwise or a single one takes more."""


class MatrixView(ABC):
    """What follows for a derivative from its two products with arrays alone."""

    in_shape: Shape
    out_shape: Shape

    @abstractmethod
    def jvp(self, change: ArrayLike) -> Float:
        """Return the change of Y that a change of Z makes."""

    @abstractmethod
    def vjp(self, weights: ArrayLike) -> Float:
        """Return the gradient by Z of ``sum(weights * Y)``."""

    def rows(self, start: int, stop: int) -> Float:
        """Return rows ``start`` to ``stop`` of the matrix, shape (stop - start, #Y).

        Parameters
        ----------
        start, stop : int
            Numbers of the first row and of the one behind the last.

        Examples
        --------
        >>> from hadimg.derivatives import identity
        >>> identity((3,)).rows(1, 2)
        array([[0., 1., 0.]])
        """
        return _results(self.jvp, self.in_shape, self.out_shape, start, stop)

    def columns(self, start: int, stop: int) -> Float:
        """Return columns ``start`` to ``stop`` of the matrix, shape (#Z, stop - start).

        Parameters
        ----------
        start, stop : int
            Numbers of the first column and of the one behind the last.

        Examples
        --------
        >>> from hadimg.derivatives import identity
        >>> identity((3,)).columns(1, 2)
        array([[0.],
               [1.],
               [0.]])
        """
        return _results(self.vjp, self.out_shape, self.in_shape, start, stop).T

    def row_chunks(self, *, max_bytes: int = CHUNK_BYTES) -> Iterator[tuple[slice, Float]]:
        """Yield all rows in order, as many at a time as take ``max_bytes``, but at least one.

        Parameters
        ----------
        max_bytes : int
            Size of a chunk.

        Yields
        ------
        (slice, ndarray)
            Which rows, and the rows.

        Examples
        --------
        >>> from hadimg.derivatives import identity
        >>> [(where.start, chunk.shape) for where, chunk in identity((5,)).row_chunks(max_bytes=80)]
        [(0, (2, 5)), (2, (2, 5)), (4, (1, 5))]
        """
        for where in _chunks(size(self.in_shape), size(self.out_shape), max_bytes):
            yield where, self.rows(where.start, where.stop)

    def column_chunks(self, *, max_bytes: int = CHUNK_BYTES) -> Iterator[tuple[slice, Float]]:
        """Yield all columns in order, as many at a time as take ``max_bytes``, but at least one.

        Parameters
        ----------
        max_bytes : int
            Size of a chunk.

        Yields
        ------
        (slice, ndarray)
            Which columns, and the columns.

        Examples
        --------
        >>> from hadimg.derivatives import identity
        >>> [(where.start, chunk.shape) for where, chunk in identity((5,)).column_chunks(max_bytes=120)]
        [(0, (5, 3)), (3, (5, 2))]
        """
        for where in _chunks(size(self.out_shape), size(self.in_shape), max_bytes):
            yield where, self.columns(where.start, where.stop)

    def gram(self, weights: ArrayLike | None = None, *, max_bytes: int = DENSE_BYTES) -> Float:
        """Return the weighted Gram matrix ``dY D(v) dY'``, row by row; only it is stored, and two arrays like Y.

        Parameters
        ----------
        weights : array_like, shape ``out_shape``, optional
            The elements of v; 1 by default. The matrix is positive semidefinite where none is below zero.
        max_bytes : int
            How large the result may be.

        Returns
        -------
        ndarray of float64, shape (#Z, #Z)
            Symmetric.

        Raises
        ------
        LimitError
            When the result would be larger than ``max_bytes``.

        Examples
        --------
        >>> from hadimg.derivatives import from_matrix
        >>> from_matrix([[1, 2, 0], [0, 1, 3]], (2,), (3,)).gram([1, 10, 100])
        array([[ 41.,  20.],
               [ 20., 910.]])
        """
        count = size(self.in_shape)
        check_bytes("the Gram matrix", (count, count), max_bytes)
        factors = None if weights is None else finite_array("weights", weights, self.out_shape)
        gram = np.empty((count, count))
        for place in range(count):
            row = self.rows(place, place + 1).reshape(self.out_shape)
            gram[place] = self.vjp(row if factors is None else row * factors).ravel()
        return (gram + gram.T) / 2

    def dense(self, *, max_bytes: int = DENSE_BYTES) -> Float:
        """Return the derivative as a matrix.

        Parameters
        ----------
        max_bytes : int
            How large it may be.

        Returns
        -------
        ndarray of float64, shape (#Z, #Y)
            Row i is the derivative of vec(Y) by element i of vec(Z).

        Raises
        ------
        LimitError
            When it would be larger than ``max_bytes``.

        Examples
        --------
        >>> from hadimg.derivatives import identity
        >>> identity((2,)).dense()
        array([[1., 0.],
               [0., 1.]])
        """
        height, width = size(self.in_shape), size(self.out_shape)
        check_bytes("the derivative as a matrix", (height, width), max_bytes)
        return self.rows(0, height) if height <= width else np.ascontiguousarray(self.columns(0, width))


def _results(apply: Callable[[ArrayLike], Float], in_shape: Shape, out_shape: Shape, start: int, stop: int) -> Float:
    """Return, one a row, what a product gives for the arrays with a single one at each of the places asked for."""
    if not 0 <= start < stop <= size(in_shape):
        raise ArgumentError(f"start and stop must be places from 0 to {size(in_shape)} in order, got {start}, {stop}")
    results = np.empty((stop - start, size(out_shape)))
    unit = np.zeros(in_shape)
    for row, place in enumerate(range(start, stop)):
        unit.flat[place] = 1.0
        results[row] = apply(unit).ravel()
        unit.flat[place] = 0.0
    return results


def _chunks(count: int, length: int, max_bytes: int) -> Iterator[slice]:
    step = max(1, whole_number("max_bytes", max_bytes) // (8 * length))
    for start in range(0, count, step):
        yield slice(start, min(start + step, count))
