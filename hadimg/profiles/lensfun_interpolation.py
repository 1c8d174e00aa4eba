"""The vignetting of a lens between its measurements, as lensfun interpolates it.

Weights are inverse distances to the power 3.5 in a space of three axes: focal length by the range of the lens,
``4 / f_number``, and ``0.1 / distance``. Settings farther than 1 from every measurement get no answer.
"""

from __future__ import annotations

import math
from operator import mul
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from hadimg.profiles.lensfun_data import CalibrationSet, Vignetting

__all__ = ["LARGEST_DISTANCE", "Interpolated", "interpolate"]

POWER = 3.5
EXACT = 1e-4
LARGEST_DISTANCE = 1.0


class Interpolated(NamedTuple):
    """What the measurements say of a setting.

    Parameters
    ----------
    coefficients : (float, float, float)
        k1, k2, k3.
    nearest : float
        Distance to the nearest measurement.
    """

    coefficients: tuple[float, float, float]
    nearest: float


def interpolate(
    calibration: CalibrationSet,
    focal_range: tuple[float, float],
    *,
    focal_length: float,
    f_number: float,
    distance: float,
) -> Interpolated:
    """Return the coefficients for a setting.

    Parameters
    ----------
    calibration : CalibrationSet
        With one measurement or more.
    focal_range : (float, float)
        Shortest and longest focal length of the lens.
    focal_length, f_number, distance : float
        The setting, in millimeters and meters.

    Examples
    --------
    >>> from hadimg.profiles.lensfun_data import CalibrationSet, Vignetting
    >>> near, far = Vignetting(50, 2, 10, (-0.4, 0, 0)), Vignetting(50, 4, 10, (-0.2, 0, 0))
    >>> both = CalibrationSet(1.0, (near, far))
    >>> interpolate(both, (50, 50), focal_length=50, f_number=8 / 3, distance=10).coefficients[0].__round__(6)
    -0.3
    """
    here = _place(focal_range, focal_length, f_number, distance)
    distances = [math.dist(here, _place_of(focal_range, one)) for one in calibration.vignetting]
    nearest = min(distances)
    if nearest < EXACT:
        return Interpolated(calibration.vignetting[distances.index(nearest)].coefficients, nearest)
    weights = [(nearest / distance) ** POWER for distance in distances]  # of the order of 1, whatever the distances
    total = math.fsum(weights)
    columns = zip(*(one.coefficients for one in calibration.vignetting), strict=True)
    k1, k2, k3 = (math.fsum(map(mul, weights, column)) / total for column in columns)
    return Interpolated((k1, k2, k3), nearest)


def _place_of(focal_range: tuple[float, float], one: Vignetting) -> tuple[float, float, float]:
    return _place(focal_range, one.focal_length, one.f_number, one.distance)


def _place(
    focal_range: tuple[float, float], focal_length: float, f_number: float, distance: float
) -> tuple[float, float, float]:
    shortest, longest = focal_range
    span = longest - shortest or 1.0  # lenses of one focal length count millimeters
    return (focal_length - shortest) / span, 4.0 / f_number, 0.1 / distance
