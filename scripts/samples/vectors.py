"""Vectors of three numbers as tuples: x to the right, y up, z away from the camera."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from samples.compiled import compiled

if TYPE_CHECKING:
    from samples.tables import Table

Vector = tuple[float, float, float]


@compiled
def add(a: Vector, b: Vector) -> Vector:
    """Return ``a + b``."""
    return (a[0] + b[0], a[1] + b[1], a[2] + b[2])


@compiled
def along(start: Vector, direction: Vector, distance: float) -> Vector:
    """Return the point that lies ``distance`` along ``direction``."""
    return (
        start[0] + distance * direction[0],
        start[1] + distance * direction[1],
        start[2] + distance * direction[2],
    )


@compiled
def scale(a: Vector, factor: float) -> Vector:
    """Return ``a * factor``."""
    return (a[0] * factor, a[1] * factor, a[2] * factor)


@compiled
def multiply(a: Vector, b: Vector) -> Vector:
    """Return the Hadamard product of two vectors."""
    return (a[0] * b[0], a[1] * b[1], a[2] * b[2])


@compiled
def mix(a: Vector, b: Vector, share: float) -> Vector:
    """Return ``a`` where ``share`` is 0 and ``b`` where it is 1."""
    return add(scale(a, 1.0 - share), scale(b, share))


@compiled
def dot(a: Vector, b: Vector) -> float:
    """Return the inner product."""
    return a[0] * b[0] + a[1] * b[1] + a[2] * b[2]


@compiled
def cross(a: Vector, b: Vector) -> Vector:
    """Return the vector product."""
    return (a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0])


@compiled
def unit(a: Vector) -> Vector:
    """Return ``a`` at length one."""
    return scale(a, 1.0 / math.sqrt(dot(a, a)))


@compiled
def any_tangent(normal: Vector) -> Vector:
    """Return some unit vector at right angles to ``normal``."""
    if abs(normal[1]) < 0.9:
        return unit(cross((0.0, 1.0, 0.0), normal))
    return unit(cross((1.0, 0.0, 0.0), normal))


@compiled
def triple(table: Table, first: int) -> Vector:
    """Return three numbers of a table as a vector."""
    return (float(table[first]), float(table[first + 1]), float(table[first + 2]))
