r"""Total variation: of all scenes that agree with the measurements, the one whose brightness changes least in all.

.. math:: \min_x \; \mu \, TV(x) + \tfrac12 \sum_k (A x - y)_k^2 / s_k^2, \qquad TV(x) = \sum_{ij} |\nabla x|_{ij}

with forward differences, zero at the last row and column. Without noise the sum is a condition, ``A x = y``. Both
solvers keep to the measurements in closed form, since ``A A' = I``: transform, move the measured coefficients,
transform back. The rest of a frame around an embedded scene is dark, and its edge is no part of the variation.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from hadimg.singlepixel.checking import count, number

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from hadimg.singlepixel.problem import Problem

    Float = NDArray[np.float64]
    Working = NDArray[np.float32]

__all__ = ["ChambollePock", "TotalVariation"]

SMOOTHING = 0.3
"""Standard deviations of the scene that one proximal map smooths by: fast for photographs, and for all scenes right."""
STEP = 0.1
"""Standard deviations of the scene in a primal step of `ChambollePock`."""
PRICE = 0.6
"""Of a unit of total variation, in deviations of the noise: photographs want 0.5 with little noise, 0.7 with much."""


@dataclass(frozen=True)
class TotalVariation:
    r"""Least total variation by ADMM (alternating direction method of multipliers).

    ``x = data(z - u)``, ``z = prox(x + u)``, ``u = x + u - z``; the proximal map of the total variation takes a few
    projected gradient steps on its dual, going on from the last ones. Sources: Boyd et al., Found. Trends Mach. Learn.
    3:1 (2011); Chambolle, J. Math. Imaging Vis. 20:89 (2004); Beck and Teboulle, IEEE Trans. Image Process. 18:2419
    (2009), whose projection keeps scenes non-negative.

    Parameters
    ----------
    weight : float
        How much smoothness is worth where there is noise, in units of what suits photographs: ``mu`` is this times
        0.6, divided by the deviation of the noise. Above 0.
    iterations : int
        Outer iterations.
    dual_steps : int
        Steps of each proximal map.

    Examples
    --------
    >>> from hadimg.singlepixel import Camera
    >>> scene = np.kron([[0.0, 1.0], [2.0, 0.0]], np.ones((16, 16)))
    >>> found = Camera((32, 32), ratio=0.2).measure(scene).reconstruct("total_variation")
    >>> bool(np.abs(found - scene).max() < 0.01)
    True
    """

    weight: float = 1.0
    iterations: int = 60
    dual_steps: int = 5

    def __post_init__(self) -> None:
        number("weight", self.weight, above=0.0)
        count("iterations", self.iterations)
        count("dual_steps", self.dual_steps)

    def solve(self, problem: Problem) -> Float:
        """Return the scene."""
        from hadimg.kernels.total_variation import dual_steps

        if problem.featureless:
            return problem.flat
        smoothing = np.float32(SMOOTHING * problem.spread)
        data = DataStep(problem, pull=mu(problem, self.weight) / float(smoothing))
        floor = np.float32(0.0 if problem.nonnegative else -np.inf)
        frame = problem.sampling.frame.shape
        smooth, multiplier = np.zeros(frame, np.float32), np.zeros(frame, np.float32)
        dual = np.zeros((2, *problem.sampling.shape), np.float32)
        window = np.empty(problem.sampling.shape, np.float32)
        for _ in range(self.iterations):
            both = data.step(smooth - multiplier) + multiplier
            base = np.ascontiguousarray(problem.sampling.crop(both))
            dual_steps(base, dual, smoothing, floor, self.dual_steps, window)
            problem.sampling.crop(smooth)[...] = window
            multiplier = both - smooth
        if problem.nonnegative:
            return window.astype(np.float64)
        return data.exactly(smooth - multiplier)


@dataclass(frozen=True)
class ChambollePock:
    r"""Least total variation by a primal-dual method, without inner loops.

    ``p = proj(p + sigma grad(2 x - x_old))``, ``x = data(x + tau div p)``, ``8 sigma tau = 1``. Source: Chambolle and
    Pock, J. Math. Imaging Vis. 40:120 (2011).

    Parameters
    ----------
    weight : float
        As in `TotalVariation`.
    iterations : int
        How many.
    """

    weight: float = 1.0
    iterations: int = 600

    def __post_init__(self) -> None:
        number("weight", self.weight, above=0.0)
        count("iterations", self.iterations)

    def solve(self, problem: Problem) -> Float:
        """Return the scene."""
        from hadimg.kernels.total_variation import primal_dual_step

        if problem.featureless:
            return problem.flat
        sampling = problem.sampling
        tau = np.float32(STEP * problem.spread)
        data = DataStep(problem, pull=mu(problem, self.weight) / float(tau))
        dual = np.zeros((2, *sampling.shape), np.float32)
        now = np.ascontiguousarray(sampling.adjoint(problem.values), np.float32)
        ahead, moved = now.copy(), np.empty_like(now)
        for _ in range(self.iterations):
            primal_dual_step(now, ahead, dual, tau, moved)
            then = np.ascontiguousarray(sampling.crop(data.step(sampling.embed(moved))))
            ahead = 2 * then - now
            now = then
        return sampling.crop(data.exactly(sampling.embed(moved)))


def mu(problem: Problem, weight: float) -> float:
    """Return what a unit of total variation costs; of no effect where there is no noise."""
    return weight * PRICE / problem.deviation if problem.noisy else 0.0


class DataStep:
    """The step towards the measurements, in single precision; once more in double for the last one.

    Parameters
    ----------
    problem : Problem
        The measurements and their noise.
    pull : float
        How strongly a step holds to where it starts; it matters only where there is noise.
    """

    def __init__(self, problem: Problem, pull: float) -> None:
        self.sampling = problem.sampling
        self.values = problem.values
        self.trust: Any = 1.0 / (1.0 + pull * problem.variances) if problem.noisy else 1.0
        self._values = problem.values.astype(np.float32)
        self._trust: Any = np.asarray(self.trust, np.float32) if problem.noisy else 1.0

    def step(self, frame: Working) -> Working:
        """Return the frame after the step; the given one may be overwritten."""
        return self.sampling.agree(frame, self._values, self._trust)

    def exactly(self, frame: Working) -> Float:
        """Return the scene in the frame after the step, its measured coefficients to the last digit."""
        return self.sampling.crop(self.sampling.agree(frame.astype(np.float64), self.values, self.trust))
