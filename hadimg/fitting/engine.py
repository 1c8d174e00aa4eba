"""From observations, a mask to start from and the roles of its parameters to a result: what all ways to fit share."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from hadimg.fitting.losses import LOSSES, loss_named
from hadimg.fitting.objective import Objective
from hadimg.fitting.outcome.conclude import Circumstances, conclude
from hadimg.fitting.passes.squares import Squares
from hadimg.fitting.pixels import Pixels
from hadimg.fitting.reductions.reduction import reduced
from hadimg.fitting.robust_scale import moved, noise_scale
from hadimg.fitting.solving.solvers import solve
from hadimg.fitting.starts.levels import Levelled
from hadimg.fitting.starts.sampling import look, thinned

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from hadimg.fitting.begin import Beginning
    from hadimg.fitting.observations import Observations
    from hadimg.fitting.outcome.result import FitResult
    from hadimg.fitting.parameters import ParameterMap
    from hadimg.fitting.solving.course import Callback
    from hadimg.fitting.solving.problem import Problem
    from hadimg.fitting.solving.solvers import Solution
    from hadimg.fitting.starts.sampling import Look
    from hadimg.masks.base import Mask

    Float = NDArray[np.float64]

__all__ = ["Options", "run"]

MISFIT, STRUCTURE = 0.002, 3.0
"""Means of blocks may be off by this part of the target, or by so many times what noise makes of them."""
PATTERN = 0.5
"""The share of the squares above which the residual is no noise, however small it is."""
EXACT_ITERATIONS = 30
"""Steps over all pixels after a reduction: one or two where the mask is smooth."""


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
    objective, parameters = _objective(mask, observations, parameters, options)
    pixels = Pixels(objective, fixed=tuple(sorted(parameters.fixed)), parameters=parameters)
    reduction = reduced(objective, how=options.reduce, fixed=pixels.fixed)
    problem = pixels if reduction.name == "none" else reduction.problem
    solution = _solved(problem, parameters, options)
    if not reduction.exact:
        pixels = replace(pixels, norm=reduction.problem.target_norm)
        solution = _on_all_pixels(pixels, parameters, solution, options)
    robust = options.loss != "linear"
    found = mask.with_vector(solution.theta)
    seen = look(found, thinned(observations))
    circumstances = Circumstances(
        method=options.method,
        reduction=reduction.name,
        n_rows=reduction.row_count,
        loss=options.loss,
        loss_scale=objective.scale if robust else None,
        rss=_squares(objective, solution.theta) if robust else None,
        shape=observations.shape,
        ignored=dict(ignored or {}),
        residual_map=seen.means,
        warnings=(*warnings, *_misfits(seen)),
        seconds=time.perf_counter() - start,
    )
    kind = options.covariance or "block"
    result = conclude(pixels, parameters, solution, circumstances, mask=mask, covariance_kind=kind)
    plain = result.mask.mask if isinstance(result.mask, Levelled) else result.mask
    told = {name: reasons.get(name, reason) for name, reason in result.stderr_reasons.items()}
    return replace(result, mask=plain, stderr_reasons=told, seconds=time.perf_counter() - start)


def _misfits(seen: Look) -> tuple[str, ...]:
    """Return a warning where the mask is off by more than noise would be: by much, or where there is hardly any noise.

    The latter is also what an optimum that is not the lowest one leaves of pictures without noise.
    """
    pattern = seen.share > PATTERN and seen.misfit > seen.finest
    if not (seen.misfit > STRUCTURE * seen.chance and (seen.misfit > MISFIT or pattern)):
        return ()
    told = (
        f"the mask misses the picture by {100 * seen.misfit:.2g} % (means of blocks, rms), more than noise would: "
        "take a family with more freedom, start elsewhere, or look at result.plot()"
    )
    return (told,)


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


def _on_all_pixels(pixels: Pixels, parameters: ParameterMap, solution: Solution, options: Options) -> Solution:
    """Return the solution after exact steps from the one of a reduction, which decide whether it is an optimum.

    A course that was stopped is not taken up again; only its cost is made that of all pixels. In the history, the step
    at which all pixels are taken up and those behind it have their cost, the steps before that of the reduction.
    """
    if solution.status not in ("optimal", "stalled"):
        exact = pixels.sums(solution.theta, 0).cost
        return replace(solution, cost=exact, evaluations=solution.evaluations + 1)
    *reduced_steps, last = solution.history
    found = solve(pixels, moved(parameters, solution.theta), gtol=options.gtol, max_iterations=EXACT_ITERATIONS)
    before = len(solution.history)
    first, *others = found.history
    joint = last._replace(cost=first.cost, optimality=first.optimality, theta=first.theta)
    later = [step._replace(iteration=before + k) for k, step in enumerate(others)]
    message = found.message
    if found.success:
        message = found.message.replace(f"{found.iterations} iterations", f"{before - 1 + len(later)} iterations")
    return replace(
        found,
        history=(*reduced_steps, joint, *later),
        evaluations=solution.evaluations + found.evaluations,
        message=message,
    )


def _objective(
    mask: Mask, observations: Observations, parameters: ParameterMap, options: Options
) -> tuple[Objective, ParameterMap]:
    """Return the objective, and the roles of the parameters with a better start where a robust loss needed one."""
    loss = loss_named(options.loss)
    plain = Objective(mask, observations, loss=loss, workers=options.workers)
    if loss is LOSSES["linear"]:
        return plain, parameters
    if options.loss_scale is not None:
        return replace(plain, scale=options.loss_scale), parameters
    scale, theta = noise_scale(plain, parameters)
    return replace(plain, scale=scale), moved(parameters, theta)


def _squares(objective: Objective, theta: Float) -> float:
    """Return the weighted sum of the squared residuals, without any loss."""
    return 2.0 * Squares(replace(objective, loss=LOSSES["linear"], scale=1.0)).sums(theta, 0).cost
