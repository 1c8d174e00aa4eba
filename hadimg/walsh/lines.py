"""Transforms of one axis of a contiguous array, in natural order: which kernel, in which steps, on which threads."""

from __future__ import annotations

from functools import cache, lru_cache
from importlib import import_module
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from hadimg.walsh.constructions import base_order, build
from hadimg.walsh.matrices import normal_form
from hadimg.walsh.threads import run_all, shares

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Numbers = NDArray[Any]

__all__ = ["permute_axis", "transform_axis"]

VECTOR_BYTES = 64
BLOCK_LEVELS, NEAR_LEVELS, NEXT_LEVELS, HIGH_LEVELS = 4, 4, (3, 2), 4
"""Most levels of each step: 16 KiB for the nearest cache, 512 KiB for the next one."""
STRIP_BYTES = 1 << 18
"""What a strip of columns may take of the cache."""


@cache
def loops() -> Any:
    """Return the room of compiled loops, which is loaded when a transform first needs it.

    Examples
    --------
    >>> loops().__name__
    'hadimg.kernels.walsh'
    """
    return import_module("hadimg.kernels.walsh")


class Plan(NamedTuple):
    """The steps of lines of ``2**k`` numbers.

    Parameters
    ----------
    low : ndarray of int64
        Levels of the steps within a block.
    block : int
        Numbers of a block.
    high : tuple of int
        Levels of each step over the whole line.
    """

    low: NDArray[np.int64]
    block: int
    high: tuple[int, ...]


@lru_cache(maxsize=256)
def plan_lines(k: int, lanes: int) -> Plan:
    """Return the steps of lines that are at least a vector long.

    Examples
    --------
    >>> plan_lines(24, 16).low.tolist(), plan_lines(24, 16).high
    ([4, 4, 3, 2], (4, 3))
    """
    rest = k - (lanes.bit_length() - 1)
    steps = []
    for most in (BLOCK_LEVELS, NEAR_LEVELS, *NEXT_LEVELS):
        steps.append(min(most, rest))
        rest -= steps[-1]
    return Plan(np.array(steps, np.int64), lanes << sum(steps), split_levels(rest))


def split_levels(levels: int) -> tuple[int, ...]:
    """Return levels in as few steps as there can be, as even as they can be.

    Examples
    --------
    >>> split_levels(9), split_levels(7), split_levels(0)
    ((3, 3, 3), (4, 3), ())
    """
    count = -(-levels // HIGH_LEVELS)
    return tuple(levels // count + (step < levels % count) for step in range(count))


def transform_axis(
    source: Numbers, target: Numbers, n: int, inner: int, *, scale: float, adjoint: bool, workers: int
) -> None:
    """Transform an axis of ``n`` runs of ``inner`` numbers of a flat contiguous array, times ``scale``, into another.

    Both may be the same array. Its size is a multiple of ``n * inner``; whole numbers are not scaled.
    """
    base = base_order(n)
    if base > 1:
        _multiply_dense(source, target, base, inner, scale=scale, adjoint=adjoint)
        if n > base:
            transform_axis(target, target, n // base, base * inner, scale=1.0, adjoint=adjoint, workers=workers)
    elif inner == 1:
        _transform_lines(source, target, n.bit_length() - 1, scale, workers)
    elif inner * source.itemsize % VECTOR_BYTES == 0:
        _transform_columns(source, target, n.bit_length() - 1, inner, scale, workers)
    else:
        turned = np.ascontiguousarray(np.swapaxes(source.reshape(-1, n, inner), 1, 2))
        _transform_lines(turned.reshape(-1), turned.reshape(-1), n.bit_length() - 1, scale, workers)
        target.reshape(-1, n, inner)[...] = np.swapaxes(turned, 1, 2)


@lru_cache(maxsize=8)
def _dense(base: int, dtype: np.dtype[Any]) -> Numbers:
    return normal_form(build(base)).astype(dtype)


def _multiply_dense(source: Numbers, target: Numbers, base: int, inner: int, *, scale: float, adjoint: bool) -> None:
    matrix = _dense(base, source.dtype)
    matrix = matrix.T if adjoint else matrix
    product = np.matmul(matrix, source.reshape(-1, base, inner)) if inner > 1 else source.reshape(-1, base) @ matrix.T
    target[...] = product.reshape(-1)
    if scale != 1.0:
        target *= target.dtype.type(scale)


def _transform_lines(source: Numbers, target: Numbers, k: int, scale: float, workers: int) -> None:
    lanes = VECTOR_BYTES // source.itemsize
    factor = source.dtype.type(scale)
    if 1 << k < lanes:
        loops().short_lines(source, target, k, lanes, factor)
        return
    low, block, high = plan_lines(k, lanes)
    size = source.size
    if workers == 1:
        loops().low_levels(source, target, 0, size, low, lanes, factor)
    else:
        parts = shares(size // block, workers)
        run_all(loops().low_levels, [(source, target, a * block, b * block, low, lanes, factor) for a, b in parts])
    stride = block
    for levels in high:
        group, vectors = stride << levels, stride // lanes
        if workers == 1:
            loops().high_levels(target, 0, size, stride, levels, 0, vectors)
        elif size // group >= workers:
            parts = shares(size // group, workers)
            run_all(loops().high_levels, [(target, a * group, b * group, stride, levels, 0, vectors) for a, b in parts])
        else:
            parts = shares(vectors, workers)
            run_all(loops().high_levels, [(target, 0, size, stride, levels, a * lanes, b - a) for a, b in parts])
        stride = group


def _transform_columns(source: Numbers, target: Numbers, k: int, inner: int, scale: float, workers: int) -> None:
    if scale != 1.0:
        np.multiply(source, source.dtype.type(scale), out=target)
    elif source is not target:
        np.copyto(target, source)
    lanes = VECTOR_BYTES // source.itemsize
    steps, size, vectors = np.array(split_levels(k), np.int64), inner << k, inner // lanes
    strip = max(4, STRIP_BYTES // VECTOR_BYTES >> k)
    starts = range(0, source.size, size)
    parts = shares(vectors, workers) if len(starts) < workers else [(0, vectors)]

    def run(lines: range, first: int, last: int) -> None:
        for line in lines:
            loops().column_levels(target, line, inner, steps, strip, lanes, first, last)

    some = [starts] if len(starts) < workers else [starts[a:b] for a, b in shares(len(starts), workers)]
    run_all(run, [(lines, first, last) for lines in some for first, last in parts])


def permute_axis(source: Numbers, places: NDArray[np.intp], inner: int, workers: int) -> Numbers:
    """Return a flat array whose runs along an axis stand in another order: run r is the one at ``places[r]``."""
    target = np.empty_like(source)
    parts = shares(source.size // (places.size * inner), workers)
    run_all(loops().gather, [(source, places, inner, target, a, b) for a, b in parts])
    return target
