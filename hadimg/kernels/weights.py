"""The weights of a strip, row by row: where each pixel lies, then what a profile says of that place.

A place is a distance or the height of a surface. The distance of row ``i`` and column ``j`` is that of the point
``(down[i, 0] + across[0, j], down[i, 1] + across[1, j])`` from the origin, so that axes may be turned and stretched.
The height is ``down[i] @ across[:, j]``. All places come in the unit that the profile wants, but for a shift: once it
is added they lie between -1 and 1 for a polynomial, and between 0 and the number of steps for a table.

The type of the arrays is that of the computation. Whatever it does wrong, no place leads out of a table.

A factor that stands alone may be ``streamed``: its rows go past the caches (see `hadimg.kernels.streaming`).
"""

from __future__ import annotations

from typing import Any

import numpy as np

from hadimg.kernels.compiling import contracting_kernel, kernel
from hadimg.kernels.streaming import stream_rows

__all__ = ["DEGREE", "fill_distance", "fill_surface"]

DEGREE = 12
"""The degree of a profile that is a polynomial."""


@contracting_kernel
def surface_row(down: Any, across: Any, kept: Any, places: Any) -> None:
    """Add up the rows of ``across`` times ``down``, four at a time; those times zero cost nothing."""
    count = 0
    for k in range(down.size):
        if down[k] != 0:
            kept[count] = k
            count += 1
    zero = down[0] - down[0]
    if count <= 1:  # nothing, or the outer product of two profiles
        factor, only = (down[kept[0]], across[kept[0]]) if count else (zero, across[0])
        for j in range(places.size):
            places[j] = factor * only[j] if count else zero
        return
    for start in range(0, count, 4):
        a, b = kept[start], kept[min(start + 1, count - 1)]
        c, d = kept[min(start + 2, count - 1)], kept[min(start + 3, count - 1)]
        first, second, third, fourth = across[a], across[b], across[c], across[d]
        f, g = down[a], down[b] if start + 1 < count else zero
        h, i = down[c] if start + 2 < count else zero, down[d] if start + 3 < count else zero
        if start == 0:
            for j in range(places.size):
                places[j] = f * first[j] + g * second[j] + (h * third[j] + i * fourth[j])
        else:
            for j in range(places.size):
                places[j] += f * first[j] + g * second[j] + (h * third[j] + i * fourth[j])


@contracting_kernel
def distance_row(down: Any, across: Any, places: Any) -> None:
    """Write the distance of each pixel of a row."""
    x, y = down
    along, aside = across[0], across[1]
    for j in range(places.size):
        a, b = x + along[j], y + aside[j]
        places[j] = np.sqrt(a * a + b * b)


@contracting_kernel
def shape_row(down: Any, across: Any, stretch: Any, nodes: Any, parts: Any, places: Any) -> None:
    """Write ``(|a|**n + |b|**n)**(1/n)``: the larger one times what a table says of the ratio of both.

    As in `table_row`, the first of two loops is vectorized; ``parts`` is what it hands over.
    """
    x, y = down
    along, aside = across[0], across[1]
    steps, least = places.dtype.type(stretch.shape[0] - 2), places.dtype.type(1e-30)
    for j in range(places.size):
        a, b = abs(x + along[j]), abs(y + aside[j])
        largest = max(a, b, least)
        place = min(a, b) / largest * steps
        node = np.int32(place)
        nodes[j] = node
        parts[j] = place - places.dtype.type(node)
        places[j] = largest
    for j in range(places.size):
        k = np.uint32(nodes[j])  # unsigned: no test for indices from the end
        places[j] *= stretch[k, 0] + stretch[k, 1] * parts[j]


@contracting_kernel
def polynomial_row(places: Any, shift: Any, c: Any, weights: Any) -> None:
    """Evaluate a polynomial of degree 12; written out to stay in registers."""
    c0, c1, c2, c3, c4, c5, c6 = c[0], c[1], c[2], c[3], c[4], c[5], c[6]
    c7, c8, c9, c10, c11, c12 = c[7], c[8], c[9], c[10], c[11], c[12]
    for j in range(places.size):
        x = places[j] + shift
        high = (((((c12 * x + c11) * x + c10) * x + c9) * x + c8) * x + c7) * x
        weights[j] = ((((((high + c6) * x + c5) * x + c4) * x + c3) * x + c2) * x + c1) * x + c0


@contracting_kernel
def table_row(places: Any, shift: Any, table: Any, nodes: Any, weights: Any) -> None:
    """Evaluate the line, or the cubic, that the table holds for each step; in two loops, the first one vectorized."""
    zero, steps = shift - shift, places.dtype.type(table.shape[0] - 1)
    for j in range(places.size):
        place = places[j] + shift
        place = place if place > zero else zero  # noqa: FURB136 (so also for what is not a number)
        place = min(place, steps)
        node = np.int32(place)
        nodes[j] = node
        weights[j] = place - weights.dtype.type(node)
    if table.shape[1] == 2:
        for j in range(places.size):
            k = np.uint32(nodes[j])  # unsigned: no test for indices from the end
            weights[j] = table[k, 0] + table[k, 1] * weights[j]
    else:
        for j in range(places.size):
            k, part = np.uint32(nodes[j]), weights[j]
            weights[j] = ((table[k, 3] * part + table[k, 2]) * part + table[k, 1]) * part + table[k, 0]


@kernel
def profile_row(places: Any, shift: Any, coefficients: Any, table: Any, nodes: Any, weights: Any) -> None:
    """Write what the profile says of the places: a polynomial, a table, or the places themselves."""
    if coefficients.size:
        polynomial_row(places, shift, coefficients, weights)
    elif table.size:
        table_row(places, shift, table, nodes, weights)
    else:
        for j in range(places.size):  # an assignment of slices would compile its own error message, for seconds
            weights[j] = places[j]


@kernel
def is_repeated(down: Any, i: int) -> bool:
    """Return whether a row is that of the row before, as all rows are of a mask that does not change downwards."""
    different = i == 0
    for k in range(down.shape[1]):
        different |= down[i, k] != down[i - 1, k]
    return not different


@kernel
def finish_row(weights: Any, first: bool, streamed: bool, out: Any) -> None:
    """Stream a row, or multiply it by that of one more factor; otherwise it is in its place already."""
    if streamed:
        stream_rows(weights, out)
    elif not first:
        for j in range(out.size):
            out[j] *= weights[j]


@kernel
def fill_surface(
    down: Any, across: Any, shift: Any, coefficients: Any, table: Any, first: bool, streamed: bool, out: Any
) -> None:
    """Write the profile of a surface's heights into ``out`` (H, W), or multiply what is there by it."""
    width = out.shape[1]
    places, weights = np.empty(width, out.dtype), np.empty(width, out.dtype)
    nodes, kept = np.empty(width, np.int32), np.empty(down.shape[1], np.int64)
    plain = coefficients.size == 0 and table.size == 0
    for i in range(down.shape[0]):
        if streamed and is_repeated(down, i):
            stream_rows(weights, out[i])
            continue
        target = out[i] if first and not streamed else weights
        if plain:
            surface_row(down[i], across, kept, target)
        else:
            surface_row(down[i], across, kept, places)
            profile_row(places, shift, coefficients, table, nodes, target)
        finish_row(weights, first, streamed, out[i])


@kernel
def fill_distance(
    down: Any,
    across: Any,
    stretch: Any,
    shift: Any,
    coefficients: Any,
    table: Any,
    first: bool,
    streamed: bool,
    out: Any,
) -> None:
    """Write the profile of distances into ``out`` (H, W), or multiply what is there by it.

    ``stretch`` is empty for the Euclidean distance.
    """
    width = out.shape[1]
    places, weights = np.empty(width, out.dtype), np.empty(width, out.dtype)
    nodes = np.empty(width, np.int32)
    for i in range(down.shape[0]):
        target = out[i] if first and not streamed else weights
        if stretch.size:
            shape_row((down[i, 0], down[i, 1]), across, stretch, nodes, target, places)
        else:
            distance_row((down[i, 0], down[i, 1]), across, places)
        profile_row(places, shift, coefficients, table, nodes, target)
        finish_row(weights, first, streamed, out[i])
