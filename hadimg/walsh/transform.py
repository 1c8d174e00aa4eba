"""The fast Walsh-Hadamard transform along one axis, two or any, and its inverse."""

from __future__ import annotations

import math
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import numpy as np

from hadimg.errors import ArgumentError, ArgumentTypeError
from hadimg.walsh.constructions import builds
from hadimg.walsh.lines import permute_axis, transform_axis
from hadimg.walsh.matrices import nearest_orders
from hadimg.walsh.numbers import accepted, result_type
from hadimg.walsh.orders import ORDERS, walsh_order
from hadimg.walsh.threads import checked_workers

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike, NDArray

    Order = Literal["natural", "dyadic", "sequency"]
    Norm = Literal["backward", "ortho", "forward"]

__all__ = ["NORMS", "fwht", "fwht2", "fwhtn", "ifwht", "ifwht2", "ifwhtn"]

NORMS = {"backward": (0.0, 1.0), "ortho": (0.5, 0.5), "forward": (1.0, 0.0)}
"""By the power of the length that the transform and its inverse divide by."""


def fwht(
    x: ArrayLike,
    axis: int = -1,
    order: Order = "natural",
    norm: Norm = "backward",
    *,
    n: int | None = None,
    overwrite_x: bool = False,
    workers: int | None = None,
) -> NDArray[Any]:
    r"""Return the Walsh-Hadamard transform along an axis: :math:`y = H x`, in :math:`n \log_2 n` additions.

    ``H`` is `hadamard_matrix` of the length, its rows in the given order. The transform is linear, and its own inverse
    but for the factor ``n``: :math:`H' H = n I`. Source: slides, "Sylvester's construction" (S34 to S36).

    Parameters
    ----------
    x : array_like
        Numbers; floats, complex numbers and whole numbers of any strides. Not changed.
    axis : int
        The axis; the last by default.
    order : {"natural", "dyadic", "sequency"}
        Where the coefficients stand: as the rows of Sylvester's matrix, as Paley's, or by their number of sign changes
        as Walsh's. MATLAB's ``fwht`` means "sequency" (with ``norm="forward"``), SciPy's ``hadamard`` "natural".
    norm : {"backward", "ortho", "forward"}
        Which of the transform and its inverse divides by ``n``: the inverse, both by ``sqrt(n)``, or the transform; as
        in `scipy.fft`. A round trip needs the same norm twice.
    n : int, optional
        Length along the axis to cut or to pad with zeros to; nothing is ever padded unasked.
    overwrite_x : bool
        Whether the memory of ``x`` may be used for the result.
    workers : int, optional
        Threads for two million numbers and more; all cores by default. Their number changes no bit of the result.

    Returns
    -------
    ndarray
        Of the same shape. float16 becomes float32, other floating types stay; whole numbers stay whole and exact with
        ``norm="backward"`` (int32 where the largest of their type, added up n times, fits, else int64), and become
        float64 with the other norms. NaN and infinity spread over the whole line.

    Raises
    ------
    ArgumentError
        When the length is not that of a known Hadamard matrix, or not a power of two where the order asks for one;
        names the nearest lengths.
    OverflowError
        When sums of 32-bit or 64-bit whole numbers might not fit 64 bits.

    See Also
    --------
    hadamard_matrix : The matrix itself; any of its orders is a length here.

    Examples
    --------
    >>> fwht([4, 2, 2, 0, 0, 2, -2, 0])
    array([8, 0, 8, 0, 8, 8, 0, 0])
    >>> fwht([19, -1, 11, -9, -7, 13, -15, 5], order="sequency", norm="forward")
    array([ 2.,  3.,  0.,  4.,  0.,  0., 10.,  0.])
    """
    return _transformed(x, (axis,), _sizes(n), order, norm, inverse=False, overwrite_x=overwrite_x, workers=workers)


def ifwht(
    x: ArrayLike,
    axis: int = -1,
    order: Order = "natural",
    norm: Norm = "backward",
    *,
    n: int | None = None,
    overwrite_x: bool = False,
    workers: int | None = None,
) -> NDArray[Any]:
    """Return the inverse of `fwht` with the same arguments.

    Parameters
    ----------
    x, axis, order, norm, n, overwrite_x, workers
        As for `fwht`. Whole numbers become float64 unless ``norm="forward"``.

    Examples
    --------
    >>> ifwht(fwht([1.0, 2.0, 3.0, 5.0]))
    array([1., 2., 3., 5.])
    """
    return _transformed(x, (axis,), _sizes(n), order, norm, inverse=True, overwrite_x=overwrite_x, workers=workers)


def fwht2(
    x: ArrayLike,
    axes: tuple[int, int] = (-2, -1),
    order: Order = "natural",
    norm: Norm = "backward",
    *,
    s: tuple[int, int] | None = None,
    overwrite_x: bool = False,
    workers: int | None = None,
) -> NDArray[Any]:
    r"""Return the transform along two axes: :math:`Y = H_h X H_w'`, the Kronecker product of both matrices.

    Parameters
    ----------
    x : array_like
        Pictures or blocks.
    axes : (int, int)
        The two axes; the last two by default.
    s : (int, int), optional
        Lengths to cut or to pad with zeros to.
    order, norm, overwrite_x, workers
        As for `fwht`, for both axes; ``norm`` counts the numbers of both.

    Examples
    --------
    >>> fwht2([[1, 2], [3, 4]])
    array([[10, -2],
           [-4,  0]])
    """
    if len(axes) != 2:
        raise ArgumentError(f"axes must be two, got {len(axes)}", remedy="fwhtn takes any number")
    return _transformed(x, axes, s, order, norm, inverse=False, overwrite_x=overwrite_x, workers=workers)


def ifwht2(
    x: ArrayLike,
    axes: tuple[int, int] = (-2, -1),
    order: Order = "natural",
    norm: Norm = "backward",
    *,
    s: tuple[int, int] | None = None,
    overwrite_x: bool = False,
    workers: int | None = None,
) -> NDArray[Any]:
    """Return the inverse of `fwht2` with the same arguments.

    Parameters
    ----------
    x, axes, order, norm, s, overwrite_x, workers
        As for `fwht2`.

    Examples
    --------
    >>> ifwht2(fwht2([[1.0, 2.0], [3.0, 4.0]]))
    array([[1., 2.],
           [3., 4.]])
    """
    if len(axes) != 2:
        raise ArgumentError(f"axes must be two, got {len(axes)}", remedy="ifwhtn takes any number")
    return _transformed(x, axes, s, order, norm, inverse=True, overwrite_x=overwrite_x, workers=workers)


def fwhtn(
    x: ArrayLike,
    axes: Sequence[int] | None = None,
    order: Order = "natural",
    norm: Norm = "backward",
    *,
    s: Sequence[int] | None = None,
    overwrite_x: bool = False,
    workers: int | None = None,
) -> NDArray[Any]:
    """Return the transform along any number of axes.

    Parameters
    ----------
    x : array_like
        Numbers.
    axes : sequence of int, optional
        The axes; all by default.
    s, order, norm, overwrite_x, workers
        As for `fwht2`.

    Examples
    --------
    >>> fwhtn(np.ones((2, 2, 2)))[0, 0, 0]
    np.float64(8.0)
    """
    return _transformed(x, axes, s, order, norm, inverse=False, overwrite_x=overwrite_x, workers=workers)


def ifwhtn(
    x: ArrayLike,
    axes: Sequence[int] | None = None,
    order: Order = "natural",
    norm: Norm = "backward",
    *,
    s: Sequence[int] | None = None,
    overwrite_x: bool = False,
    workers: int | None = None,
) -> NDArray[Any]:
    """Return the inverse of `fwhtn` with the same arguments.

    Parameters
    ----------
    x, axes, s, order, norm, overwrite_x, workers
        As for `fwhtn`.

    Examples
    --------
    >>> bool(np.allclose(ifwhtn(fwhtn(np.eye(4))), np.eye(4)))
    True
    """
    return _transformed(x, axes, s, order, norm, inverse=True, overwrite_x=overwrite_x, workers=workers)


def _sizes(n: int | None) -> tuple[int] | None:
    return None if n is None else (n,)


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


def _transformed(
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
    threads = checked_workers(workers, source.size)
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
