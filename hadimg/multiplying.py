"""How a picture is multiplied by its gains: strip by strip, by compiled loops or by plain NumPy, with equal results."""

from __future__ import annotations

import math
import os
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from hadimg.gains import Gains
from hadimg.light import code_tables, decode_srgb, encode_srgb
from hadimg.masks.array import Array
from hadimg.masks.exponential_decay import ExponentialDecay
from hadimg.radial_forms import Series, short_form

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    Pixels = NDArray[Any]
    Suspects = NDArray[np.int64]
    Step = Callable[[int, int], int]

__all__ = ["ENGINES", "Job", "load_loops", "multiply"]

STRIP_ROWS = 64
"""Rows whose float64 weights stay in the cache while they are used."""
STRIPS_PER_THREAD, MOST_ROWS = 4, 512
"""Strips of loops that keep nothing: few and large, but enough for threads to end at the same time."""
COMPILED_FROM = 1 << 23
"""Values that plain NumPy multiplies in the time that loading the compiled loops takes, about half a second."""

_rented: list[int] = []
"""Values that this process has multiplied before the compiled loops were loaded. All engines give the same pixels."""


@dataclass(frozen=True, eq=False)
class Job:
    """One picture to be multiplied.

    Parameters
    ----------
    pixels, out : ndarray, shape (H, W, C)
        May be the same array.
    gains : Gains
        The factors.
    color : int
        The first channels, which are multiplied; the rest is copied.
    white : float
        The highest level of whole-number pixels, and white in linear light.
    linear_light : bool
        Whether pixels are sRGB codes that are multiplied in linear light.
    """

    pixels: Pixels
    out: Pixels
    gains: Gains
    color: int
    white: float
    linear_light: bool


class Way(NamedTuple):
    """How rows from a start to a stop are multiplied, and whether their float64 weights are kept meanwhile."""

    step: Step
    keeps_weights: bool


def multiply(job: Job, *, workers: int | None = None, engine: str = "auto") -> int:
    """Multiply a picture and return how many values were saturated.

    Parameters
    ----------
    job : Job
        The picture.
    workers : int, optional
        Threads; all cores by default.
    engine : str
        A name of the table of engines, or ``"auto"``.
    """
    chosen = _chosen(engine, job)
    if chosen == "compiled" and not (job.pixels.flags.c_contiguous and job.out.flags.c_contiguous):
        packed = np.ascontiguousarray(job.pixels)
        packed = packed.copy() if packed is job.pixels else packed
        saturated = multiply(replace(job, pixels=packed, out=packed), workers=workers, engine=chosen)
        job.out[...] = packed
        return saturated
    height = job.pixels.shape[0]
    threads = min(workers or os.cpu_count() or 1, -(-height // STRIP_ROWS))
    way = ENGINES[chosen](job)
    rows = STRIP_ROWS if way.keeps_weights else min(MOST_ROWS, -(-height // (STRIPS_PER_THREAD * threads)))
    strips = [(start, min(start + rows, height)) for start in range(0, height, rows)]
    if threads == 1:
        return sum(way.step(*strip) for strip in strips)
    with ThreadPoolExecutor(threads) as pool:
        return sum(pool.map(lambda strip: way.step(*strip), strips))


def load_loops() -> None:
    """Load the compiled loops in this thread, which takes half a second; many threads at once get in each other's way.

    Examples
    --------
    >>> load_loops()
    """
    pixels = np.zeros((2, 2, 3), np.uint8)
    multiply(Job(pixels, pixels, Gains(ExponentialDecay(), (2, 2)), 3, 255.0, linear_light=False), engine="compiled")


def _chosen(engine: str, job: Job) -> str:
    if engine != "auto":
        return engine
    if job.pixels.dtype.kind == "f":
        return "numpy"
    if "hadimg.kernels.product" in sys.modules:
        return "compiled"
    # Rent until the rent has cost as much as buying: never more than twice the best, whatever is still to come.
    _rented.append(job.pixels.size)
    return "compiled" if sum(_rented) >= COMPILED_FROM else "numpy"


def _numpy_way(job: Job) -> Way:
    """Return the plain form: every strip in float64."""
    if job.pixels.dtype.kind == "f":
        return Way(lambda start, stop: _float_strip(job, start, stop), keeps_weights=True)
    return Way(lambda start, stop: _whole_strip(job, start, stop), keeps_weights=True)


def _float_strip(job: Job, start: int, stop: int) -> int:
    source, target = job.pixels[start:stop], job.out[start:stop]
    weights = job.gains.rows(start, stop)[..., np.newaxis]
    if job.linear_light:
        light = decode_srgb(source[..., : job.color] / job.white) * weights
        target[..., : job.color] = encode_srgb(light) * job.white
    else:
        np.multiply(source[..., : job.color], weights, out=target[..., : job.color], casting="same_kind")
    if target is not source:
        target[..., job.color :] = source[..., job.color :]
    return 0


def _whole_strip(job: Job, start: int, stop: int) -> int:
    source, target = job.pixels[start:stop], job.out[start:stop]
    weights = job.gains.rows(start, stop)[..., np.newaxis]
    if job.linear_light:
        tables = code_tables(int(job.white))
        light = tables.light[np.minimum(source[..., : job.color], int(job.white))] * weights
        levels: Any = np.searchsorted(tables.thresholds, light, side="right")
        saturated = int(np.count_nonzero(light > 1.0))
    else:
        levels = np.rint(source[..., : job.color] * weights)
        saturated = int(np.count_nonzero(levels > job.white))
        np.clip(levels, 0.0, job.white, out=levels)
    target[..., job.color :] = source[..., job.color :]
    target[..., : job.color] = levels
    return saturated


def _compiled_way(job: Job) -> Way:
    """Return the fastest loop that fits the picture and its gains."""
    if job.pixels.dtype.kind == "f":
        return _numpy_way(job)
    if job.linear_light:
        return _codes_way(job)
    if job.pixels.dtype == np.uint8 and job.white == 255:
        return _radial_way(job) or _given_way(job) or _weights_way(job)
    return _weights_way(job)


def _weights_way(job: Job) -> Way:
    from hadimg.kernels.product import multiply16

    def step(start: int, stop: int) -> int:
        weights = np.ascontiguousarray(job.gains.rows(start, stop))
        return int(multiply16(job.pixels[start:stop], weights, job.out[start:stop], job.color, job.white))

    return Way(step, keeps_weights=True)


def _codes_way(job: Job) -> Way:
    from hadimg.kernels.linear_light import multiply_codes

    tables = code_tables(int(job.white))

    def step(start: int, stop: int) -> int:
        weights = np.ascontiguousarray(job.gains.rows(start, stop))
        return int(multiply_codes(job.pixels[start:stop], weights, job.out[start:stop], job.color, *tables))

    return Way(step, keeps_weights=True)


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


def _radial_way(job: Job) -> Way | None:
    """Return the loop for 8-bit pixels whose gains depend on the distance from a point."""
    radial = job.gains.radial()
    if radial is None:
        return None
    from hadimg.kernels.product import DEGREE, multiply8_polynomial, multiply8_table

    form = short_form(radial, DEGREE)
    if form is None:
        return None
    falling = form.lowest >= 0.0 and form.highest <= 1.0
    down, across = ((x * form.unit).astype(np.float32) for x in (radial.down, radial.across))
    rows = np.argsort(np.abs(down), kind="stable")  # rows on both sides of the point that share their weights meet
    _, width, channels = job.out.shape

    def step(start: int, stop: int) -> int:
        mine = rows[start:stop]

        def run(doubt: np.int32, suspects: Suspects) -> tuple[int, int]:
            first, last = (job.pixels, mine, down, across), (job.out, job.color, doubt, falling, suspects)
            if isinstance(form, Series):
                return multiply8_polynomial(*first, np.float32(-1), form.coefficients, *last)  # type: ignore[no-any-return]
            return multiply8_table(*first, form.levels, form.slopes, *last)  # type: ignore[no-any-return]

        return _settle(job.out, mine.size * width * channels, 255.0 * form.error, run, lambda at: radial.at(at, width))

    return Way(step, keeps_weights=False)


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
    if found:
        places, values = suspects[:found] >> 8, suspects[:found] & 255
        levels = np.rint(values * weights_at(places // out.shape[2]).astype(np.float64))
        saturated += int(np.count_nonzero(levels > 255))
        out.reshape(-1)[places] = np.clip(levels, 0, 255)
    return saturated


ENGINES: dict[str, Callable[[Job], Way]] = {"numpy": _numpy_way, "compiled": _compiled_way}
"""The ways to multiply. All give the same pixels."""
