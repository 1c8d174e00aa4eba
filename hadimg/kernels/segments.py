"""Loops over part of a row of pixels, at most a segment: what a mask and its derivatives are there, and sums of them.

Each loop does one thing and is made for the machine's widest registers. The type of the arrays is that of the lanes.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from hadimg.kernels.compiling import kernel, reciprocal_kernel, summing_kernel
from hadimg.kernels.lanes import LINE, wide_registers

__all__ = [
    "DOWN",
    "SEGMENT",
    "SERIES",
    "add_multiple",
    "add_residuals",
    "add_squares",
    "directed",
    "dot",
    "pair_products",
    "place_row",
    "put_residuals",
    "read_series",
    "read_table",
    "scratch",
    "split_row",
]

SEGMENT = 1024
"""Pixels whose functions and columns stay in the nearest cache."""
DOWN = 1
"""The kind of columns that point down; see `hadimg.kernels.squares`."""
SERIES = (8, 12, 16)
"""Coefficients of a polynomial; tables have fewer to a node."""
TINY = np.float32(1e-36)


@kernel
def scratch(count: int, like: Any) -> Any:
    """Return rows for a segment each. All begin with a line of the caches, though not at the same place of a page.

    Rows that do are read twice as fast.
    """
    stride = SEGMENT + 2 * LINE // like.itemsize
    room = np.empty(count * stride + LINE // like.itemsize, like.dtype)
    first = (-room.ctypes.data % LINE) // like.itemsize
    return room[first : first + count * stride].reshape(count, stride)


@reciprocal_kernel
def place_row(square: Any, u: Any, shift: Any, places: Any, inverse: Any) -> None:
    """Write each distance and a shift, and one over the distance."""
    wide_registers()
    one, least = u.dtype.type(1), u.dtype.type(TINY)
    for j in range(u.size):
        squared = max(square + u[j] * u[j], least)
        root = one / np.sqrt(squared)
        places[j] = squared * root + shift
        inverse[j] = root


@summing_kernel
def split_row(places: Any, nodes: Any) -> None:
    """Write the node before each place, and keep how far beyond it the place lies."""
    wide_registers()
    for j in range(places.size):
        node = np.int32(places[j])
        nodes[j] = node
        places[j] -= node


@summing_kernel
def read_table(table: Any, nodes: Any, between: Any, out: Any) -> None:
    """Evaluate the line or the cubic of each distance's node."""
    wide_registers()
    c0, c1 = table[0], table[1]
    if len(table) == 2:
        for j in range(out.size):
            node = np.uint32(nodes[j])  # unsigned: no test for indices from the end
            out[j] = c0[node] + c1[node] * between[j]
        return
    c2, c3 = table[2], table[3]
    for j in range(out.size):
        node = np.uint32(nodes[j])
        x = between[j]
        out[j] = c0[node] + x * (c1[node] + x * (c2[node] + x * c3[node]))


@summing_kernel
def read_series(c: Any, places: Any, out: Any) -> None:
    """Evaluate a polynomial; written out to stay in registers, in two halves that do not wait for each other."""
    wide_registers()
    c0, c1, c2, c3, c4, c5, c6, c7 = c[0], c[1], c[2], c[3], c[4], c[5], c[6], c[7]
    if c.size == 8:
        for j in range(out.size):
            x = places[j]
            y = x * x
            out[j] = (((c6 * y + c4) * y + c2) * y + c0) + x * (((c7 * y + c5) * y + c3) * y + c1)
        return
    c8, c9, c10, c11 = c[8], c[9], c[10], c[11]
    if c.size == 12:
        for j in range(out.size):
            x = places[j]
            y = x * x
            even = ((((c10 * y + c8) * y + c6) * y + c4) * y + c2) * y + c0
            out[j] = even + x * (((((c11 * y + c9) * y + c7) * y + c5) * y + c3) * y + c1)
        return
    c12, c13, c14, c15 = c[12], c[13], c[14], c[15]
    for j in range(out.size):
        x = places[j]
        y = x * x
        even = ((((((c14 * y + c12) * y + c10) * y + c8) * y + c6) * y + c4) * y + c2) * y + c0
        odd = ((((((c15 * y + c13) * y + c11) * y + c9) * y + c7) * y + c5) * y + c3) * y + c1
        out[j] = even + x * odd


@summing_kernel
def put_residuals(image: Any, target: Any, weights: Any, power: Any, pull: Any) -> Any:
    """Write ``image**2`` and ``image * residual``; return the sum of squared residuals."""
    wide_registers()
    total = weights.dtype.type(0)
    for j in range(image.size):
        light = image[j]
        residual = weights[j] * light - target[j]
        power[j] = light * light
        pull[j] = light * residual
        total += residual * residual
    return total


@summing_kernel
def add_residuals(image: Any, target: Any, weights: Any, power: Any, pull: Any) -> Any:
    """Do what `put_residuals` does for one more channel: add to what is there."""
    wide_registers()
    total = weights.dtype.type(0)
    for j in range(image.size):
        light = image[j]
        residual = weights[j] * light - target[j]
        power[j] += light * light
        pull[j] += light * residual
        total += residual * residual
    return total


@summing_kernel
def add_squares(image: Any, target: Any, weights: Any) -> Any:
    """Return the sum of squared residuals alone."""
    wide_registers()
    total = weights.dtype.type(0)
    for j in range(image.size):
        residual = weights[j] * image[j] - target[j]
        total += residual * residual
    return total


@summing_kernel
def directed(function: Any, inverse: Any, v: Any, u: Any, kind: Any, out: Any) -> None:
    """Write one column of the Jacobian that has a direction."""
    wide_registers()
    if kind == DOWN:
        for j in range(out.size):
            out[j] = function[j] * inverse[j] * v
    else:
        for j in range(out.size):
            out[j] = function[j] * inverse[j] * u[j]


@summing_kernel
def dot(a: Any, b: Any) -> Any:
    """Return the sum of products."""
    wide_registers()
    total = a.dtype.type(0)
    for j in range(a.size):
        total += a[j] * b[j]
    return total


@summing_kernel
def pair_products(a: Any, b: Any, c: Any, d: Any, power: Any) -> Any:
    """Return the sums of ``a c``, ``a d``, ``b c`` and ``b d``, each times ``power``; four at a time read less."""
    wide_registers()
    zero = a.dtype.type(0)
    ac, ad, bc, bd = zero, zero, zero, zero
    for j in range(a.size):
        left, right = a[j] * power[j], b[j] * power[j]
        ac += left * c[j]
        ad += left * d[j]
        bc += right * c[j]
        bd += right * d[j]
    return ac, ad, bc, bd


@summing_kernel
def add_multiple(factor: Any, row: Any, out: Any) -> None:
    """Add a multiple of a row."""
    for j in range(row.size):
        out[j] += factor * row[j]
