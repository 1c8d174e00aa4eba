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
added. Rows are taken in the order of ``rows``: one that lies as far from the point as the one before uses its weights.
``u`` may end with the column in the middle of the picture, where those behind it lie as far away as those before it.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from hadimg.kernels.compiling import contracting_kernel, kernel
from hadimg.kernels.lanes import FALLING, LANES, RISING

__all__ = [
    "DEGREE",
    "multiply8",
    "multiply8_polynomial",
    "multiply8_table",
    "multiply16",
]

DEGREE = 12
"""The degree of the polynomial that `multiply8_polynomial` evaluates."""
HALF = np.float32(32768)
falling_grey, falling_rgb, falling_rgba = FALLING["grey"], FALLING["rgb"], FALLING["rgba"]
rising_grey, rising_rgb, rising_rgba = RISING["grey"], RISING["rgb"], RISING["rgba"]


@kernel
def expand(weights: Any, channels: int, color: int, unit: Any, expanded: Any) -> None:
    """Repeat each weight for its pixel's color channels, and put ``unit`` for opacity."""
    for j in range(weights.size):
        for k in range(color):
            expanded[channels * j + k] = weights[j]
        for k in range(color, channels):
            expanded[channels * j + k] = unit


@kernel
def copy_row(values: Any, row: Any) -> None:
    """Copy a row of pixels, which ``out`` may overwrite; a loop that reads what it writes is slow, too."""
    for j in range(values.size):
        row[j] = values[j]


@kernel
def multiply8_groups(
    values: Any, weights: Any, out: Any, kept: Any, start: int, layout: Any, doubt: Any, falling: bool
) -> Any:
    """Multiply groups of pixels up to the first with a suspect; see `hadimg.kernels.lanes`.

    Products are whole numbers of 1/65536 of a level, rounded by adding half a level and cutting: the low 16 bits tell
    how far a product was from the middle between two levels. Adding the doubt, too, changes the level of suspects only.
    """
    half, bound = HALF + np.float32(doubt), np.int32(2 * doubt)
    addresses = values.ctypes.data, weights.ctypes.data, out.ctypes.data, kept.ctypes.data
    rest = (start, weights.size // LANES, half, bound)
    if layout == 1:
        return falling_grey(*addresses, *rest) if falling else rising_grey(*addresses, *rest)
    if layout == 3:
        return falling_rgb(*addresses, *rest) if falling else rising_rgb(*addresses, *rest)
    return falling_rgba(*addresses, *rest) if falling else rising_rgba(*addresses, *rest)


@kernel
def multiply8_whole_groups(
    values: Any,
    weights: Any,
    out: Any,
    kept: Any,
    channels: int,
    doubt: Any,
    falling: bool,
    place: int,
    size: int,
    suspects: Any,
) -> Any:
    """Multiply all whole groups of a row and list the suspects among the first ``size`` values of each.

    ``place`` is the flat index of ``values[0]``.
    """
    saturated, found, group = 0, 0, 0
    while True:
        group, word, over = multiply8_groups(values, weights, out, kept, group, channels, doubt, falling)
        saturated += over
        if word == 0:
            return saturated, found
        for lane in range(size):
            if (word >> lane) & 1:
                suspects[found] = (place + LANES * channels * group + lane) << 8 | kept[lane]
                found += 1
        group += 1


@kernel
def multiply8_row(
    pixels: Any, weights: Any, out: Any, color: int, doubt: Any, falling: bool, place: int, suspects: Any
) -> Any:
    """Multiply one row of 8-bit pixels (W, C) by its weights (W,); return the counts that all kernels return.

    The last pixels, which fill no group, are multiplied in a group of their own behind the row.
    """
    channels = pixels.shape[1]
    values, target = pixels.reshape(-1), out.reshape(-1)
    if not (channels == 1 or (color == 3 and channels <= 4)):
        expanded = np.empty(values.size, np.float32)
        expand(weights, channels, color, np.float32(1), expanded)
        weights, channels = expanded, 1
    kept = np.empty(4 * LANES, np.uint8)
    saturated, found = multiply8_whole_groups(
        values, weights, target, kept, channels, doubt, falling, place, LANES * channels, suspects
    )
    whole = weights.size - weights.size % LANES
    if whole < weights.size:
        last, size = channels * whole, channels * (weights.size - whole)
        few, theirs = np.zeros(LANES * channels, np.uint8), np.zeros(LANES, np.float32)
        copy_row(values[last:], few)
        copy_row(weights[whole:], theirs)
        over, more = multiply8_whole_groups(
            few, theirs, few, kept, channels, doubt, falling, place + last, size, suspects[found:]
        )
        copy_row(few[:size], target[last:])
        saturated += over
        found += more
    return saturated, found


@kernel
def multiply8(pixels: Any, weights: Any, out: Any, color: int, doubt: Any, falling: bool, suspects: Any) -> Any:
    """Multiply 8-bit pixels by float32 weights (H, W); return the counts of saturated values and of suspects."""
    saturated, found = 0, 0
    for i in range(pixels.shape[0]):
        place = i * pixels.shape[1] * pixels.shape[2]
        over, more = multiply8_row(pixels[i], weights[i], out[i], color, doubt, falling, place, suspects[found:])
        saturated += over
        found += more
    return saturated, found


@kernel
def multiply16(pixels: Any, weights: Any, out: Any, color: int, top: float, band: float, suspects: Any) -> Any:
    """Multiply 8-bit or 16-bit pixels by float64 weights (H, W), saturating at ``top``.

    Return the counts of saturated values and of suspects: products within ``band`` above 0, in levels, of the middle
    between two levels, as ``index << 16 | value``. They are left out of the saturated ones.
    """
    height, width, channels = pixels.shape
    expanded = np.empty(width * channels, np.float64)
    row = np.empty(width * channels, pixels.dtype)
    saturated, found = 0, 0
    for i in range(height):
        expand(weights[i], channels, color, 1.0, expanded)
        copy_row(pixels[i].reshape(-1), row)
        target = out[i].reshape(-1)
        nearest = 1.0
        for j in range(row.size):
            product = max(np.float64(row[j]) * expanded[j], 0.0)
            level = np.rint(product)
            nearest = min(nearest, 0.5 - abs(product - level))
            saturated += level > top
            target[j] = np.int32(min(level, top))
        if nearest < band:
            for j in range(row.size):
                product = max(np.float64(row[j]) * expanded[j], 0.0)
                level = np.rint(product)
                if 0.5 - abs(product - level) < band and j % channels < color:
                    saturated -= level > top
                    suspects[found] = (i * row.size + j) << 16 | row[j]
                    found += 1
    return saturated, found


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
def table_row(square: Any, u: Any, table: Any, nodes: Any, weights: Any) -> None:
    """Evaluate the lines of a table at the distances of one row; in two loops, of which the first is vectorized."""
    for j in range(u.size):
        distance = np.sqrt(square + u[j] * u[j])
        node = np.int32(distance)
        nodes[j] = node
        weights[j] = distance - np.float32(node)
    for j in range(u.size):
        place = np.uint32(nodes[j])  # unsigned: no test for indices from the end
        weights[j] = table[place, 0] + table[place, 1] * weights[j]


@kernel
def mirror(near: Any, far: Any) -> None:
    """Give the columns behind the middle the weights of those that lie opposite."""
    for j in range(far.size):
        far[j] = near[np.uint64(far.size - 1 - j)]  # unsigned: no test for indices from the end


@kernel
def multiply8_polynomial(
    pixels: Any,
    rows: Any,
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
    weights = np.empty(pixels.shape[1], np.float32)
    saturated, found = 0, 0
    square = np.float32(-1)
    for i in rows:
        if v[i] * v[i] != square:
            square = v[i] * v[i]
            polynomial_row(square, u, shift, coefficients, weights)
            mirror(weights[: u.size], weights[u.size :])
        place = i * pixels.shape[1] * pixels.shape[2]
        over, more = multiply8_row(pixels[i], weights, out[i], color, doubt, falling, place, suspects[found:])
        saturated += over
        found += more
    return saturated, found


@kernel
def multiply8_table(
    pixels: Any,
    rows: Any,
    v: Any,
    u: Any,
    table: Any,
    out: Any,
    color: int,
    doubt: Any,
    falling: bool,
    suspects: Any,
) -> Any:
    """Multiply 8-bit pixels by a table of the distance; return the counts of saturated values and of suspects."""
    weights = np.empty(pixels.shape[1], np.float32)
    nodes = np.empty(u.size, np.int32)
    saturated, found = 0, 0
    square = np.float32(-1)
    for i in rows:
        if v[i] * v[i] != square:
            square = v[i] * v[i]
            table_row(square, u, table, nodes, weights)
            mirror(weights[: u.size], weights[u.size :])
        place = i * pixels.shape[1] * pixels.shape[2]
        over, more = multiply8_row(pixels[i], weights, out[i], color, doubt, falling, place, suspects[found:])
        saturated += over
        found += more
    return saturated, found
