"""Reconstructions that are linear in the measurements: fast, and a measure for all others."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from hadimg.singlepixel.checking import count, number
from hadimg.singlepixel.frames import line_variances

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from hadimg.singlepixel.problem import Problem

    Float = NDArray[np.float64]

__all__ = ["Fdri", "Wiener", "ZeroFilling"]


@dataclass(frozen=True)
class ZeroFilling:
    """Set what was not measured to zero and transform back: :math:`x = A' y`, the scene of least energy.

    Examples
    --------
    >>> from hadimg.singlepixel import Camera
    >>> Camera((2, 2), measurements=1).measure([[1.0, 3.0], [5.0, 7.0]]).reconstruct("zero_filling")
    array([[4., 4.],
           [4., 4.]])
    """

    def solve(self, problem: Problem) -> Float:
        """Return the scene."""
        return problem.sampling.adjoint(problem.values)


@dataclass(frozen=True)
class Wiener:
    r"""Shrink each coefficient by what its noise leaves of it: :math:`x = A' (v / (v + s^2)) y`, mean apart.

    The variances ``v`` are those of scenes whose neighboring pixels are correlated; their scale comes from the
    measurements. It takes noise out and fills nothing in; without noise it is `ZeroFilling`.

    Parameters
    ----------
    correlation : float
        Of neighboring pixels, from 0 to less than 1.
    """

    correlation: float = 0.95

    def __post_init__(self) -> None:
        number("correlation", self.correlation, lower=0.0, below=1.0)

    def solve(self, problem: Problem) -> Float:
        """Return the scene."""
        sampling, noise = problem.sampling, problem.variances
        if not problem.noisy:
            return sampling.adjoint(problem.values)
        if problem.featureless:
            return problem.flat
        prior = np.ones(len(noise))
        if not sampling.pixels:
            rows, cols = np.divmod(sampling.places, sampling.frame.width)
            down, across = (line_variances(n, self.correlation) for n in sampling.frame.shape)
            prior = down[rows] * across[cols]
        signal = problem.spread**2 * prior
        return problem.flat + sampling.adjoint(signal / (signal + noise) * problem.deviations)


@dataclass(frozen=True)
class Fdri:
    r"""Fill in the most probable scene whose spectrum falls as natural ones do (Fourier domain regularized inversion).

    .. math:: x = C A' (A C A' + S)^{-1} y

    ``S`` is the noise; the covariance ``C`` of the pixels is circulant with the spectrum

    .. math:: \left[(1-\mu)^2 (\sin^2 w_r + \sin^2 w_c) + \epsilon + \mu^2 \frac{w_r^2 + w_c^2}{2 \pi^2}\right]^{-1}

    in radians per pixel. Solved by conjugate gradients, two fast transforms of either kind a step. Source: Czajkowski,
    Pastuszczak and Kotynski, Opt. Express 26:20009 (2018), who form the matrix.

    Parameters
    ----------
    mu : float
        From 0 to 1.
    epsilon : float
        Above 0.
    tolerance : float
        Of the residual, relative to the measurements.
    iterations : int
        The most that are made.
    """

    mu: float = 0.5
    epsilon: float = 1e-5
    tolerance: float = 1e-6
    iterations: int = 500

    def __post_init__(self) -> None:
        number("mu", self.mu, lower=0.0, upper=1.0)
        number("epsilon", self.epsilon, above=0.0)
        number("tolerance", self.tolerance, above=0.0)
        count("iterations", self.iterations)

    def solve(self, problem: Problem) -> Float:
        """Return the scene."""
        from scipy.fft import irfft2, rfft2

        sampling = problem.sampling
        if problem.featureless:
            return problem.flat
        spectrum = self.spectrum(sampling.shape)
        energy = float(spectrum.sum() - spectrum[0, 0])
        filter_ = spectrum[:, : sampling.shape[1] // 2 + 1]
        noise = problem.variances * energy / (problem.spread**2 * problem.flat.size)

        def correlate(scene: Float) -> Float:
            return np.asarray(irfft2(rfft2(scene) * filter_, s=scene.shape))

        def covariance(values: Float) -> Float:
            return np.asarray(sampling.forward(correlate(sampling.adjoint(values))) + noise * values)

        weights = conjugate_gradients(covariance, problem.values, self.tolerance, self.iterations)
        return correlate(sampling.adjoint(weights))

    def spectrum(self, shape: tuple[int, int]) -> Float:
        """Return the power of each frequency, as `numpy.fft.fft2` lays them out."""
        down, across = (2.0 * np.pi * np.fft.fftfreq(n) for n in shape)
        sines = np.add.outer(np.sin(down) ** 2, np.sin(across) ** 2)
        squares = np.add.outer(down**2, across**2) / (2.0 * np.pi**2)
        return np.asarray(1.0 / ((1.0 - self.mu) ** 2 * sines + self.epsilon + self.mu**2 * squares))


def conjugate_gradients(operator: Callable[[Float], Float], target: Float, tolerance: float, iterations: int) -> Float:
    """Solve a symmetric positive definite system, from zero, to a residual relative to the target.

    Examples
    --------
    >>> conjugate_gradients(lambda x: np.array([2.0, 4.0]) * x, np.array([2.0, 2.0]), 1e-9, 10).round(6).tolist()
    [1.0, 0.5]
    """
    solution = np.zeros_like(target)
    residual = target.copy()
    direction = residual.copy()
    square = float(residual @ residual)
    enough = tolerance**2 * square
    for _ in range(iterations):
        if square <= enough:
            break
        image = operator(direction)
        step = square / float(direction @ image)
        solution += step * direction
        residual -= step * image
        before, square = square, float(residual @ residual)
        direction = residual + (square / before) * direction
    return solution
