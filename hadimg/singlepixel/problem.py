"""What every reconstruction is given: one channel's measured coefficients, their noise, and the map behind them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Protocol

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from hadimg.singlepixel.sampling import Sampling

    Float = NDArray[np.float64]

__all__ = ["Method", "Problem"]


@dataclass(frozen=True, eq=False)
class Problem:
    """Find a scene ``x`` with ``A x = y``.

    Parameters
    ----------
    sampling : Sampling
        The map ``A``.
    values : ndarray of float64, shape (m,)
        The measured coefficients ``y``, of orthonormal patterns.
    variances : ndarray of float64, shape (m,)
        Of their noise.
    nonnegative : bool
        Whether the scene is known to have no negative values.
    """

    sampling: Sampling
    values: Float
    variances: Float
    nonnegative: bool = False

    @cached_property
    def noisy(self) -> bool:
        """Whether the measured coefficients may be wrong."""
        return bool(self.variances.any())

    @cached_property
    def deviation(self) -> float:
        """Standard deviation of the noise, as a mean over all measured coefficients."""
        return float(np.sqrt(self.variances.mean())) if self.variances.size else 0.0

    @cached_property
    def mean(self) -> float:
        """Mean of the scene, as far as it is measured; else zero."""
        height, width = self.sampling.shape
        if self.sampling.pixels:
            return float(self.values.mean()) if self.values.size else 0.0
        flux = self.values[self.sampling.places == 0]
        return float(flux[0]) * float(np.sqrt(self.sampling.frame.size)) / (height * width) if flux.size else 0.0

    @cached_property
    def flat(self) -> Float:
        """The scene that is its mean everywhere."""
        return np.full(self.sampling.shape, self.mean)

    @cached_property
    def deviations(self) -> Float:
        """Measured coefficients of the scene less its mean."""
        return np.asarray(self.values - self.sampling.forward(self.flat))

    @cached_property
    def spread(self) -> float:
        """Standard deviation of the pixels, as far as it is measured, with the noise taken off."""
        known = self.sampling.places != 0 if not self.sampling.pixels else np.ones(self.values.size, bool)
        energy = float(np.sum(self.deviations[known] ** 2 - self.variances[known]))
        pixels = known.sum() if self.sampling.pixels else self.flat.size
        return float(np.sqrt(max(energy, 0.0) / max(int(pixels), 1)))

    @property
    def featureless(self) -> bool:
        """Whether nothing but the mean is known: what is measured besides is rounding, or noise."""
        return self.spread <= 1e-12 * abs(self.mean)


class Method(Protocol):
    """A way to solve problems: its settings are its fields."""

    def solve(self, problem: Problem) -> Float:
        """Return the scene."""
