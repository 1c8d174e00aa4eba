"""Blocks of 8 x 8 samples, lapped, through the Walsh-Hadamard transform and back, in whole numbers.

Samples lie in lines by their place in the block: ``blocks[row, r * 8 + c, 1 + column]`` is sample (r, c) of a block,
and after the transform the coefficient that row r and column c of Hadamard's matrix make, in natural order. So
neighbors of one kind lie side by side, and everything works on long lines. There is room for one block more at either
end of the lines, and one row of blocks more above and below, for what neighbors beyond the border shall be.

Bounds for pictures of 8 bits, which 32 bits are used for: samples have 4 fractional bits and are held within ``2**15``
by the decoder, differences within ``2**16``, and a row of ``(I - V) / 2`` in 12 fractional bits adds up to less than
``2**13``, so that no sum passes ``2**29``. The sum of 64 coefficients within ``2**16`` stays within ``2**22``.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from hadimg.kernels.butterflies import ACROSS, BYTES
from hadimg.kernels.compiling import kernel

__all__ = ["blocks_of", "box_means", "filter_borders", "samples_of", "transform_blocks"]

across3 = ACROSS[3]


@kernel
def blocks_of(plane: Any, blocks: Any) -> None:
    """Sort samples into blocks; the last row and column are repeated."""
    height, width = plane.shape
    rows, columns = blocks.shape[0] - 2, (width + 7) // 8
    whole = width // 8
    for row in range(rows):
        for r in range(8):
            line = plane[min(8 * row + r, height - 1)]
            for c in range(8):
                taken = blocks[row + 1, r * 8 + c]
                for x in range(whole):
                    taken[x + 1] = line[8 * x + c]
                for x in range(whole, columns):
                    taken[x + 1] = line[min(8 * x + c, width - 1)]


@kernel
def samples_of(blocks: Any, plane: Any) -> None:
    """Sort blocks into samples."""
    height, width = plane.shape
    for y in range(height):
        row, r = y // 8 + 1, y % 8
        line = plane[y]
        for c in range(min(8, width)):
            given = blocks[row, r * 8 + c]
            for x in range((width - c + 7) // 8):
                line[8 * x + c] = given[x + 1]


@kernel
def transform_blocks(blocks: Any, shift: int, bound: int) -> None:
    """Transform all blocks in place, then divide by ``2**shift``, rounding; hold what comes out within ``bound``."""
    rows, _, line = blocks.shape
    flat = blocks.reshape(-1)
    count = line * blocks.itemsize // BYTES
    half = (1 << shift) >> 1
    for row in range(1, rows - 1):
        start = row * 64 * line
        across3(flat, start, 8 * line, 8 * count)
        for r in range(8):
            across3(flat, start + r * 8 * line, line, count)
        part = flat[start : start + 64 * line]
        for i in range(part.size):
            part[i] = min(max((part[i] + half) >> shift, -bound), bound)


@kernel
def _filter_lines(
    flat: Any, left: int, right: int, stride: int, count: int, lifts: Any, fraction: int, room: Any
) -> None:
    """Filter across borders: sample r beyond lies at ``right + r * stride``, its mirror at ``left - r * stride``."""
    for j in range(4):
        a = flat[left - j * stride : left - j * stride + count]
        b = flat[right + j * stride : right + j * stride + count]
        difference = room[j, :count]
        for x in range(count):
            difference[x] = a[x] - b[x]
    half = 1 << (fraction - 1)
    change = room[4, :count]
    for r in range(4):
        for j in range(4):
            difference, factor = room[j, :count], lifts[r, j]
            if j == 0:
                for x in range(count):
                    change[x] = factor * difference[x] + half
            else:
                for x in range(count):
                    change[x] += factor * difference[x]
        a = flat[left - r * stride : left - r * stride + count]
        b = flat[right + r * stride : right + r * stride + count]
        for x in range(count):
            moved = change[x] >> fraction
            a[x] -= moved
            b[x] += moved


@kernel
def filter_borders(blocks: Any, columns: int, lifts: Any, fraction: int, inverse: bool) -> None:
    """Filter across the inner borders of the blocks, rows before columns, or the other way round for the inverse.

    ``lifts`` is ``(I - V) / 2`` in ``fraction`` fractional bits: the change that each difference across a border
    makes to the samples of both sides.
    """
    rows, _, line = blocks.shape
    flat = blocks.reshape(-1)
    room = np.empty((5, 8 * line), blocks.dtype)
    for turn in range(2):
        if (turn == 0) != inverse:
            for row in range(1, rows - 1):
                for r in range(8):
                    start = (row * 64 + r * 8) * line + 1
                    _filter_lines(flat, start + 7 * line, start + 1, line, columns - 1, lifts, fraction, room)
        else:
            for row in range(1, rows - 2):
                start = row * 64 * line
                _filter_lines(flat, start + 56 * line, start + 64 * line, 8 * line, 8 * line, lifts, fraction, room)


@kernel
def box_means(plane: Any, reduce: int, out: Any) -> None:
    """Put means of squares of ``2**reduce`` samples into ``out``, rounded; those at the border may be smaller."""
    height, width = plane.shape
    size = 1 << reduce
    for i in range(out.shape[0]):
        bottom = min(height, (i + 1) * size)
        for j in range(out.shape[1]):
            right = min(width, (j + 1) * size)
            total, count = 0, (bottom - i * size) * (right - j * size)
            for y in range(i * size, bottom):
                for x in range(j * size, right):
                    total += plane[y, x]
            out[i, j] = (2 * total + count) // (2 * count)
