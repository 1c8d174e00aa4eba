r"""What a detector makes of light: photons that come when they like, gain, dark counts, offset, electronics, digits.

A reading of the light ``x`` (the sum of the scene over the pattern, in units of the scene) is

.. math:: y = g \, \mathrm{Poisson}(a (x + d)) + N(o, s^2)

with ``a`` photons per unit of light, gain ``g``, dark light ``d``, offset ``o`` and the deviation ``s``, then rounded
to the steps of a converter. Noise belongs to readings, never to coefficients: twice as many readings, twice the noise.

Modulating the light is no gain in itself. Where photons are the noise, each pixel of a picture from ``split`` patterns
has the variance of the scene's mean, whatever the pixel; pointing at one pixel after the other gives each the variance
of itself. Patterns win where a pixel is brighter than twice the mean, or where electronics are the noise. Sources:
Harwit and Sloane, Hadamard Transform Optics (1979); Wuttig, J. Opt. Soc. Am. A 22 (2005); Scotte, Galland and
Rigneault, arXiv 2204.06308.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from hadimg.errors import ArgumentError, ArgumentTypeError, FormatError

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    Float = NDArray[np.float64]

__all__ = ["Detector", "gaussian", "poisson", "poisson_gauss"]

_RULES: dict[str, tuple[str, Callable[[float], bool]]] = {
    "photons": ("above 0, or None for no photon noise", lambda value: value > 0),
    "gain": ("above 0", lambda value: value > 0),
    "dark": ("at least 0", lambda value: value >= 0),
    "offset": ("finite", lambda value: True),  # noqa: ARG005 (any finite number is one)
    "sigma": ("at least 0", lambda value: value >= 0),
    "bits": ("a whole number from 1 to 32, or None for exact readings", lambda value: 1 <= value <= 32),
    "full_scale": ("above 0, or None", lambda value: value > 0),
}
"""What each number of a detector must be."""


@dataclass(frozen=True, kw_only=True)
class Detector:
    """A detector and its noise; without arguments an ideal one, which reads light in units of the scene.

    Parameters
    ----------
    photons : float, optional
        Detected photons per unit of light. None means light without photon noise.
    gain : float
        Units of the reading per photon, or per unit of light where there is no photon noise.
    dark : float
        Light that is read in the dark, in units of the scene.
    offset : float
        Reading of nothing, in units of the reading.
    sigma : float
        Standard deviation of the electronics, in units of the reading.
    bits : int, optional
        Digits of the converter; it has ``2**bits - 1`` steps from 0 to ``full_scale``.
    full_scale : float, optional
        Its highest reading, in units of the reading. Readings beyond it, and below 0, saturate, and are counted.

    Raises
    ------
    ArgumentError
        When a number breaks its rule.

    Examples
    --------
    >>> detector = Detector(gain=50.0, offset=20.0, bits=12, full_scale=4095.0)
    >>> detector.read(np.array([10.0, 100.0]), np.random.default_rng())
    (array([ 520., 4095.]), 1)
    """

    photons: float | None = None
    gain: float = 1.0
    dark: float = 0.0
    offset: float = 0.0
    sigma: float = 0.0
    bits: int | None = None
    full_scale: float | None = None

    def __post_init__(self) -> None:
        for name, (rule, holds) in _RULES.items():
            value = getattr(self, name)
            if value is None and name in ("photons", "bits", "full_scale"):
                continue
            number = _number(name, value, rule)
            if not holds(number) or (name == "bits" and number != int(number)):
                raise ArgumentError(f"{name} must be {rule}, got {value!r}")
            object.__setattr__(self, name, int(number) if name == "bits" else number)
        if (self.bits is None) != (self.full_scale is None):
            raise ArgumentError("bits and full_scale belong together", remedy="give both: what the highest digit means")

    @property
    def scale(self) -> float:
        """Units of the reading per unit of light."""
        return self.gain * (1.0 if self.photons is None else self.photons)

    @property
    def zero(self) -> float:
        """Mean reading of no light."""
        return self.scale * self.dark + self.offset

    @property
    def step(self) -> float:
        """Smallest difference of readings; 0 without a converter."""
        if self.bits is None or self.full_scale is None:
            return 0.0
        return float(self.full_scale / (2**self.bits - 1))

    @property
    def noisy(self) -> bool:
        """Whether two readings of the same light may differ, or differ from the light."""
        return self.photons is not None or self.sigma > 0 or self.bits is not None

    def quantized(self, bits: int, full_scale: float) -> Detector:
        """Return the same detector before a converter.

        Parameters
        ----------
        bits : int
            Its digits.
        full_scale : float
            Its highest reading.

        Examples
        --------
        >>> gaussian(2.0).quantized(12, 4095.0).step
        1.0
        """
        return replace(self, bits=bits, full_scale=full_scale)

    def read(self, light: Float, rng: np.random.Generator) -> tuple[Float, int]:
        """Return readings of light, and how many of them saturate.

        Parameters
        ----------
        light : ndarray
            In units of the scene. Below zero there are no photons: then ``photons`` must be None.
        rng : numpy.random.Generator
            Where the noise comes from.
        """
        readings = self.gain * (light + self.dark)
        if self.photons is not None:
            expected = self.photons * (light + self.dark)
            lowest = float(expected.min(initial=0.0))
            if lowest < -1e-9 * float(abs(expected).max(initial=0.0)):
                raise ArgumentError(
                    f"photons cannot be fewer than none, and the light of a pattern is {lowest / self.photons:g}",
                    remedy="take a mode with patterns of 0 and 1, such as 'split', and a scene without negative values",
                )
            if float(expected.max(initial=0.0)) > 1e18:
                raise ArgumentError(f"a reading would count {expected.max():g} photons, the most is 1e18")
            readings = self.gain * rng.poisson(np.maximum(expected, 0.0)).astype(np.float64)
        if self.sigma > 0:
            readings = readings + rng.normal(0.0, self.sigma, readings.shape)
        return self._converted(readings + self.offset)

    def _converted(self, readings: Float) -> tuple[Float, int]:
        if self.full_scale is None:
            return readings, 0
        steps = np.rint(readings / self.step)
        most = float(2 ** (self.bits or 0) - 1)
        saturated = int(np.count_nonzero((steps < 0) | (steps > most)))
        return np.clip(steps, 0.0, most) * self.step, saturated

    def light(self, readings: Float) -> Float:
        """Return the light, in units of the scene, that readings stand for."""
        return np.asarray((readings - self.zero) / self.scale)

    def variance(self, readings: Float) -> Float:
        """Return the variance of the light that each reading stands for, as estimated from the reading itself."""
        electronics = self.sigma**2 + self.step**2 / 12.0
        photons = 0.0 if self.photons is None else self.gain * np.maximum(readings - self.offset, 0.0)
        return np.asarray((photons + electronics) / self.scale**2 + np.zeros_like(readings))

    def to_dict(self) -> dict[str, Any]:
        """Return the numbers that are not the usual ones, for JSON.

        Examples
        --------
        >>> poisson(30.0).to_dict()
        {'photons': 30.0}
        """
        return {one.name: getattr(self, one.name) for one in fields(self) if getattr(self, one.name) != one.default}

    @classmethod
    def from_dict(cls, numbers: Any) -> Detector:
        """Return the detector that `to_dict` described.

        Examples
        --------
        >>> Detector.from_dict({"photons": 30.0}) == poisson(30.0)
        True
        """
        known = {one.name for one in fields(cls)}
        if not isinstance(numbers, dict) or not known.issuperset(numbers):
            raise FormatError(f"a detector is described by {', '.join(sorted(known))}, got {numbers!r:.80}")
        return cls(**numbers)


def gaussian(sigma: float) -> Detector:
    """Return a detector with noise of one deviation at every reading: ``y = x + N(0, sigma^2)``.

    Parameters
    ----------
    sigma : float
        In units of the scene.

    Examples
    --------
    >>> gaussian(2.0)
    Detector(photons=None, gain=1.0, dark=0.0, offset=0.0, sigma=2.0, bits=None, full_scale=None)
    """
    return Detector(sigma=sigma)


def poisson(photons: float) -> Detector:
    """Return a detector that counts photons: ``y = Poisson(photons x)``.

    Parameters
    ----------
    photons : float
        Detected photons per unit of light.

    Examples
    --------
    >>> poisson(30.0).variance(np.array([60.0])) * 30.0**2  # photons, squared
    array([60.])
    """
    return Detector(photons=photons)


def poisson_gauss(
    photons: float, sigma: float, *, gain: float = 1.0, dark: float = 0.0, offset: float = 0.0
) -> Detector:
    """Return a detector with both: ``y = gain Poisson(photons (x + dark)) + N(offset, sigma^2)``.

    Parameters
    ----------
    photons : float
        Detected photons per unit of light.
    sigma : float
        In units of the reading.
    gain, dark, offset : float
        As in `Detector`.

    Examples
    --------
    >>> poisson_gauss(30.0, 2.0, gain=0.5).scale
    15.0
    """
    return Detector(photons=photons, sigma=sigma, gain=gain, dark=dark, offset=offset)


def _number(name: str, value: Any, rule: str) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float, np.integer, np.floating)):
        raise ArgumentTypeError(f"{name} must be a number {rule}, got {type(value).__name__}")
    number = float(value)
    if not math.isfinite(number):
        raise ArgumentError(f"{name} must be {rule}, got {value!r}")
    return number
