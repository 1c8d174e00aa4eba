"""The product of 8-bit pixels with weights that depend on the distance from a point, evaluated on the way.

The distance of a pixel is ``hypot(v[row], u[column])``, in the unit that the profile wants: steps of a table, or the
range -1 to 1 of a polynomial after ``shift`` is added. See `hadimg.kernels.product` for suspects and results.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from hadimg.kernels.compiling import contracting_kernel, kernel
from hadimg.kernels.product import expand, multiply8_row

__all__ = ["DEGREE", "multiply8_polynomial", "multiply8_table"]

DEGREE = 15
"""The degree of the polynomial that `multiply8_polynomial` evaluates."""


@contracting_kernel
def polynomial_row(square: Any, u: Any, shift: Any, c: Any, weights: Any) -> None:
    """Evaluate a polynomial of degree 15 at the distances of one row; written out to stay in registers."""
    c0, c1, c2, c3, c4, c5, c6, c7 = c[0], c[1], c[2], c[3], c[4], c[5], c[6], c[7]
    c8, c9, c10, c11, c12, c13, c14, c15 = c[8], c[9], c[10], c[11], c[12], c[13], c[14], c[15]
    for j in range(u.size):
        x = np.sqrt(square + u[j] * u[j]) + shift
        high = (((((((c15 * x + c14) * x + c13) * x + c12) * x + c11) * x + c10) * x + c9) * x + c8) * x
        weights[j] = (((((((high + c7) * x + c6) * x + c5) * x + c4) * x + c3) * x + c2) * x + c1) * x + c0


@kernel
def table_row(square: Any, u: Any, levels: Any, slopes: Any, nodes: Any, weights: Any) -> None:
    """Interpolate a table linearly at the distances of one row; in two loops, of which the first is vectorized."""
    for j in range(u.size):
        distance = np.sqrt(square + u[j] * u[j])
        node = np.int32(distance)
        nodes[j] = node
        weights[j] = distance - np.float32(node)
    for j in range(u.size):
        place = np.uint32(nodes[j])  # unsigned: no test for indices from the end
        weights[j] = levels[place] + slopes[place] * weights[j]


@kernel
def multiply8_polynomial(
    pixels: Any, v: Any, u: Any, shift: Any, coefficients: Any, out: Any, color: int, threshold: Any, suspects: Any
) -> Any:
    """Multiply 8-bit pixels by a polynomial of the distance; return the counts of saturated values and of suspects."""
    height, width, channels = pixels.shape
    weights = np.empty(width, np.float32)
    expanded = np.empty(width * channels, np.float32)
    saturated, found = 0, 0
    for i in range(height):
        polynomial_row(v[i] * v[i], u, shift, coefficients, weights)
        expand(weights, channels, color, expanded)
        row, target = pixels[i].reshape(-1), out[i].reshape(-1)
        over, found = multiply8_row(row, expanded, target, threshold, i * width * channels, suspects, found)
        saturated += over
    return saturated, found


@kernel
def multiply8_table(
    pixels: Any, v: Any, u: Any, levels: Any, slopes: Any, out: Any, color: int, threshold: Any, suspects: Any
) -> Any:
    """Multiply 8-bit pixels by a table of the distance; return the counts of saturated values and of suspects."""
    height, width, channels = pixels.shape
    weights = np.empty(width, np.float32)
    nodes = np.empty(width, np.int32)
    expanded = np.empty(width * channels, np.float32)
    saturated, found = 0, 0
    for i in range(height):
        table_row(v[i] * v[i], u, levels, slopes, nodes, weights)
        expand(weights, channels, color, expanded)
        row, target = pixels[i].reshape(-1), out[i].reshape(-1)
        over, found = multiply8_row(row, expanded, target, threshold, i * width * channels, suspects, found)
        saturated += over
    return saturated, found
