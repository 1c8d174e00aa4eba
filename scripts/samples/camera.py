"""A camera with a thin lens, and the picture that it takes of a scene."""

from __future__ import annotations

import math
import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from samples.chance import EVEN, Chance, begin_pixel, begin_sample, disc, draw, even_points
from samples.compiled import compiled
from samples.tracer import radiance
from samples.vectors import Vector, add, along, scale, unit

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from samples.tables import Scene, Table


@dataclass(frozen=True)
class Camera:
    """Where a camera stands and looks to, its angle of view (degrees, across the height), its lens."""

    position: Vector
    target: Vector
    angle: float = 40.0
    aperture: float = 0.0  # radius of the lens, in meters
    focus: float = 1.0  # distance of the plane that is sharp
    shift: float = 0.0  # moves the picture up, in half heights, so that upright edges stay upright

    def table(self) -> Table:
        """Return position, right, up, forward, tangent of half the angle, aperture, focus, shift."""
        forward = np.subtract(self.target, self.position)
        forward = forward / np.linalg.norm(forward)
        right = np.cross((0.0, 1.0, 0.0), forward)
        right /= np.linalg.norm(right)
        lens = [math.tan(math.radians(self.angle) / 2), self.aperture, self.focus, self.shift]
        return np.concatenate([self.position, right, np.cross(forward, right), forward, lens])


@compiled
def camera_ray(camera: Table, x: float, y: float, chance: Chance) -> tuple[Vector, Vector]:
    """Return origin and direction of a ray through a place of the picture; ``y`` goes from -1 at the bottom to 1."""
    position = (camera[0], camera[1], camera[2])
    right, up, forward = (
        (camera[3], camera[4], camera[5]),
        (camera[6], camera[7], camera[8]),
        (camera[9], camera[10], camera[11]),
    )
    sharp = along(along(forward, right, x * camera[12]), up, (y + camera[15]) * camera[12])
    across, upward = disc(chance)
    offset = add(scale(right, across * camera[13]), scale(up, upward * camera[13]))
    return add(position, offset), unit(add(scale(sharp, camera[14]), scale(offset, -1.0)))


@compiled
def paint_row(row: int, seed: int, camera: Table, scene: Scene, points: Table, picture: Table) -> None:
    """Fill one row of ``picture``; see `take` for its channels."""
    height, width = picture.shape[0], picture.shape[1]
    state = np.zeros(3, np.uint64)
    state[0] = np.uint64(seed) * np.uint64(1_000_003) + np.uint64(row) * np.uint64(7_919) + np.uint64(1)
    chance = Chance(state, points, np.zeros(EVEN))
    samples = points.shape[0]
    for column in range(width):
        begin_pixel(chance)
        for sample in range(samples):
            begin_sample(chance, sample)
            x = (2.0 * (column + draw(chance)) - width) / height
            y = 1.0 - 2.0 * (row + draw(chance)) / height
            origin, direction = camera_ray(camera, x, y, chance)
            seen = radiance(origin, direction, scene, chance)
            for channel in range(3):
                picture[row, column, channel] += seen.light[channel] / samples
                picture[row, column, 4 + channel] += seen.color[channel] / samples
                picture[row, column, 7 + channel] += seen.normal[channel] / samples
            picture[row, column, 3] += seen.covered / samples


def take(camera: Camera, scene: Scene, size: tuple[int, int], *, samples: int, seed: int) -> NDArray[Any]:
    """Return the picture (height, width, 10) that the camera takes of a scene.

    Its channels are red, green and blue in linear light, the share of the pixel that is no backdrop, and the color
    and the normal of the surface that is seen.
    """
    picture = np.zeros((*size, 10))
    table, points = camera.table(), even_points(samples)
    paint_row(0, seed, table, scene, points, np.zeros((1, 1, 10)))  # compiles before the threads begin
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        list(pool.map(lambda row: paint_row(row, seed, table, scene, points, picture), range(size[0])))
    return picture
