"""Hills as a map of heights, with a tile of stones laid over them, and where a ray meets them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from samples.compiled import compiled
from samples.maps import grid_at
from samples.tables import FAR, HEIGHT, STONINESS
from samples.vectors import along, unit

if TYPE_CHECKING:
    from samples.tables import Table
    from samples.vectors import Vector

HIGHEST_HILL = 25.0  # rays that rise above it are free


@compiled
def map_place(x: float, z: float, extent: float, hills: Table) -> tuple[float, float]:
    """Return the row and the column of a place on the maps of the hills, which end at their edges."""
    rows, columns = hills.shape[1], hills.shape[2]
    row = min(max((z / extent + 0.5) * rows, 0.0), rows - 2.0)
    return row, min(max((x / extent + 0.5) * columns, 0.0), columns - 2.0)


@compiled
def height_at(x: float, z: float, size: Vector, hills: Table, stones: Table, ceiling: float) -> float:
    """Return the height of the hills; ``size`` is their extent, the extent of a tile of stones, how tall those are.

    Where even the tallest stones would stay below ``ceiling``, their height is not looked up.
    """
    row, column = map_place(x, z, size[0], hills)
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
def slope_of_hills(point: Vector, distance: float, size: Vector, hills: Table, stones: Table) -> Vector:
    """Return the normal of the hills, over a span that grows with the distance from which they are seen."""
    span = 0.01 + 0.0007 * distance
    x, _, z = point
    east = height_at(x + span, z, size, hills, stones, -FAR) - height_at(x - span, z, size, hills, stones, -FAR)
    north = height_at(x, z + span, size, hills, stones, -FAR) - height_at(x, z - span, size, hills, stones, -FAR)
    return unit((-east, 2.0 * span, -north))
