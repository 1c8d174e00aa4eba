"""Sums of squares of a masked picture, with their derivatives, in one pass over its pixels.

Pictures are (C, rows, W) in the type of the lanes, float32 or float64, and the roots of the weights are in both of them
already. The mask is the first of B functions of the distance ``hypot(v[row], u[column])`` from a point, in the unit
that the functions' tables or polynomials want; each column of the Jacobian is one of the functions, as it is or times
the direction down or across:

====  =========================
kind  column
====  =========================
0     ``function``
1     ``function * v / distance``
2     ``function * u / distance``
====  =========================

At the point itself columns of the kinds 1 and 2 are 0, their mean over that pixel by symmetry. Sums are formed in the
lanes' type over at most `SEGMENT` pixels of a row, and in float64 from there on.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from hadimg.kernels.compiling import kernel, summing_kernel

__all__ = ["ACROSS", "ALONG", "DOWN", "SEGMENT", "SERIES", "outer_sums", "radial_squares"]

SEGMENT = 1024
"""Pixels whose functions and columns stay in the nearest cache."""
ALONG, DOWN, ACROSS = 0, 1, 2
"""The kinds of columns."""
SERIES = 16
"""Coefficients of a polynomial; tables have fewer to a node."""
TINY = np.float32(1e-20)


@summing_kernel
def place_row(square: Any, u: Any, nodes: Any, between: Any, inverse: Any) -> None:
    """Write the node before each distance, how far beyond it lies, and one over the distance."""
    for j in range(u.size):
        distance = np.sqrt(square + u[j] * u[j])
        node = np.int32(distance)
        nodes[j] = node
        between[j] = distance - node
        inverse[j] = np.float32(1) / max(distance, TINY)


@summing_kernel
def shift_row(square: Any, u: Any, shift: Any, shifted: Any, inverse: Any) -> None:
    """Write each distance and a shift, and one over the distance."""
    for j in range(u.size):
        distance = np.sqrt(square + u[j] * u[j])
        shifted[j] = distance + shift
        inverse[j] = np.float32(1) / max(distance, TINY)


@summing_kernel
def read_table(table: Any, nodes: Any, between: Any, out: Any) -> None:
    """Evaluate the line or the cubic of each distance's node."""
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
    """Evaluate a polynomial of degree 15; written out to stay in registers, in two halves that do not wait."""
    c0, c1, c2, c3, c4, c5, c6, c7 = c[0], c[1], c[2], c[3], c[4], c[5], c[6], c[7]
    c8, c9, c10, c11, c12, c13, c14, c15 = c[8], c[9], c[10], c[11], c[12], c[13], c[14], c[15]
    for j in range(out.size):
        x = places[j]
        y = x * x
        even = ((((((c14 * y + c12) * y + c10) * y + c8) * y + c6) * y + c4) * y + c2) * y + c0
        odd = ((((((c15 * y + c13) * y + c11) * y + c9) * y + c7) * y + c5) * y + c3) * y + c1
        out[j] = even + x * odd


@summing_kernel
def add_residuals(image: Any, target: Any, weights: Any, power: Any, pull: Any) -> Any:
    """Add ``image**2`` to ``power`` and ``image * residual`` to ``pull``; return the sum of squared residuals."""
    total = weights.dtype.type(0)
    for j in range(image.size):
        residual = weights[j] * image[j] - target[j]
        power[j] += image[j] * image[j]
        pull[j] += image[j] * residual
        total += residual * residual
    return total


@summing_kernel
def add_squares(image: Any, target: Any, weights: Any) -> Any:
    """Return the sum of squared residuals alone."""
    total = weights.dtype.type(0)
    for j in range(image.size):
        residual = weights[j] * image[j] - target[j]
        total += residual * residual
    return total


@summing_kernel
def directed(function: Any, inverse: Any, v: Any, u: Any, kind: Any, out: Any) -> None:
    """Write one column of the Jacobian."""
    if kind == ALONG:
        for j in range(out.size):
            out[j] = function[j]
    elif kind == DOWN:
        for j in range(out.size):
            out[j] = function[j] * inverse[j] * v
    else:
        for j in range(out.size):
            out[j] = function[j] * inverse[j] * u[j]


@summing_kernel
def dot(a: Any, b: Any) -> Any:
    """Return the sum of products."""
    total = a.dtype.type(0)
    for j in range(a.size):
        total += a[j] * b[j]
    return total


@summing_kernel
def pair_products(a: Any, b: Any, c: Any, d: Any, power: Any) -> Any:
    """Return the sums of ``a c``, ``a d``, ``b c`` and ``b d``, each times ``power``; four at a time read less."""
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


@kernel
def add_products(columns: Any, power: Any, pull: Any, left: int, right: int, order: int, sums: Any) -> None:
    """Add ``columns @ pull``, and for order 2 the lower triangle of ``columns @ diag(power) @ columns.T``.

    Both are of the values from ``left`` to ``right``, at most `SEGMENT`. Parts are cut from single rows only: of those
    the compiler knows that they lie side by side.
    """
    count = len(columns)
    for k in range(count):
        sums[k] += np.float64(dot(columns[k, left:right], pull[left:right]))
    if order < 2:
        return
    weight = power[left:right]
    for k in range(0, count, 2):
        k1 = min(k + 1, count - 1)
        a, b = columns[k, left:right], columns[k1, left:right]
        first, second = count + k * (k + 1) // 2, count + k1 * (k1 + 1) // 2
        for m in range(0, k + 1, 2):
            m1 = min(m + 1, count - 1)
            am, an, bm, bn = pair_products(a, b, columns[m, left:right], columns[m1, left:right], weight)
            sums[first + m] += np.float64(am)
            if m < k:
                sums[first + m1] += np.float64(an)
            if k1 > k:
                sums[second + m] += np.float64(bm)
                sums[second + m1] += np.float64(bn)


@kernel
def outer_sums(columns: Any, power: Any, pull: Any, order: int, sums: Any) -> None:
    """Add up what `add_products` does for columns (K, N), ``power`` (N,) and ``pull`` (N,), segment by segment."""
    for left in range(0, power.size, SEGMENT):
        add_products(columns, power, pull, left, min(left + SEGMENT, power.size), order, sums)


@kernel
def add_segment(
    image: Any,
    target: Any,
    i: int,
    left: int,
    right: int,
    weights: Any,
    power: Any,
    pull: Any,
    order: int,
    sums: Any,
) -> None:
    """Add the squared residuals of a part of row ``i`` to ``sums[0]``; from order 1 on write ``power`` and ``pull``."""
    size = right - left
    if order == 0:
        for c in range(len(image)):
            sums[0] += np.float64(add_squares(image[c, i, left:right], target[c, i, left:right], weights))
        return
    power[:size] = 0
    pull[:size] = 0
    for c in range(len(image)):
        light, dark = image[c, i, left:right], target[c, i, left:right]
        sums[0] += np.float64(add_residuals(light, dark, weights, power[:size], pull[:size]))


@kernel
def radial_squares(
    image: Any, target: Any, v: Any, u: Any, shift: Any, tables: Any, columns: Any, hole: Any, order: int, sums: Any
) -> None:
    """Add the sum of squared residuals to ``sums[0]``, then what `add_products` adds.

    ``tables`` is (B, 2 or 4, nodes), or (B, 16, 1) for polynomials of the distance and ``shift``. ``columns`` (K, 2)
    holds function and kind; pixels of the rows and columns ``hole[0]:hole[1]`` and ``hole[2]:hole[3]`` are left out.
    """
    for i in range(v.size):
        if hole[0] <= i < hole[1]:
            row_squares(image, target, i, v[i], u, shift, tables, columns, 0, hole[2], order, sums)
            row_squares(image, target, i, v[i], u, shift, tables, columns, hole[3], u.size, order, sums)
        else:
            row_squares(image, target, i, v[i], u, shift, tables, columns, 0, u.size, order, sums)


@kernel
def row_squares(
    image: Any,
    target: Any,
    i: int,
    v: Any,
    u: Any,
    shift: Any,
    tables: Any,
    columns: Any,
    start: int,
    stop: int,
    order: int,
    sums: Any,
) -> None:
    """Add the sums of the pixels from ``start`` to ``stop`` of row ``i``."""
    kind = image.dtype
    functions, jacobian = np.empty((len(tables), SEGMENT), kind), np.empty((len(columns), SEGMENT), kind)
    between, inverse = np.empty(SEGMENT, kind), np.empty(SEGMENT, kind)
    power, pull, nodes = np.empty(SEGMENT, kind), np.empty(SEGMENT, kind), np.empty(SEGMENT, np.int32)
    for left in range(start, stop, SEGMENT):
        right = min(left + SEGMENT, stop)
        size, across = right - left, u[left:right]
        if tables.shape[1] == SERIES:
            shift_row(v * v, across, shift, between, inverse)
            for k in range(len(tables) if order > 0 else 1):
                read_series(tables[k, :, 0], between, functions[k, :size])
        else:
            place_row(v * v, across, nodes, between, inverse)
            for k in range(len(tables) if order > 0 else 1):
                read_table(tables[k], nodes, between, functions[k, :size])
        add_segment(image, target, i, left, right, functions[0, :size], power, pull, order, sums)
        if order > 0:
            for k in range(len(columns)):
                directed(functions[columns[k, 0]], inverse, v, across, columns[k, 1], jacobian[k, :size])
            add_products(jacobian, power, pull, 0, size, order, sums[1:])
