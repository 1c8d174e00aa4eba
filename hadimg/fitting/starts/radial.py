"""Start values of families that depend on the distance from a center."""

from __future__ import annotations

import math
from itertools import product
from typing import TYPE_CHECKING

import numpy as np

from hadimg.fitting.starts.centers import centers, with_center
from hadimg.fitting.starts.linear import INVERSE, LINEAR, factors_of, linear_start, weighted_solve
from hadimg.fitting.starts.polish import best_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from hadimg.fitting.starts.coarse import Coarse
    from hadimg.fitting.starts.linear import Link
    from hadimg.fitting.starts.polish import Box
    from hadimg.masks.base import Mask

    Float = NDArray[np.float64]

__all__ = ["cosine", "exponential_decay", "inverse_polynomial", "kang_weiss", "polynomial", "tanh_falloff"]

ANGLES = (5.0, 15.0, 25.0, 35.0, 45.0, 55.0, 65.0, 75.0)
POWERS = (0.3, 0.5, 1.0, 1.5, 2.0, 3.0, 4.5, 6.5)
STEEPNESSES = (1.0, 1.7, 2.5, 3.5, 4.5, 6.0, 7.9)
FOCAL_LENGTHS = (0.4, 0.7, 1.0, 1.5, 2.2, 4.0)
VIGNETTINGS = (-1.0, -0.4, 0.0, 0.1, 0.3, 0.6)
SHIFTS, LONG, STRONG = (0.35, 0.7), (2.2, 4.5), (0.15, 0.45)
"""A steep tilt moves the brightest place away from the center: how far, for long lenses with strong vignetting."""


def _distance(mask: Mask, coarse: Coarse) -> Float:
    row, col = (getattr(mask, name) for name in ("center_row", "center_col"))
    v, u = coarse.grid.offsets(row, col)
    return np.hypot(v, u)


def polynomial(mask: Mask, coarse: Coarse, box: Box) -> Iterator[Mask]:
    """Yield the coefficients that solve the ratio, for each center."""
    return _by_center(mask, coarse, box, LINEAR)


def inverse_polynomial(mask: Mask, coarse: Coarse, box: Box) -> Iterator[Mask]:
    """Yield the coefficients that solve one over the ratio, for each center."""
    return _by_center(mask, coarse, box, INVERSE)


def _by_center(mask: Mask, coarse: Coarse, box: Box, link: Link) -> Iterator[Mask]:
    for place in centers(mask, coarse, box):
        yield linear_start(with_center(mask, place), coarse, box, link)


def cosine(mask: Mask, coarse: Coarse, box: Box) -> Iterator[Mask]:
    """Yield angles of the cosine-fourth laws."""
    for place in centers(mask, coarse, box):
        for angle in ANGLES:
            vector = with_center(mask, place).vector
            vector[0] = angle
            yield mask.with_vector(vector)


def exponential_decay(mask: Mask, coarse: Coarse, box: Box) -> Iterator[Mask]:
    """Yield for each center and power the rate that solves the logarithm of the ratio."""
    logs = coarse.moved(np.log, lambda ratio: 1.0 / ratio)
    for place in centers(mask, coarse, box):
        for power in POWERS:
            candidate = box.hold(mask, with_center(mask, place).replace(power=power))
            raised = _distance(candidate, coarse) ** candidate.power  # type: ignore[attr-defined]
            columns = [-raised, np.ones_like(raised)][: 2 if coarse.free_scale else 1]
            rate = float(weighted_solve(columns, logs.ratio, logs.weight)[0])
            yield candidate.replace(rate=max(rate, 1e-3))


def tanh_falloff(mask: Mask, coarse: Coarse, box: Box) -> Iterator[Mask]:
    """Yield for each center and steepness the corner that solves one over the ratio: ``1 + (V - 1)(1 - T)``."""
    inverse = coarse.moved(lambda ratio: 1.0 / ratio, lambda ratio: -1.0 / ratio**2)
    for place in centers(mask, coarse, box):
        for steepness in STEEPNESSES:
            candidate = box.hold(mask, with_center(mask, place).replace(steepness=steepness))
            b: float = candidate.steepness  # type: ignore[attr-defined]
            rise = 1.0 - np.tanh(b * (1.0 - _distance(candidate, coarse))) / math.tanh(b)
            if coarse.free_scale:
                found = factors_of([np.ones_like(rise), rise], inverse)
                more = found[1] / found[0] if found is not None and found[0] else 0.0
            else:
                (more,) = weighted_solve([rise], inverse.ratio - 1.0, inverse.weight)
            yield candidate.replace(corner=float(np.clip(1.0 / (1.0 + max(more, 0.0)), 1e-3, 0.999)))


def kang_weiss(mask: Mask, coarse: Coarse, box: Box) -> Iterator[Mask]:
    """Yield for centers, focal lengths and vignettings the tilt that the cube root of the rest shows as a plane."""
    places = centers(mask, coarse, box)
    lenses = [
        box.hold(mask, with_center(mask, place).replace(focal_length=focal_length, alpha=alpha, tilt=0.0))
        for place, focal_length, alpha in product(places, FOCAL_LENGTHS, VIGNETTINGS)
    ]
    # The best lens by itself: a steep tilt explains a little of everything, and would hide it.
    level = np.array([name not in ("tilt", "tilt_axis") for name in mask.names], bool)
    alone = best_of(lenses[0], lenses, coarse, box._replace(free=box.free & level))
    for lens in (alone, *lenses):
        yield lens
        yield _tilted(lens, coarse)
    kv, ku = coarse.grid.scale
    for turn, shift, focal_length, alpha in product(range(0, 360, 45), SHIFTS, LONG, STRONG):
        row = places[-1][0] + shift * math.sin(math.radians(turn)) / kv
        col = places[-1][1] + shift * math.cos(math.radians(turn)) / ku
        aside = with_center(mask, (row, col)).replace(focal_length=focal_length, alpha=alpha, tilt=0.0)
        yield _tilted(box.hold(mask, aside), coarse)


def _tilted(mask: Mask, coarse: Coarse) -> Mask:
    """Return the mask with the tilt and its axis from ``(tan(tilt) / f)(u sin(axis) - v cos(axis))``."""
    row, col, focal_length = (getattr(mask, name) for name in ("center_row", "center_col", "focal_length"))
    v, u = coarse.grid.offsets(row, col)
    one = np.ones(coarse.grid.shape)
    rest = coarse.over(mask.evaluate(coarse.grid)).moved(np.cbrt, lambda ratio: np.cbrt(ratio) / (3.0 * ratio))
    level, across, down = weighted_solve([one, u * one, v * one], rest.ratio, rest.weight)
    if not level:
        return mask
    steep = focal_length * math.hypot(across, down) / level
    return mask.replace(
        tilt=float(np.clip(math.degrees(math.atan(steep)), -70.0, 70.0)),
        tilt_axis=math.degrees(math.atan2(across / level, -down / level)),
    )
