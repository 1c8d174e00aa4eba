"""The fast Walsh-Hadamard transform of contiguous lines, in natural order, in few passes over memory.

A line of ``2**k`` numbers goes through the levels in groups: those inside of vectors and four between them on the way
from the source to the target; then groups inside of a block that the nearest caches hold; then, block by block being
done, groups across the whole line. The order of the sums is fixed: threads that share the work change no bit.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from hadimg.kernels.butterflies import ACROSS, BLOCKS, SHORT
from hadimg.kernels.compiling import kernel

__all__ = ["column_levels", "gather", "high_levels", "low_levels", "short_lines"]

block0, block1, block2, block3, block4 = BLOCKS
short0, short1, short2, short3 = SHORT
_, across1, across2, across3, across4 = ACROSS


@kernel
def blocks(source: Any, target: Any, start: int, count: int, levels: int, scale: Any) -> None:
    """Do the levels inside of vectors and ``levels`` between them; see `hadimg.kernels.butterflies`."""
    if levels == 4:
        block4(source, target, start, count, scale)
    elif levels == 3:
        block3(source, target, start, count, scale)
    elif levels == 2:
        block2(source, target, start, count, scale)
    elif levels == 1:
        block1(source, target, start, count, scale)
    else:
        block0(source, target, start, count, scale)


@kernel
def across(target: Any, start: int, stride: int, count: int, levels: int) -> None:
    """Do ``levels`` levels between lines; see `hadimg.kernels.butterflies`."""
    if levels == 4:
        across4(target, start, stride, count)
    elif levels == 3:
        across3(target, start, stride, count)
    elif levels == 2:
        across2(target, start, stride, count)
    elif levels == 1:
        across1(target, start, stride, count)


@kernel
def _copy(source: Any, start: int, target: Any, place: int, size: int) -> None:
    for j in range(size):
        target[place + j] = source[start + j]


@kernel
def short_lines(source: Any, target: Any, k: int, lanes: int, scale: Any) -> None:
    """Transform lines shorter than a vector; the last few, which fill none, in a vector of their own."""
    whole = source.size - source.size % lanes
    _short(source, target, whole // lanes, k, scale)
    if whole < source.size:
        last = np.zeros(lanes, source.dtype)
        _copy(source, whole, last, 0, source.size - whole)
        done = np.zeros(lanes, target.dtype)
        _short(last, done, 1, k, scale)
        _copy(done, 0, target, whole, source.size - whole)


@kernel
def _short(source: Any, target: Any, count: int, k: int, scale: Any) -> None:
    if k == 3:
        short3(source, target, 0, count, scale)
    elif k == 2:
        short2(source, target, 0, count, scale)
    elif k == 1:
        short1(source, target, 0, count, scale)
    else:
        short0(source, target, 0, count, scale)


@kernel
def low_levels(source: Any, target: Any, start: int, stop: int, plan: Any, lanes: int, scale: Any) -> None:
    """Do the low levels of all blocks from ``start`` to ``stop``.

    ``plan`` holds the levels of each step: between vectors on the way from the source to the target, within the nearest
    cache, and, one number a step, within the next one; what they make together is the block.
    """
    first, near = lanes << plan[0], plan[1]
    inner = first << near
    size = inner
    for levels in plan[2:]:
        size <<= levels
    for block in range(start, stop, size):
        for small in range(block, block + size, inner):
            blocks(source, target, small, inner // first, plan[0], scale)
            across(target, small, first, first // lanes, near)
        stride = inner
        for levels in plan[2:]:
            for group in range(block, block + size, stride << levels):
                across(target, group, stride, stride // lanes, levels)
            stride <<= levels


@kernel
def high_levels(target: Any, start: int, stop: int, stride: int, levels: int, first: int, count: int) -> None:
    """Do levels between lines that lie ``stride`` numbers apart, from ``start`` to ``stop``.

    Of each line the ``count`` vectors from ``first`` on are done.
    """
    for group in range(start, stop, stride << levels):
        across(target, group + first, stride, count, levels)


@kernel
def gather(source: Any, places: Any, inner: int, target: Any, start: int, stop: int) -> None:
    """Put lines into another order: ``target[i, r] = source[i, places[r]]`` for runs of ``inner`` numbers."""
    for i in range(start, stop):
        first = i * places.size * inner
        if inner == 1:
            for r in range(places.size):
                target[first + r] = source[first + places[r]]
        else:
            for r in range(places.size):
                _copy(source, first + places[r] * inner, target, first + r * inner, inner)


@kernel
def column_levels(
    target: Any, line: int, inner: int, steps: Any, strip: int, lanes: int, first: int, last: int
) -> None:
    """Transform the columns of one array of lines of ``inner`` numbers, which begins at ``line``, in place.

    The vectors from ``first`` to ``last`` of each line are done, ``strip`` at a time, so that they stay in the cache
    through all ``steps``, the numbers of levels of each pass.
    """
    size = inner
    for levels in steps:
        size <<= levels
    for left in range(first, last, strip):
        count = min(strip, last - left)
        stride = inner
        for levels in steps:
            for group in range(line, line + size, stride << levels):
                for row in range(group, group + stride, inner):
                    across(target, row + left * lanes, stride, count, levels)
            stride <<= levels
