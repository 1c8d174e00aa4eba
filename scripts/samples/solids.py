"""Where a ray meets boxes, solids of revolution, arcades, the ground, hills; each in its own frame."""

from __future__ import annotations

import math

import numpy as np

from samples.compiled import compiled
from samples.tables import ARCADE, HEIGHT, LATHE, STONINESS, Table
from samples.vectors import Vector, along, unit

FAR = 1e9
STEPS = 40
ROOT_STEPS = 8
HIGHEST_HILL = 25.0


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
def table_at(table: Table, row: int, place: float) -> float:
    """Return the value in a row of a table at a fraction of its length, with straight lines between its entries."""
    position = min(max(place, 0.0), 1.0) * (table.shape[1] - 1)
    index = min(int(position), table.shape[1] - 2)
    return float(table[row, index] + (position - index) * (table[row, index + 1] - table[row, index]))


@compiled
def grid_at(grids: Table, layer: int, row: float, column: float) -> float:
    """Return the value of one of several grids that repeat for ever, with straight lines between their entries.

    The lengths of their edges are powers of two: a mask of bits is faster than a division.
    """
    first_row, first_column = math.floor(row), math.floor(column)
    down, right = row - first_row, column - first_column
    r0, c0 = int(first_row) & (grids.shape[1] - 1), int(first_column) & (grids.shape[2] - 1)
    r1, c1 = (r0 + 1) & (grids.shape[1] - 1), (c0 + 1) & (grids.shape[2] - 1)
    upper = grids[layer, r0, c0] + right * (grids[layer, r0, c1] - grids[layer, r0, c0])
    lower = grids[layer, r1, c0] + right * (grids[layer, r1, c1] - grids[layer, r1, c0])
    return float(upper + down * (lower - upper))


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
def height_at(x: float, z: float, size: Vector, hills: Table, stones: Table, ceiling: float) -> float:
    """Return the height of the hills; ``size`` is their extent, the extent of a tile of stones, how tall those are.

    Where even the tallest stones would stay below ``ceiling``, their height is not looked up.
    """
    rows, columns = hills.shape[1], hills.shape[2]
    row = min(max((z / size[0] + 0.5) * rows, 0.0), rows - 2.0)
    column = min(max((x / size[0] + 0.5) * columns, 0.0), columns - 2.0)
    height = grid_at(hills, HEIGHT, row, column)
    if height + size[2] < ceiling:
        return height + size[2]
    tile = stones.shape[1] / size[1]
    return height + grid_at(hills, STONINESS, row, column) * size[2] * grid_at(stones, HEIGHT, z * tile, x * tile)


@compiled
def climb(origin: Vector, direction: Vector, limit: float, size: Vector, hills: Table, stones: Table) -> float:
    """Return the distance at which a ray meets the hills, or `FAR`; steps grow with the height above ground."""
    distance, before = 0.0, 0.0
    limit = min(limit, size[0])
    while distance < limit:
        point = along(origin, direction, distance)
        gap = point[1] - height_at(point[0], point[2], size, hills, stones, point[1])
        if gap < 0.0:
            near, far = before, distance
            for _ in range(7):
                middle = 0.5 * (near + far)
                point = along(origin, direction, middle)
                if point[1] < height_at(point[0], point[2], size, hills, stones, point[1]):
                    far = middle
                else:
                    near = middle
            return far
        if direction[1] > 0.0 and point[1] > HIGHEST_HILL:
            return FAR
        before = distance
        stride = 0.9 if gap < size[2] else 2.0  # the land itself rises less than its stones
        distance += max(stride * gap, 0.006 + 0.003 * distance)
    return FAR


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
def slope_of_hills(point: Vector, distance: float, size: Vector, hills: Table, stones: Table) -> Vector:
    """Return the normal of the hills, over a span that grows with the distance from which they are seen."""
    span = 0.01 + 0.0007 * distance
    x, _, z = point
    east = height_at(x + span, z, size, hills, stones, -FAR) - height_at(x - span, z, size, hills, stones, -FAR)
    north = height_at(x, z + span, size, hills, stones, -FAR) - height_at(x, z - span, size, hills, stones, -FAR)
    return unit((-east, 2.0 * span, -north))


@compiled
def box_normal(point: Vector, size: Vector) -> Vector:
    """Return the normal of the face of a box that a point lies on."""
    x, y, z = point[0] / size[0], point[1] / size[1], point[2] / size[2]
    if abs(x) >= abs(y) and abs(x) >= abs(z):
        return (np.sign(x), 0.0, 0.0)
    if abs(y) >= abs(z):
        return (0.0, np.sign(y), 0.0)
    return (0.0, 0.0, np.sign(z))
