"""The light of the sky in one direction: blue above, pale at the horizon, a glow about the sun, clouds on a plane."""

from __future__ import annotations

import math

from samples.compiled import compiled
from samples.maps import grid_at
from samples.tables import BELOW, CLOUD_LIGHT, CLOUD_SHADE, COVER, GLOW, HORIZON, SKY_SUN, ZENITH, Table
from samples.vectors import Vector, add, dot, mix, scale, triple

CLOUD_SCALE = 0.055  # tiles per unit of the cloud plane


@compiled
def smooth_step(low: float, high: float, value: float) -> float:
    """Return 0 below ``low``, 1 above ``high`` and a smooth curve between."""
    share = min(max((value - low) / (high - low), 0.0), 1.0)
    return share * share * (3.0 - 2.0 * share)


@compiled
def thickness(x: float, z: float, cover: float, clouds: Table) -> float:
    """Return how much cloud there is at a place of the cloud plane: large shapes that small ones fray."""
    size = clouds.shape[1]
    large = grid_at(clouds, 0, z * CLOUD_SCALE * size, x * CLOUD_SCALE * size)
    small = grid_at(clouds, 0, z * 4.1 * CLOUD_SCALE * size + 31.0, x * 4.1 * CLOUD_SCALE * size + 17.0)
    return smooth_step(1.0 - cover, 1.65 - cover, large + 0.42 * (small - 0.5))


@compiled
def clear_radiance(direction: Vector, sky: Table) -> Vector:
    """Return the light that comes from ``direction`` without clouds; see `scene.Sky` for the table."""
    height = max(direction[1], 0.0)
    near_sun = max(dot(direction, triple(sky, SKY_SUN)), 0.0)
    color = mix(triple(sky, ZENITH), triple(sky, HORIZON), math.exp(-4.5 * height))
    glow = 0.35 * near_sun**6 + 0.8 * near_sun**48 + 2.5 * near_sun**600
    color = add(color, scale(triple(sky, GLOW), glow * math.exp(-1.2 * height)))
    if direction[1] < 0.0:
        return mix(color, triple(sky, BELOW), smooth_step(0.0, 0.06, -direction[1]))
    return color


@compiled
def radiance(direction: Vector, sky: Table, clouds: Table) -> Vector:
    """Return the light that comes from ``direction``, with clouds: they are brighter where the sun shines on them."""
    color, cover, height = clear_radiance(direction, sky), sky[COVER], direction[1]
    if cover == 0.0 or height <= 0.0:
        return color
    x, z = direction[0] / (height + 0.09), direction[2] / (height + 0.09)
    amount = thickness(x, z, cover, clouds)
    if amount == 0.0:
        return color
    sunward = thickness(x + 0.35 * sky[SKY_SUN], z + 0.35 * sky[SKY_SUN + 2], cover, clouds)
    near_sun = max(dot(direction, triple(sky, SKY_SUN)), 0.0)
    light = min(math.exp(-2.2 * sunward) * (0.75 + 0.9 * near_sun**4), 1.0)
    cloud = mix(triple(sky, CLOUD_SHADE), triple(sky, CLOUD_LIGHT), light)
    return mix(color, cloud, 0.92 * amount * smooth_step(0.0, 0.1, height))
