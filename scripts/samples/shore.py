"""The land of the coast: a beach of stones, a bay, a headland with cliffs, as maps that the path tracer reads."""

from __future__ import annotations

import numpy as np
from scipy import ndimage

from samples.noise import Field, fractal

EXTENT = 400.0  # meters from edge to edge of the map
CELLS = 1024
TILE = 7.0  # meters of one tile of stones
TILE_CELLS = 512


def ramp(low: float, high: float, value: Field) -> Field:
    """Return 0 below ``low``, 1 above ``high`` and a smooth curve between."""
    share = np.clip((value - low) / (high - low), 0.0, 1.0)
    return np.asarray(share * share * (3.0 - 2.0 * share))


def land(rng: np.random.Generator) -> Field:
    """Return the maps (5, CELLS, CELLS) of the land: height, color, and how much of the stones is seen."""
    z, x = np.meshgrid(*[(np.arange(CELLS) / CELLS - 0.5) * EXTENT] * 2, indexing="ij")
    rough, fine = fractal(CELLS, 1.7, rng), fractal(CELLS, 1.1, rng)
    bend = 10.0 * (rough - 0.5)
    beach = (-174.0 + 0.25 * x + 0.012 * (x + 10) ** 2 + 0.6 * bend - z) / 9.0
    coast = 1.0 - np.hypot((x - 42.0) / 44.0, (z + 86.0) / 62.0) + 0.045 * bend + 0.07 * (fine - 0.5)
    far = 1.0 - np.hypot((x - 120.0) / 150.0, (z - 150.0) / 40.0) + 0.06 * bend
    cliff = ramp(0.0, 0.10, coast) * (3.5 + 2.0 * rough) + ramp(0.05, 0.6, coast) * (5.0 + 3.0 * rough)
    flat_beach = np.clip(beach, -2.0, 3.0)
    height = np.maximum.reduce(
        [flat_beach * 0.85, cliff - 1.5 + 1.2 * fine, 22.0 * ramp(0.0, 0.7, far) * (0.6 + rough) - 1.5]
    )
    steep = np.hypot(*np.gradient(ndimage.gaussian_filter(height, 1.0), EXTENT / CELLS))
    grass = ramp(2.0, 3.2, height + 2.0 * (fine - 0.5)) * (1.0 - ramp(0.55, 1.0, steep))
    near = 1.0 - 0.9 * ramp(20.0, 80.0, z)
    stones = ndimage.gaussian_filter(np.clip(1.0 - 0.78 * grass, 0.0, 1.0) * near, 1.0)
    rock = np.array([0.30, 0.26, 0.21]) * (0.55 + 0.6 * fine[..., None])
    turf = np.array([0.105, 0.125, 0.032]) + (rough - 0.5)[..., None] * np.array([0.09, 0.04, 0.01])
    color = rock + grass[..., None] * (turf - rock)
    return layers(height, color, stones)


def stones(rng: np.random.Generator, count: int = 900) -> Field:
    """Return one tile of stones (4, TILE_CELLS, TILE_CELLS) that repeats without seams: height up to 1, and color."""
    height = 0.05 * fractal(TILE_CELLS, 1.0, rng)
    color = np.ones((TILE_CELLS, TILE_CELLS, 3)) * np.array((0.16, 0.14, 0.115))
    radii = np.sort(np.exp(rng.normal(np.log(0.11), 0.55, count)).clip(0.04, 0.55))[::-1]
    for radius in radii:
        reach = int(radius / TILE * TILE_CELLS * 1.3) + 2
        row, column = rng.integers(0, TILE_CELLS, 2)
        y, x = np.mgrid[-reach : reach + 1, -reach : reach + 1] * (TILE / TILE_CELLS / radius)
        angle, flat = rng.uniform(0, np.pi), rng.uniform(0.6, 1.0)
        across, along = x * np.cos(angle) + y * np.sin(angle), (y * np.cos(angle) - x * np.sin(angle)) / flat
        dome = np.clip(1.0 - np.abs(across) ** 2.4 - np.abs(along) ** 2.4, 0.0, None) ** 0.45
        tall = radius * rng.uniform(0.7, 1.1) * dome
        place = np.ix_(
            (row + np.arange(-reach, reach + 1)) % TILE_CELLS, (column + np.arange(-reach, reach + 1)) % TILE_CELLS
        )
        higher = (tall > height[place]) & (dome > 0)
        height[place] = np.where(higher, tall, height[place])
        tone = rng.uniform(0.10, 0.42) * np.array((1.0, rng.uniform(0.88, 0.97), rng.uniform(0.70, 0.88)))
        color[place] = np.where(higher[..., None], tone, color[place])
    speckle = 0.75 + 0.5 * fractal(TILE_CELLS, 0.6, rng)
    height = ndimage.gaussian_filter(height, 1.0, mode="wrap")
    return layers(height / height.max(), color * speckle[..., None])


def layers(height: Field, color: Field, *more: Field) -> Field:
    """Return maps in the order that the path tracer reads; see `tables`."""
    return np.stack([height, *np.moveaxis(color, -1, 0), *more]).astype(np.float32)
