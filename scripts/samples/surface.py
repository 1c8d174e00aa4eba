"""The color of a surface and its fine relief: textures on solids, grass, rock and stones on hills."""

from __future__ import annotations

import math

from samples.compiled import compiled
from samples.hills import map_place
from samples.maps import grid_at
from samples.sky import smooth_step
from samples.tables import (
    ARCADE,
    BLUE,
    BUMP,
    FACE,
    FRAME,
    GREEN,
    GROUND,
    HEIGHT,
    HILLS,
    KIND,
    LATHE,
    MATERIAL,
    RED,
    REPEAT,
    SIZE,
    STONINESS,
    TEXTURE,
    TINT,
    Scene,
    Table,
)
from samples.vectors import Vector, along, cross, mix, multiply, scale, triple, unit


@compiled
def face_of(normal: Vector) -> int:
    """Return the number of the face of a box that a normal belongs to; see `scene.FACES`."""
    x, y, z = abs(normal[0]), abs(normal[1]), abs(normal[2])
    if x >= y and x >= z:
        return 1 if normal[0] > 0.0 else 0
    if y >= z:
        return 3 if normal[1] > 0.0 else 2
    return 5 if normal[2] > 0.0 else 4


@compiled
def texture_place(kind: int, local: Vector, face: int, size: Vector) -> tuple[float, float]:
    """Return where a point lies on the texture: 0 to 1 to the right and downward over one face of the solid."""
    if kind == LATHE:
        return math.atan2(local[0], -local[2]) / (2.0 * math.pi) + 0.5, 1.0 - local[1] / size[1]
    if kind == GROUND:
        return local[0] / size[0], local[2] / size[2]
    if kind == ARCADE:  # its height is the unit on all faces: stones are as large inside the arches
        size = (size[1], size[1], size[1])
    across, downward = local[0] / size[0], -local[1] / size[1]
    if face < 2:
        across = local[2] / size[2]
    elif face < 4:
        downward = -local[2] / size[2]
    return 0.5 * (across + 1.0), 0.5 * (downward + 1.0)


@compiled
def texel(texture: Table, layer: int, across: float, downward: float) -> float:
    """Return one layer of a texture, with straight lines between its pixels."""
    size = texture.shape[1]
    return grid_at(texture, layer, downward * size - 0.5, across * size - 0.5)


@compiled
def textured(material: Table, across: float, downward: float, scene: Scene) -> tuple[Vector, float, float]:
    """Return a texture's color and how its height grows to the right and downward."""
    texture = scene.textures[int(material[TEXTURE])]
    right, down = across * material[REPEAT], downward * material[REPEAT + 1]
    color = (texel(texture, RED, right, down), texel(texture, GREEN, right, down), texel(texture, BLUE, right, down))
    if material[BUMP] == 0.0:
        return color, 0.0, 0.0
    step = 0.7 / texture.shape[1]
    slope_right = texel(texture, HEIGHT, right + step, down) - texel(texture, HEIGHT, right - step, down)
    slope_down = texel(texture, HEIGHT, right, down + step) - texel(texture, HEIGHT, right, down - step)
    return color, material[BUMP] * slope_right, material[BUMP] * slope_down


@compiled
def albedo_and_normal(
    index: int, local: Vector, point: Vector, outward: Vector, distance: float, scene: Scene
) -> tuple[Vector, Vector]:
    """Return the share of light that a surface sends back, and its normal with the fine relief."""
    solid = scene.solids[index]
    material = scene.materials[int(solid[MATERIAL])]
    kind, tint = int(solid[KIND]), triple(material, TINT)
    if kind == HILLS:
        return multiply(tint, hill_color(point, distance, triple(solid, SIZE), scene)), outward
    face = face_of(
        (
            solid[FRAME] * outward[0] + solid[FRAME + 1] * outward[1] + solid[FRAME + 2] * outward[2],
            solid[FRAME + 3] * outward[0] + solid[FRAME + 4] * outward[1] + solid[FRAME + 5] * outward[2],
            solid[FRAME + 6] * outward[0] + solid[FRAME + 7] * outward[1] + solid[FRAME + 8] * outward[2],
        )
    )
    if material[TEXTURE] < 0.0 or (material[FACE] >= 0.0 and face != int(material[FACE])):
        return tint, outward
    across, downward = texture_place(kind, local, face, triple(solid, SIZE))
    color, slope_right, slope_down = textured(material, across, downward, scene)
    normal = outward
    if material[BUMP] != 0.0:
        tangent = cross((0.0, 1.0, 0.0), outward) if abs(outward[1]) < 0.9 else (1.0, 0.0, 0.0)
        normal = unit(along(along(outward, tangent, -slope_right), cross(outward, tangent), slope_down))
    return multiply(tint, color), normal


@compiled
def map_color(x: float, z: float, extent: float, scene: Scene) -> tuple[Vector, float]:
    """Return the color of the map of the hills at a place, and how much of the stones is seen there."""
    hills = scene.hills
    row, column = map_place(x, z, extent, hills)
    color = (grid_at(hills, RED, row, column), grid_at(hills, GREEN, row, column), grid_at(hills, BLUE, row, column))
    return color, grid_at(hills, STONINESS, row, column)


@compiled
def hill_color(point: Vector, distance: float, size: Vector, scene: Scene) -> Vector:
    """Return the color of a place on the hills: the map's, with tufts, and with stones where there are stones."""
    color, share = map_color(point[0], point[2], size[0], scene)
    side = scene.clouds.shape[1]
    tufts = grid_at(scene.clouds, 0, point[2] * 0.55 * side, point[0] * 0.55 * side)
    tufts = 0.5 + (tufts - 0.5) * math.exp(-0.006 * distance)
    patches = grid_at(scene.clouds, 0, point[2] * 0.06 * side, point[0] * 0.06 * side)
    color = scale(color, 0.35 + 0.75 * tufts + 0.55 * patches)
    if share > 0.5:
        tile = scene.stones.shape[1] / size[1]
        row, column = point[2] * tile, point[0] * tile
        stone = (
            grid_at(scene.stones, RED, row, column),
            grid_at(scene.stones, GREEN, row, column),
            grid_at(scene.stones, BLUE, row, column),
        )
        wet = 0.35 + 0.65 * smooth_step(0.05, 0.3, point[1] + 0.1 * patches)
        color = mix(color, scale(stone, wet * (0.8 + 0.4 * tufts)), smooth_step(0.5, 0.8, share))
    return color
