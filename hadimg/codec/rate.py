"""How finely levels are quantized: from what the user asks for to the step of the header."""

from __future__ import annotations

import math
import numbers
from typing import TYPE_CHECKING, Any

from hadimg.codec.settings import LARGEST_STEP, STEP_UNIT
from hadimg.errors import ArgumentError

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Wanted", "likely_step", "step_of_quality", "step_of_size", "wanted_of"]

MIDDLE, POWER, OFFSET = 32.0, 0.65, 1 / 205
"""The step of an 8-bit picture at quality 50, in levels, how it follows JPEG's scale, and what makes it 1 at 100."""
TOLERANCE = 0.02
"""How near to the wanted size a search goes on to come."""
TRIALS = 14

Wanted = tuple[str, float]
"""What is asked for: ``("quality", 75)``, ``("step", 2.5)``, ``("lossless", 1)`` or ``("bits_per_pixel", 0.5)``."""


def wanted_of(quality: Any, step: Any, bits_per_pixel: Any, *, lossless: bool = False) -> Wanted:
    """Return the one thing that is asked for, quality 75 without any.

    Examples
    --------
    >>> wanted_of(None, 2.5, None)
    ('step', 2.5)
    """
    values = {
        "quality": quality,
        "step": step,
        "bits_per_pixel": bits_per_pixel,
        "lossless": True if lossless else None,
    }
    given = {name: value for name, value in values.items() if value is not None}
    if len(given) > 1:
        raise ArgumentError(f"give one of quality, step, bits_per_pixel and lossless, got {' and '.join(given)}")
    name, value = next(iter(given.items()), ("quality", 75))
    if not isinstance(value, numbers.Real) or not math.isfinite(value) or float(value) <= 0:
        raise ArgumentError(f"{name} must be a positive number, got {value!r}")
    if name == "quality" and not 1 <= float(value) <= 100:
        raise ArgumentError(f"quality must be a number from 1 to 100, got {value!r}")
    return name, float(value)


def step_of_quality(quality: float, depth: int) -> int:
    """Return the step, in 1/64 of a level, that a quality stands for.

    With JPEG's scale, ``s = (100 - quality) / 50`` from quality 50 on and ``50 / quality`` below, the step
    is ``32 (s + 1/205)**0.65`` levels of 8 bits. So photographs come out about as near to the original, by their mean
    squared error, as from JPEG at the same quality. Steps of other depths are the same part of white.

    Parameters
    ----------
    quality : float
        1 to 100.
    depth : int
        Bits of a value.

    Examples
    --------
    >>> [step_of_quality(quality, 8) / 64 for quality in (100, 90, 75, 50, 10)]
    [1.0, 11.4..., 20.5..., 32.09375, 91.1...]
    """
    scale = (100 - quality) / 50 if quality >= 50 else 50 / quality
    step = MIDDLE * math.pow(scale + OFFSET, POWER)
    return checked_step(step * 2.0 ** (depth - 8))


def checked_step(step: float) -> int:
    """Return a step in levels as the whole number of the header, at least 1/64 of a level."""
    number = max(round(step * STEP_UNIT), 1)
    if number > LARGEST_STEP:
        raise ArgumentError(f"step must be at most {LARGEST_STEP // STEP_UNIT}, got {step:g}")
    return number


def likely_step(bits_per_pixel: float, depth: int) -> int:
    """Return the step at which photographs take about so many bits: where a search begins.

    Examples
    --------
    >>> likely_step(1.0, 8) / 64
    15.0
    """
    return min(
        max(checked_step(15.0 * math.pow(min(max(bits_per_pixel, 0.02), 20.0), -1.15)) << depth >> 8, 1), LARGEST_STEP
    )


def step_of_size(size_of: Callable[[int], int], wanted: int, depth: int, first: int) -> int:
    """Return the step that makes a file of about ``wanted`` bytes: the best of a search by secants in logarithms.

    Parameters
    ----------
    size_of : callable
        From a step, in 1/64 of a level, to the bytes of the file: a whole encoding.
    wanted : int
        Bytes.
    depth : int
        Bits of a value.
    first : int
        The step to begin with.

    Raises
    ------
    ArgumentError
        When even the coarsest step makes a longer file.

    Examples
    --------
    >>> step_of_size(lambda step: round(100_000 / step), 1000, depth=8, first=64)
    100
    """
    finest, coarsest = _range(depth)
    sizes: dict[int, int] = {}
    step = min(max(first, finest), coarsest)
    for _ in range(TRIALS):
        sizes[step] = size_of(step)
        if abs(sizes[step] - wanted) <= TOLERANCE * wanted:
            break
        following: int = _next_step(sizes, wanted, finest, coarsest)
        if following in sizes:
            break
        step = following
    best = min(sizes, key=lambda one: (abs(sizes[one] - wanted), one))
    if sizes[best] > 1.03 * wanted:
        raise ArgumentError(
            f"bits_per_pixel must allow {sizes[best]} bytes for this picture, it allows {wanted}",
            remedy="ask for more bits",
        )
    return best


def _range(depth: int) -> tuple[int, int]:
    return checked_step(2.0 ** (depth - 8) / 8), checked_step(2.0 ** (depth + 2))


def _next_step(sizes: dict[int, int], wanted: int, finest: int, coarsest: int) -> int:
    """Return the step to try next: the secant's, kept inside what is known to hold the solution."""
    too_large = [step for step, size in sizes.items() if size > wanted]
    too_small = [step for step, size in sizes.items() if size <= wanted]
    low = max(too_large, default=finest - 1)
    high = min(too_small, default=coarsest + 1)
    if not too_large or not too_small:
        known = low if too_large else high
        factor = min(max(math.pow(sizes[known] / wanted, 1.2), 1 / 64), 64.0)
        return min(max(round(known * factor), finest), coarsest)
    slope = math.log(sizes[low] / sizes[high]) / math.log(high / low)
    guess = low * math.exp(math.log(sizes[low] / wanted) / slope) if slope > 0 else math.sqrt(low * high)
    return min(max(round(guess), low + 1), high - 1)
