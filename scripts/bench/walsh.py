"""The fast Walsh-Hadamard transform beside plain copies, products by BLAS, and the packages that offer one.

python scripts/bench/walsh.py [--rounds 7] [--longest 26]

SPyRiT and deepinv are measured where they are installed.
"""

from __future__ import annotations

import argparse
import math
import time
from typing import TYPE_CHECKING, Any

import numpy as np
import scipy.linalg
from measuring import print_table, seconds

import hadimg

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    Rivals = dict[str, Callable[[], object]]

LINE_GOALS = {20: 2.4, 22: 2.2, 24: 3.3}
FFHT_COPIES = {20: 2.1, 22: 2.0, 24: 3.3}
"""What the fastest known C library takes on one thread, in copies of the array, by the reference's measurement."""


def numbers(*shape: int) -> NDArray[np.float32]:
    """Return random numbers of one seed."""
    return np.random.default_rng(0).standard_normal(shape, dtype=np.float32)


def lines(rounds: int) -> None:
    """Measure long lines on one thread and on two, into their own memory and into new memory."""
    for k, goal in LINE_GOALS.items():
        x = numbers(1 << k)
        work, out = np.zeros_like(x), np.empty_like(x)  # zeros: the transform in place stays what it is
        rivals: Rivals = {
            "plain copy": lambda x=x, out=out: np.copyto(out, x),  # type: ignore[misc]
            "plain copy, new memory": lambda x=x: x.copy(),  # type: ignore[misc]
            "two threads, in place": lambda work=work: hadimg.fwht(work, workers=2, overwrite_x=True),  # type: ignore[misc]
            "two threads, new memory": lambda x=x: hadimg.fwht(x, workers=2),  # type: ignore[misc]
            "one thread, in place": lambda work=work: hadimg.fwht(work, workers=1, overwrite_x=True),  # type: ignore[misc]
        }
        goals = {"two threads, in place": f"at most {goal}", "one thread, in place": f"FFHT: {FFHT_COPIES[k]}"}
        found = seconds(rivals, rounds=rounds)
        print_table(f"a line of 2**{k} float32", "plain copy", found, goals)
        ratio = found["two threads, new memory"] / found["plain copy, new memory"]
        print(f"into new memory: {ratio:.2f} times a copy into new memory (goal: at most {goal})")


def pictures(rounds: int) -> None:
    """Measure transforms of pictures, and of 8 x 8 blocks over a 24-megapixel plane."""
    for size, goal in ((1024, ""), (4096, "at most 4")):
        x = numbers(size, size)
        work, out, h = np.zeros_like(x), np.empty_like(x), scipy.linalg.hadamard(size, dtype=np.float32)
        rivals: Rivals = {
            "plain copy": lambda x=x, out=out: np.copyto(out, x),  # type: ignore[misc]
            "hadimg.fwht2, in place": lambda work=work: hadimg.fwht2(work, overwrite_x=True),  # type: ignore[misc]
            "hadimg.fwht2": lambda x=x: hadimg.fwht2(x),  # type: ignore[misc]
            "hadimg.fwht2, sequency": lambda x=x: hadimg.fwht2(x, order="sequency"),  # type: ignore[misc]
        }
        if size == 1024:
            rivals |= {"two products by BLAS": lambda x=x, h=h: h @ x @ h} | _packages(x)
        found = seconds(rivals, rounds=rounds)
        print_table(f"{size} x {size} float32", "plain copy", found, {"hadimg.fwht2": goal})
        for name in list(rivals)[4:]:
            print(f"{found[name] / found['hadimg.fwht2']:6.1f} times faster than {name}")
    plane = numbers(4000, 6000)
    blocks = plane.reshape(500, 8, 750, 8)
    work, out = np.zeros_like(blocks), np.empty_like(blocks)
    found = seconds(
        {
            "plain copy": lambda: np.copyto(out, blocks),
            "blocks where they lie, in place": lambda: hadimg.fwhtn(work, (1, 3), overwrite_x=True),
            "blocks where they lie": lambda: hadimg.fwhtn(blocks, (1, 3)),
            "blocks one after the other, in place": lambda: hadimg.fwht2(work.reshape(-1, 8, 8), overwrite_x=True),
        },
        rounds=rounds,
    )
    goals = dict.fromkeys(list(found)[1:], "at most 3")
    print_table("8 x 8 blocks over 24 megapixels, float32", "plain copy", found, goals)


def _packages(x: NDArray[np.float32]) -> Rivals:
    found: Rivals = {}
    try:
        import torch
    except ImportError:
        return found
    tensor: Any = torch.from_numpy(x)
    try:
        from spyrit.core.torch import fwht_2d

        found["SPyRiT, natural"] = lambda: fwht_2d(tensor, order=False)
        found["SPyRiT, sequency"] = lambda: fwht_2d(tensor)
    except ImportError:
        print("SPyRiT is not installed: its row is left out")
    try:
        from deepinv.physics.singlepixel import hadamard_2d

        found["deepinv"] = lambda: hadamard_2d(tensor[None, None])
    except ImportError:
        print("deepinv is not installed: its row is left out")
    return found


def small(rounds: int) -> None:
    """Measure what a call costs besides the work: the time of a call, the copy's call taken off."""
    print(f"\n{'a line of':>12}{'us':>8}{'copy':>8}{'difference':>12}   goal: the difference at most 5")
    for k in range(6, 13):
        x = numbers(1 << k)
        ours = min(_per_call(lambda x=x: hadimg.fwht(x)) for _ in range(3 * rounds))  # type: ignore[misc]
        copy = min(_per_call(lambda x=x: x.copy()) for _ in range(3 * rounds))  # type: ignore[misc]
        print(f"{1 << k:12}{1e6 * ours:8.2f}{1e6 * copy:8.2f}{1e6 * (ours - copy):12.2f}")


def _per_call(run: Callable[[], object], calls: int = 2000) -> float:
    start = time.perf_counter()
    for _ in range(calls):
        run()
    return (time.perf_counter() - start) / calls


def growth(rounds: int, longest: int) -> None:
    """Measure how the cost grows: nanoseconds per number and level, one thread, in place."""
    print(f"\n{'n':>12}{'ms':>12}{'ns / (n log n)':>16}")
    for k in range(6, longest + 1, 2):
        work = np.zeros(1 << k, np.float32)
        calls = max(1, (1 << 18) >> k)
        run: Callable[[], object] = lambda work=work: hadimg.fwht(work, workers=1, overwrite_x=True)  # type: ignore[misc] # noqa: E731
        took = min(_per_call(run, calls) for _ in range(rounds))
        print(f"{1 << k:12}{1e3 * took:12.4f}{1e9 * took / ((1 << k) * math.log2(1 << k)):16.3f}")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--longest", type=int, default=26, help="the longest line is 2 to this power (default: 26)")
    arguments = parser.parse_args()
    lines(arguments.rounds)
    pictures(arguments.rounds)
    small(arguments.rounds)
    growth(arguments.rounds, arguments.longest)


if __name__ == "__main__":
    main()
