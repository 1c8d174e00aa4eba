r"""The orders of Walsh functions, as index arrays in closed form: one table for lines, one for pictures.

Row i of Sylvester's matrix has :math:`H_{ij} = (-1)^{popcount(i \wedge j)}`: the natural order. The same rows stand in
the dyadic (Paley) order by reversed bits, and in the sequency (Walsh) order by their number of sign changes. A picture
has one sequency down (``sr``) and one across (``sc``); a single-pixel camera measures the coefficients that carry most
of a scene first, which is what the orders of pictures are about.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from hadimg.errors import ArgumentError

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    Indices = NDArray[np.intp]

__all__ = ["ORDERS", "sign_changes", "walsh_order"]


def _bits(n: int) -> int:
    return n.bit_length() - 1


def reversed_bits(indices: Indices, bits: int) -> Indices:
    """Return indices with their lowest ``bits`` bits in reverse.

    Examples
    --------
    >>> reversed_bits(np.arange(4), 2).tolist()
    [0, 2, 1, 3]
    """
    result = np.zeros_like(indices)
    for bit in range(bits):
        result = result << 1 | indices >> bit & 1
    return result


def natural_rows(n: int) -> Indices:
    """Return the natural row at each place of the natural order: the place itself.

    Examples
    --------
    >>> natural_rows(4).tolist()
    [0, 1, 2, 3]
    """
    return np.arange(n)


def dyadic_rows(n: int) -> Indices:
    """Return the natural row at each place of the dyadic (Paley) order: ``rev(r)``.

    Examples
    --------
    >>> dyadic_rows(8).tolist()
    [0, 4, 2, 6, 1, 5, 3, 7]
    """
    return reversed_bits(np.arange(n), _bits(n))


def sequency_rows(n: int) -> Indices:
    """Return the natural row at each place of the sequency (Walsh) order: ``rev(gray(r))``.

    Examples
    --------
    >>> sequency_rows(8).tolist()
    [0, 4, 6, 2, 3, 7, 5, 1]
    """
    places = np.arange(n)
    return reversed_bits(places ^ places >> 1, _bits(n))


ORDERS: dict[str, Callable[[int], Indices]] = {
    "natural": natural_rows,
    "dyadic": dyadic_rows,
    "sequency": sequency_rows,
}
"""The orders of the rows of a matrix of a power of two."""


def walsh_order(n: int, order: str = "sequency") -> Indices:
    """Return the row of the natural order that stands at each place of another order.

    Parameters
    ----------
    n : int
        A power of two; of other orders of Hadamard matrices only ``"natural"`` exists, since their rows have no
        distinct numbers of sign changes.
    order : str
        A name of the table `ORDERS`.

    Returns
    -------
    ndarray of intp, shape (n,)
        With it, ``hadamard_matrix(n)[walsh_order(n, order)]`` is the matrix in that order.

    Raises
    ------
    ArgumentError
        When the name is unknown or ``n`` is no power of two.

    Examples
    --------
    >>> walsh_order(16).tolist()
    [0, 8, 12, 4, 6, 14, 10, 2, 3, 11, 15, 7, 5, 13, 9, 1]
    """
    if order not in ORDERS:
        raise ArgumentError(f"order must be one of {', '.join(map(repr, ORDERS))}, got {order!r}")
    if n < 1 or (order != "natural" and n & (n - 1)):
        above = 1 << max(n, 1).bit_length()
        raise ArgumentError(
            f"the order {order!r} exists for powers of two only, got the length {n}",
            remedy=f"take the order 'natural', or the next power of two, {above}",
        )
    return ORDERS[order](n)


def sign_changes(matrix: NDArray[np.integer]) -> Indices:
    """Return how often each row changes its sign: its sequency.

    Examples
    --------
    >>> from hadimg.walsh.matrices import hadamard_matrix
    >>> sign_changes(hadamard_matrix(8)).tolist()
    [0, 7, 3, 4, 1, 6, 2, 5]
    """
    return np.asarray((matrix[:, 1:] != matrix[:, :-1]).sum(axis=1))
