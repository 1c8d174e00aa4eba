"""Sequences and difference sets that Hadamard matrices of stubborn orders are made of."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from hadimg.walsh.fields import FiniteField, prime_power

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Signs = NDArray[np.int8]

__all__ = [
    "DIFFERENCE_SETS",
    "circulant",
    "difference_set_rows",
    "has_t_sequences",
    "has_turyn_rows",
    "t_sequences",
    "turyn_rows",
]


class DifferenceSets(NamedTuple):
    """Four supplementary difference sets modulo a prime, made of the cosets of a subgroup.

    Parameters
    ----------
    root : int
        The smallest primitive root of the prime.
    cosets : int
        How many cosets the subgroup has; coset i holds the powers of the root that leave the remainder i.
    masks : tuple of int
        For each of the four sequences, bit i says that it is -1 on coset i.
    """

    root: int
    cosets: int
    masks: tuple[int, int, int, int]


DIFFERENCE_SETS: dict[int, DifferenceSets] = {
    23: DifferenceSets(5, 11, (0xE5, 0x43F, 0x12A, 0x20F)),
    29: DifferenceSets(2, 14, (0xB4F, 0x781, 0x207A, 0x134B)),
    43: DifferenceSets(3, 7, (0x2C, 0x4D, 0x7, 0x19)),
    67: DifferenceSets(2, 22, (0x2EEF9, 0xFC51D, 0x205DC7, 0xCC7BE)),
    103: DifferenceSets(5, 34, (0x17B1B4272, 0xC5A4FE54, 0x1992A5FB5, 0x2EFA77A5)),
    127: DifferenceSets(3, 18, (0x15CC9, 0x12F63, 0x17791, 0x349CD)),
    151: DifferenceSets(6, 30, (0x3ED50255, 0x2B9C2710, 0x22F196AB, 0xDA5DA56)),
    163: DifferenceSets(2, 18, (0x30BB3, 0x2A366, 0xBB07, 0x2B1D0)),
}
"""By the prime t, for the order 4 t. 103 and 151: Djokovic 1994; the others were found by search."""

TURYN_TYPE = {16: "0000778e52de5561", 20: "000038e2739c7a0b6951", 36: "060989975b685d8fc80750b21c0212eceb26"}
"""By the length n: one hexadecimal digit a place, its bits 8 4 2 1 say where X Y Z W are -1; the last has no W.

Best, Djokovic, Kharaghani and Ramp 2012; Kharaghani and Tayfeh-Rezaie 2005.
"""
SEVEN = "ABBbCDC"
"""T-sequences of length 7: which of the four is not zero at a place; a small letter says -1."""


def circulant(row: Signs) -> Signs:
    """Return the matrix whose rows are a row and its shifts to the right.

    Examples
    --------
    >>> circulant(np.array([1, 2, 3])).tolist()
    [[1, 2, 3], [3, 1, 2], [2, 3, 1]]
    """
    places = np.arange(row.size)
    return np.asarray(row[(places - places[:, np.newaxis]) % row.size])


def difference_set_rows(prime: int) -> list[Signs]:
    """Return four rows of +-1 whose circulants P have ``sum(P @ P.T) == 4 * prime * I``.

    Examples
    --------
    >>> [row[:4].tolist() for row in difference_set_rows(23)]
    [[1, -1, -1, -1], [1, -1, -1, -1], [1, 1, 1, -1], [1, -1, -1, 1]]
    """
    root, cosets, masks = DIFFERENCE_SETS[prime]
    powers = np.array([pow(root, exponent, prime) for exponent in range(prime - 1)])
    rows = []
    for mask in masks:
        row = np.ones(prime, dtype=np.int8)
        row[powers[[mask >> exponent % cosets & 1 == 1 for exponent in range(prime - 1)]]] = -1
        rows.append(row)
    return rows


def has_turyn_rows(w: int) -> bool:
    """Return whether `turyn_rows` knows the order ``w``: 1, or ``2 w - 1`` a prime power of remainder 1 by 4.

    Examples
    --------
    >>> [w for w in range(20) if has_turyn_rows(w)]
    [1, 3, 5, 7, 9, 13, 15, 19]
    """
    return w == 1 or ((2 * w - 1) % 4 == 1 and prime_power(2 * w - 1) is not None)


def turyn_rows(w: int) -> list[Signs]:
    """Return the first rows of four symmetric circulants of order ``w`` whose squares sum to ``4 w I`` (Turyn).

    Examples
    --------
    >>> [row.tolist() for row in turyn_rows(3)]
    [[1, -1, -1], [-1, -1, -1], [1, -1, -1], [1, -1, -1]]
    """
    if w == 1:
        return [np.ones(1, dtype=np.int8)] * 4
    q = 2 * w - 1
    known = prime_power(q)
    assert known is not None, "has_turyn_rows has asked"
    field = FiniteField(*known)
    powers = _powers_of_a_primitive_element(field)
    x0, x1 = powers[0]

    def determinants(exponents: NDArray[np.int64]) -> Signs:
        y0, y1 = powers[exponents % (q * q - 1)].T
        zero = np.zeros_like(y0)
        one, other = field.multiply(zero + x0, y1), field.multiply(zero + x1, y0)
        return np.asarray(field.character[field.subtract(one, other)])

    steps = 4 * np.arange(w)
    a, b = determinants(steps), determinants(steps + w)
    first = np.eye(1, w, dtype=np.int8)[0]
    return [a + first, a - first, b, b]


def _powers_of_a_primitive_element(field: FiniteField) -> NDArray[np.int64]:
    """Return the powers of a primitive element of GF(q**2) as pairs of elements of GF(q); the first one is 1."""
    q = field.order
    non_square = int(np.flatnonzero(field.character == -1)[0])
    minus_non_square = field.subtract(np.array([0]), np.array([non_square]))

    def times(x: NDArray[np.int64], y: NDArray[np.int64]) -> NDArray[np.int64]:
        """Multiply ``x0 + x1 s`` by ``y0 + y1 s``, where ``s * s`` is the non-square."""
        multiply, subtract = field.multiply, field.subtract
        negative = subtract(np.zeros_like(x), x)
        real = subtract(multiply(x[:1], y[:1]), multiply(multiply(x[1:], y[1:]), minus_non_square))
        return np.concatenate([real, subtract(multiply(x[:1], y[1:]), multiply(negative[1:], y[:1]))])

    one = np.array([1, 0])
    for candidate in range(q, q * q):
        g = np.array([candidate % q, candidate // q])
        powers = [one]
        while True:
            following = times(powers[-1], g)
            if (following == one).all():
                break
            powers.append(following)
        if len(powers) == q * q - 1:
            return np.array(powers)
    raise AssertionError("every finite field has a primitive element")  # pragma: no cover


def has_t_sequences(t: int) -> bool:
    """Return whether `t_sequences` knows the length ``t``.

    Examples
    --------
    >>> [t for t in range(60) if has_t_sequences(t)]
    [2, 3, 5, 7, 9, 17, 33, 47, 59]
    """
    golay = t - 1
    return t == 7 or (golay >= 1 and golay & (golay - 1) == 0) or (t % 3 == 2 and (t + 1) // 3 in TURYN_TYPE)


def t_sequences(t: int) -> list[Signs]:
    """Return four sequences of 0 and +-1, one not zero at each place, whose autocorrelations sum to 0.

    Examples
    --------
    >>> [row.tolist() for row in t_sequences(3)]
    [[1, 0, 0], [0, 1, 0], [0, 0, 1], [0, 0, 0]]
    """
    if t == 7:
        rows = [[(place == letter) - (place == letter.lower()) for place in SEVEN] for letter in "ABCD"]
        return [np.array(row, dtype=np.int8) for row in rows]
    golay = t - 1
    return _from_golay(golay) if golay & (golay - 1) == 0 else _from_turyn_type((t + 1) // 3)


def _from_golay(length: int) -> list[Signs]:
    a = b = np.ones(1, dtype=np.int8)
    while a.size < length:
        a, b = np.concatenate([a, b]), np.concatenate([a, -b])
    zero = np.zeros(1, dtype=np.int8)
    lone = np.concatenate([zero + 1, np.zeros_like(a)])
    return [lone, np.concatenate([zero, (a + b) // 2]), np.concatenate([zero, (a - b) // 2]), np.zeros_like(lone)]


def _from_turyn_type(n: int) -> list[Signs]:
    digits = np.array([int(digit, 16) for digit in TURYN_TYPE[n]])
    digits[-1] <<= 1  # the last place has no W, and its three bits stand one lower
    x, y, z, w = ((1 - 2 * (digits >> bit & 1)).astype(np.int8) for bit in (3, 2, 1, 0))
    w = w[:-1]

    def placed(row: Signs, start: int) -> Signs:
        result = np.zeros(3 * n - 1, dtype=np.int8)
        result[start : start + row.size] = row
        return result

    return [placed(z, 0), placed(w, n), placed((x + y) // 2, 2 * n - 1), placed((x - y) // 2, 2 * n - 1)]
