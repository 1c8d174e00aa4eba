"""Hadamard matrices of the orders that doubling does not reach: one pair of functions a construction.

The first tells whether the construction gives a matrix of an order, the second makes it, not in normal form. Sources:
Paley 1933; Miyamoto 1991; Goethals and Seidel 1967; Turyn 1972 and 1974; Cooper and Wallis 1972.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from hadimg.walsh.fields import FiniteField, prime_power
from hadimg.walsh.sequences import (
    DIFFERENCE_SETS,
    circulant,
    difference_set_rows,
    has_t_sequences,
    has_turyn_rows,
    t_sequences,
    turyn_rows,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    Signs = NDArray[np.int8]

__all__ = ["CONSTRUCTIONS", "Construction", "build", "builds"]


class Construction(NamedTuple):
    """One way to make Hadamard matrices.

    Parameters
    ----------
    applies : callable
        From an order, a multiple of 4, to whether there is a matrix.
    make : callable
        From such an order to the matrix.
    """

    applies: Callable[[int], bool]
    make: Callable[[int], Signs]


def _is_field(q: int, remainder: int) -> bool:
    return q % 4 == remainder and prime_power(q) is not None


def _field(q: int) -> FiniteField:
    known = prime_power(q)
    assert known is not None, "the construction applies"
    return FiniteField(*known)


def _kronecker_factor(n: int) -> int | None:
    return next((a for a in range(4, n // 4 + 1, 4) if n % a == 0 and builds(a) and builds(n // a)), None)


def kronecker_product(n: int) -> Signs:
    """Return the Kronecker product of two smaller ones."""
    a = _kronecker_factor(n)
    assert a is not None, "the construction applies"
    return np.asarray(np.kron(build(a), build(n // a)))


def _bordered(core: Signs, left: int) -> Signs:
    """Put a zero in the corner, ones above and ``left`` beside a matrix."""
    result = np.ones((core.shape[0] + 1, core.shape[1] + 1), dtype=np.int8)
    result[1:, 0] = left
    result[0, 0] = 0
    result[1:, 1:] = core
    return result


def paley_one(n: int) -> Signs:
    """Return ``I + [[0, 1], [-1, Q]]`` for the field of ``n - 1`` elements."""
    return np.eye(n, dtype=np.int8) + _bordered(_field(n - 1).differences, -1)


def paley_two(n: int) -> Signs:
    """Return ``C (x) [[1, 1], [1, -1]] + I (x) [[1, -1], [-1, -1]]`` for the field of ``n / 2 - 1`` elements."""
    conference = _bordered(_field(n // 2 - 1).differences, 1)
    identity = np.eye(n // 2, dtype=np.int8)
    one, other = np.array([[1, 1], [1, -1]], np.int8), np.array([[1, -1], [-1, -1]], np.int8)
    return np.asarray(np.kron(conference, one) + np.kron(identity, other))


def miyamoto(n: int) -> Signs:
    """Return Miyamoto's matrix for the field of ``n / 4`` elements and a Hadamard matrix of one order less."""
    field, inner = _field(n // 4), build(n // 4 - 1)
    half = inner.shape[0] // 2
    squares_first = np.argsort(-field.character[1:], kind="stable") + 1
    core = field.differences[np.ix_(squares_first, squares_first)]
    c11, c12, c22 = core[:half, :half], core[:half, half:], core[half:, half:]
    k1, k2, k3, k4 = inner[:half, :half], inner[:half, half:], -inner[half:, :half], inner[half:, half:]
    zero, one = np.zeros((half, half), np.int8), np.eye(half, dtype=np.int8)
    u = [[-c11, c12, zero, zero], [c12.T, c22, zero, zero], [zero, zero, -c11, c12], [zero, zero, c12.T, c22]]
    v = [[one, zero, k1, k2], [zero, one, k3, k4], [k1.T, k3.T, one, zero], [k2.T, k4.T, zero, one]]
    signs = [[1, 1, 1, 1], [-1, 1, 1, -1], [-1, -1, 1, 1], [-1, 1, -1, 1]]
    rows = []
    for i in range(4):
        row = []
        for j in range(4):
            both, apart = u[i][j] + v[i][j], u[i][j] - v[i][j]
            block = _bordered(np.block([[both, apart], [apart, both]]), -1 if i == j else 1)
            block[0, 0], block[0, 1:] = 1, block[1:, 0]
            row.append(signs[i][j] * block)
        rows.append(row)
    return np.asarray(np.block(rows))


def _goethals_seidel(parts: list[Signs], reverse: Signs) -> Signs:
    a, b, c, d = parts
    br, cr, dr = b @ reverse, c @ reverse, d @ reverse
    bt, ct, dt = b.T @ reverse, c.T @ reverse, d.T @ reverse
    rows = [[a, br, cr, dr], [-br, a, dt, -ct], [-cr, -dt, a, bt], [-dr, ct, -bt, a]]
    return np.asarray(np.block(rows))


def difference_sets(n: int) -> Signs:
    """Return Goethals's and Seidel's array of four circulants from supplementary difference sets."""
    rows = difference_set_rows(n // 4)
    return _goethals_seidel([circulant(row) for row in rows], np.eye(n // 4, dtype=np.int8)[::-1])


def _t_length(n: int) -> int | None:
    quarter = n // 4
    lengths = (t for t in range(quarter, 1, -1) if quarter % t == 0)
    return next((t for t in lengths if has_t_sequences(t) and has_turyn_rows(quarter // t)), None)


def t_sequences_times_williamson(n: int) -> Signs:
    """Return Goethals's and Seidel's array of T-sequences with Turyn's Williamson matrices in their places."""
    t = _t_length(n)
    assert t is not None, "the construction applies"
    return _combined([circulant(x) for x in t_sequences(t)], [circulant(row) for row in turyn_rows(n // 4 // t)])


def _combined(x: list[Signs], williamson: list[Signs]) -> Signs:
    a, b, c, d = williamson
    plan = [(a, b, c, d), (-b, a, d, -c), (-c, -d, a, b), (-d, c, -b, a)]
    products = ([np.kron(one, two) for one, two in zip(x, row, strict=True)] for row in plan)
    parts: list[Signs] = [np.asarray(np.sum(each, axis=0, dtype=np.int8)) for each in products]
    reverse = np.kron(np.eye(x[0].shape[0], dtype=np.int8)[::-1], np.eye(a.shape[0], dtype=np.int8))
    return _goethals_seidel(parts, reverse)


@functools.cache
def builds(n: int) -> bool:
    """Return whether there is a matrix of order ``n`` here, without making it.

    Examples
    --------
    >>> builds(664), builds(668), builds(2 * 668), builds(6)
    (True, False, False, False)
    """
    if n in (1, 2):
        return True
    return n > 0 and n % 4 == 0 and (builds(n // 2) or any(rule.applies(n) for rule in CONSTRUCTIONS.values()))


@functools.cache
def base_order(n: int) -> int:
    """Return the smallest order that ``n`` is reached from by doubling.

    Examples
    --------
    >>> base_order(64), base_order(96), base_order(1784)
    (1, 12, 1784)
    """
    while n % 2 == 0 and builds(n // 2):
        n //= 2
    return n


def build(n: int) -> Signs:
    """Return a matrix of an order that `builds` knows.

    Doubling comes first, so that the matrix is the Kronecker product of one for a power of two and one for the rest.

    Examples
    --------
    >>> build(12).shape
    (12, 12)
    """
    base = base_order(n)
    matrix = np.ones((1, 1), np.int8)
    if base > 1:
        matrix = next(rule for rule in CONSTRUCTIONS.values() if rule.applies(base)).make(base)
    while matrix.shape[0] < n:
        matrix = np.block([[matrix, matrix], [matrix, -matrix]])
    return matrix


CONSTRUCTIONS: dict[str, Construction] = {
    "Kronecker": Construction(lambda n: _kronecker_factor(n) is not None, kronecker_product),
    "Paley I": Construction(lambda n: _is_field(n - 1, 3), paley_one),
    "Paley II": Construction(lambda n: _is_field(n // 2 - 1, 1), paley_two),
    "Miyamoto": Construction(lambda n: _is_field(n // 4, 1) and builds(n // 4 - 1), miyamoto),
    "Goethals-Seidel": Construction(lambda n: n // 4 in DIFFERENCE_SETS, difference_sets),
    "T-sequences": Construction(lambda n: _t_length(n) is not None, t_sequences_times_williamson),
}
"""In the order in which they are tried where doubling fails. It fixes the bytes of matrices: it never changes."""
