"""How a picture is multiplied by its gains: strip by strip, by compiled loops or by plain NumPy, with equal results."""

from __future__ import annotations

import gc
import sys
import threading
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from hadimg.compiled_ways import compiled_way
from hadimg.gains import Gains
from hadimg.masks.exponential_decay import ExponentialDecay
from hadimg.threads import checked_workers, each
from hadimg.ways import STRIP_ROWS, Job, Way, numpy_way

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["ENGINES", "Job", "load_loops", "multiply"]

STRIPS_PER_THREAD, MOST_ROWS = 4, 512
"""Strips of loops that keep nothing: few and large, but enough for threads to end at the same time."""
COMPILED_FROM = 1 << 23
"""Values that plain NumPy multiplies in the time that loading the compiled loops takes, about half a second."""

_loading = threading.RLock()
_rented: list[int] = []
"""Values that this process has multiplied before the compiled loops were loaded. All engines give the same pixels."""


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
    with _loading:
        chosen = _chosen(engine, job)
    if chosen == "compiled" and not (job.pixels.flags.c_contiguous and job.out.flags.c_contiguous):
        packed = np.ascontiguousarray(job.pixels)
        packed = packed.copy() if packed is job.pixels else packed
        saturated = multiply(replace(job, pixels=packed, out=packed), workers=workers, engine=chosen)
        job.out[...] = packed
        return saturated
    height = job.pixels.shape[0]
    threads = min(checked_workers(workers), -(-height // STRIP_ROWS))
    way = ENGINES[chosen](job)
    rows = STRIP_ROWS if way.keeps_weights else min(MOST_ROWS, -(-height // (STRIPS_PER_THREAD * threads)))
    strips = [(start, min(start + rows, height)) for start in range(0, height, rows)]
    return sum(each(lambda strip: way.step(*strip), strips, workers=threads))


def load_loops() -> None:
    """Load the compiled loops in this thread, which takes half a second, while others that need them wait.

    Many threads that load them at once get in each other's way.

    Examples
    --------
    >>> load_loops()
    """
    pixels = np.zeros((2, 2, 3), np.uint8)
    job = Job(pixels, pixels, Gains(ExponentialDecay(), (2, 2)), 3, 255.0, linear_light=False)
    with _loading, _no_collection():
        multiply(job, engine="compiled")


@contextmanager
def _no_collection() -> Iterator[None]:
    """Keep the collector of garbage away from half a million new objects, of which it would find none to collect."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


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


ENGINES: dict[str, Callable[[Job], Way]] = {"numpy": numpy_way, "compiled": compiled_way}
"""The ways to multiply. All give the same pixels."""
