"""What there is to do for arrays of one shape and type, and doing it: the part that all transforms share."""

from __future__ import annotations

import math
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from hadimg.errors import ArgumentError, ArgumentTypeError
from hadimg.walsh.constructions import builds
from hadimg.walsh.lines import permute_axis, transform_axis
from hadimg.walsh.matrices import nearest_orders
from hadimg.walsh.numbers import accepted, result_type
from hadimg.walsh.orders import ORDERS, walsh_order
from hadimg.walsh.threads import workers_for

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike, NDArray

__all__ = ["NORMS", "Route", "transformed"]

NORMS = {"backward": (0.0, 1.0), "ortho": (0.5, 0.5), "forward": (1.0, 0.0)}
"""By the power of the length that the transform and its inverse divide by."""


class Route(NamedTuple):
    """What a transform does to arrays of one shape and type.

    Parameters
    ----------
    dtype : dtype
        Type of the result.
    total : int
        Numbers that are added up in each result.
    scale : float
        What they are multiplied by.
    runs : tuple of (int, int)
        Length and numbers behind it, for each axis; axes that are neighbors are done as one.
    orders : tuple of (int, int)
        Length and numbers behind it, for each axis whose coefficients are put into another order.
    """

    dtype: np.dtype[Any]
    total: int
    scale: float
    runs: tuple[tuple[int, int], ...]
    orders: tuple[tuple[int, int], ...]


def transformed(
    x: ArrayLike,
    axes: Sequence[int] | None,
    sizes: Sequence[int] | None,
    order: str,
    norm: str,
    *,
    inverse: bool,
    overwrite_x: bool,
    workers: int | None,
) -> NDArray[Any]:
    """Return the transform of any array along some axes, or the inverse; the arguments are those of `fwhtn`."""
    array = np.asarray(x)
    if sizes is not None:
        array, overwrite_x = _resized(array, _checked_axes(axes, array.ndim), sizes), True
    what = array.shape, array.dtype, None if axes is None else tuple(axes), order, norm, inverse
    try:
        route = _route(*what)
    except TypeError:  # an argument that no cache can keep: what is wrong with it is said in our words
        route = _route.__wrapped__(*what)
    same = array.dtype == route.dtype and array.dtype.kind in "fc"
    numbers = array if same else accepted(array, route.dtype, route.total)
    if numbers.dtype.kind == "c":
        result = np.empty(numbers.shape, numbers.dtype)
        for part in ("real", "imag"):
            half = np.array(getattr(numbers, part), order="C").reshape(-1)
            setattr(result, part, _real(half, half, route, order, inverse, workers).reshape(array.shape))
        return result
    source = numbers if numbers.flags.c_contiguous else np.ascontiguousarray(numbers)
    mine = (overwrite_x or source is not array) and source.flags.writeable
    source = source.reshape(-1)
    target = source if mine else np.empty_like(source)
    return _real(source, target, route, order, inverse, workers).reshape(array.shape)


def _real(
    source: NDArray[Any], target: NDArray[Any], route: Route, order: str, adjoint: bool, workers: int | None
) -> NDArray[Any]:
    """Transform real numbers from one flat array to another, or in place."""
    threads = workers_for(workers, source.size)
    if source.size == 0:
        return target
    scale = route.scale
    for n, inner in route.runs:
        transform_axis(source, target, n, inner, scale=scale, adjoint=adjoint, workers=threads)
        source, scale = target, 1.0
    if source is not target:
        target[...] = source
    for n, inner in route.orders:
        target = permute_axis(target, walsh_order(n, order), inner, threads)
    return target


@lru_cache(maxsize=1024)
def _route(
    shape: tuple[int, ...], dtype: np.dtype[Any], axes: tuple[int, ...] | None, order: str, norm: str, inverse: bool
) -> Route:
    """Check the arguments and return what there is to do; the same arguments come again and again."""
    if order not in ORDERS:
        raise ArgumentError(f"order must be one of {', '.join(map(repr, ORDERS))}, got {order!r}")
    if norm not in NORMS:
        raise ArgumentError(f"norm must be one of {', '.join(map(repr, NORMS))}, got {norm!r}")
    along = _checked_axes(axes, len(shape))
    total = math.prod(_checked_length(shape[axis], axis, order) for axis in along)
    power = NORMS[norm][inverse]
    runs = tuple((math.prod(shape[a : b + 1]), math.prod(shape[b + 1 :])) for a, b in _neighbors(along, shape))
    moved = [axis for axis in along if order != "natural" and shape[axis] > 2]
    orders = tuple((shape[axis], math.prod(shape[axis + 1 :])) for axis in moved)
    return Route(result_type(dtype, total, exact=power == 0.0), total, float(total) ** -power, runs, orders)


def _neighbors(axes: list[int], shape: tuple[int, ...]) -> list[tuple[int, int]]:
    """Return runs of axes that follow each other and have powers of two: naturally transformed, they are one axis."""
    runs: list[tuple[int, int]] = []
    for axis in axes:
        length = shape[axis]
        even = length & (length - 1) == 0
        if runs and even and runs[-1][1] == axis - 1 and shape[axis - 1] & (shape[axis - 1] - 1) == 0:
            runs[-1] = (runs[-1][0], axis)
        else:
            runs.append((axis, axis))
    return runs


def _checked_axes(axes: Sequence[int] | None, ndim: int) -> list[int]:
    if ndim == 0:
        raise ArgumentError("x must have at least one axis, got a single number")
    if axes is None:
        return list(range(ndim))
    for axis in axes:
        if isinstance(axis, bool) or not isinstance(axis, (int, np.integer)):
            raise ArgumentTypeError(f"an axis must be a whole number, got {type(axis).__name__}")
        if not -ndim <= axis < ndim:
            raise ArgumentError(f"an axis must be from {-ndim} to {ndim - 1}, got {axis}")
    found = sorted(int(axis) % ndim for axis in axes)
    if len(set(found)) < len(found):
        raise ArgumentError(f"axes must be different, got {tuple(axes)}")
    return found


def _checked_length(length: int, axis: int, order: str) -> int:
    if order != "natural" and (length < 1 or length & (length - 1)):
        walsh_order(length, order)
    if length < 1 or not builds(length):
        near = nearest_orders(length)
        raise ArgumentError(
            f"the length along axis {axis} must be that of a known Hadamard matrix, got {length}",
            remedy=f"the nearest are {' and '.join(map(str, near))}; n or s pads with zeros, or cuts",
        )
    return length


def _resized(array: NDArray[Any], axes: list[int], sizes: Sequence[int]) -> NDArray[Any]:
    """Return a copy of other lengths along axes: cut at the end, or padded with zeros."""
    if len(sizes) != len(axes):
        raise ArgumentError(f"s must have one length for each of {len(axes)} axes, got {len(sizes)}")
    shape = list(array.shape)
    for axis, size in zip(axes, sizes, strict=True):
        if isinstance(size, bool) or not isinstance(size, (int, np.integer)):
            raise ArgumentTypeError(f"a length must be a whole number, got {type(size).__name__}")
        if size < 1:
            raise ArgumentError(f"a length must be at least 1, got {size}")
        shape[axis] = int(size)
    result = np.zeros(shape, array.dtype)
    common = tuple(slice(min(a, b)) for a, b in zip(array.shape, shape, strict=True))
    result[common] = array[common]
    return result
