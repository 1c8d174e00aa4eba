"""Random numbers of the path tracer: the same for the same seed, row and sample, whichever thread draws them."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from scipy.stats import qmc

from samples.compiled import compiled

if TYPE_CHECKING:
    from numpy.typing import NDArray

EVEN = 8  # so many draws of each sample are spread evenly over the samples of a pixel
MULTIPLIER = np.uint64(6364136223846793005)
INCREMENT = np.uint64(1442695040888963407)


class Chance(NamedTuple):
    """The state of one row's random numbers: ``state`` is the generator's word, the sample, and the next draw."""

    state: NDArray[np.uint64]
    points: NDArray[Any]  # (samples, EVEN), a Sobol sequence
    shift: NDArray[Any]  # (EVEN,), moves the sequence from pixel to pixel


def even_points(samples: int) -> NDArray[Any]:
    """Return ``samples`` points (a power of two) that fill the cube of `EVEN` dimensions evenly."""
    return np.asarray(qmc.Sobol(EVEN, scramble=False).random(samples), np.float64)


@compiled
def word(chance: Chance) -> float:
    """Return the generator's next number, from 0 to 1 (a congruential generator with its high bits mixed down)."""
    chance.state[0] = chance.state[0] * MULTIPLIER + INCREMENT
    mixed = chance.state[0] ^ (chance.state[0] >> np.uint64(29))
    mixed = mixed * MULTIPLIER
    return float((mixed ^ (mixed >> np.uint64(32))) >> np.uint64(11)) * 2.0**-53


@compiled
def begin_pixel(chance: Chance) -> None:
    """Move the even points to a new place."""
    for index in range(EVEN):
        chance.shift[index] = word(chance)


@compiled
def begin_sample(chance: Chance, sample: int) -> None:
    """Go to the next even point."""
    chance.state[1] = np.uint64(sample)
    chance.state[2] = np.uint64(0)


@compiled
def draw(chance: Chance) -> float:
    """Return the next draw of this sample, from 0 to 1."""
    dimension = int(chance.state[2])
    chance.state[2] += np.uint64(1)
    if dimension >= EVEN:
        return word(chance)
    return float((chance.points[int(chance.state[1]), dimension] + chance.shift[dimension]) % 1.0)


@compiled
def disc(chance: Chance) -> tuple[float, float]:
    """Return a point of the unit disc."""
    radius, angle = math.sqrt(draw(chance)), 2.0 * math.pi * draw(chance)
    return radius * math.cos(angle), radius * math.sin(angle)
