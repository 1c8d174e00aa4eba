"""Every way to the least squares (or the least robust loss), behind one function.

``solve(problem, parameters, *, method="least_squares", step=None, max_iterations=None, gtol=1e-6, callback=None)``
returns a `Solution`. ``problem`` is a `hadimg.fitting.solving.problem.Problem`: it takes the full vector of parameters,
and a robust loss is part of it; ``parameters`` is the `hadimg.fitting.parameters.ParameterMap` through which all
derivatives are chained. Bounds are kept by the solvers. ``success`` is true only where the largest cosine between the
residual and a column of its derivative, over the parameters that no bound holds, is at most ``gtol``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from hadimg.errors import ArgumentError
from hadimg.fitting.solving.course import Course
from hadimg.fitting.solving.descent import Adam, Armijo, BarzilaiBorwein, Momentum, descend
from hadimg.fitting.solving.points import Over
from hadimg.fitting.solving.quasi_newton import limited_memory
from hadimg.fitting.solving.trust_region import straight, trust_region

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from hadimg.fitting.parameters import ParameterMap
    from hadimg.fitting.solving.course import Callback
    from hadimg.fitting.solving.descent import Rule
    from hadimg.fitting.solving.points import Point, Step
    from hadimg.fitting.solving.problem import Problem

    Float = NDArray[np.float64]

__all__ = ["ENDINGS", "METHODS", "Method", "Solution", "solve"]


class Method(NamedTuple):
    """One way to an optimum.

    Parameters
    ----------
    run : callable
        From a `Course` and the caller's ``step`` to its end, always by `Over`.
    iterations : int
        How many are allowed when nothing is said.
    steps : tuple of str
        Words that ``step`` may be; with ``"number"`` a positive number.
    note : str
        What it does, in words.
    """

    run: Callable[[Course, str | float | None], None]
    iterations: int
    steps: tuple[str, ...]
    note: str


@dataclass(frozen=True, eq=False)
class Solution:
    """Where a solve ended, and how.

    Parameters
    ----------
    xi, theta : ndarray, shapes (F,) and (P,)
        The independent and the full vector.
    cost : float
        Half the sum of squares, or of their losses.
    gradient, gauss_newton : ndarray, shapes (F,) and (F, F)
        Derivatives of the cost by the independent vector.
    optimality : float
        The largest cosine between the residual and a column of its derivative.
    held : ndarray of int, shape (F,)
        -1 and 1 where the lower or upper bound holds a parameter, else 0.
    dead : ndarray of bool, shape (F,)
        Parameters that change nothing at the solution.
    history : tuple of Step
        The start and every iteration.
    evaluations : int
        Of cost and derivatives together: each counts once.
    success : bool
        Whether this is an optimum.
    status, message : str
        A key of `ENDINGS`, and the same in a sentence with the way out.
    """

    xi: Float
    theta: Float
    cost: float
    gradient: Float
    gauss_newton: Float
    optimality: float
    held: NDArray[np.int8]
    dead: NDArray[np.bool_]
    history: tuple[Step, ...]
    evaluations: int
    success: bool
    status: str
    message: str

    @property
    def iterations(self) -> int:
        """How many iterations were made."""
        return len(self.history) - 1


def _descent(course: Course, step: str | float | None) -> None:
    rules: dict[object, type[BarzilaiBorwein | Armijo]] = {None: BarzilaiBorwein, "armijo": Armijo}
    descend(course, rules.get(step, BarzilaiBorwein)())


def _by_rule(rule: type[Momentum | Adam]) -> Callable[[Course, str | float | None], None]:
    def run(course: Course, step: str | float | None) -> None:
        chosen: Rule = rule() if step is None else rule(float(step))
        descend(course, chosen)

    return run


METHODS = {
    "least_squares": Method(
        lambda course, _: trust_region(course), 100, (), "trust region on compressed rows; the default"
    ),
    "lbfgs": Method(lambda course, _: limited_memory(course), 500, (), "quasi-Newton steps from gradients"),
    "gradient_descent": Method(
        _descent, 2000, ("barzilai_borwein", "armijo"), "scaled gradient steps with a line search"
    ),
    "momentum": Method(_by_rule(Momentum), 5000, ("number",), "scaled gradient steps that gather speed"),
    "adam": Method(_by_rule(Adam), 20000, ("number",), "steps of one length, from running means of the gradient"),
    "linear": Method(
        lambda course, _: straight(course), 3, (), "one linear system, for masks that are linear in all that is free"
    ),
}
"""Every method by its name."""

ENDINGS = {
    "optimal": "converged: {iterations} iterations, optimality {optimality:.1e} <= {gtol:.1e}",
    "limit": "did not converge: {iterations} iterations, optimality {optimality:.1e} > {gtol:.1e}; "
    "raise max_iterations or start nearer{near}",
    "stopped": "stopped by the caller after {iterations} iterations",
    "stalled": "did not converge: no step lowers the cost any more after {iterations} iterations, "
    "optimality {optimality:.1e} > {gtol:.1e}; start elsewhere, or give a gtol that the data can meet{near}",
    "diverged": "did not converge: the cost is not finite after {iterations} iterations; "
    "give a smaller step or method='least_squares'{near}",
    "blind": "cannot fit: {dead} changes nothing after {iterations} iterations; start elsewhere or fix it",
    "curved": "did not converge: the mask is not linear in {free}; use method='least_squares'",
}
"""How a solve can end, by its status: only "optimal" is a success."""


def solve(
    problem: Problem,
    parameters: ParameterMap,
    *,
    method: str = "least_squares",
    step: str | float | None = None,
    max_iterations: int | None = None,
    gtol: float = 1e-6,
    callback: Callback | None = None,
) -> Solution:
    """Return the optimum nearest to the start, or the best point found with the reason why it is none.

    Parameters
    ----------
    problem : Problem
        Cost and derivatives by the full vector.
    parameters : ParameterMap
        Which of them move, from where, within which bounds.
    method : str
        A key of `METHODS`.
    step : str or float, optional
        For ``"gradient_descent"`` the rule ``"barzilai_borwein"`` or ``"armijo"``; for ``"momentum"`` and ``"adam"``
        the length of a step.
    max_iterations : int, optional
        By default as many as the method may need.
    gtol : float
        The largest cosine that counts as optimal; free of the size, units and exposure of the picture.
    callback : callable, optional
        Called with a `Progress` once per iteration; returning True or raising StopIteration ends the solve. Other
        exceptions pass through.

    Returns
    -------
    Solution
        Never a success that is no optimum.

    Raises
    ------
    ArgumentError
        When an option is unknown, nothing is free, or the cost is not finite at the start.
    """
    chosen = _method(method, step)
    limit = chosen.iterations if max_iterations is None else max_iterations
    if not limit > 0:
        raise ArgumentError(f"max_iterations must be a whole number above 0, got {limit!r:.40}")
    if not 0 < gtol < 1:
        raise ArgumentError(f"gtol must lie between 0 and 1, got {gtol!r:.40}")
    if tuple(problem.names) != parameters.names:
        raise ArgumentError(f"the parameters must be those of the problem, {problem.names}, got {parameters.names}")
    if not parameters.free:
        raise ArgumentError("nothing is free: every parameter is fixed or tied", remedy="leave one out of fixed")
    if method == "linear" and not parameters.linear:
        raise ArgumentError("method 'linear' needs linear ties and no scales", remedy="use method='least_squares'")
    course = Course(problem, parameters, gtol=gtol, max_iterations=limit, callback=callback)
    try:
        chosen.run(course, step)
    except Over as over:
        return _solution(course, over.status)
    raise AssertionError(f"the method {method} ended without a reason")  # a defect of the method


def _method(name: object, step: object) -> Method:
    if not isinstance(name, str) or name not in METHODS:
        raise ArgumentError(f"method must be one of {', '.join(map(repr, METHODS))}, got {name!r:.40}")
    chosen = METHODS[name]
    if step is None or (isinstance(step, str) and step != "number" and step in chosen.steps):
        return chosen
    if "number" in chosen.steps and isinstance(step, (int, float)) and 0 < step < np.inf:
        return chosen
    rule = " or ".join("a number above 0" if word == "number" else repr(word) for word in chosen.steps)
    raise ArgumentError(f"step of the method {name!r} must be {rule or 'left out'}, got {step!r:.40}")


def _solution(course: Course, status: str) -> Solution:
    point = course.point if status == "optimal" else course.best
    judged = course.judge(point)
    theta = course.parameters.full(point.xi)
    blind = zip(course.parameters.free, course.judge(course.point).dead, strict=True)
    message = ENDINGS[status].format(
        iterations=len(course.history) - 1,
        optimality=judged.cosine,
        gtol=course.gtol,
        near=_near_bounds(course, point),
        dead=" and ".join(name for name, is_dead in blind if is_dead),
        free=", ".join(course.parameters.free),
    )
    return Solution(
        xi=point.xi,
        theta=theta,
        cost=point.cost,
        gradient=point.gradient,
        gauss_newton=point.gauss_newton,
        optimality=judged.cosine,
        held=judged.held,
        dead=judged.dead,
        history=tuple(course.history),
        evaluations=course.evaluations,
        success=status == "optimal",
        status=status,
        message=message,
    )


def _near_bounds(course: Course, point: Point) -> str:
    """Return a hint that names a parameter on or near a bound, or nothing."""
    names, theta = course.parameters.names, course.parameters.full(point.xi)
    for name, value, lower, upper in zip(names, theta, course.parameters.lower, course.parameters.upper, strict=True):
        if name in course.parameters.fixed:
            continue
        room = 0.05 * (upper - lower) if np.isfinite(upper - lower) else 1e-6 * (1 + abs(value))
        for side, bound in (("lower", lower), ("upper", upper)):
            # Of a wide range, such as that of a focal length, 5 % may be far from a small bound.
            if abs(value - bound) <= min(room, abs(bound) or room):
                return f" ({name} {value:.6g} is near its {side} bound {bound:g})"
    return ""
