"""The product of a strip of pixels with weights, rounded to nearest even and saturating.

8-bit pictures are multiplied in float32. Its error is far below half a level, but it can turn a value that lies next to
the middle between two levels the wrong way. Each kernel therefore lists the values that come to lie within ``doubt`` of
a middle, in 1/65536 of a level (the suspects), as ``index << 8 | value``, and its caller computes those few again in
float64: the result is that of float64 throughout. ``suspects`` has room for every value; ``falling`` says that no
weight is above 1 or below 0.

Arrays are (H, W, C); the first ``color`` channels are multiplied, the rest (opacity) is copied. Every kernel returns
how many values came out above the highest level and were saturated; suspects are left out of that count.

Weights are given, or depend on the distance ``hypot(v[row], u[column])`` from a point and are evaluated on the way. The
distance is in the unit that the profile wants: steps of a table, or the range -1 to 1 of a polynomial once ``shift`` is
added.

All of it stands in one file because the cache of compiled code asks only whether a function's own file has changed.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from hadimg.kernels.compiling import contracting_kernel, kernel

__all__ = ["DEGREE", "multiply8", "multiply8_polynomial", "multiply8_table", "multiply16"]

DEGREE = 12
"""The degree of the polynomial that `multiply8_polynomial` evaluates."""
UNIT, HALF = np.float32(65536), np.float32(32768)
BEYOND, TOP, LOW = np.float32((1 << 24) + (1 << 14)), np.int32(255), np.int32(0xFFFF)
CHUNK = np.uint64(512)
"""Values between two looks at the suspects: short enough to look again cheaply, long enough for wide registers."""


@kernel
def expand(weights: Any, channels: int, color: int, unit: Any, expanded: Any) -> None:
    """Repeat each weight, times ``unit``, for its pixel's color channels, and put ``unit`` itself for opacity."""
    if channels == 3 and color == 3:
        for j in range(weights.size):
            weight = weights[j] * unit
            expanded[3 * j] = weight
            expanded[3 * j + 1] = weight
            expanded[3 * j + 2] = weight
        return
    for j in range(weights.size):
        for k in range(color):
            expanded[channels * j + k] = weights[j] * unit
        for k in range(color, channels):
            expanded[channels * j + k] = unit


@kernel
def copy_row(values: Any, row: Any) -> None:
    """Copy a row of pixels, which ``out`` may overwrite; a loop that reads what it writes is slow, too."""
    for j in range(values.size):
        row[j] = values[j]


@contracting_kernel
def falling_chunk(values: Any, weights: Any, out: Any, doubt: Any, first: Any, last: Any) -> Any:
    """Multiply ``values[first:last]`` by weights of at most 1; return whether any is a suspect.

    Products are whole numbers of 1/65536 of a level, rounded by adding half a level and cutting: the low 16 bits tell
    how far a product was from the middle between two levels.
    """
    nearest = np.int32(1 << 16)
    for j in range(first, last):
        product = np.int32(np.float32(values[j]) * weights[j] + HALF)
        nearest = min(nearest, np.int32(np.int32(product + doubt) & LOW))
        out[j] = np.uint8(product >> 16)
    return nearest < 2 * doubt


@contracting_kernel
def rising_chunk(values: Any, weights: Any, out: Any, doubt: Any, first: Any, last: Any) -> Any:
    """Multiply like `falling_chunk`, by any weights; return also how many values saturated.

    Saturated products are put well away from any middle.
    """
    saturated, nearest = np.int32(0), np.int32(1 << 16)
    for j in range(first, last):
        product = np.int32(min(max(np.float32(values[j]) * weights[j] + HALF, HALF), BEYOND))
        nearest = min(nearest, np.int32(np.int32(product + doubt) & LOW))
        saturated = np.int32(saturated + (product >> 24))
        out[j] = np.uint8(min(np.int32(product >> 16), TOP))
    return saturated, nearest < 2 * doubt


@contracting_kernel
def multiply8_row(
    values: Any, weights: Any, out: Any, doubt: Any, falling: bool, start: int, suspects: Any, found: int
) -> Any:
    """Multiply one row of 8-bit values; list its suspects from ``suspects[found]`` on."""
    saturated = 0
    size = np.uint64(values.size)
    for first in range(np.uint64(0), size, CHUNK):
        last = min(first + CHUNK, size)
        if falling:
            doubtful = falling_chunk(values, weights, out, doubt, first, last)
        else:
            over, doubtful = rising_chunk(values, weights, out, doubt, first, last)
            saturated += int(over)
        if doubtful:
            for j in range(first, last):
                product = np.int32(min(max(np.float32(values[j]) * weights[j] + HALF, HALF), BEYOND))
                if np.int32(np.int32(product + doubt) & LOW) < 2 * doubt:
                    saturated -= int(product >> 24)
                    suspects[found] = (start + int(j)) << 8 | values[j]
                    found += 1
    return saturated, found


@kernel
def multiply8(pixels: Any, weights: Any, out: Any, color: int, doubt: Any, falling: bool, suspects: Any) -> Any:
    """Multiply 8-bit pixels by float32 weights (H, W); return the counts of saturated values and of suspects."""
    height, width, channels = pixels.shape
    expanded = np.empty(width * channels, np.float32)
    row = np.empty(width * channels, np.uint8)
    saturated, found = 0, 0
    for i in range(height):
        expand(weights[i], channels, color, UNIT, expanded)
        copy_row(pixels[i].reshape(-1), row)
        start = i * width * channels
        over, found = multiply8_row(row, expanded, out[i].reshape(-1), doubt, falling, start, suspects, found)
        saturated += over
    return saturated, found


@kernel
def multiply16(pixels: Any, weights: Any, out: Any, color: int, top: float) -> Any:
    """Multiply 8-bit or 16-bit pixels by float64 weights (H, W), saturating at ``top``; return how many did."""
    height, width, channels = pixels.shape
    expanded = np.empty(width * channels, np.float64)
    row = np.empty(width * channels, pixels.dtype)
    saturated = 0
    for i in range(height):
        expand(weights[i], channels, color, 1.0, expanded)
        copy_row(pixels[i].reshape(-1), row)
        target = out[i].reshape(-1)
        for j in range(row.size):
            level = np.rint(max(np.float64(row[j]) * expanded[j], 0.0))
            saturated += level > top
            target[j] = np.int32(min(level, top))
    return saturated


@contracting_kernel
def polynomial_row(square: Any, u: Any, shift: Any, c: Any, weights: Any) -> None:
    """Evaluate a polynomial of degree 12 at the distances of one row; written out to stay in registers."""
    c0, c1, c2, c3, c4, c5, c6 = c[0], c[1], c[2], c[3], c[4], c[5], c[6]
    c7, c8, c9, c10, c11, c12 = c[7], c[8], c[9], c[10], c[11], c[12]
    for j in range(u.size):
        x = np.sqrt(square + u[j] * u[j]) + shift
        high = (((((c12 * x + c11) * x + c10) * x + c9) * x + c8) * x + c7) * x
        weights[j] = ((((((high + c6) * x + c5) * x + c4) * x + c3) * x + c2) * x + c1) * x + c0


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
    pixels: Any,
    v: Any,
    u: Any,
    shift: Any,
    coefficients: Any,
    out: Any,
    color: int,
    doubt: Any,
    falling: bool,
    suspects: Any,
) -> Any:
    """Multiply 8-bit pixels by a polynomial of the distance; return the counts of saturated values and of suspects."""
    height, width, channels = pixels.shape
    weights = np.empty(width, np.float32)
    expanded = np.empty(width * channels, np.float32)
    row = np.empty(width * channels, np.uint8)
    saturated, found = 0, 0
    for i in range(height):
        polynomial_row(v[i] * v[i], u, shift, coefficients, weights)
        expand(weights, channels, color, UNIT, expanded)
        copy_row(pixels[i].reshape(-1), row)
        start = i * width * channels
        over, found = multiply8_row(row, expanded, out[i].reshape(-1), doubt, falling, start, suspects, found)
        saturated += over
    return saturated, found


@kernel
def multiply8_table(
    pixels: Any,
    v: Any,
    u: Any,
    levels: Any,
    slopes: Any,
    out: Any,
    color: int,
    doubt: Any,
    falling: bool,
    suspects: Any,
) -> Any:
    """Multiply 8-bit pixels by a table of the distance; return the counts of saturated values and of suspects."""
    height, width, channels = pixels.shape
    weights = np.empty(width, np.float32)
    nodes = np.empty(width, np.int32)
    expanded = np.empty(width * channels, np.float32)
    row = np.empty(width * channels, np.uint8)
    saturated, found = 0, 0
    for i in range(height):
        table_row(v[i] * v[i], u, levels, slopes, nodes, weights)
        expand(weights, channels, color, UNIT, expanded)
        copy_row(pixels[i].reshape(-1), row)
        start = i * width * channels
        over, found = multiply8_row(row, expanded, out[i].reshape(-1), doubt, falling, start, suspects, found)
        saturated += over
    return saturated, found
