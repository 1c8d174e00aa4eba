"""Where a ray meets boxes, solids of revolution and arcades, each in its own frame."""

from __future__ import annotations

import math

import numpy as np

from samples.compiled import compiled
from samples.maps import table_at
from samples.tables import ARCADE, FAR, LATHE, Table
from samples.vectors import Vector, along, unit

STEPS = 40
ROOT_STEPS = 8


@compiled
def slab(origin: float, speed: float, half: float) -> tuple[float, float]:
    """Return where a ray enters and leaves the room from ``-half`` to ``half`` along one axis."""
    if abs(speed) < 1e-12:
        return (-FAR, FAR) if abs(origin) <= half else (FAR, -FAR)
    middle, reach = -origin / speed, abs(half / speed)
    return middle - reach, middle + reach


@compiled
def interval(origin: Vector, direction: Vector, half: Vector) -> tuple[float, float]:
    """Return where a ray enters and leaves a box about the origin; the first is larger for a miss."""
    enter, leave = slab(origin[0], direction[0], half[0])
    near, far = slab(origin[1], direction[1], half[1])
    enter, leave = max(enter, near), min(leave, far)
    near, far = slab(origin[2], direction[2], half[2])
    return max(enter, near), min(leave, far)


@compiled
def rounded_box(point: Vector, half: Vector, radius: float) -> float:
    """Return the distance to a box with rounded edges, negative inside."""
    x = abs(point[0]) - half[0] + radius
    y = abs(point[1]) - half[1] + radius
    z = abs(point[2]) - half[2] + radius
    outside = math.sqrt(max(x, 0.0) ** 2 + max(y, 0.0) ** 2 + max(z, 0.0) ** 2)
    return outside + min(max(x, y, z), 0.0) - radius


@compiled
def revolution(point: Vector, size: Vector, profile: Table) -> float:
    """Return how far outside a solid of revolution a point lies; ``profile`` holds its outer and inner radius."""
    height = point[1] / size[1]
    radius = math.sqrt(point[0] * point[0] + point[2] * point[2])
    beyond = max(radius - size[0] * table_at(profile, 0, height), point[1] - size[1], -point[1])
    if size[2] == 0.0 or beyond >= 0.0:
        return beyond
    return max(beyond, size[0] * table_at(profile, 1, height) - radius)


@compiled
def arcade(point: Vector, size: Vector, profile: Table) -> float:
    """Return how far outside a wall with arches a point lies.

    ``profile[0]`` begins with the arches' distance from each other, their half width, the height where they spring,
    and the half width below.
    """
    period, half_width, spring, half_width_below = profile[0, 0], profile[0, 1], profile[0, 2], profile[0, 3]
    x = (point[0] + size[0]) % period - 0.5 * period
    above = point[1] + size[1] - spring
    opening = half_width - math.hypot(x, above) if above > 0.0 else half_width_below - abs(x)
    wall = max(abs(point[0]) - size[0], abs(point[1]) - size[1], abs(point[2]) - size[2])
    return float(max(wall, opening))


@compiled
def outside(kind: int, point: Vector, size: Vector, profile: Table) -> float:
    """Return a number that is positive outside a solid and negative inside; the distance, but for lathed solids."""
    if kind == LATHE:
        return revolution(point, size, profile)
    if kind == ARCADE:
        return arcade(point, size, profile)
    return rounded_box(point, size, profile[0, 0])


@compiled
def march(kind: int, origin: Vector, direction: Vector, size: Vector, profile: Table) -> float:
    """Return the distance to the nearest point where a ray enters or leaves a solid, or `FAR`."""
    if kind == LATHE:
        middle = 0.5 * size[1]  # its box begins at the height 0
        enter, leave = interval((origin[0], origin[1] - middle, origin[2]), direction, (size[0], middle, size[0]))
    else:
        enter, leave = interval(origin, direction, size)
    enter = max(enter, 0.0)
    if enter >= leave:
        return FAR
    if kind != LATHE:
        return approach(kind, origin, direction, (enter, leave), size, profile)
    step = (leave - enter) / STEPS
    near = enter - 1e-6
    near_value = outside(kind, along(origin, direction, near), size, profile)
    for _ in range(STEPS + 1):
        far = near + step
        far_value = outside(kind, along(origin, direction, far), size, profile)
        if (far_value < 0.0) != (near_value < 0.0):
            return root(kind, origin, direction, (near, far), (near_value, far_value), size, profile)
        near, near_value = far, far_value
    return FAR


@compiled
def root(
    kind: int,
    origin: Vector,
    direction: Vector,
    ends: tuple[float, float],
    values: tuple[float, float],
    size: Vector,
    profile: Table,
) -> float:
    """Return where a ray crosses the surface between two ends, by the rule of Illinois."""
    near, far = ends
    near_value, far_value = values
    middle = far
    for _ in range(ROOT_STEPS):
        middle = (near * far_value - far * near_value) / (far_value - near_value)
        value = outside(kind, along(origin, direction, middle), size, profile)
        if (value < 0.0) == (far_value < 0.0):
            far, far_value, near_value = middle, value, 0.5 * near_value
        else:
            near, near_value, far_value = middle, value, 0.5 * far_value
        if abs(value) < 1e-7:
            break
    return middle if middle > 0.0 else FAR


@compiled
def approach(
    kind: int, origin: Vector, direction: Vector, span: tuple[float, float], size: Vector, profile: Table
) -> float:
    """Return where a ray meets a solid whose distance is known: each step is as long as surely is free."""
    distance, leave = span
    for _ in range(STEPS):
        gap = outside(kind, along(origin, direction, distance), size, profile)
        if gap < 1e-5:
            return distance if distance > 0.0 else FAR
        distance += gap
        if distance > leave:
            return FAR
    return distance


@compiled
def gradient(kind: int, point: Vector, size: Vector, profile: Table) -> Vector:
    """Return the outward unit normal of a solid by central differences."""
    step = 0.003 * size[1] if kind == LATHE else 2e-4
    x, y, z = point
    return unit(
        (
            outside(kind, (x + step, y, z), size, profile) - outside(kind, (x - step, y, z), size, profile),
            outside(kind, (x, y + step, z), size, profile) - outside(kind, (x, y - step, z), size, profile),
            outside(kind, (x, y, z + step), size, profile) - outside(kind, (x, y, z - step), size, profile) + 1e-12,
        )
    )


@compiled
def box_normal(point: Vector, size: Vector) -> Vector:
    """Return the normal of the face of a box that a point lies on."""
    x, y, z = point[0] / size[0], point[1] / size[1], point[2] / size[2]
    if abs(x) >= abs(y) and abs(x) >= abs(z):
        return (np.sign(x), 0.0, 0.0)
    if abs(y) >= abs(z):
        return (0.0, np.sign(y), 0.0)
    return (0.0, 0.0, np.sign(z))
