r"""How patterns of +1 and -1 are shown by mirrors that know 0 and 1: one mode a row of the table.

With the flux ``F`` (the sum of the scene) and the coefficient ``c = <h, X>`` of a pattern ``h`` of +-1, the patterns
``h+ = (1 + h) / 2`` and ``h- = (1 - h) / 2`` read ``(F + c) / 2`` and ``(F - c) / 2``: one fast transform gives the
readings of every mode. A mode knows three things: the light of its readings, the coefficients that they stand for, and
how the variances of the readings go over into those of coefficients. Variance of a pixel, of ``n``, for readings of the
variance :math:`s^2`, all patterns shown and transformed back:

=================  ==================  ==============================  ==========================================
mode               readings            coefficient                     variance of a pixel
=================  ==================  ==============================  ==========================================
``raster``         n, one pixel each   the pixel                       :math:`s^2`
``plus_minus``     n, ideal            ``y``                           :math:`s^2 / n`
``split``          2 n                 ``y+ - y-``                     :math:`2 s^2 / n`
``complementary``  2 n, at once        ``y+ - ratio * y-``             :math:`2 s^2 / n`
``plus_only``      n                   ``2 y+ - y+[0]``                :math:`4 s^2 / n`, but :math:`s^2` at (0, 0)
``s_matrix``       n - 1               ``c[0] - 2 y-``                 :math:`4 (n - 1) s^2 / n^2`
=================  ==================  ==============================  ==========================================

``s_matrix`` is the S-matrix of Harwit and Sloane, whose scene has no pixel (0, 0): no pattern shows it, and it is
reconstructed as dark. The flux is not measured; it follows from all other coefficients, which must give a dark
pixel there. Of fewer than all patterns it comes out too small, by about one part in their number.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    Float = NDArray[np.float64]

__all__ = ["MODES", "Exposure", "Mode"]


class Exposure(NamedTuple):
    """What modes have to know of the camera.

    Parameters
    ----------
    detector_ratio : float
        What the second detector's readings are multiplied by to be those of the first.
    flux_exposures : int
        How often the pattern that is all light is shown where its reading enters every coefficient.
    flux_place : int
        Its place among the measured patterns; behind them all without it.
    """

    detector_ratio: float = 1.0
    flux_exposures: int = 1
    flux_place: int = 0

    @property
    def flux_readings(self) -> slice:
        """The one reading of that pattern, or none."""
        return slice(self.flux_place, self.flux_place + 1)


class Mode(NamedTuple):
    """One way to measure coefficients. Arrays are ``(m, channels)``, light and readings ``(m, readings, channels)``.

    Parameters
    ----------
    patterns : tuple of str
        What is shown for each coefficient: ``"plus"``, ``"minus"``, ``"signed"`` or ``"pixel"``.
    light : callable
        From coefficients and flux to the light of each reading.
    values : callable
        From the light of each reading to the coefficients.
    variances : callable
        From the variances of the light of each reading to those of coefficients.
    needs_flux : bool
        Whether the pattern that is all light must be among those measured.
    adds_flux : bool
        Whether the flux comes out as one more coefficient, the last, without having been measured.
    displayable : bool
        Whether mirrors can show the patterns.
    at_once : bool
        Whether all readings of a coefficient are of one exposure: mirrors show its first pattern only.
    """

    patterns: tuple[str, ...]
    light: Callable[[Float, Float, Exposure], Float]
    values: Callable[[Float, Exposure], Float]
    variances: Callable[[Float, Exposure], Float]
    needs_flux: bool = False
    adds_flux: bool = False
    displayable: bool = True
    at_once: bool = False

    @property
    def readings(self) -> int:
        """How many readings each coefficient takes."""
        return len(self.patterns)


def _same(coefficients: Float, _flux: Float, _exposure: Exposure) -> Float:
    return coefficients[:, np.newaxis]


def _first(light: Float, _exposure: Exposure) -> Float:
    return light[:, 0]


def _halves(coefficients: Float, flux: Float, exposure: Exposure) -> Float:
    other = (flux - coefficients) / (2.0 * exposure.detector_ratio)
    return np.stack([(flux + coefficients) / 2.0, other], axis=1)


def _difference(light: Float, exposure: Exposure) -> Float:
    return np.asarray(light[:, 0] - exposure.detector_ratio * light[:, 1])


def _difference_variances(variances: Float, exposure: Exposure) -> Float:
    return np.asarray(variances[:, 0] + exposure.detector_ratio**2 * variances[:, 1])


def _plus(coefficients: Float, flux: Float, _exposure: Exposure) -> Float:
    return ((flux + coefficients) / 2.0)[:, np.newaxis]


def _twice_less_flux(light: Float, exposure: Exposure) -> Float:
    return np.asarray(2.0 * light[:, 0] - light[exposure.flux_readings, 0])


def _twice_less_flux_variances(variances: Float, exposure: Exposure) -> Float:
    flux = variances[exposure.flux_readings, 0] / exposure.flux_exposures
    result = 4.0 * variances[:, 0] + flux
    result[exposure.flux_readings] = flux
    return np.asarray(result)


def _minus(coefficients: Float, flux: Float, _exposure: Exposure) -> Float:
    return ((flux - coefficients) / 2.0)[:, np.newaxis]


def _dark_corner(light: Float, _exposure: Exposure) -> Float:
    """Return coefficients from ``flux - c = 2 y``: with the flux last that makes the squares of all the smallest."""
    apart = 2.0 * light[:, 0]
    flux = apart.sum(axis=0, keepdims=True) / (len(apart) + 1)
    return np.concatenate([flux - apart, flux])


def _dark_corner_variances(variances: Float, _exposure: Exposure) -> Float:
    share = 2.0 / (len(variances) + 1)
    flux = share**2 * variances[:, 0].sum(axis=0, keepdims=True)
    return np.concatenate([4.0 * (1.0 - share) * variances[:, 0] + flux, flux])


MODES: dict[str, Mode] = {
    "raster": Mode(("pixel",), _same, _first, _first),
    "plus_minus": Mode(("signed",), _same, _first, _first, displayable=False),
    "split": Mode(("plus", "minus"), _halves, _difference, _difference_variances),
    "complementary": Mode(("plus", "minus"), _halves, _difference, _difference_variances, at_once=True),
    "plus_only": Mode(("plus",), _plus, _twice_less_flux, _twice_less_flux_variances, needs_flux=True),
    "s_matrix": Mode(("minus",), _minus, _dark_corner, _dark_corner_variances, adds_flux=True),
}
"""The modes of a camera."""


def normalised_pairs(light: Float) -> Float:
    """Return pairs of readings, each divided by its sum and multiplied by the mean sum: flicker is taken out.

    Parameters
    ----------
    light : ndarray, shape (m, 2, channels)
        Light of ``h+`` and ``h-``, whose sum is the flux.

    Examples
    --------
    >>> normalised_pairs(np.array([[[3.0], [1.0]], [[4.0], [8.0]]]))[:, :, 0]
    array([[6.        , 2.        ],
           [2.66666667, 5.33333333]])
    """
    sums = light.sum(axis=1, keepdims=True)
    mean = sums.mean(axis=0, keepdims=True)
    factors: Any = np.divide(mean, sums, out=np.ones_like(sums), where=sums > 0)
    return np.asarray(light * factors)
