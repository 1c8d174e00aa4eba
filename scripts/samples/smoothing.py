"""Takes the path tracer's noise away: light is averaged over neighbors that show the same kind of surface.

The color of the surface is divided out before and multiplied in after, so that texture and text stay sharp.
"""

from __future__ import annotations

import math
import os
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import numpy as np
from scipy import ndimage

from samples.compiled import compiled

if TYPE_CHECKING:
    from samples.noise import Field

DARKEST = 0.01
TAPS = ((0, 3 / 8), (-1, 1 / 4), (1, 1 / 4), (-2, 1 / 16), (2, 1 / 16))


def smoothed(picture: Field, tolerance: float = 0.5, levels: int = 3) -> Field:
    """Return the light (height, width, 3) of a picture of the path tracer without most of its noise.

    ``tolerance`` is the difference in tone, as a share, up to which neighbors count as the same light.
    """
    color = picture[..., 4:7] + DARKEST
    light = without_lonely_pixels(picture[..., :3] / color)
    surface = np.concatenate([picture[..., 7:10] * 1.5, np.sqrt(color) * 3.5, picture[..., 3:4] * 4.0], axis=-1)
    for level in range(levels):
        light = average(light, surface, 2**level, tolerance / 1.5**level)
    return np.asarray(light * color)


def without_lonely_pixels(light: Field) -> Field:
    """Return ``light`` with pixels that are far brighter than all about them brought down."""
    around = ndimage.percentile_filter(light, 75, size=(3, 3, 1))
    return np.minimum(light, 1.6 * around + 0.02)


def average(light: Field, surface: Field, step: int, tolerance: float) -> Field:
    """Return the average over 25 places, ``step`` pixels apart, weighted by how much alike they are."""
    tone = np.log(ndimage.gaussian_filter(light.mean(axis=-1), 1.5) + DARKEST)
    guide = np.concatenate([surface, tone[..., None] / tolerance], axis=-1)
    result = np.empty_like(light)
    average_row(0, light[:1], guide[:1], step, result[:1])  # compiles before the threads begin
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        list(pool.map(lambda row: average_row(row, light, guide, step, result), range(light.shape[0])))
    return result


@compiled
def average_row(row: int, light: Field, guide: Field, step: int, result: Field) -> None:
    """Fill one row of ``result`` with the weighted averages of `average`."""
    height, width = light.shape[0], light.shape[1]
    for column in range(width):
        red, green, blue, total = 0.0, 0.0, 0.0, 0.0
        for down, row_weight in TAPS:
            y = min(max(row + down * step, 0), height - 1)
            for right, column_weight in TAPS:
                x = min(max(column + right * step, 0), width - 1)
                difference = 0.0
                for channel in range(guide.shape[2]):
                    difference += (guide[y, x, channel] - guide[row, column, channel]) ** 2
                weight = row_weight * column_weight * math.exp(-difference)
                red += weight * light[y, x, 0]
                green += weight * light[y, x, 1]
                blue += weight * light[y, x, 2]
                total += weight
        result[row, column, 0] = red / total
        result[row, column, 1] = green / total
        result[row, column, 2] = blue / total
