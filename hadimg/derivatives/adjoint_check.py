"""The dot test: whether the forward and the adjoint product of a derivative belong to one matrix."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from hadimg.derivatives.arguments import whole_number
from hadimg.derivatives.rules.pairing import require_derivative

if TYPE_CHECKING:
    from collections.abc import Callable

    from hadimg.derivatives.arguments import Float
    from hadimg.derivatives.linear_map import LinearMap

__all__ = ["AdjointReport", "check_adjoint"]

Place = tuple[int, ...]

TOLERANCE = 1e-12


@dataclass(frozen=True)
class AdjointReport:
    """What `check_adjoint` found; true when the check is passed.

    Parameters
    ----------
    passed : bool
        The verdict.
    error : float
        The largest ``abs(<G, J v> - <J'G, v>)`` over the norms of G and J v.
    tolerance : float
        What it may be.
    place : (tuple of int, tuple of int) or None
        When it failed: the element of Z and the element of Y where forward and adjoint differ most.
    """

    passed: bool
    error: float
    tolerance: float
    place: tuple[Place, Place] | None

    def __bool__(self) -> bool:
        return self.passed

    def __str__(self) -> str:
        if self.passed:
            return f"adjoint and forward agree: error {self.error:.1e}, at most {self.tolerance:.0e} is allowed"
        assert self.place is not None
        z, y = map(list, self.place)
        return (
            f"adjoint and forward differ: error {self.error:.1e}, at most {self.tolerance:.0e} is allowed; "
            f"look at the derivative of y{y} by z{z}"
        )


def check_adjoint(
    derivative: LinearMap, *, pairs: int = 3, tolerance: float = TOLERANCE, seed: int = 0
) -> AdjointReport:
    """Check that ``jvp`` and ``vjp`` of a derivative belong to one matrix: ``<G, J v> = <J'G, v>`` for random G and v.

    Nothing is said about whether that matrix is the right one: `check_derivative` tells.

    Parameters
    ----------
    derivative : LinearMap
        What to check.
    pairs : int
        How many random pairs of G and v are tried.
    tolerance : float
        What the difference may be, relative to the norms of G and J v.
    seed : int
        Seed of the random numbers.

    Returns
    -------
    AdjointReport
        The verdict with its numbers, and the place when it failed.

    Raises
    ------
    ArgumentError, ArgumentTypeError
        When an argument breaks its rule.

    Examples
    --------
    >>> from hadimg.derivatives import LinearMap
    >>> wrong = LinearMap((3,), (3,), np.cumsum, lambda g: np.cumsum(g[::-1])[::-1] * [1, 1, 1.001])
    >>> report = check_adjoint(wrong)
    >>> report.passed, report.place
    (False, ((2,), (2,)))
    """
    require_derivative("derivative", derivative)
    rng = np.random.default_rng(seed)
    worst = -1.0
    for _ in range(whole_number("pairs", pairs)):
        v, g = (rng.standard_normal(shape) for shape in (derivative.in_shape, derivative.out_shape))
        forward, mismatch = _mismatch(derivative, v, g)
        bound = np.linalg.norm(g) * np.linalg.norm(forward)
        error = abs(mismatch) / bound if bound > 0 else (0.0 if mismatch == 0 else np.inf)
        if not error <= worst:  # a NaN is the worst of all
            worst, pair = float(error), (v, g)
    passed = worst <= tolerance
    return AdjointReport(passed, worst, tolerance, None if passed else _culprits(derivative, *pair))


def _mismatch(derivative: LinearMap, v: Float, g: Float) -> tuple[Float, float]:
    forward = derivative.jvp(v)
    return forward, float(np.vdot(g, forward) - np.vdot(derivative.vjp(g), v))


def _culprits(derivative: LinearMap, v: Float, g: Float) -> tuple[Place, Place]:
    """Halve G, then v, keeping the half with the larger mismatch, until one element of each is left."""
    g = _one_left(g, lambda part: _mismatch(derivative, v, part)[1])
    v = _one_left(v, lambda part: _mismatch(derivative, part, g)[1])
    return tuple(np.argwhere(v)[0].tolist()), tuple(np.argwhere(g)[0].tolist())


def _one_left(array: Float, mismatch: Callable[[Float], float]) -> Float:
    places = np.arange(array.size)
    while places.size > 1:
        halves = np.array_split(places, 2)
        sizes = [abs(mismatch(_only(array, half))) for half in halves]
        places = halves[int(np.argmax(sizes))]  # a NaN counts as the largest
    return _only(array, places)


def _only(array: Float, places: np.ndarray[tuple[int, ...], np.dtype[np.intp]]) -> Float:
    kept = np.zeros(array.shape)
    kept.flat[places] = array.flat[places]
    return kept
