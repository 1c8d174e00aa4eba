"""Sums of squares of a masked picture whose mask and derivatives are polynomials in each cell, by their nodes.

As in `hadimg.kernels.squares`, pictures are (C, rows, W) with the roots of the weights in them. All rows belong to one
row of cells, which reach from one of ``edges`` to the next, `SEGMENT` pixels at most; each cell has `NODES` nodes along
either side.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from hadimg.kernels.compiling import borrowing_kernel, kernel, summing_kernel
from hadimg.kernels.lanes import wide_registers
from hadimg.kernels.segments import SEGMENT, add_multiple, scratch
from hadimg.kernels.squares import add_products, add_segment, ask_for_segment

__all__ = ["NODES", "patch_squares"]

NODES = 8
"""Nodes along a side of a cell."""


@summing_kernel
def combine(c: Any, first: int, across: Any, left: int, right: int, out: Any) -> None:
    """Write rows of ``across``, from ``left`` to ``right``, times ``c[first]`` and those after it, added up."""
    wide_registers()
    c0, c1, c2, c3 = c[first], c[first + 1], c[first + 2], c[first + 3]
    c4, c5, c6, c7 = c[first + 4], c[first + 5], c[first + 6], c[first + 7]
    p0, p1, p2, p3 = across[0, left:right], across[1, left:right], across[2, left:right], across[3, left:right]
    p4, p5, p6, p7 = across[4, left:right], across[5, left:right], across[6, left:right], across[7, left:right]
    for j in range(out.size):
        half = c0 * p0[j] + c1 * p1[j] + c2 * p2[j] + c3 * p3[j]
        out[j] = half + (c4 * p4[j] + c5 * p5[j] + c6 * p6[j] + c7 * p7[j])


@borrowing_kernel
def run_of_cells(edges: Any, left_out: Any, cell: int) -> int:
    """Return the cell beyond the last one that is taken together with this one."""
    last = cell
    while last < left_out.size and not left_out[last] and edges[last + 1] - edges[cell] <= SEGMENT:
        last += 1
    return last


@kernel
def patch_squares(
    image: Any, target: Any, along: Any, across: Any, edges: Any, nodes: Any, left_out: Any, order: int, sums: Any
) -> None:
    """Add the sum of squared residuals to ``sums[0]``, then what `add_products` adds for the columns.

    ``nodes`` (1 + K, n, n * cells) holds the mask and the columns at the nodes, ``along`` (rows, n) and ``across``
    (n, W) what each row and column of pixels takes of them. Cells that are ``left_out`` are so.
    """
    kind, count = image.dtype, len(nodes) if order > 0 else 1
    at_row = np.empty((count, nodes.shape[2]), kind)
    rows, places = scratch(count + 2, image), np.arange(1, count)
    for i in range(image.shape[1]):
        at_row[:] = 0
        for k in range(count):
            for m in range(NODES):
                add_multiple(along[i, m], nodes[k, m], at_row[k])
        patch_row(image, target, i, at_row, across, edges, left_out, places, rows, order, sums)


@borrowing_kernel
def patch_row(
    image: Any,
    target: Any,
    i: int,
    at_row: Any,
    across: Any,
    edges: Any,
    left_out: Any,
    places: Any,
    rows: Any,
    order: int,
    sums: Any,
) -> None:
    """Add the sums of row ``i``; ``at_row`` (1 + K, n * cells) holds the mask and the columns at the row's nodes."""
    count, cell = len(at_row), 0
    while cell < left_out.size:
        if left_out[cell]:
            cell += 1
            continue
        beyond = run_of_cells(edges, left_out, cell)
        start = edges[cell]
        size = edges[beyond] - start
        ask_for_segment(image, target, i, start, start + size)
        for one in range(cell, beyond):
            left, right = edges[one], edges[one + 1]
            for k in range(count):
                combine(at_row[k], one * NODES, across, left, right, rows[k, left - start : right - start])
        power, pull = rows[count, :size], rows[count + 1, :size]
        add_segment(image, target, i, start, start + size, rows[0, :size], power, pull, order, sums)
        if order > 0:
            add_products(rows, places, power, pull, 0, size, order, sums[1:])
        cell = beyond
