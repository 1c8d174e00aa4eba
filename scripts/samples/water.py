"""The surface of the sea: its waves, and the light that comes up out of it."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from samples.compiled import compiled
from samples.hills import height_at
from samples.maps import grid_at
from samples.sky import clear_radiance, smooth_step
from samples.tables import FAR, LIGHT, SIZE, TINT, TOWARDS
from samples.vectors import add, mix, multiply, scale, triple, unit

if TYPE_CHECKING:
    from samples.tables import Scene, Table
    from samples.vectors import Vector

WAVE_TILES = (0.031, 0.11, 0.47)  # how often the wave pattern repeats per meter, from swell to ripples
WAVE_SLOPES = (1.5, 0.9, 0.4)
SHALLOW = (0.16, 0.3, 0.27)
FOAM = (0.75, 0.77, 0.78)


@compiled
def water_normal(point: Vector, distance: float, scene: Scene) -> Vector:
    """Return the normal of the waves: three sizes of the cloud pattern's slopes, flatter far away."""
    east, north = 0.0, 0.0
    size = scene.clouds.shape[1]
    calm = 1.0 / (1.0 + 0.004 * distance)
    for octave in range(3):
        x, z = point[0] * WAVE_TILES[octave] * size, 1.6 * point[2] * WAVE_TILES[octave] * size
        here = grid_at(scene.clouds, 0, z, x)
        east += WAVE_SLOPES[octave] * calm * (grid_at(scene.clouds, 0, z, x + 2.0) - here)
        north += WAVE_SLOPES[octave] * calm * (grid_at(scene.clouds, 0, z + 2.0, x) - here)
    return unit((-east, 1.0, -north))


@compiled
def water_light(point: Vector, scene: Scene, material: Table) -> Vector:
    """Return the light that comes up out of the water: its color, lighter where it is shallow, foam at the shore."""
    zenith = clear_radiance((0.0, 1.0, 0.0), scene.sky)
    size = triple(scene.solids[scene.solids.shape[0] - 1], SIZE)  # hills come last
    depth = -height_at(point[0], point[2], size, scene.hills, scene.stones, -FAR)
    side = scene.clouds.shape[1]
    lace = grid_at(scene.clouds, 0, 0.9 * point[2] * side, 0.5 * point[0] * side)
    lace += 0.7 * grid_at(scene.clouds, 0, 0.07 * point[2] * side, 0.07 * point[0] * side)
    color = mix(triple(material, TINT), SHALLOW, math.exp(-1.3 * max(depth, 0.0)))
    edge = math.exp(-3.2 * max(depth, 0.0)) + 0.75 * math.exp(-40.0 * (depth - 0.75) ** 2)
    foam = smooth_step(0.55, 0.85, edge * lace)
    daylight = add(zenith, scale(triple(scene.lamp, LIGHT), max(scene.lamp[TOWARDS + 1], 0.0) / math.pi))
    return multiply(mix(color, FOAM, foam), daylight)
