"""Descent along the gradient: one loop, and the rules that say how far to go.

Every direction is the gradient divided by the diagonal of the Gauss-Newton matrix, so that parameters of all units
move alike (but for Adam, whose steps have a length of their own), and stays within the bounds.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Protocol

import numpy as np

from hadimg.fitting.solving.points import Over

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from hadimg.fitting.solving.course import Course
    from hadimg.fitting.solving.points import Point

    Float = NDArray[np.float64]

__all__ = ["Adam", "Armijo", "BarzilaiBorwein", "Momentum", "Rule", "descend"]

DECREASE = 1e-4
"""The share of the decrease promised by the slope that a step must bring."""
HALVINGS = 60
ROUNDING = 1e-14
"""What the rounding of a sum over all pixels may add to a cost."""


class Rule(Protocol):
    """How far to go: from one point to the next."""

    def advance(self, course: Course, point: Point) -> Point:
        """Return the next point, or raise Over when there is none."""
        ...


def descend(course: Course, rule: Rule) -> None:
    """Follow a rule until the course is over."""
    point = course.begin(course.at)
    while True:
        point = course.arrive(rule.advance(course, point))


class BarzilaiBorwein:
    """Steps as long as the last one says of the curvature; the cost may rise above the last, not above the last ten."""

    def __init__(self) -> None:
        self._costs: deque[float] = deque(maxlen=10)
        self._last: Point | None = None

    def advance(self, course: Course, point: Point) -> Point:
        """Return the next point: a projected step, halved until the cost is below the highest of the last ten."""
        self._costs.append(point.cost)
        length = 1.0 if self._last is None else _curvature_step(point, self._last)
        self._last = point
        target = np.clip(point.xi - length * _scaled_gradient(point), course.lower, course.upper)
        return _shortened(course, point, target - point.xi, max(self._costs), 1.0)[0]


class Armijo:
    """The textbook form: twice the last step, halved until the cost falls as far as the slope promises."""

    def __init__(self) -> None:
        self._length = 0.5

    def advance(self, course: Course, point: Point) -> Point:
        """Return the next point."""
        direction = np.clip(point.xi - _scaled_gradient(point), course.lower, course.upper) - point.xi
        found, self._length = _shortened(course, point, direction, point.cost, min(1.0, 2 * self._length))
        return found


class Momentum:
    """Steps of a fixed length that add to nine tenths of the last one.

    Parameters
    ----------
    rate : float
        The share of a full scaled gradient step.
    """

    def __init__(self, rate: float = 0.1) -> None:
        self._rate = rate
        self._velocity: Float | None = None

    def advance(self, course: Course, point: Point) -> Point:
        """Return the next point; what meets a bound stops there."""
        last = np.zeros_like(point.xi) if self._velocity is None else self._velocity
        velocity = 0.9 * last - self._rate * _scaled_gradient(point)
        found = _finite_point(course, np.clip(point.xi + velocity, course.lower, course.upper))
        self._velocity = found.xi - point.xi
        return found


class Adam:
    """Steps of about the same length in every parameter, from running means of the gradient and its square.

    Parameters
    ----------
    rate : float
        The length, in the units of the parameters.
    """

    def __init__(self, rate: float = 0.01) -> None:
        self._rate = rate
        self._count = 0
        self._mean = self._square = np.zeros(())

    def advance(self, course: Course, point: Point) -> Point:
        """Return the next point."""
        self._count += 1
        self._mean = 0.9 * self._mean + 0.1 * point.gradient
        self._square = 0.999 * self._square + 0.001 * point.gradient**2
        mean = self._mean / (1 - 0.9**self._count)
        root = np.sqrt(self._square / (1 - 0.999**self._count))
        step = np.divide(mean, root, out=np.zeros_like(root), where=root > 0)
        return _finite_point(course, np.clip(point.xi - self._rate * step, course.lower, course.upper))


def _scaled_gradient(point: Point) -> Float:
    """Return the gradient over the diagonal of Gauss-Newton; 0 for a parameter that changes nothing here."""
    diagonal = point.diagonal
    return np.divide(point.gradient, diagonal, out=np.zeros_like(diagonal), where=diagonal > 0)


def _curvature_step(point: Point, last: Point) -> float:
    """Return the step of Barzilai and Borwein in the metric of the Gauss-Newton diagonal."""
    moved, turned = point.xi - last.xi, point.gradient - last.gradient
    along = float(moved @ turned)
    if not along > 0:
        return 1.0
    return float(np.clip(moved @ (point.diagonal * moved) / along, 1e-6, 1e3))


def _shortened(course: Course, point: Point, direction: Float, ceiling: float, length: float) -> tuple[Point, float]:
    """Return the first point along a direction that is low enough, and its length; raise Over when there is none."""
    slope = float(point.gradient @ direction)
    if slope >= 0:
        raise Over("stalled")
    for _ in range(HALVINGS):
        xi = np.clip(point.xi + length * direction, course.lower, course.upper)
        if (xi == point.xi).all():
            break
        found = course.at(xi)
        if found.cost <= ceiling + DECREASE * length * slope + ROUNDING * abs(ceiling):
            return found, length
        length /= 2
    raise Over("stalled")


def _finite_point(course: Course, xi: Float) -> Point:
    found = course.at(xi)
    if not np.isfinite(found.cost):
        raise Over("diverged")
    return found
