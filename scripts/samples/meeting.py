"""Which solid a ray meets first, what its surface faces there, and how much light passes by all solids."""

from __future__ import annotations

from typing import TYPE_CHECKING

from samples.compiled import compiled
from samples.hills import climb, slope_of_hills
from samples.solids import box_normal, gradient, interval, march
from samples.tables import (
    BOX,
    FAR,
    FRAME,
    GLASS,
    GROUND,
    HILLS,
    KIND,
    LAMP,
    MATERIAL,
    PLACE,
    PROFILE,
    SIZE,
    SPHERE,
    SURFACE,
    TINT,
)
from samples.vectors import dot, multiply, scale, triple

if TYPE_CHECKING:
    from samples.tables import Scene, Table
    from samples.vectors import Vector


@compiled
def to_local(direction: Vector, solid: Table) -> Vector:
    """Return a direction of the world in a solid's own frame."""
    x, y, z = direction
    return (
        solid[FRAME] * x + solid[FRAME + 1] * y + solid[FRAME + 2] * z,
        solid[FRAME + 3] * x + solid[FRAME + 4] * y + solid[FRAME + 5] * z,
        solid[FRAME + 6] * x + solid[FRAME + 7] * y + solid[FRAME + 8] * z,
    )


@compiled
def to_world(direction: Vector, solid: Table) -> Vector:
    """Return a direction of a solid's own frame in the world."""
    x, y, z = direction
    return (
        solid[FRAME] * x + solid[FRAME + 3] * y + solid[FRAME + 6] * z,
        solid[FRAME + 1] * x + solid[FRAME + 4] * y + solid[FRAME + 7] * z,
        solid[FRAME + 2] * x + solid[FRAME + 5] * y + solid[FRAME + 8] * z,
    )


@compiled
def local_point(point: Vector, solid: Table) -> Vector:
    """Return a point of the world in a solid's own frame."""
    return to_local((point[0] - solid[PLACE], point[1] - solid[PLACE + 1], point[2] - solid[PLACE + 2]), solid)


@compiled
def near_sphere(solids: Table, index: int, origin: Vector, direction: Vector, limit: float) -> bool:
    """Return whether a ray meets the sphere about a solid before ``limit``."""
    x, y, z = solids[index, SPHERE], solids[index, SPHERE + 1], solids[index, SPHERE + 2]
    radius = solids[index, SPHERE + 3]
    away = (x - origin[0], y - origin[1], z - origin[2])
    middle = dot(away, direction)
    if middle + radius <= 0.0 or middle - radius >= limit:
        return False
    return bool(dot(away, away) - middle * middle < radius * radius)


@compiled
def meet(index: int, origin: Vector, direction: Vector, limit: float, scene: Scene) -> float:
    """Return the distance at which a ray meets one solid, or `FAR`; beyond ``limit`` it need not look."""
    solid = scene.solids[index]
    kind, size = int(solid[KIND]), triple(solid, SIZE)
    if kind == HILLS:
        return climb(origin, direction, limit, size, scene.hills, scene.stones)
    start, heading = local_point(origin, solid), to_local(direction, solid)
    if kind == GROUND:
        distance = -start[1] / heading[1] if heading[1] != 0.0 else FAR
        return distance if distance > 0.0 else FAR
    if kind == BOX:
        enter, leave = interval(start, heading, size)
        if enter >= leave or leave <= 0.0:
            return FAR
        return enter if enter > 0.0 else leave
    return march(kind, start, heading, size, scene.profiles[int(solid[PROFILE])])


@compiled
def nearest(origin: Vector, direction: Vector, scene: Scene) -> tuple[int, float]:
    """Return the number of the solid that a ray meets first (-1 for none) and the distance."""
    found, distance = -1, FAR
    for index in range(scene.solids.shape[0]):
        if near_sphere(scene.solids, index, origin, direction, distance):
            candidate = meet(index, origin, direction, distance, scene)
            if candidate < distance:
                found, distance = index, candidate
    return found, distance


@compiled
def normal_at(index: int, point: Vector, distance: float, scene: Scene) -> Vector:
    """Return a solid's outward normal in the world."""
    solid = scene.solids[index]
    kind, size = int(solid[KIND]), triple(solid, SIZE)
    local = local_point(point, solid)
    if kind == HILLS:
        return slope_of_hills(point, distance, size, scene.hills, scene.stones)
    if kind == GROUND:
        return (0.0, 1.0, 0.0)
    if kind == BOX:
        return to_world(box_normal(local, size), solid)
    return to_world(gradient(kind, local, size, scene.profiles[int(solid[PROFILE])]), solid)


@compiled
def light_through(origin: Vector, direction: Vector, limit: float, scene: Scene) -> Vector:
    """Return the share of light that passes from a lamp: none past a solid, a tinted part through glass."""
    share = (1.0, 1.0, 1.0)
    for index in range(scene.solids.shape[0]):
        if not near_sphere(scene.solids, index, origin, direction, limit):
            continue
        if meet(index, origin, direction, limit, scene) < limit:
            material = scene.materials[int(scene.solids[index, MATERIAL])]
            if int(material[SURFACE]) == GLASS:
                share = multiply(share, scale(triple(material, TINT), 0.8))
            elif int(material[SURFACE]) != LAMP:
                return (0.0, 0.0, 0.0)
    return share
