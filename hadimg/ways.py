"""One picture to be multiplied by its gains, and the plain way to do it: every strip in float64, by NumPy."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from hadimg.light import code_tables, decode_srgb, encode_srgb

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from hadimg.gains import Gains

    Pixels = NDArray[Any]
    Step = Callable[[int, int], int]

__all__ = ["STRIP_ROWS", "Job", "Way", "numpy_way", "rounded"]

STRIP_ROWS = 64
"""Rows whose float64 weights stay in the cache while they are used."""


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


def numpy_way(job: Job) -> Way:
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
        levels, over = rounded(source[..., : job.color], weights, job.white)
        saturated = int(np.count_nonzero(over))
    target[..., job.color :] = source[..., job.color :]
    target[..., : job.color] = levels
    return saturated


def rounded(values: Pixels, weights: Pixels, top: float) -> tuple[Pixels, Pixels]:
    """Return the levels of products, and which of them saturate."""
    levels = np.rint(values * weights)
    return np.clip(levels, 0.0, top), levels > top
