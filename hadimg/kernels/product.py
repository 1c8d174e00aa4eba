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

All of it stands in one file because the cache of compiled code asks only whether a function's own file has changed.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from hadimg.kernels.compiling import contracting_kernel, kernel

__all__ = [
    "DEGREE",
    "fill_polynomial",
    "fill_table",
    "multiply8",
    "multiply8_polynomial",
    "multiply8_table",
    "multiply16",
]

DEGREE = 12
"""The degree of the polynomial that `multiply8_polynomial` evaluates."""
UNIT, HALF = np.float32(65536), np.float32(32768)
BEYOND, TOP, LOW = np.float32((1 << 24) + (1 << 14)), np.int32(255), np.int32(0xFFFF)
SEGMENT, CHUNK, BLOCK = 1024, np.uint64(512), np.uint64(64)
"""Pixels whose weights are repeated at a time; values between two looks for suspects; values looked at one by one."""


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
def falling_chunk(values: Any, weights: Any, out: Any, start: Any, doubt: Any, first: Any, last: Any) -> Any:
    """Multiply ``values[first:last]`` by weights of at most 1 into ``out``; return whether any is a suspect.

    Products are whole numbers of 1/65536 of a level, rounded by adding half a level and cutting: the low 16 bits tell
    how far a product was from the middle between two levels. Adding the doubt, too, changes the level of suspects only.
    """
    half, nearest = HALF + np.float32(doubt), np.int32(1 << 16)
    for j in range(first, last):
        product = np.int32(np.float32(values[j]) * weights[j] + half)
        nearest = min(nearest, np.int32(product & LOW))
        out[start + j] = np.uint8(product >> 16)
    return nearest < 2 * doubt


@contracting_kernel
def rising_chunk(values: Any, weights: Any, out: Any, start: Any, doubt: Any, first: Any, last: Any) -> Any:
    """Multiply like `falling_chunk`, by any weights; return also how many values saturated.

    Saturated products are put well away from any middle.
    """
    half, saturated, nearest = HALF + np.float32(doubt), np.int32(0), np.int32(1 << 16)
    for j in range(first, last):
        product = np.int32(min(max(np.float32(values[j]) * weights[j] + half, half), BEYOND))
        nearest = min(nearest, np.int32(product & LOW))
        saturated = np.int32(saturated + (product >> 24))
        out[start + j] = np.uint8(min(np.int32(product >> 16), TOP))
    return saturated, nearest < 2 * doubt


@contracting_kernel
def has_suspect(values: Any, weights: Any, doubt: Any, first: Any, last: Any) -> Any:
    """Return whether any of ``values[first:last]`` is a suspect."""
    half, nearest = HALF + np.float32(doubt), np.int32(1 << 16)
    for j in range(first, last):
        product = np.int32(min(max(np.float32(values[j]) * weights[j] + half, half), BEYOND))
        nearest = min(nearest, np.int32(product & LOW))
    return nearest < 2 * doubt


@contracting_kernel
def list_suspects(values: Any, weights: Any, place: int, doubt: Any, first: Any, last: Any, suspects: Any) -> Any:
    """List the suspects among ``values[first:last]``; return how many, and how many of them were counted as saturated.

    ``place`` is the flat index of ``values[0]``.
    """
    half, found, saturated = HALF + np.float32(doubt), 0, 0
    for j in range(first, last):
        product = np.int32(min(max(np.float32(values[j]) * weights[j] + half, half), BEYOND))
        if np.int32(product & LOW) < 2 * doubt:
            saturated += int(product >> 24)
            suspects[found] = (place + int(j)) << 8 | values[j]
            found += 1
    return found, saturated


@kernel
def multiply8_row(
    pixels: Any, weights: Any, out: Any, color: int, doubt: Any, falling: bool, place: int, suspects: Any
) -> Any:
    """Multiply one row of 8-bit pixels (W, C) by its weights (W,); return the counts that all kernels return.

    Weights are repeated for all channels a segment at a time, which stays in the nearest cache. Values that ``out``
    would overwrite are copied: suspects are looked at again, and a loop that writes what it reads is slow.
    """
    width, channels = pixels.shape
    given, target = pixels.reshape(-1), out.reshape(-1)
    kept, expanded = np.empty(SEGMENT * channels, np.uint8), np.empty(SEGMENT * channels, np.float32)
    in_place = given.ctypes.data == target.ctypes.data
    saturated, found = 0, 0
    for left in range(0, width, SEGMENT):
        right = min(left + SEGMENT, width)
        expand(weights[left:right], channels, color, UNIT, expanded)
        values = given[left * channels : right * channels]
        if in_place:
            copy_row(values, kept)
            values = kept
        start, size = np.uint64(left * channels), np.uint64((right - left) * channels)
        for first in range(np.uint64(0), size, CHUNK):
            last = min(first + CHUNK, size)
            if falling:
                doubtful = falling_chunk(values, expanded, target, start, doubt, first, last)
            else:
                over, doubtful = rising_chunk(values, expanded, target, start, doubt, first, last)
                saturated += int(over)
            if doubtful:
                here = place + left * channels
                for near in range(first, last, BLOCK):
                    far = min(near + BLOCK, last)
                    if has_suspect(values, expanded, doubt, near, far):
                        more, over = list_suspects(values, expanded, here, doubt, near, far, suspects[found:])
                        found += more
                        saturated -= over
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
    weights = np.empty(u.size, np.float32)
    saturated, found = 0, 0
    square = np.float32(-1)
    for i in rows:
        if v[i] * v[i] != square:
            square = v[i] * v[i]
            polynomial_row(square, u, shift, coefficients, weights)
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
    levels: Any,
    slopes: Any,
    out: Any,
    color: int,
    doubt: Any,
    falling: bool,
    suspects: Any,
) -> Any:
    """Multiply 8-bit pixels by a table of the distance; return the counts of saturated values and of suspects."""
    weights = np.empty(u.size, np.float32)
    nodes = np.empty(u.size, np.int32)
    saturated, found = 0, 0
    square = np.float32(-1)
    for i in rows:
        if v[i] * v[i] != square:
            square = v[i] * v[i]
            table_row(square, u, levels, slopes, nodes, weights)
        place = i * pixels.shape[1] * pixels.shape[2]
        over, more = multiply8_row(pixels[i], weights, out[i], color, doubt, falling, place, suspects[found:])
        saturated += over
        found += more
    return saturated, found


@kernel
def fill_polynomial(v: Any, u: Any, shift: Any, coefficients: Any, out: Any) -> None:
    """Write the weights themselves, float32 (H, W), by a polynomial of the distance."""
    for i in range(v.size):
        polynomial_row(v[i] * v[i], u, shift, coefficients, out[i])


@kernel
def fill_table(v: Any, u: Any, levels: Any, slopes: Any, out: Any) -> None:
    """Write the weights themselves, float32 (H, W), by a table of the distance."""
    nodes = np.empty(u.size, np.int32)
    for i in range(v.size):
        table_row(v[i] * v[i], u, levels, slopes, nodes, out[i])
