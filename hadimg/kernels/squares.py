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

from hadimg.kernels.compiling import borrowing_kernel, kernel
from hadimg.kernels.lanes import LINE, ask_for
from hadimg.kernels.segments import (
    DOWN,
    SEGMENT,
    SERIES,
    add_residuals,
    add_squares,
    directed,
    dot,
    pair_products,
    place_row,
    put_residuals,
    read_series,
    read_table,
    scratch,
    split_row,
)

__all__ = ["ACROSS", "ALONG", "DOWN", "add_products", "add_segment", "ask_for_segment", "outer_sums", "radial_squares"]

ALONG, ACROSS = 0, 2
"""The other kinds of columns."""


@borrowing_kernel
def add_products(rows: Any, places: Any, power: Any, pull: Any, left: int, right: int, order: int, sums: Any) -> None:
    """Add ``columns @ pull``, and for order 2 the lower triangle of ``columns @ diag(power) @ columns.T``.

    Column k is ``rows[places[k]]``. Both are of the values from ``left`` to ``right``, at most `SEGMENT`. Parts are cut
    from single rows only: of those the compiler knows that they lie side by side.
    """
    count = places.size
    for k in range(count):
        sums[k] += np.float64(dot(rows[places[k], left:right], pull[left:right]))
    if order < 2:
        return
    weight = power[left:right]
    for k in range(0, count, 2):
        k1 = min(k + 1, count - 1)
        a, b = rows[places[k], left:right], rows[places[k1], left:right]
        first, second = count + k * (k + 1) // 2, count + k1 * (k1 + 1) // 2
        for m in range(0, k + 1, 2):
            m1 = min(m + 1, count - 1)
            c, d = rows[places[m], left:right], rows[places[m1], left:right]
            ac, ad, bc, bd = pair_products(a, b, c, d, weight)
            sums[first + m] += np.float64(ac)
            if m < k:
                sums[first + m1] += np.float64(ad)
            if k1 > k:
                sums[second + m] += np.float64(bc)
                sums[second + m1] += np.float64(bd)


@kernel
def outer_sums(columns: Any, power: Any, pull: Any, order: int, sums: Any) -> None:
    """Add up what `add_products` does for columns (K, N), ``power`` (N,) and ``pull`` (N,), segment by segment."""
    places = np.arange(len(columns))
    for left in range(0, power.size, SEGMENT):
        add_products(columns, places, power, pull, left, min(left + SEGMENT, power.size), order, sums)


@borrowing_kernel
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
    for c in range(len(image)):
        light, dark = image[c, i, left:right], target[c, i, left:right]
        if order == 0:
            sums[0] += np.float64(add_squares(light, dark, weights))
        elif c == 0:
            sums[0] += np.float64(put_residuals(light, dark, weights, power[:size], pull[:size]))
        else:
            sums[0] += np.float64(add_residuals(light, dark, weights, power[:size], pull[:size]))


@borrowing_kernel
def ask_for_segment(image: Any, target: Any, i: int, left: int, right: int) -> None:
    """Ask for the pixels of a part of row ``i``, which come while the mask is evaluated."""
    for c in range(len(image)):
        for picture in (image, target):
            row = picture[c, i, left:right]
            for offset in range(0, row.size * row.itemsize, LINE):
                ask_for(row.ctypes.data + offset)


@kernel
def radial_squares(
    image: Any, target: Any, v: Any, u: Any, shift: Any, tables: Any, columns: Any, hole: Any, order: int, sums: Any
) -> None:
    """Add the sum of squared residuals to ``sums[0]``, then what `add_products` adds.

    ``tables`` is (B, 2 or 4, nodes), or (B, one of `SERIES`, 1) for polynomials of the distance and ``shift``.
    ``columns`` (K, 2) holds function and kind; pixels of the rows and columns ``hole[0]:hole[1]`` and
    ``hole[2]:hole[3]`` are left out.
    """
    count = len(tables)
    rows, nodes = scratch(count + len(columns) + 4, image), np.empty(SEGMENT, np.int32)
    places = columns[:, 0].copy()
    for k in range(places.size):
        if columns[k, 1] != ALONG:
            places[k] = count + k
    for i in range(v.size):
        hidden = hole[0] <= i < hole[1]
        for start, stop in ((0, hole[2] if hidden else u.size), (hole[3] if hidden else u.size, u.size)):
            for left in range(start, stop, SEGMENT):
                right = min(left + SEGMENT, stop)
                part = (i, left, right)
                segment_squares(image, target, part, v[i], u, shift, tables, columns, places, rows, nodes, order, sums)


@borrowing_kernel
def segment_squares(
    image: Any,
    target: Any,
    part: Any,
    v: Any,
    u: Any,
    shift: Any,
    tables: Any,
    columns: Any,
    places: Any,
    rows: Any,
    nodes: Any,
    order: int,
    sums: Any,
) -> None:
    """Add the sums of a part of a row; ``rows`` has room for functions, columns, and four more."""
    i, left, right = part
    ask_for_segment(image, target, i, left, right)
    size, across, count = right - left, u[left:right], len(tables)
    between, inverse, power, pull = rows[-4, :size], rows[-3, :size], rows[-2, :size], rows[-1, :size]
    series = tables.shape[1] >= SERIES[0]
    place_row(v * v, across, shift, between, inverse)
    if not series:
        split_row(between, nodes)
    for k in range(count if order > 0 else 1):
        if series:
            read_series(tables[k, :, 0], between, rows[k, :size])
        else:
            read_table(tables[k], nodes, between, rows[k, :size])
    add_segment(image, target, i, left, right, rows[0, :size], power, pull, order, sums)
    if order > 0:
        for k in range(len(columns)):
            if columns[k, 1] != ALONG:
                directed(rows[columns[k, 0], :size], inverse, v, across, columns[k, 1], rows[count + k, :size])
        add_products(rows, places, power, pull, 0, size, order, sums[1:])
