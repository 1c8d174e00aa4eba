"""Where light goes that meets a surface: mirrored, bent by glass, scattered by chance."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from samples.chance import disc, draw
from samples.compiled import compiled
from samples.vectors import along, any_tangent, cross, dot, scale, unit

if TYPE_CHECKING:
    from samples.chance import Chance
    from samples.vectors import Vector


@compiled
def near_direction(direction: Vector, spread: float, chance: Chance) -> Vector:
    """Return a unit vector near ``direction``; ``spread`` is the radius of the disc about its tip."""
    tangent = any_tangent(direction)
    x, y = disc(chance)
    return unit(along(along(direction, tangent, spread * x), cross(direction, tangent), spread * y))


@compiled
def cosine_direction(normal: Vector, chance: Chance) -> Vector:
    """Return a direction of the half space above ``normal``, as often as its cosine."""
    tangent = any_tangent(normal)
    x, y = disc(chance)
    upward = math.sqrt(max(1.0 - x * x - y * y, 0.0))
    return along(along(scale(normal, upward), tangent, x), cross(normal, tangent), y)


@compiled
def mirror(direction: Vector, normal: Vector) -> Vector:
    """Return ``direction`` reflected."""
    return along(direction, normal, -2.0 * dot(direction, normal))


@compiled
def fresnel(cosine: float, straight: float) -> float:
    """Return the share of light that a smooth surface reflects, by Schlick's formula."""
    return straight + (1.0 - straight) * (1.0 - min(cosine, 1.0)) ** 5


@compiled
def coat(cosine: float, shine: float, sharp: bool, chance: Chance) -> tuple[bool, float]:
    """Return whether a path is reflected by a surface's coat, and the weight that makes up for the choice.

    What the camera sees directly is reflected more often than nature does it, at less weight: highlights stay smooth.
    """
    if shine == 0.0:
        return False, 1.0
    natural = fresnel(cosine, shine)
    often = 0.2 + 0.8 * natural if sharp else natural
    if draw(chance) < often:
        return True, natural / often
    return False, (1.0 - natural) / (1.0 - often)


@compiled
def through_glass(direction: Vector, outward: Vector, chance: Chance) -> tuple[Vector, bool]:
    """Return where a ray goes at a surface of glass, and whether it then is inside."""
    entering = dot(direction, outward) < 0.0
    normal = outward if entering else scale(outward, -1.0)
    ratio = 1.0 / 1.5 if entering else 1.5
    cosine = -dot(direction, normal)
    sine_squared = ratio * ratio * (1.0 - cosine * cosine)
    if sine_squared >= 1.0:
        return mirror(direction, normal), not entering
    leaving = math.sqrt(1.0 - sine_squared)
    if draw(chance) < fresnel(min(cosine, leaving), 0.04):
        return mirror(direction, normal), not entering
    return unit(along(scale(direction, ratio), normal, ratio * cosine - leaving)), entering
