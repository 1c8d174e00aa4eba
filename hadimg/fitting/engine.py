"""From observations, a mask to start from and the roles of its parameters to a result: what all ways to fit share."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from hadimg.errors import ArgumentError
from hadimg.fitting.conclude import Circumstances, conclude
from hadimg.fitting.levels import Levelled
from hadimg.fitting.losses import LOSSES, loss_named, noise
from hadimg.fitting.objective import Objective
from hadimg.fitting.parameters import ParameterMap
from hadimg.fitting.reduction import reduced
from hadimg.fitting.sampling import residual_map, residuals, thinned
from hadimg.fitting.scatter import scatter
from hadimg.fitting.solvers import solve
from hadimg.fitting.squares import Squares

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from hadimg.fitting.begin import Beginning
    from hadimg.fitting.course import Callback
    from hadimg.fitting.observations import Observations
    from hadimg.fitting.problem import Problem, Scatter
    from hadimg.fitting.result import FitResult
    from hadimg.fitting.solvers import Solution
    from hadimg.masks.base import Mask

    Float = NDArray[np.float64]

__all__ = ["Options", "run"]

EXACT_ITERATIONS = 30
"""Steps over all pixels after a reduction: one or two where the mask is smooth."""
LEAST_SCALE = 1e-6
"""The scale of a robust loss is at least this part of the target: pictures without noise have no outliers either."""


@dataclass(frozen=True, kw_only=True)
class Options:
    """How a fit goes about it; each is described by `hadimg.fit`."""

    loss: str = "linear"
    loss_scale: float | None = None
    method: str = "least_squares"
    step: str | float | None = None
    reduce: str = "auto"
    covariance: str | None = None
    gtol: float = 1e-6
    max_iterations: int | None = None
    callback: Callback | None = None
    workers: int | None = None


@dataclass(frozen=True, eq=False)
class _Pixels(Squares):
    """All pixels, and how their shares of the gradient scatter; the last rows are kept, for errors need them again."""

    def rows(self, theta: ArrayLike) -> tuple[Float, Float]:
        vector = np.asarray(theta, dtype=np.float64)
        if vector.tobytes() not in self._last:
            found = super().rows(vector)
            self._last.clear()
            self._last[vector.tobytes()] = found
        jacobian, residual = self._last[vector.tobytes()]
        return jacobian.copy(), residual.copy()

    @cached_property
    def _last(self) -> dict[bytes, tuple[Float, Float]]:
        return {}

    def scatter(self, theta: Float, kind: str) -> Scatter:
        return scatter(self.objective, theta, kind)


def run(
    beginning: Beginning,
    observations: Observations,
    options: Options,
    *,
    ignored: dict[str, int] | None = None,
    warnings: tuple[str, ...] = (),
    began: float | None = None,
) -> FitResult:
    """Return the result of a fit.

    Parameters
    ----------
    beginning : Beginning
        The mask and the roles of its parameters; a `Levelled` mask is returned without its level.
    observations : Observations
        The pictures.
    options : Options
        How it is done.
    ignored : dict of str to int, optional
        Values that were left out before, by reason.
    warnings : tuple of str
        What the result shall say besides.
    began : float, optional
        When the fit began, by ``time.perf_counter``.
    """
    start = time.perf_counter() if began is None else began
    mask, parameters, reasons = beginning
    objective = _objective(mask, observations, parameters, options)
    pixels = _Pixels(objective, fixed=tuple(sorted(parameters.fixed)))
    reduction = reduced(objective, how=options.reduce, fixed=pixels.fixed)
    problem = pixels if reduction.name == "none" else reduction.problem
    solution = _solved(problem, parameters, options)
    if not reduction.exact:
        solution = _on_all_pixels(pixels, parameters, solution, options)
    robust = options.loss != "linear"
    found = mask.with_vector(solution.theta)
    few = thinned(observations)
    circumstances = Circumstances(
        method=options.method,
        reduction=reduction.name,
        n_rows=reduction.row_count,
        loss=options.loss,
        loss_scale=objective.scale if robust else None,
        rss=_squares(objective, solution.theta) if robust else None,
        shape=observations.shape,
        ignored=dict(ignored or {}),
        residual_map=residual_map(found, few),
        warnings=warnings,
        seconds=time.perf_counter() - start,
    )
    kind = options.covariance or "block"
    result = conclude(pixels, parameters, solution, circumstances, mask=mask, covariance_kind=kind)
    plain = result.mask.mask if isinstance(result.mask, Levelled) else result.mask
    told = {name: reasons.get(name, reason) for name, reason in result.stderr_reasons.items()}
    return replace(result, mask=plain, stderr_reasons=told, seconds=time.perf_counter() - start)


def _solved(problem: Problem, parameters: ParameterMap, options: Options) -> Solution:
    return solve(
        problem,
        parameters,
        method=options.method,
        step=options.step,
        max_iterations=options.max_iterations,
        gtol=options.gtol,
        callback=options.callback,
    )


def _on_all_pixels(pixels: _Pixels, parameters: ParameterMap, solution: Solution, options: Options) -> Solution:
    """Return the solution after exact steps from the one of a reduction, which decide whether it is an optimum.

    A course that was stopped is not taken up again; only its cost is made that of all pixels.
    """
    if solution.status not in ("optimal", "stalled"):
        exact = pixels.sums(solution.theta, 0).cost
        return replace(solution, cost=exact, evaluations=solution.evaluations + 1)
    near = ParameterMap(
        parameters.names,
        solution.theta,
        parameters.lower,
        parameters.upper,
        fixed=parameters.fixed,
        ties=parameters.ties,
    )
    found = solve(pixels, near, gtol=options.gtol, max_iterations=EXACT_ITERATIONS)
    before = len(solution.history)
    later = tuple(step._replace(iteration=before + k) for k, step in enumerate(found.history[1:]))
    message = found.message
    if found.success:
        message = found.message.replace(f"{found.iterations} iterations", f"{before - 1 + len(later)} iterations")
    return replace(
        found,
        history=(*solution.history, *later),
        evaluations=solution.evaluations + found.evaluations,
        message=message,
    )


def _objective(mask: Mask, observations: Observations, parameters: ParameterMap, options: Options) -> Objective:
    loss = loss_named(options.loss)
    plain = Objective(mask, observations, loss=loss, workers=options.workers)
    if loss is LOSSES["linear"]:
        return plain
    scale = options.loss_scale
    if scale is None:
        scale = _noise_scale(plain, parameters)
    return replace(plain, scale=scale)


def _noise_scale(objective: Objective, parameters: ParameterMap) -> float:
    """Return the scale at which the loss is nearly as good as least squares, from a first fit of a part of the pixels.

    The first fit has a scale that is too wide rather than too narrow, from the residuals where the fit starts.
    """
    few = thinned(objective.observations)
    part = replace(objective, observations=few)
    least = LEAST_SCALE * part.target_norm / np.sqrt(max(few.count, 1))
    theta = parameters.full(parameters.start)
    for _ in range(2):
        sigma = noise(residuals(objective.mask.with_vector(theta), few))
        scale = max(objective.loss.efficiency * sigma, least)
        if not 0 < scale < np.inf:
            raise ArgumentError(
                f"the scale of the loss must be above zero and finite, the residuals give {scale:g}",
                remedy="give loss_scale",
            )
        theta = solve(Squares(replace(part, scale=scale)), parameters, max_iterations=30).theta
    return float(max(objective.loss.efficiency * noise(residuals(objective.mask.with_vector(theta), few)), least))


def _squares(objective: Objective, theta: Float) -> float:
    """Return the weighted sum of the squared residuals, without any loss."""
    return 2.0 * replace(objective, loss=LOSSES["linear"], scale=1.0).value(theta)
