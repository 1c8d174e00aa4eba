"""Start values of spots, shapes with an edge, and graduated filters."""

from __future__ import annotations

import math
from itertools import product
from typing import TYPE_CHECKING

import numpy as np

from hadimg.fitting.starts.centers import centers, quadratic, with_center
from hadimg.fitting.starts.linear import weighted_solve
from hadimg.fitting.starts.polish import cost_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

    from hadimg.fitting.starts.coarse import Coarse
    from hadimg.fitting.starts.polish import Box
    from hadimg.masks.base import Mask

    Float = NDArray[np.float64]

__all__ = ["aperture", "gaussian", "half_cosine", "linear_gradient"]

SIGMAS = (0.2, 0.4, 0.8, 1.6)
RADII = (0.25, 0.4, 0.55, 0.7, 0.85)
SOFTNESSES = (0.02, 0.06, 0.15)
EXPONENTS = (1.3, 2.0, 4.0, 12.0)
TURNS = ((1.0, 0.0), (1.5, 0.0), (1.0 / 1.5, 0.0), (1.0, 45.0))
"""Aspects and angles."""
STARTS = (0.0, 0.2, 0.4, 0.6)
WIDTHS = (0.2, 0.5, 0.9)
EDGE_WIDTHS = (0.02, 0.06, 0.15, 0.35, 0.8)
EDGE_PLACES = (0.1, 0.3, 0.5, 0.7, 0.9)


def gaussian(mask: Mask, coarse: Coarse, box: Box) -> Iterator[Mask]:
    """Yield the spot of the quadratic form of the logarithm, ``Q = A u^2 + 2 B u v + C v^2``, and round ones."""
    form = quadratic(coarse)
    vertex = form.vertex()
    values, vectors = np.linalg.eigh(-2.0 * form.curvature)
    if vertex is not None and values[0] > 0:
        kv, ku = coarse.grid.scale
        wide = vectors[:, 0]  # along this axis the spot is widest
        aspect = math.sqrt(values[1] / values[0])
        yield mask.replace(
            sigma=float(np.clip((values[0] * values[1]) ** -0.25, 1e-3, 1e3)),
            aspect=float(np.clip(max(aspect, 1.02), 0.05, 20.0)),
            angle=math.degrees(math.atan2(-wide[0], wide[1])),
            center_row=float(np.clip(0.5 + vertex[0] / kv, -1.0, 2.0)),
            center_col=float(np.clip(0.5 + vertex[1] / ku, -1.0, 2.0)),
        )
    for place, sigma, angle in product(centers(mask, coarse, box), SIGMAS, (0.0, 45.0)):
        yield with_center(mask, place).replace(sigma=sigma, aspect=1.1, angle=angle)


def aperture(mask: Mask, coarse: Coarse, box: Box) -> Iterator[Mask]:
    """Yield discs, ellipses and rectangles; the gain outside of each solves the ratio."""
    few = coarse.thin()

    def edged(placed: Mask, radius: float, softness: float) -> Mask:
        bright = box.hold(mask, placed.replace(low=0.0, radius=radius, softness=softness))
        return bright.replace(low=float(np.clip(_share(bright, few), 0.0, 0.99)))

    for placed in _placed(mask, coarse, box):
        yield _best_edge(edged, placed, few, RADII, SOFTNESSES)


def half_cosine(mask: Mask, coarse: Coarse, box: Box) -> Iterator[Mask]:
    """Yield ramps; the brightness of each solves the ratio."""
    few = coarse.thin()

    def ramped(placed: Mask, start: float, width: float) -> Mask:
        dark = box.hold(mask, placed.replace(brightness=-1.0, start=start, width=width))
        return dark.replace(brightness=float(np.clip(_share(dark, few) - 1.0, -0.999, -1e-3)))

    for placed in _placed(mask, coarse, box):
        yield _best_edge(ramped, placed, few, STARTS, WIDTHS)


def _best_edge(
    made: Callable[[Mask, float, float], Mask],
    placed: Mask,
    coarse: Coarse,
    places: tuple[float, ...],
    widths: tuple[float, ...],
) -> Mask:
    """Return the best of the edges at all places with the middle width, or of those with all widths at that place."""
    trials = {place: made(placed, place, widths[len(widths) // 2]) for place in places}
    at = min(places, key=lambda place: cost_of(trials[place], coarse))
    return min((trials[at], *(made(placed, at, width) for width in widths)), key=lambda mask: cost_of(mask, coarse))


def _share(mask: Mask, coarse: Coarse) -> float:
    """Return the gain outside over the gain inside, from a mask that is 0 outside."""
    inside = mask.evaluate(coarse.grid)
    outside = 1.0 - inside
    if coarse.free_scale:
        high, low = weighted_solve([inside, outside], coarse.ratio, coarse.weight)
        return float(low / high) if high > 0 else 0.0
    return float(weighted_solve([outside], coarse.ratio - inside, coarse.weight)[0])


def _placed(mask: Mask, coarse: Coarse, box: Box) -> Iterator[Mask]:
    """Yield the mask with centers, aspects, angles and exponents that it may have."""
    spot = _moments(coarse)
    places = [(*place, *turn) for place in centers(mask, coarse, box) for turn in TURNS]
    if spot is not None:
        places += [spot, (*spot[:3], spot[3] + 45.0)]
    seen = set()
    for exponent, (row, col, aspect, angle) in product(EXPONENTS, places):
        placed = mask.replace(center_row=row, center_col=col, aspect=aspect, angle=angle, exponent=exponent)
        held = box.hold(mask, placed)
        if held.vector.tobytes() not in seen:
            seen.add(held.vector.tobytes())
            yield held


def _moments(coarse: Coarse) -> tuple[float, float, float, float] | None:
    """Return center, aspect and angle of the bright part, from its first and second moments."""
    known = coarse.weight > 0
    if not known.any():
        return None
    low, high = np.quantile(coarse.ratio[known], (0.02, 0.98))
    if not high > low:
        return None
    bright = np.where(known, np.clip((coarse.ratio - low) / (high - low), 0.0, 1.0), 0.0)
    bright = np.where(bright > 0.5, 1.0, 0.0)
    total = bright.sum()
    v, u = (place + np.zeros(coarse.grid.shape) for place in coarse.grid.offsets(0.5, 0.5))
    row, col = (bright * v).sum() / total, (bright * u).sum() / total
    dv, du = v - row, u - col
    vv, uv, uu = ((bright * part).sum() / total for part in (dv * dv, du * dv, du * du))
    values, vectors = np.linalg.eigh(np.array([[vv, uv], [uv, uu]]))
    if not values[0] > 0:
        return None
    wide = vectors[:, 1]
    kv, ku = coarse.grid.scale
    aspect = min(math.sqrt(values[1] / values[0]), 10.0)
    return 0.5 + float(row) / kv, 0.5 + float(col) / ku, aspect, math.degrees(math.atan2(-wide[0], wide[1]))


def linear_gradient(mask: Mask, coarse: Coarse, box: Box) -> Iterator[Mask]:
    """Yield edges across the direction in which the ratio grows; both gains of each solve the ratio."""
    v, u = coarse.grid.offsets(0.5, 0.5)
    one = np.ones(coarse.grid.shape)
    _, down, across = weighted_solve([one, v * one, u * one], coarse.ratio, coarse.weight)
    angle = math.degrees(math.atan2(-down, across))
    for turned in (angle, angle - 15.0, angle + 15.0, angle + 180.0):
        for width, place in product(EDGE_WIDTHS, EDGE_PLACES):
            plain = box.hold(mask, mask.replace(angle=turned, width=width))
            along = _along(plain, coarse)
            low, high = along.min(), along.max()
            edge = box.hold(mask, plain.replace(offset=float(low + place * (high - low))))
            step = box.hold(mask, edge.replace(low=1.0, high=2.0)).evaluate(coarse.grid) - 1.0
            dark, bright = weighted_solve([1.0 - step, step], coarse.ratio, coarse.weight)
            yield edge.replace(low=max(float(dark), 1e-3), high=max(float(bright), 1e-3))


def _along(mask: Mask, coarse: Coarse) -> Float:
    """Return the position of each cell along the axis of a graduated filter."""
    row, col, angle = (getattr(mask, name) for name in ("center_row", "center_col", "angle"))
    v, u = coarse.grid.offsets(row, col)
    turn = math.radians(angle)
    along: Float = u * math.cos(turn) - v * math.sin(turn)
    return along
