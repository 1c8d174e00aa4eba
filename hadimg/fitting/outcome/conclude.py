"""From where a solve ended to the result that people get."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from hadimg.fitting.outcome.result import FitResult
from hadimg.fitting.outcome.standard_errors import estimate_errors

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from hadimg.fitting.parameters import ParameterMap
    from hadimg.fitting.solving.problem import Problem
    from hadimg.fitting.solving.solvers import Solution
    from hadimg.masks.base import Mask

__all__ = ["Circumstances", "conclude"]


@dataclass(frozen=True)
class Circumstances:
    """How a fit came about, as far as the solver does not know it; the fields are those of `FitResult`.

    ``rss`` is the weighted sum of squares where a robust loss makes it differ from twice the cost.
    """

    method: str
    reduction: str
    n_rows: int
    loss: str = "linear"
    loss_scale: float | None = None
    rss: float | None = None
    shape: tuple[int, int] | None = None
    ignored: dict[str, int] = field(default_factory=dict)
    residual_map: NDArray[np.float64] | None = None
    warnings: tuple[str, ...] = ()
    seconds: float = 0.0


def conclude(
    problem: Problem,
    parameters: ParameterMap,
    solution: Solution,
    circumstances: Circumstances,
    *,
    mask: Mask,
    covariance_kind: str,
) -> FitResult:
    """Return the result of a fit: errors are estimated here, at the solution, from the problem's rows.

    Parameters
    ----------
    problem : Problem
        What was fitted, on all pixels.
    parameters : ParameterMap
        As in the solve.
    solution : Solution
        Where it ended.
    circumstances : Circumstances
        What else belongs into the result.
    mask : Mask
        The one that was given; its parameters are the first of the problem's.
    covariance_kind : str
        A key of `hadimg.fitting.outcome.covariance.KINDS`.
    """
    errors = estimate_errors(problem, parameters, solution, kind=covariance_kind)
    own = circumstances
    return FitResult(
        mask=mask.with_vector(solution.theta[: len(mask.names)]),
        params=dict(zip(parameters.names, solution.theta.tolist(), strict=True)),
        free=parameters.free,
        stderr=errors.stderr,
        stderr_reasons=errors.reasons,
        covariance=errors.covariance,
        correlation=errors.correlation,
        covariance_kind=errors.kind,
        cost=float(solution.cost),
        rss=float(2 * solution.cost if own.rss is None else own.rss),
        n_pixels=int(problem.count),
        n_free=int((solution.held == 0).sum()),
        dof=errors.dof,
        sigma=errors.sigma,
        gradient=dict(zip(parameters.free, solution.gradient.tolist(), strict=True)),
        optimality=solution.optimality,
        active=dict(zip(parameters.free, solution.held.tolist(), strict=True)),
        rank=errors.told.rank,
        condition=errors.told.condition,
        null_direction=errors.told.directions[0] if errors.told.directions else None,
        warnings=(*own.warnings, *errors.warnings),
        history=solution.history,
        n_evaluations=solution.evaluations,
        n_iterations=solution.iterations,
        method=own.method,
        reduction=own.reduction,
        n_rows=own.n_rows,
        loss=own.loss,
        loss_scale=own.loss_scale,
        success=solution.success,
        status=solution.status,
        message=solution.message,
        seconds=own.seconds,
        shape=own.shape,
        ignored=own.ignored,
        residual_map=own.residual_map,
    )
