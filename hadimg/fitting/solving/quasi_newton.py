"""Quasi-Newton steps from gradients: SciPy's L-BFGS-B in variables of one scale."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from hadimg.fitting.solving.points import Over

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from hadimg.fitting.solving.course import Course
    from hadimg.fitting.solving.points import Point

    Float = NDArray[np.float64]

__all__ = ["limited_memory"]

REFUSED = 1e10
"""What stands for a cost that is not finite, in costs of the start: line searches need a number."""


def limited_memory(course: Course) -> None:
    """Run L-BFGS-B, again from where it ended as long as that lowers the cost, until the course is over."""
    from scipy.optimize import minimize

    endless: Any = {"ftol": 0.0, "gtol": 0.0, "maxiter": 10**6, "maxfun": 100 * (course.max_iterations + 1)}
    point = course.begin(course.at)
    while True:
        scaled = _Scaled(course, point)
        minimize(
            scaled.cost,
            point.xi * scaled.size,
            jac=True,
            method="L-BFGS-B",
            bounds=list(zip(course.lower * scaled.size, course.upper * scaled.size, strict=True)),
            callback=scaled.arrived,
            options=endless,  # the course ends it
        )
        if not course.point.cost < point.cost:
            raise Over("stalled")
        point = course.point


class _Scaled:
    """The cost in units of that at a point, by variables that all move the prediction alike there."""

    def __init__(self, course: Course, point: Point) -> None:
        self.size = np.sqrt(np.where(point.diagonal > 0, point.diagonal, 1.0))
        self._course, self._unit = course, point.cost
        self._seen = [point]

    def cost(self, values: Float) -> tuple[float, Float]:
        """Return cost and gradient."""
        found = self._at(values)
        self._seen = [*self._seen[-4:], found]
        return min(found.cost / self._unit, REFUSED), found.gradient / self.size / self._unit

    def arrived(self, xk: Float) -> None:
        """Record an iteration; it was evaluated a moment ago."""
        self._course.arrive(self._at(xk))

    def _at(self, values: Float) -> Point:
        xi = np.clip(values / self.size, self._course.lower, self._course.upper)
        known = [point for point in self._seen if np.allclose(point.xi, xi, rtol=1e-15, atol=0.0)]
        return known[-1] if known else self._course.at(xi)
