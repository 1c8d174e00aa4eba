"""The compiled ways to multiply a picture by its gains: fast loops, whose doubtful values are computed again."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from hadimg.light import code_tables
from hadimg.masks.array import Array
from hadimg.ways import STRIP_ROWS, Way, numpy_way, rounded
from hadimg.weight_loops import weight_loops

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from hadimg.masks.factored import Factor
    from hadimg.ways import Job

    Pixels = NDArray[Any]
    Suspects = NDArray[np.int64]
    PreciseRun = Callable[[Pixels, Pixels, Pixels, float, Suspects], tuple[int, int]]
    Finish = Callable[[Pixels, Pixels], tuple[Pixels, Pixels]]

__all__ = ["compiled_way"]


class StripLoops(NamedTuple):
    """Weights of stored rows from a start to a stop, what they are wrong by at most, and whether all are 0 to 1."""

    weights: Callable[[int, int], Pixels]
    error: float
    falling: bool


def compiled_way(job: Job) -> Way:
    """Return the fastest loop that fits the picture and its gains."""
    if job.pixels.dtype.kind == "f":
        return numpy_way(job)
    if job.linear_light:
        return _codes_way(job)
    if job.pixels.dtype == np.uint8 and job.white == 255:
        return _fused_way(job) or _given_way(job) or _loops_way(job) or _weights_way(job)
    return _weights_way(job)


def _strip_loops(job: Job, *, precise: bool) -> StripLoops | None:
    """Return the compiled weights of any stored rows, with a bound of their error, where the mask has them."""
    factors = job.gains.stored_factors()
    loops = weight_loops(job.gains, factors, precise=precise)
    if loops is None or factors is None:
        return None
    run, width = loops.over(factors), job.out.shape[1]

    def weights(start: int, stop: int) -> Pixels:
        strip = np.empty((stop - start, width), loops.dtype)
        run(slice(start, stop), strip)
        return strip

    return StripLoops(weights, loops.error, falling=loops.lowest >= 0.0 and loops.highest <= 1.0)


def _loops_way(job: Job) -> Way | None:
    """Return the loop for 8-bit pixels and float32 weights of any mask that compiled loops know."""
    loops = _strip_loops(job, precise=False)
    if loops is None:
        return None
    from hadimg.kernels.product import multiply8

    def step(start: int, stop: int) -> int:
        source, target, weights = job.pixels[start:stop], job.out[start:stop], loops.weights(start, stop)

        def run(doubt: np.int32, suspects: Suspects) -> tuple[int, int]:
            return multiply8(source, weights, target, job.color, doubt, loops.falling, suspects)  # type: ignore[no-any-return]

        return _settle(target, target.size, 255.0 * loops.error, run, _pixels_from(job, start))

    return Way(step, keeps_weights=True)


def _pixels_from(job: Job, start: int) -> Callable[[Suspects], NDArray[Any]]:
    """Return the exact factors of pixels, numbered from the first one of a row."""
    first = start * job.out.shape[1]
    return lambda places: job.gains.at(places + first)


def _weights_way(job: Job) -> Way:
    """Return the loop for whole numbers of any depth."""
    from hadimg.kernels.product import multiply16

    def run(source: Pixels, weights: Pixels, target: Pixels, band: float, suspects: Suspects) -> tuple[int, int]:
        return multiply16(source, weights, target, job.color, job.white, band, suspects)  # type: ignore[no-any-return]

    return _precise_way(job, run, lambda values, weights: rounded(values, weights, job.white), job.white)


def _precise_way(job: Job, run: PreciseRun, finish: Finish, unit: float) -> Way:
    """Return a loop over float64 weights: those of NumPy, or nearly those; then doubtful values are computed again.

    ``unit`` is what a weight that is wrong by 1 does to a product at most.
    """
    loops = _strip_loops(job, precise=True)
    band = 0.0 if loops is None else unit * loops.error
    size = STRIP_ROWS * job.out.shape[1] * job.out.shape[2] if band else 0

    def step(start: int, stop: int) -> int:
        target, suspects = job.out[start:stop], np.empty(size, np.int64)
        weights = np.ascontiguousarray(job.gains.rows(start, stop)) if loops is None else loops.weights(start, stop)
        saturated, found = run(job.pixels[start:stop], weights, target, band, suspects)
        return saturated + _settled(target, suspects[:found], 16, finish, _pixels_from(job, start))

    return Way(step, keeps_weights=True)


def _codes_way(job: Job) -> Way:
    """Return the loop for whole numbers that are multiplied in linear light."""
    from hadimg.kernels.linear_light import multiply_codes

    tables = code_tables(int(job.white))

    def finish(codes: Pixels, weights: Pixels) -> tuple[Pixels, Pixels]:
        light = tables.light[codes] * weights
        return np.searchsorted(tables.thresholds, light, side="right"), light > 1.0

    def run(source: Pixels, weights: Pixels, target: Pixels, band: float, suspects: Suspects) -> tuple[int, int]:
        return multiply_codes(source, weights, target, job.color, *tables, band, suspects)  # type: ignore[no-any-return]

    return _precise_way(job, run, finish, 1.0)


def _given_way(job: Job) -> Way | None:
    """Return the loop for 8-bit pixels and float32 weights that are there already."""
    mask, gains = job.gains.mask, job.gains
    if not isinstance(mask, Array) or mask.values.dtype != np.float32 or gains.inverse or gains.orientation != 1:
        return None
    if mask.values.shape != gains.shape:
        return None
    from hadimg.kernels.product import multiply8

    values = mask.values
    falling = mask.lowest >= 0.0 and mask.highest <= 1.0

    def step(start: int, stop: int) -> int:
        strip = job.pixels[start:stop], values[start:stop], job.out[start:stop]

        def run(doubt: np.int32, suspects: Suspects) -> tuple[int, int]:
            return multiply8(*strip, job.color, doubt, falling, suspects)  # type: ignore[no-any-return]

        return _settle(strip[2], strip[2].size, 0.0, run, lambda places: values[start:stop].reshape(-1)[places])

    return Way(step, keeps_weights=False)


def _fused_way(job: Job) -> Way | None:
    """Return the loop for 8-bit pixels whose gains depend on the distance from a point, evaluated on the way.

    The axes of the distance may be stretched, but not turned.
    """
    factors = job.gains.stored_factors()
    sides = _sides_of_distance(factors) if factors else None
    loops = None if sides is None else weight_loops(job.gains, factors)
    if loops is None or sides is None:
        return None
    from hadimg.kernels.product import multiply8_polynomial, multiply8_table

    (form,) = loops.forms
    falling = loops.lowest >= 0.0 and loops.highest <= 1.0
    down, across = ((side * form.unit).astype(np.float32) for side in sides)
    rows = np.argsort(np.abs(down), kind="stable")  # rows on both sides of the point that share their weights meet
    _, width, channels = job.out.shape
    if np.array_equal(np.abs(across), np.abs(across[::-1])):
        across = across[: -(-width // 2)]

    def step(start: int, stop: int) -> int:
        mine = rows[start:stop]

        def run(doubt: np.int32, suspects: Suspects) -> tuple[int, int]:
            first, last = (job.pixels, mine, down, across), (job.out, job.color, doubt, falling, suspects)
            if form.coefficients.size:
                return multiply8_polynomial(*first, np.float32(form.shift), form.coefficients, *last)  # type: ignore[no-any-return]
            return multiply8_table(*first, form.table, *last)  # type: ignore[no-any-return]

        return _settle(job.out, mine.size * width * channels, 255.0 * loops.error, run, job.gains.at)

    return Way(step, keeps_weights=False)


def _sides_of_distance(factors: tuple[Factor, ...]) -> tuple[Pixels, Pixels] | None:
    """Return the distances down and across, when the mask is a function of both and its axes go along them."""
    factor = factors[0]
    if len(factors) > 1 or factor.table is not None or factor.exponent != 2.0:
        return None
    for along, across in ((0, 1), (1, 0)):
        if not factor.rows[:, along].any() and not factor.cols[:, across].any():
            return factor.rows[:, across], factor.cols[:, along]
    return None


def _settle(
    out: Pixels,
    size: int,
    band: float,
    run: Callable[[np.int32, Suspects], tuple[int, int]],
    weights_at: Callable[[Suspects], NDArray[Any]],
) -> int:
    """Run a float32 loop over ``size`` values and compute again in float64 those that it left in doubt.

    ``band`` bounds the loop's error in levels; ``weights_at`` gives exact factors of pixels by their flat index. See
    `hadimg.kernels.product`.
    """
    doubt = np.int32(math.ceil(65536 * band) + 1)  # the last is what rounding to float32 can do to the product
    suspects = np.empty(size, np.int64)  # memory that is not touched costs nothing
    saturated, found = run(doubt, suspects)
    return saturated + _settled(
        out, suspects[:found], 8, lambda values, weights: rounded(values, weights, 255.0), weights_at
    )


def _settled(
    out: Pixels, suspects: Suspects, bits: int, finish: Finish, weights_at: Callable[[Suspects], NDArray[Any]]
) -> int:
    """Compute suspects, ``index << bits | value``, in float64; return how many of them saturate."""
    if not suspects.size:
        return 0
    places, values = suspects >> bits, suspects & ((1 << bits) - 1)
    levels, saturated = finish(values, weights_at(places // out.shape[2]).astype(np.float64))
    out.reshape(-1)[places] = levels
    return int(np.count_nonzero(saturated))
