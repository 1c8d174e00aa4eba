"""The scale of a robust loss: where outliers begin, from a first fit of a part of the pixels."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from hadimg.errors import ArgumentError
from hadimg.fitting.losses import noise
from hadimg.fitting.parameters import ParameterMap
from hadimg.fitting.pixels import Pixels
from hadimg.fitting.solving.solvers import solve
from hadimg.fitting.starts.sampling import residuals, thinned

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from hadimg.fitting.objective import Objective

    Float = NDArray[np.float64]

__all__ = ["moved", "noise_scale"]

LEAST = 1e-6
"""The scale is at least this part of the target: pictures without noise have no outliers either."""
ITERATIONS = 30


def noise_scale(objective: Objective, parameters: ParameterMap) -> tuple[float, Float]:
    """Return the scale at which a loss is nearly as good as least squares, and parameters near those of the fit.

    The first fit takes its scale from the residuals where it starts, which is too wide rather than too narrow; the
    second one from those of the first.

    Parameters
    ----------
    objective : Objective
        With the loss, and any scale.
    parameters : ParameterMap
        The roles of the parameters, and where they start.
    """
    part = replace(objective, observations=thinned(objective.observations))
    theta = parameters.full(parameters.start)
    for _ in range(2):
        scale = _scale(part, theta)
        pixels = Pixels(replace(part, scale=scale), fixed=tuple(sorted(parameters.fixed)), parameters=parameters)
        theta = solve(pixels, moved(parameters, theta), max_iterations=ITERATIONS).theta
    return _scale(part, theta), theta


def _scale(objective: Objective, theta: Float) -> float:
    few = objective.observations
    least = LEAST * objective.target_norm / np.sqrt(max(few.count, 1))
    scale = float(max(objective.loss.efficiency * noise(residuals(objective.mask.with_vector(theta), few)), least))
    if not 0 < scale < np.inf:
        raise ArgumentError(
            f"the scale of the loss must be above zero and finite, the residuals give {scale:g}",
            remedy="give loss_scale",
        )
    return scale


def moved(parameters: ParameterMap, theta: Float) -> ParameterMap:
    """Return the same roles of parameters with another start."""
    return ParameterMap(
        parameters.names,
        theta,
        parameters.lower,
        parameters.upper,
        fixed=parameters.fixed,
        ties=parameters.ties,
    )
