"""Where a mask may have its center, read off a coarse ratio picture."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from hadimg.fitting.starts.linear import weighted_solve
from hadimg.fitting.starts.polish import Box, polished
from hadimg.masks.hugin import Hugin

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from hadimg.fitting.starts.coarse import Coarse
    from hadimg.masks.base import Mask

    Float = NDArray[np.float64]

__all__ = ["Quadratic", "centers", "quadratic", "with_center"]

FARTHEST = 1.5
"""Centers farther than this many sides from the middle are no start: a slope would do as well."""


class Quadratic(NamedTuple):
    """The logarithm of a ratio as ``level + slope . x + x . curvature . x``, with ``x = (v, u)`` from the middle."""

    level: float
    slope: Float
    curvature: Float

    def vertex(self) -> Float | None:
        """Return where the slope vanishes as ``(v, u)``; None on a saddle or a plane."""
        low, high = np.linalg.eigvalsh(self.curvature).tolist()
        if low * high <= 0:
            return None
        found = np.linalg.solve(self.curvature, -0.5 * self.slope)
        return found.astype(np.float64, copy=False)


def quadratic(coarse: Coarse) -> Quadratic:
    """Return the quadratic form nearest to the logarithm of the ratio."""
    logs = coarse.moved(np.log, lambda ratio: 1.0 / ratio)
    v, u = coarse.grid.offsets(0.5, 0.5)
    one = np.ones(coarse.grid.shape)
    level, down, across, vv, uv, uu = weighted_solve(
        [one, v * one, u * one, v * v * one, u * v, u * u * one], logs.ratio, logs.weight
    )
    return Quadratic(float(level), np.array([down, across]), np.array([[vv, uv / 2], [uv / 2, uu]]))


def centers(mask: Mask, coarse: Coarse, box: Box) -> list[tuple[float, float]]:
    """Return a few places at which the center of a mask may lie, fractions of the height and width."""
    names = mask.names
    places = [k for k, name in enumerate(names) if name in ("center_row", "center_col")]
    given = (float(mask.vector[places[0]]), float(mask.vector[places[1]]))
    if not box.free[places].any():
        return [given]
    found = [given, (0.5, 0.5)]
    vertex = quadratic(coarse).vertex()
    if vertex is not None:
        kv, ku = coarse.grid.scale
        row, col = 0.5 + vertex[0] / kv, 0.5 + vertex[1] / ku
        if max(abs(row - 0.5), abs(col - 0.5)) <= FARTHEST:
            found.append((float(row), float(col)))
    found.append(_symmetric(coarse, found[-1]))
    held = [box.hold(mask, with_center(mask, place)) for place in dict.fromkeys(found)]
    return list(dict.fromkeys((float(one.vector[places[0]]), float(one.vector[places[1]])) for one in held))


def _symmetric(coarse: Coarse, near: tuple[float, float]) -> tuple[float, float]:
    """Return the center about which the ratio is most nearly a round polynomial."""
    top = float(np.median(coarse.ratio))
    wave = Hugin(va=top or 1.0, vb=-0.3 * top, center_row=near[0], center_col=near[1])
    lower, upper = wave.bounds
    lower[-2:], upper[-2:] = 0.5 - FARTHEST, 0.5 + FARTHEST
    found = polished(wave, coarse.scaled(free=False), Box(np.ones(6, bool), lower, upper))
    return float(found.vector[-2]), float(found.vector[-1])


def with_center(mask: Mask, place: tuple[float, float]) -> Mask:
    """Return the mask with its center at another place."""
    return mask.replace(center_row=place[0], center_col=place[1])
