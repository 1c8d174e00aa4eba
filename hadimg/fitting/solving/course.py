"""One solve while it runs: what was evaluated, where it has been, and when it is over."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

import numpy as np

from hadimg.errors import ArgumentError
from hadimg.fitting.solving.points import Optimality, Over, Point, Progress, Step

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from hadimg.fitting.parameters import ParameterMap
    from hadimg.fitting.solving.problem import Problem

    Float = NDArray[np.float64]
    Callback = Callable[[Progress], bool | None]

_Found = TypeVar("_Found")

__all__ = ["Course"]

PERFECT = 1e-12
"""Residuals below this share of the target are rounding."""


class Course:
    """What the solvers move along: evaluations by the independent vector, counted and remembered.

    Parameters
    ----------
    problem : Problem
        What is fitted.
    parameters : ParameterMap
        Which parameters move.
    gtol : float
        The solve is over where the largest cosine is at most this.
    max_iterations : int
        The solve is over after so many iterations.
    callback : callable, optional
        Told of each iteration; True or StopIteration ends the solve.
    """

    def __init__(
        self,
        problem: Problem,
        parameters: ParameterMap,
        *,
        gtol: float,
        max_iterations: int,
        callback: Callback | None = None,
    ) -> None:
        self.problem, self.parameters = problem, parameters
        self.gtol, self.max_iterations, self.callback = gtol, max_iterations, callback
        self.lower, self.upper = parameters.bounds
        self.history: list[Step] = []
        self.evaluations = 0
        self._last_rows: tuple[bytes, Float, Float] | None = None
        self._perfect = PERFECT * problem.target_norm

    @property
    def point(self) -> Point:
        """Where the solve has arrived."""
        return self._point

    @property
    def best(self) -> Point:
        """The point of the lowest cost so far."""
        return self._best

    # ---- evaluations

    def at(self, xi: Float) -> Point:
        """Return cost, gradient and Gauss-Newton matrix from the sums over all pixels."""
        theta = self.parameters.full(xi)
        self.evaluations += 1
        found = None if self._beyond(theta) else self._tried(lambda: self.problem.sums(theta, 2))
        if found is None or found.gradient is None or found.gauss_newton is None:
            return _nowhere(xi)
        chain = self.parameters.jacobian(xi)
        point = Point(xi.copy(), float(found.cost), chain @ found.gradient, chain @ found.gauss_newton @ chain.T)
        return point if _finite(*point) else _nowhere(xi)

    def of_rows(self, xi: Float) -> Point:
        """Return the same as `at`, from the rows."""
        jacobian, residual = self.rows(xi)
        if not _finite(residual):
            return _nowhere(xi)
        return Point(xi.copy(), 0.5 * float(residual @ residual), jacobian.T @ residual, jacobian.T @ jacobian)

    def rows(self, xi: Float) -> tuple[Float, Float]:
        """Return the rows' Jacobian (n, F) and residual (n,), infinite where there are none; the last are remembered.

        One evaluation serves the residual and the Jacobian, which must come from the same parameters.
        """
        if self._last_rows is None or self._last_rows[0] != xi.tobytes():
            self._last_rows = (xi.tobytes(), *self._rows(xi))
        return self._last_rows[1:]

    def _rows(self, xi: Float) -> tuple[Float, Float]:
        theta = self.parameters.full(xi)
        self.evaluations += 1
        found = None if self._beyond(theta) else self._tried(lambda: self.problem.rows(theta))
        if found is not None and _finite(*found):
            return found[0] @ self.parameters.jacobian(xi).T, found[1]
        count = 1 if self._last_rows is None else len(self._last_rows[2])
        return np.full((count, len(xi)), np.inf), np.full(count, np.inf)

    def _tried(self, evaluate: Callable[[], _Found]) -> _Found | None:
        """Return what the problem has, or None where a trial is within all bounds and yet no mask."""
        try:
            return evaluate()
        except ArgumentError:
            if not self.history:
                raise
            return None

    def _beyond(self, theta: Float) -> bool:
        return not np.isfinite(theta).all() or self.parameters.outside(theta) is not None

    # ---- the way

    def begin(self, evaluate: Callable[[Float], Point]) -> Point:
        """Return the start, evaluated; raise Over when it is an optimum already."""
        point = evaluate(self.parameters.start)
        if not np.isfinite(point.cost):
            raise ArgumentError(
                f"the cost is not finite at the start {self._told(point)}", remedy="start elsewhere, or check the data"
            )
        self._point = self._best = point
        return self.arrive(point)

    def arrive(self, point: Point, *, reach: float = 0.0) -> Point:
        """Record an iteration, tell the caller, and return the point; raise Over when the solve has ended there.

        ``reach`` is that of `judge`: an optimum next to a bound is none yet, and ends with the status "pressed".
        """
        judged, number = self.judge(point, reach=reach), len(self.history)
        theta = self.parameters.full(point.xi)
        self.history.append(Step(number, point.cost, judged.cosine, self._length(point), tuple(theta.tolist())))
        self._point = point
        if point.cost <= self._best.cost:
            self._best = point
        stopped = number > 0 and self._tell(Progress(number, point.cost, judged.cosine, self._told(point)))
        status = self._status(point, judged)
        if stopped and status != "optimal":
            raise Over("stopped")
        if status is not None:
            raise Over(status)
        if number >= self.max_iterations:
            raise Over("limit")
        return point

    def judge(self, point: Point, *, reach: float = 0.0) -> Optimality:
        """Return how far a point is from an optimum.

        Parameters
        ----------
        point : Point
            Where.
        reach : float
            With 0, a bound holds what lies on it and is pushed outwards; with 1, also what a step would take there.
        """
        length, slope = np.sqrt(point.diagonal), point.gradient
        dead = length == 0
        step = reach * np.divide(np.abs(slope), point.diagonal, out=np.zeros_like(slope), where=~dead)
        held = np.zeros(len(slope), dtype=np.int8)
        held[(slope >= 0) & (point.xi - self.lower <= step)] = -1
        held[(slope <= 0) & (self.upper - point.xi <= step)] = 1
        misfit = float(np.sqrt(2 * point.cost))
        counted = (held == 0) & ~dead
        if misfit <= self._perfect or not counted.any():
            return Optimality(0.0, held, dead)
        return Optimality(float(np.max(np.abs(slope[counted]) / length[counted]) / misfit), held, dead)

    def _status(self, point: Point, judged: Optimality) -> str | None:
        """Return how the solve has ended at a point, or None when it has not."""
        if judged.cosine > self.gtol:
            return None
        if judged.dead.all():
            return "blind"
        return "optimal" if self.judge(point).cosine <= self.gtol else "pressed"

    def _length(self, point: Point) -> float:
        moved = np.sqrt(point.diagonal) * (point.xi - self._point.xi)
        misfit = float(np.sqrt(2 * self._point.cost))
        return float(np.linalg.norm(moved)) / misfit if misfit > 0 else 0.0

    def _told(self, point: Point) -> dict[str, float]:
        return dict(zip(self.parameters.names, self.parameters.full(point.xi).tolist(), strict=True))

    def _tell(self, progress: Progress) -> bool:
        if self.callback is None:
            return False
        try:
            answer = self.callback(progress)
        except StopIteration:
            return True
        return isinstance(answer, (bool, np.bool_)) and bool(answer)


def _finite(*parts: Float | float) -> bool:
    return all(bool(np.isfinite(part).all()) for part in parts)


def _nowhere(xi: Float) -> Point:
    return Point(xi.copy(), np.inf, np.zeros(len(xi)), np.zeros((len(xi), len(xi))))
