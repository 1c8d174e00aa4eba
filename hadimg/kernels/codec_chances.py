"""What chance a bit has to be a one, learned from the bits before it; whole numbers only, the same on every machine.

The probability of a bit comes from three adaptive ones, each chosen by a context of its own, which are mixed: added up
in the logistic domain with weights that learn, too, by which of them was right.

A state is one number of 32 bits: the probability of a one in 22 bits, and how often it has learned in 7. It learns as a
mean does, by ``1 / (n + 1.5)``, until n reaches `SLOWEST`.

A context is four numbers: where three states are, and the first of three weights. They are never negative, which `at`
says to the compiler, so that it does not look for places counted from the end.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from hadimg.kernels.compiling import borrowing_kernel, inlined, kernel

__all__ = [
    "FAST",
    "ONE_HALF",
    "RATES",
    "SLOWEST",
    "SQUASH",
    "STRETCH",
    "at",
    "costs",
    "foresee",
    "learn",
    "mixed",
    "whole",
]

SLOWEST = 100
"""Where the speed of learning stays: in how many bits a state forgets."""
ONE_HALF = (1 << 28) | 0
ONE = (1 << 22) - 1
FAST = 14
"""How fast weights learn: shift of their step."""
HALF = 1 << (FAST - 1)

at: Any = np.uint64
whole: Any = np.int64


def _stretch() -> Any:
    odds = (np.arange(4096) + 0.5) / 4096
    return np.rint(np.log(odds / (1 - odds)) * 256).astype(np.int16)


def _squash() -> Any:
    probabilities = 65536 / (1 + np.exp(-(np.arange(4096) - 2048) / 256.0))
    return np.clip(np.rint(probabilities), 24, 65536 - 24).astype(np.uint16)


def _costs() -> Any:
    return np.rint(-np.log2((np.arange(4096) + 0.5) / 4096) * 256).astype(np.int32)


STRETCH, SQUASH, COSTS = _stretch(), _squash(), _costs()
"""ln(p / (1 - p)) of a probability in 12 bits, in 1/256; its inverse, in 16 bits; and bits of information, in 1/256."""
RATES = np.rint(65536 / (np.arange(128) + 1.5)).astype(np.int32)


@inlined
def stretched(state: int) -> int:
    """Return the probability of a state in the logistic domain."""
    odds: int = whole(STRETCH[at(state >> 17)])
    return odds


@inlined
def foresee(states: Any, weights: Any, a: int, b: int, c: int, w: int) -> tuple[Any, ...]:
    """Return the probability of a one in 16 bits, and what `learn` needs: states, logistic probabilities, weights."""
    first, second, third = whole(states[at(a)]), whole(states[at(b)]), whole(states[at(c)])
    x, y, z = stretched(first), stretched(second), stretched(third)
    p, q, r = whole(weights[at(w)]), whole(weights[at(w + 1)]), whole(weights[at(w + 2)])
    dot = (p * x + q * y + r * z) >> 16
    chance = whole(SQUASH[at(min(max(dot, -2047), 2047) + 2048)])
    return chance, (first, second, third, x, y, z, p, q, r)


@inlined
def learned(state: int, target: int) -> int:
    """Return what a state becomes when it has seen a bit."""
    count = state & 127
    change = ((target - (state >> 7)) * whole(RATES[at(count)])) >> 16
    seen: int = state + (change << 7) + (count < SLOWEST)
    return seen


@inlined
def learn(bit: int, chance: int, known: Any, states: Any, weights: Any, a: int, b: int, c: int, w: int) -> None:
    """Let states and weights learn a bit, of which `foresee` told the chance."""
    first, second, third, x, y, z, p, q, r = known
    error = (bit << 16) - chance
    weights[at(w)] = p + ((x * error + HALF) >> FAST)
    weights[at(w + 1)] = q + ((y * error + HALF) >> FAST)
    weights[at(w + 2)] = r + ((z * error + HALF) >> FAST)
    target = ONE & -bit
    first, second, third = learned(first, target), learned(second, target), learned(third, target)
    states[at(a)], states[at(b)], states[at(c)] = first, second, third


@borrowing_kernel
def mixed(states: Any, weights: Any, a: int, b: int, c: int, w: int) -> int:
    """Return the probability of a one in 16 bits, of three states and one set of weights."""
    chance: int = foresee(states, weights, a, b, c, w)[0]
    return chance


@kernel
def costs(chance: int, bit: int) -> int:
    """Return the bits of information, in 1/256, of a bit that is a one with a chance in 16 bits."""
    bits: int = COSTS[min((chance if bit else 65536 - chance) >> 4, 4095)]
    return bits
