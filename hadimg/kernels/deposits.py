"""Sums of squares and products of two pictures, gathered at the nodes of cells or by whole-number keys.

Pictures are (C, rows, W), of one type, their channels are added up. The second one is what remains to be explained of
the target, times the roots of the weights as the first one is.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from hadimg.kernels.compiling import kernel, summing_kernel
from hadimg.kernels.segments import add_multiple, dot

__all__ = ["deposit_cells", "deposit_keys"]


@summing_kernel
def add_pair(image: Any, rest: Any, power: Any, cross: Any) -> Any:
    """Add ``image**2`` to ``power`` and ``image * rest`` to ``cross``; return the sum of ``rest**2``."""
    total = rest.dtype.type(0)
    for j in range(image.size):
        power[j] += image[j] * image[j]
        cross[j] += image[j] * rest[j]
        total += rest[j] * rest[j]
    return total


@kernel
def deposit_cells(image: Any, rest: Any, along: Any, across: Any, edges: Any, powers: Any, crosses: Any) -> float:
    """Add each pixel to the nodes of its cell; return the sum of ``rest**2``.

    All rows belong to one row of cells. ``along`` (rows, n) and ``across`` (n, W) hold what each of the n nodes of a
    cell's side takes of each row and column; cells reach from one of ``edges`` to the next. ``powers`` and ``crosses``
    are float64 (n, nodes of all cells).
    """
    nodes, total = len(across), 0.0
    width = np.max(edges[1:] - edges[:-1])
    power, cross = np.empty(width, image.dtype), np.empty(width, image.dtype)
    power_row, cross_row = np.empty(powers.shape[1]), np.empty(powers.shape[1])
    for i in range(image.shape[1]):
        for cell in range(edges.size - 1):
            left, right = edges[cell], edges[cell + 1]
            size = right - left
            power[:size] = 0
            cross[:size] = 0
            for c in range(len(image)):
                total += np.float64(add_pair(image[c, i, left:right], rest[c, i, left:right], power, cross))
            for m in range(nodes):
                power_row[cell * nodes + m] = dot(across[m, left:right], power)
                cross_row[cell * nodes + m] = dot(across[m, left:right], cross)
        for k in range(nodes):
            add_multiple(along[i, k], power_row, powers[k])
            add_multiple(along[i, k], cross_row, crosses[k])
    return total


@kernel
def deposit_keys(image: Any, rest: Any, down: Any, across: Any, powers: Any, crosses: Any) -> float:
    """Add each pixel at the place ``down[row] + across[column]``; return the sum of ``rest**2``."""
    total = 0.0
    for c in range(len(image)):
        for i in range(down.size):
            for j in range(across.size):
                light, left = np.float64(image[c, i, j]), np.float64(rest[c, i, j])
                place = down[i] + across[j]
                powers[place] += light * light
                crosses[place] += light * left
                total += left * left
    return total
