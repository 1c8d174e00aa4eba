"""A path tracer: light that leaves the lamp and the sky, meets solids a few times, and reaches the camera."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

from samples import sky as heaven
from samples.chance import draw
from samples.compiled import compiled
from samples.meeting import light_through, local_point, nearest, normal_at
from samples.scattering import coat, cosine_direction, fresnel, mirror, near_direction, through_glass
from samples.surface import albedo_and_normal
from samples.tables import (
    ACROSS,
    BACKDROP,
    FAR,
    GLASS,
    HAZE,
    HILLS,
    KIND,
    LAMP,
    LAMP_KIND,
    LIGHT,
    MATERIAL,
    METAL,
    ROUGHNESS,
    SHINE,
    SOFTNESS,
    SUN,
    SURFACE,
    TINT,
    TOWARDS,
    UPWARD,
    WATER,
)
from samples.vectors import add, along, cross, dot, multiply, scale, triple, unit
from samples.water import water_light, water_normal

if TYPE_CHECKING:
    from samples.chance import Chance
    from samples.tables import Scene, Table
    from samples.vectors import Vector

BLACK, WHITE = (0.0, 0.0, 0.0), (1.0, 1.0, 1.0)
NUDGE = 2e-4  # new rays begin so far above the surface
BRIGHTEST = 24.0  # one path brings no more light than this: keeps lonely bright pixels away


class Path(NamedTuple):
    """A ray on its way back from the camera to the light."""

    origin: Vector
    direction: Vector
    share: Vector  # of the light that it meets, so much reaches the camera
    light: Vector  # that it has gathered
    sharp: bool  # no rough surface has scattered it: it sees lamps as they are
    alive: bool


class Hit(NamedTuple):
    """Where a path meets a surface."""

    solid: int
    distance: float
    point: Vector
    outward: Vector  # the normal of the solid
    color: Vector
    normal: Vector  # with the fine relief, towards the path's side


class Seen(NamedTuple):
    """What one path brings: light, 1 where it meets a solid that is no backdrop, that surface's color and normal."""

    light: Vector
    covered: float
    color: Vector
    normal: Vector


@compiled
def radiance(origin: Vector, direction: Vector, scene: Scene, chance: Chance) -> Seen:
    """Return what is seen at ``origin`` in ``direction``."""
    path = Path(origin, direction, WHITE, BLACK, sharp=True, alive=True)
    covered, color, normal = 0.0, WHITE, BLACK
    for bounce in range(scene.bounces):
        index, distance = nearest(path.origin, path.direction, scene)
        if index < 0:
            heavens = heaven.radiance(path.direction, scene.sky, scene.clouds)
            path = gather(path, heavens, alive=False)
            break
        hit = surface_at(index, distance, path, scene)
        material = scene.materials[int(scene.solids[index, MATERIAL])]
        if bounce == 0:
            covered, color, normal = 1.0 - material[BACKDROP], hit.color, hit.normal
        path = interact(through_air(path, distance, scene), hit, material, scene, chance)
        if not path.alive:
            break
    red, green, blue = path.light
    return Seen((min(red, BRIGHTEST), min(green, BRIGHTEST), min(blue, BRIGHTEST)), covered, color, normal)


@compiled
def gather(path: Path, light: Vector, alive: bool) -> Path:
    """Return the path with the light that it meets."""
    gathered = add(path.light, multiply(path.share, light))
    return Path(path.origin, path.direction, path.share, gathered, path.sharp, alive)


@compiled
def turned(path: Path, origin: Vector, direction: Vector, share: Vector, sharp: bool) -> Path:
    """Return the path as it goes on from a surface."""
    return Path(origin, direction, multiply(path.share, share), path.light, path.sharp and sharp, alive=True)


@compiled
def surface_at(index: int, distance: float, path: Path, scene: Scene) -> Hit:
    """Return what a path meets at a distance."""
    point = along(path.origin, path.direction, distance)
    outward = normal_at(index, point, distance, scene)
    kind = int(scene.materials[int(scene.solids[index, MATERIAL]), SURFACE])
    if kind in (GLASS, LAMP):
        return Hit(index, distance, point, outward, WHITE, outward)
    if dot(path.direction, outward) > 0.0:
        outward = scale(outward, -1.0)
    if kind == WATER:
        return Hit(index, distance, point, outward, WHITE, water_normal(point, distance, scene))
    local = local_point(point, scene.solids[index])
    color, normal = albedo_and_normal(index, local, point, outward, distance, scene)
    return Hit(index, distance, point, outward, color, normal)


@compiled
def through_air(path: Path, distance: float, scene: Scene) -> Path:
    """Return the path after a way through the air, which takes of its light and adds of the sky's."""
    if not path.sharp or scene.sky[HAZE] == 0.0:
        return path
    clear = math.exp(-scene.sky[HAZE] * distance)
    air = heaven.clear_radiance(unit((path.direction[0], 0.02, path.direction[2])), scene.sky)
    hazy = gather(path, scale(air, 1.0 - clear), alive=True)
    return Path(path.origin, path.direction, scale(path.share, clear), hazy.light, path.sharp, alive=True)


@compiled
def interact(path: Path, hit: Hit, material: Table, scene: Scene, chance: Chance) -> Path:
    """Return the path after a surface."""
    kind = int(material[SURFACE])
    if kind == LAMP:
        return gather(path, triple(material, TINT) if path.sharp else BLACK, alive=False)
    if kind == GLASS:
        return pass_glass(path, hit, material, chance)
    if kind == WATER:
        return meet_water(path, hit, material, scene, chance)
    reflected, weight = coat(max(-dot(path.direction, hit.normal), 0.0), material[SHINE], path.sharp, chance)
    if kind == METAL:
        return reflect(path, hit, material[ROUGHNESS], hit.color, chance)
    if reflected:
        return reflect(path, hit, material[ROUGHNESS], scale(WHITE, weight), chance)
    return scatter(path, hit, scale(hit.color, weight), scene, chance)


@compiled
def pass_glass(path: Path, hit: Hit, material: Table, chance: Chance) -> Path:
    """Return the path behind a surface of glass; on its way out, the glass has taken its part of the light."""
    share = WHITE
    if dot(path.direction, hit.outward) > 0.0:
        red, green, blue = triple(material, TINT)
        thickness = hit.distance * material[ROUGHNESS]
        share = (red**thickness, green**thickness, blue**thickness)
    direction, inside = through_glass(path.direction, hit.outward, chance)
    origin = along(hit.point, hit.outward, -NUDGE if inside else NUDGE)
    return turned(path, origin, direction, share, sharp=True)


@compiled
def meet_water(path: Path, hit: Hit, material: Table, scene: Scene, chance: Chance) -> Path:
    """Return the path mirrored by a wave, or ended by the light that comes up out of the water."""
    if draw(chance) >= fresnel(max(-dot(path.direction, hit.normal), 0.0), 0.02):
        return gather(path, water_light(hit.point, scene, material), alive=False)
    x, y, z = mirror(path.direction, hit.normal)
    return turned(path, along(hit.point, hit.outward, NUDGE), unit((x, abs(y) + 1e-3, z)), WHITE, sharp=True)


@compiled
def reflect(path: Path, hit: Hit, roughness: float, share: Vector, chance: Chance) -> Path:
    """Return the path mirrored by a surface that is more or less smooth."""
    direction = near_direction(mirror(path.direction, hit.normal), roughness, chance)
    if dot(direction, hit.outward) <= 0.0:
        direction = mirror(direction, hit.outward)
    return turned(path, along(hit.point, hit.outward, NUDGE), direction, share, sharp=roughness < 0.3)


@compiled
def scatter(path: Path, hit: Hit, share: Vector, scene: Scene, chance: Chance) -> Path:
    """Return the path scattered by a matte surface, which also sends the lamp's light; weak paths end early."""
    on_hills = int(scene.solids[hit.solid, KIND]) == HILLS  # their maps are coarse: low rays would meet their facets
    origin = along(hit.point, hit.outward, 0.008 + 0.001 * hit.distance if on_hills else NUDGE)
    path = gather(path, multiply(share, lamp_light(origin, hit.normal, scene, chance)), alive=True)
    direction = cosine_direction(hit.normal, chance)
    red, green, blue = multiply(path.share, share)
    survival = min(1.2 * max(red, green, blue), 1.0)
    if dot(direction, hit.outward) <= 0.0 or draw(chance) > survival:
        return gather(path, BLACK, alive=False)
    return turned(path, origin, direction, scale(share, 1.0 / survival), sharp=False)


@compiled
def lamp_light(point: Vector, normal: Vector, scene: Scene, chance: Chance) -> Vector:
    """Return the light from the lamp that a matte white surface sends back."""
    lamp = scene.lamp
    light = triple(lamp, LIGHT)
    if int(lamp[LAMP_KIND]) == SUN:
        direction = near_direction(triple(lamp, TOWARDS), lamp[SOFTNESS], chance)
        limit, factor = FAR, 1.0 / math.pi
    else:
        across, upward = triple(lamp, ACROSS), triple(lamp, UPWARD)
        target = along(along(triple(lamp, TOWARDS), across, 2.0 * draw(chance) - 1.0), upward, 2.0 * draw(chance) - 1.0)
        path = add(target, scale(point, -1.0))
        limit = math.sqrt(dot(path, path))
        direction = scale(path, 1.0 / limit)
        facing = 4.0 * dot(cross(across, upward), direction)  # the lamp's area as seen from the point
        factor = max(facing, 0.0) / (math.pi * limit * limit)
    cosine = dot(direction, normal)
    if cosine <= 0.0 or factor <= 0.0:
        return (0.0, 0.0, 0.0)
    return scale(multiply(light, light_through(point, direction, limit - NUDGE, scene)), cosine * factor)
