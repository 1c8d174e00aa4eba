"""What the data can tell of the parameters: rank, condition, and directions that change nothing, in words."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Float = NDArray[np.float64]

__all__ = ["Identifiability", "Triangle", "correlation_warnings", "identify", "triangle"]

DEFICIENT = 1e-10
"""Smallest over largest singular value below which a direction changes nothing."""
WEAK = 1e-5
"""The same, below which parameters are told apart with few digits only."""
PART = 0.01
"""The share of the largest component from which on a parameter is part of a direction."""
CORRELATED = 0.99
TOLD = 3
"""How many members of a large group are named."""


class Triangle(NamedTuple):
    """Rows in their shortest form: an upper triangle with columns of length 1, and the lengths that they had.

    Parameters
    ----------
    factor : ndarray, shape (F, F)
        ``factor.T @ factor`` is the Gauss-Newton matrix with a diagonal of ones, or zero where a column is.
    length : ndarray, shape (F,)
        Lengths of the columns.
    """

    factor: Float
    length: Float

    def part(self, chosen: NDArray[np.bool_]) -> Triangle:
        """Return the triangle of some of the columns."""
        return triangle(self.factor[:, chosen] * self.length[chosen])


class Identifiability(NamedTuple):
    """What the data can tell.

    Parameters
    ----------
    rank : int
        How many directions change the picture.
    condition : float or None
        Largest over smallest singular value of the normalised triangle, over parameters that change something; None
        where it is infinite.
    directions : tuple of dict
        Each a direction of length 1, in units of the columns, that changes nothing: components by name.
    warnings : tuple of str
        The same in words, with the way out.
    """

    rank: int
    condition: float | None
    directions: tuple[dict[str, float], ...]
    warnings: tuple[str, ...]


def triangle(jacobian: Float) -> Triangle:
    """Return the normalised triangle of rows (n, F).

    Examples
    --------
    >>> factor, length = triangle(np.array([[3.0, 0.0], [4.0, 2.0]]))
    >>> length, abs(factor[0, 0]).round(12)
    (array([5., 2.]), np.float64(1.0))
    """
    length = np.linalg.norm(jacobian, axis=0)
    unit = jacobian / np.where(length > 0, length, 1.0)
    missing = max(0, unit.shape[1] - unit.shape[0])
    factor: Any = np.linalg.qr(np.vstack([unit, np.zeros((missing, unit.shape[1]))]), mode="r")
    return Triangle(factor, length)


def identify(names: Sequence[str], rows: Triangle) -> Identifiability:
    """Return what rows can tell of parameters.

    Parameters
    ----------
    names : sequence of str
        Names of the columns.
    rows : Triangle
        Of the parameters that no bound holds.

    Examples
    --------
    >>> two = triangle(np.array([[1.0, 2.0], [2.0, 4.0]]))  # the second changes whatever the first does, twice as much
    >>> found = identify(("0.value", "1.value"), two)
    >>> found.rank, {name: round(part, 3) for name, part in found.directions[0].items()}
    (1, {'0.value': -0.707, '1.value': 0.707})
    >>> print(found.warnings[0])
    0.value and 1.value change the picture in the same way; fix one, as in fixed=('1.value',)
    """
    alive = rows.length > 0
    dead = [name for name, lives in zip(names, alive, strict=True) if not lives]
    directions = [{name: 1.0} for name in dead]
    warnings = [f"{name} changes nothing at the solution, its value is arbitrary; fix it" for name in dead]
    living = [name for name, lives in zip(names, alive, strict=True) if lives]
    if not living:
        return Identifiability(0, None, tuple(directions), tuple(warnings))
    _, singular, right = np.linalg.svd(rows.part(alive).factor)
    rank = int(np.sum(singular >= DEFICIENT * singular[0]))
    for direction in _sparse(right[rank:]):
        directions.append(dict(zip(living, direction.tolist(), strict=True)))
        warnings.append(_in_words(living, direction))
    if rank == len(living) and singular[-1] < WEAK * singular[0]:
        taking_part = " and ".join(_members(living, right[-1]))
        warnings.append(f"{taking_part} are weakly determined, told apart by few digits only; fix one of them")
    condition = float(singular[0] / singular[-1]) if singular[-1] > 0 else None
    return Identifiability(rank, condition, tuple(directions), tuple(warnings))


def correlation_warnings(names: Sequence[str], correlation: Float) -> tuple[str, ...]:
    """Return a sentence for each group of parameters that the data hardly tell apart.

    Examples
    --------
    >>> correlation_warnings(("a", "b"), np.array([[1.0, -0.995], [-0.995, 1.0]]))
    ('a and b are correlated by -0.9950: the data hardly tell them apart',)
    >>> correlation_warnings(tuple("abcdef"), np.full((6, 6), 0.999) + 0.001 * np.eye(6))
    ('a, b, c and 3 more are correlated by up to 0.9990: the data hardly tell them apart',)
    """
    from scipy.sparse.csgraph import connected_components

    count, group_of = connected_components(np.abs(correlation) > CORRELATED, directed=False)
    groups = [np.flatnonzero(group_of == number) for number in range(count)]
    return tuple(_correlated(names, group, correlation) for group in groups if len(group) > 1)


def _correlated(names: Sequence[str], group: NDArray[np.intp], correlation: Float) -> str:
    between = np.triu(correlation[np.ix_(group, group)], 1)
    largest = between.flat[int(np.argmax(np.abs(between)))]
    members = [names[k] for k in group]
    if len(members) > TOLD + 1:
        members = [*members[:TOLD], f"{len(members) - TOLD} more"]
    by = f"{largest:.4f}" if len(group) == 2 else f"up to {abs(largest):.4f}"
    told = f"{', '.join(members[:-1])} and {members[-1]}"
    return f"{told} are correlated by {by}: the data hardly tell them apart"


def _sparse(directions: Float) -> list[Float]:
    """Return other directions that span the same space, each with as few components as elimination leaves.

    Two pairs of parameters that are not told apart give two directions; the singular vectors would mix them.
    """
    rows = directions.copy()
    for k in range(len(rows)):
        pivot = int(np.argmax(np.abs(rows[k])))
        rows[k] /= rows[k, pivot]
        for other in range(len(rows)):
            if other != k:
                rows[other] -= rows[other, pivot] * rows[k]
    rows[np.abs(rows) < 1e-6] = 0.0
    return [_signed(row / np.linalg.norm(row)) for row in rows]


def _signed(direction: Float) -> Float:
    """Return a direction whose last component that counts is positive, so that the same data give the same signs."""
    last = np.flatnonzero(np.abs(direction) > PART * np.abs(direction).max())[-1]
    return direction if direction[last] > 0 else -direction


def _members(names: Sequence[str], direction: Float) -> list[str]:
    enough = PART * np.abs(direction).max()
    return [name for name, part in zip(names, direction, strict=True) if abs(part) > enough]


def _in_words(names: Sequence[str], direction: Float) -> str:
    members = _members(names, direction)
    fix = f"fix one, as in fixed=({members[-1]!r},)"
    if len(members) > 2:
        return f"{', '.join(members[:-1])} and {members[-1]} together can change without changing the picture; {fix}"
    parts = [part for name, part in zip(names, direction, strict=True) if name in members]
    opposite = any(first * second > 0 for first, second in pairwise(parts))
    way = "in opposite ways" if opposite else "in the same way"
    return f"{' and '.join(members)} change the picture {way}; {fix}"
