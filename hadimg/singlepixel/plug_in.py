"""Any denoiser as the idea of what scenes look like (plug-and-play)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from hadimg.errors import ArgumentError, ArgumentTypeError
from hadimg.singlepixel.checking import count, number

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from hadimg.singlepixel.problem import Problem

    Float = NDArray[np.float64]

__all__ = ["PlugIn"]

FIRST, LAST = 0.3, 0.03
"""Noise that the denoiser is first and last told of, in standard deviations of the scene."""


@dataclass(frozen=True)
class PlugIn:
    """Go to and fro between the measurements and a denoiser, by ADMM.

    ``x = data(z - u)``, ``z = denoiser(x + u, sigma)``, ``u = x + u - z`` with a noise that decreases. Source:
    Venkatakrishnan, Bouman and Wohlberg, IEEE GlobalSIP (2013).

    Parameters
    ----------
    denoiser : callable
        From a scene of float64, ``(H, W)``, and the standard deviation of its noise, in units of the scene, to a scene
        of the same shape.
    first, last : float, optional
        Noise of the first and the last call, in units of the scene; by default 0.3 and 0.03 of its deviation.
    iterations : int
        How often the denoiser is called.

    Examples
    --------
    >>> from scipy.ndimage import gaussian_filter
    >>> from hadimg.singlepixel import Camera
    >>> scene = np.add.outer(np.arange(16.0), np.arange(16.0))
    >>> y = Camera((16, 16), ratio=0.2).measure(scene)
    >>> found = y.reconstruct("plug_in", denoiser=lambda picture, sigma: gaussian_filter(picture, 1.0))
    >>> bool(np.abs(found - scene).mean() < np.abs(y.reconstruct("zero_filling") - scene).mean())
    True
    """

    denoiser: Callable[[Float, float], Any]
    first: float | None = None
    last: float | None = None
    iterations: int = 20

    def __post_init__(self) -> None:
        if not callable(self.denoiser):
            raise ArgumentTypeError(
                f"denoiser must be callable with a scene and its noise, got {type(self.denoiser).__name__}"
            )
        for name in ("first", "last"):
            if getattr(self, name) is not None:
                number(name, getattr(self, name), above=0.0)
        count("iterations", self.iterations)

    def solve(self, problem: Problem) -> Float:
        """Return the scene."""
        if problem.featureless:
            return problem.flat
        sampling = problem.sampling
        first = self.first or FIRST * problem.spread
        last = self.last or LAST * problem.spread
        smooth = sampling.embed(sampling.adjoint(problem.values))
        multiplier = np.zeros_like(smooth)
        found = sampling.crop(smooth)
        for sigma in np.geomspace(first, last, self.iterations):
            trust = 1.0 / (1.0 + problem.variances / sigma**2) if problem.noisy else 1.0
            both = sampling.agree(smooth - multiplier, problem.values, trust) + multiplier
            found = self._denoised(np.ascontiguousarray(sampling.crop(both)), float(sigma))
            if problem.nonnegative:
                found = np.maximum(found, 0.0)
            sampling.crop(smooth)[...] = found
            multiplier = both - smooth
        if problem.noisy or problem.nonnegative:
            return found
        return sampling.crop(sampling.agree(smooth - multiplier, problem.values))

    def _denoised(self, scene: Float, sigma: float) -> Float:
        found = np.asarray(self.denoiser(scene, sigma), dtype=np.float64)
        if found.shape != scene.shape:
            raise ArgumentError(f"denoiser must keep the shape {scene.shape}, it returned {found.shape}")
        if not np.isfinite(found).all():
            raise ArgumentError("denoiser must return finite numbers, it returned NaN or infinity")
        return found
