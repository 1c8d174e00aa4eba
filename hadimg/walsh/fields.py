"""Finite fields: the few facts of GF(q) that Hadamard matrices are made of."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Integers = NDArray[np.int64]

__all__ = ["FiniteField", "prime_power"]

IRREDUCIBLE: dict[int, tuple[int, ...]] = {
    9: (1, 0), 49: (1, 0), 121: (1, 0), 361: (1, 0), 529: (1, 0),
    25: (2, 0), 169: (2, 0), 289: (3, 0),
    27: (1, 0, 2), 125: (1, 0, 1), 343: (2, 0, 0),
    81: (2, 0, 0, 1), 625: (2, 0, 0, 0),
    243: (1, 0, 0, 0, 2),
}  # fmt: skip
"""Irreducible polynomials without their leading 1, lowest power first. They fix the bytes of matrices: change none."""


def prime_power(q: int) -> tuple[int, int] | None:
    """Return ``(p, k)`` with ``p`` prime and ``q == p**k``, or None.

    Examples
    --------
    >>> prime_power(27), prime_power(12)
    ((3, 3), None)
    """
    if q < 2:
        return None
    p = next((d for d in range(2, int(q**0.5) + 1) if q % d == 0), q)
    k = 0
    while q % p == 0:
        q //= p
        k += 1
    return (p, k) if q == 1 else None


@dataclass(frozen=True)
class FiniteField:
    """The field of ``p**k`` elements, which are the numbers from 0 on.

    The digits of a number to the base ``p``, the lowest first, are the coefficients of a polynomial. They are added and
    subtracted digit by digit, and multiplied modulo an irreducible polynomial.

    Parameters
    ----------
    p, k : int
        Prime and exponent.

    Examples
    --------
    >>> FiniteField(3, 2).character.tolist()
    [0, 1, 1, 1, -1, -1, 1, -1, -1]
    """

    p: int
    k: int

    @property
    def order(self) -> int:
        """How many elements there are."""
        return int(self.p**self.k)

    @cached_property
    def _digits(self) -> Integers:
        return np.arange(self.order)[:, np.newaxis] // self.p ** np.arange(self.k) % self.p

    def _numbers(self, digits: Integers) -> Integers:
        return np.asarray(digits % self.p @ self.p ** np.arange(self.k), dtype=np.int64)

    @cached_property
    def polynomial(self) -> tuple[int, ...]:
        """The irreducible polynomial without its leading 1, lowest power first; empty for prime fields."""
        if self.k == 1:
            return (0,)
        known = IRREDUCIBLE.get(self.order)
        return known or next(c for c in itertools.product(range(self.p), repeat=self.k) if self._is_irreducible(c))

    def _is_irreducible(self, polynomial: tuple[int, ...]) -> bool:
        """Return whether no monic polynomial of up to half the degree divides this one."""
        for degree in range(1, self.k // 2 + 1):
            for low in itertools.product(range(self.p), repeat=degree):
                rest = [*polynomial, 1]
                for top in range(self.k, degree - 1, -1):
                    factor = rest[top]
                    for place, coefficient in enumerate((*low, 1)):
                        rest[top - degree + place] = (rest[top - degree + place] - factor * coefficient) % self.p
                if not any(rest[:degree]):
                    return False
        return True

    def multiply(self, a: Integers, b: Integers) -> Integers:
        """Return products of elements, element by element."""
        first, second = self._digits[a], self._digits[b]
        product = np.zeros((*first.shape[:-1], 2 * self.k - 1), dtype=np.int64)
        for power in range(self.k):
            product[..., power : power + self.k] += first[..., power : power + 1] * second
        for top in range(2 * self.k - 2, self.k - 1, -1):
            product[..., top - self.k : top] -= product[..., top : top + 1] % self.p * np.array(self.polynomial)
        return self._numbers(product[..., : self.k])

    def subtract(self, a: Integers, b: Integers) -> Integers:
        """Return differences of elements, digit by digit."""
        result = np.zeros(np.broadcast_shapes(a.shape, b.shape), dtype=np.int64)
        for digit in range(self.k):
            result += (self._digits[a, digit] - self._digits[b, digit]) % self.p * self.p**digit
        return result

    @cached_property
    def character(self) -> NDArray[np.int8]:
        """The quadratic character of each element: 0 of zero, 1 of squares, -1 of all others."""
        everything = np.arange(self.order)
        result = np.full(self.order, -1, dtype=np.int8)
        result[self.multiply(everything, everything)] = 1
        result[0] = 0
        return result

    @cached_property
    def differences(self) -> NDArray[np.int8]:
        """Jacobsthal's matrix: the character of ``i - j`` at row ``i``, column ``j``."""
        everything = np.arange(self.order)
        return np.asarray(self.character[self.subtract(everything[:, np.newaxis], everything)])
