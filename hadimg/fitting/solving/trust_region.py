"""Least squares on rows: SciPy's trust region, with bounds that parameters reach exactly."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from hadimg.fitting.solving.points import Over

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from hadimg.fitting.solving.course import Course
    from hadimg.fitting.solving.points import Point

    Float = NDArray[np.float64]

__all__ = ["straight", "trust_region"]

SMALLEST_STEP = 1e-15
OFF_BOUND = 1e-10
"""How far off a bound the trust region starts, in ranges."""
ROUNDING = 1e-12
POLISHING = 20
NEAR = 1e-6
"""The cosine from which on plain steps are tried: the trust region compares costs, which differ by rounding there."""


def trust_region(course: Course) -> None:
    """Run SciPy's ``least_squares`` until the course is over.

    Its method ``trf`` stays off the bounds and comes to an optimum on one by ever smaller steps. So when everything
    else is optimal, what presses on a bound is put there, held, and the rest is solved again; a parameter that a bound
    does not hold after all is let go.
    """
    point, reach, near = course.begin(course.of_rows), 1.0, NEAR
    for _ in range(2 * len(point.xi) + 4):
        held = course.judge(point).held
        ended = _run(course, point, held == 0, reach, near)
        snapped = _on_bounds(course, course.point, reach)
        if snapped is None:
            _polish(course, held == 0)
            if ended and (course.judge(course.point).held == held).all():
                break
            point, near = course.point, 0.0
        elif snapped.cost <= course.point.cost * (1 + ROUNDING):
            point = course.arrive(snapped)
        else:
            point, reach = course.point, 0.0
    raise Over("stalled")


def _run(course: Course, point: Point, moving: NDArray[np.bool_], reach: float, near: float) -> bool:
    """Run the trust region on some parameters; return whether it ended by itself, not next to a bound or an optimum."""
    from scipy.optimize import least_squares

    lower, upper = course.lower[moving], course.upper[moving]
    begun = _inside(point.xi[moving], lower, upper)

    def placed(values: Float) -> Float:
        xi = point.xi.copy()
        xi[moving] = values
        return xi

    def residual(values: Float) -> Float:
        return course.rows(placed(values))[1]

    def jacobian(values: Float) -> Float:
        xi = placed(values)
        if (values != begun).any():  # SciPy asks for derivatives at the start and wherever it has moved to
            course.arrive(course.of_rows(xi), reach=reach)
            if course.history[-1].optimality <= near:
                raise Over("pressed")
        return course.rows(xi)[0][:, moving]

    if not moving.any():
        return True
    try:
        least_squares(
            residual,
            begun,
            jacobian,
            bounds=(lower, upper),
            method="trf",
            x_scale="jac",
            ftol=None,
            xtol=SMALLEST_STEP,
            gtol=None,
            max_nfev=100 * (course.max_iterations + 1),
        )
    except Over as over:
        if over.status != "pressed":
            raise
        return False
    return True


def _polish(course: Course, moving: NDArray[np.bool_]) -> None:
    """Take plain Gauss-Newton steps while they bring the cosine down: close to an optimum, costs differ by rounding."""
    for _ in range(POLISHING):
        point = course.point
        target = point.xi.copy()
        target[moving] = _solved(course, point, moving)[moving]
        found = course.of_rows(target)
        nearer = course.judge(found).cosine < 0.9 * course.judge(point).cosine
        if not (nearer and found.cost <= point.cost * (1 + ROUNDING)):
            return
        course.arrive(found)


def _inside(values: Float, lower: Float, upper: Float) -> Float:
    """Return values a little off their bounds, where the trust region must start."""
    room = np.where(np.isfinite(upper - lower), upper - lower, np.maximum(1.0, np.abs(values)))
    return np.clip(values, lower + OFF_BOUND * room, upper - OFF_BOUND * room)


def _on_bounds(course: Course, point: Point, reach: float) -> Point | None:
    """Return the point with all that presses on a bound put there, or None when nothing does."""
    held = course.judge(point, reach=reach).held
    xi = np.where(held < 0, course.lower, np.where(held > 0, course.upper, point.xi))
    return None if (xi == point.xi).all() else course.of_rows(xi)


def straight(course: Course) -> None:
    """Solve a problem whose rows are linear in the parameters, once; the second time only mends rounding."""
    point = course.begin(course.of_rows)
    for _ in range(2):
        point = course.arrive(course.of_rows(_solved(course, point, np.ones(len(point.xi), dtype=bool))))
    raise Over("curved")


def _solved(course: Course, point: Point, moving: NDArray[np.bool_]) -> Float:
    """Return the optimum of the rows' tangent within the bounds, when only some parameters move."""
    from scipy.optimize import lsq_linear

    jacobian, residual = course.rows(point.xi)
    size = np.sqrt(np.where(point.diagonal > 0, point.diagonal, 1.0))
    scaled = jacobian[:, moving] / size[moving]
    begun, lower, upper = (part[moving] * size[moving] for part in (point.xi, course.lower, course.upper))
    found = begun + np.linalg.lstsq(scaled, -residual, rcond=None)[0]
    if not ((found >= lower) & (found <= upper)).all():
        room = (lower - begun, upper - begun)
        bounded = lsq_linear(scaled, -residual, room, method="bvls", tol=SMALLEST_STEP)
        found = np.where(bounded.active_mask < 0, lower, np.where(bounded.active_mask > 0, upper, begun + bounded.x))
    xi = point.xi.copy()
    xi[moving] = found / size[moving]
    return np.clip(xi, course.lower, course.upper)
