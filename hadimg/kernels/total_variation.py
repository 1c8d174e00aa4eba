"""Total variation: dual steps of its proximal map, and the primal-dual step of Chambolle and Pock.

The gradient takes forward differences, zero in the last row and column; the divergence is minus its transpose. A dual
field has one part down and one across, ``(2, H, W)``, no pair longer than 1. Arrays are contiguous, of one type.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from hadimg.kernels.compiling import contracting_kernel

__all__ = ["dual_steps", "primal_dual_step"]


@contracting_kernel
def blend_row(base: Any, dual: Any, i: int, lam: Any, floor: Any, out: Any) -> None:
    """Write row ``i`` of ``max(base + lam * div(dual), floor)``."""
    height, width = base.shape
    here, down, across = base[i], dual[0, i], dual[1, i]
    if i == 0:
        for j in range(width):
            out[j] = down[j] + across[j]
    elif i == height - 1:
        above = dual[0, i - 1]
        for j in range(width):
            out[j] = across[j] - above[j]
    else:
        above = dual[0, i - 1]
        for j in range(width):
            out[j] = down[j] - above[j] + across[j]
    out[width - 1] -= across[width - 1]
    for j in range(1, width):
        out[j] -= across[j - 1]
    for j in range(width):
        out[j] = max(floor, here[j] + lam * out[j])


@contracting_kernel
def climb_row(dual: Any, i: int, step: Any, value: Any, below: Any) -> None:
    """Add ``step`` times the gradient at row ``i`` to the dual field, then shorten pairs longer than 1."""
    down, across = dual[0, i], dual[1, i]
    one = value.dtype.type(1)
    last = value.size - 1
    for j in range(last):
        first = down[j] + step * (below[j] - value[j])
        second = across[j] + step * (value[j + 1] - value[j])
        square = first * first + second * second
        short = one / np.sqrt(max(one, square))
        down[j] = first * short
        across[j] = second * short
    first, second = down[last] + step * (below[last] - value[last]), across[last]
    square = first * first + second * second
    short = one / np.sqrt(max(one, square))
    down[last], across[last] = first * short, second * short


@contracting_kernel
def dual_steps(base: Any, dual: Any, lam: Any, floor: Any, count: int, out: Any) -> None:
    """Do ``count`` projected gradient steps on the dual of ``min lam * TV(z) + |z - base|^2 / 2, z >= floor``.

    The dual field is updated in place; ``out`` becomes ``max(base + lam * div(dual), floor)``. The steps go through
    the rows one behind the other, two rows apart, so that what they share stays in the cache.
    """
    height, width = base.shape
    step = dual.dtype.type(0.125) / lam
    rows = np.empty((2 * count, width), base.dtype)
    for wave in range(height + 2 * count):
        for number in range(count):
            i = wave - 2 * number
            if i < 0 or i > height:
                continue
            if i < height:
                blend_row(base, dual, i, lam, floor, rows[2 * number + i % 2])
            if i > 0:
                below = min(i, height - 1)
                climb_row(dual, i - 1, step, rows[2 * number + (i - 1) % 2], rows[2 * number + below % 2])
    for i in range(height):
        blend_row(base, dual, i, lam, floor, out[i])


@contracting_kernel
def primal_dual_step(now: Any, ahead: Any, dual: Any, tau: Any, out: Any) -> None:
    """Do ``dual = proj(dual + grad(ahead) / (8 tau))`` in place and write ``now + tau * div(dual)`` to ``out``."""
    height = len(now)
    step = dual.dtype.type(0.125) / tau
    floor = dual.dtype.type(-np.inf)
    for i in range(height):
        climb_row(dual, i, step, ahead[i], ahead[min(i + 1, height - 1)])
        blend_row(now, dual, i, tau, floor, out[i])
