"""A stack of pictures from a microscope: cells that glow, under uneven light that is the same on every page."""

from __future__ import annotations

import numpy as np
from scipy import ndimage

from samples.noise import Field, fractal

SIZE = 256
PAGES = 6
ELECTRONS = 0.6  # photons counted per gray level
BACKGROUND = 1800.0


def shading() -> Field:
    """Return the uneven light: brightest off the middle, falling smoothly to the corners, 1 on average."""
    place = (np.arange(SIZE) + 0.5) / SIZE
    row, column = np.meshgrid(place, place, indexing="ij")
    light = np.exp(-((row - 0.42) ** 2 + 1.3 * (column - 0.60) ** 2) / 0.70) * (1.0 + 0.18 * (column - 0.5))
    return np.asarray(light / light.mean(), np.float32)


def render(rng: np.random.Generator) -> Field:
    """Return the stack as uint16, pages x height x width: light times cells, counted photon by photon."""
    scenes = np.stack([page(rng) for _ in range(PAGES)])
    return np.rint(rng.poisson(scenes * shading() * ELECTRONS) / ELECTRONS).astype(np.uint16)


def page(rng: np.random.Generator) -> Field:
    """Return the brightness of one field of cells under even light."""
    rows, columns = np.mgrid[0:SIZE, 0:SIZE].astype(float)
    texture = 0.6 + 0.8 * fractal(SIZE, 0.9, rng)
    light = np.full((SIZE, SIZE), BACKGROUND)
    for row, column in scattered(rng, count=24, apart=34.0):
        long, wide, angle = rng.uniform(17, 25), rng.uniform(12, 17), rng.uniform(0, np.pi)
        body = ellipse(rows - row, columns - column, (long, wide, angle), wobble=rng.uniform(0, 0.16))
        shift = rng.normal(0, 2.0, 2)
        nucleus = ellipse(
            rows - row - shift[0], columns - column - shift[1], (0.48 * long, 0.5 * wide, angle), wobble=0.05
        )
        softness = rng.choice((0.8, 1.2, 2.5), p=(0.6, 0.25, 0.15))  # not all lie in the plane that is sharp
        cell = rng.uniform(900, 2000) * body**0.6 * texture + rng.uniform(3000, 7000) * nucleus**0.5 * texture
        light += ndimage.gaussian_filter(cell, softness)
    return light + 0.06 * ndimage.gaussian_filter(light - BACKGROUND, 12.0)


def scattered(rng: np.random.Generator, count: int, apart: float) -> Field:
    """Return up to ``count`` places that keep ``apart`` from each other; some lie across the edge."""
    places: list[Field] = []
    for candidate in rng.uniform(-8, SIZE + 8, (40 * count, 2)):
        if len(places) < count and all(np.hypot(*(candidate - place)) > apart for place in places):
            places.append(candidate)
    return np.array(places)


def ellipse(down: Field, right: Field, shape: tuple[float, float, float], wobble: float) -> Field:
    """Return the height of a dome over an ellipse with a wavy outline, 0 outside."""
    long, wide, angle = shape
    along, across = down * np.cos(angle) + right * np.sin(angle), right * np.cos(angle) - down * np.sin(angle)
    turn = np.arctan2(across, along)
    radius = np.hypot(along / long, across / wide) / (1.0 + wobble * np.sin(3.0 * turn + 7.0 * angle))
    return np.asarray(np.clip(1.0 - radius**2, 0.0, 1.0))
