"""How the benchmarks measure: all rivals in turn, round after round, and medians of the rounds."""

from __future__ import annotations

import statistics
import time
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from numpy.typing import NDArray

__all__ = ["photograph", "print_table", "seconds"]


def seconds(rivals: Mapping[str, Callable[[], object]], *, rounds: int = 7) -> dict[str, float]:
    """Return the median time of each rival; in every round each has its turn, so that noise meets all alike."""
    times: dict[str, list[float]] = {name: [] for name in rivals}
    for number in range(rounds + 1):
        for name, run in rivals.items():
            start = time.perf_counter()
            run()
            if number:  # the first round warms up
                times[name].append(time.perf_counter() - start)
    return {name: statistics.median(values) for name, values in times.items()}


def print_table(title: str, unit: str, found: Mapping[str, float], goals: Mapping[str, str] | None = None) -> None:
    """Print one row a rival: milliseconds, the ratio to the row named ``unit``, and the goal for that ratio."""
    print(f"\n{title}\n{'':48}{'ms':>10}{f'/ {unit}':>14}   goal")
    for name, value in found.items():
        goal = (goals or {}).get(name, "")
        print(f"{name:48}{1e3 * value:10.1f}{value / found[unit]:14.2f}   {goal}")


def photograph(height: int, width: int, *, seed: int = 0) -> NDArray[np.uint8]:
    """Return a picture that is as hard to code as a photograph: detail at every scale, edges, and grain.

    As a JPEG of quality 92 it takes 2.4 bits a pixel, the median of the Kodak pictures.
    """
    rng = np.random.default_rng(seed)
    rows, cols = np.ogrid[0:height, 0:width]
    detail = np.zeros((height, width), np.float32)
    for octave in range(1, 9):
        size = 2**octave
        coarse = rng.normal(0.0, size**0.6, (height // size + 2, width // size + 2)).astype(np.float32)
        detail += np.repeat(np.repeat(coarse, size, 0), size, 1)[:height, :width]
    edges = 30.0 * (((rows // 250) + (cols // 400)) % 2)
    result = np.empty((height, width, 3), np.uint8)
    for channel in range(3):
        grain = rng.normal(0.0, 7.0, (height, width)).astype(np.float32)
        result[..., channel] = np.clip(100.0 + (1.0 - 0.2 * channel) * detail + edges + grain, 0, 255)
    return result
