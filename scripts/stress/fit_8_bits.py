"""Every family through pictures of 8 bits, 512 x 512: masks to 1e-3, from start values that hadimg finds.

python scripts/stress/fit_8_bits.py
"""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING

import numpy as np

import hadimg
from hadimg import masks
from hadimg.fitting.gauge import gauge_of
from hadimg.fitting.pair import fit

if TYPE_CHECKING:
    from hadimg.masks.base import Mask

SHAPE = (512, 512)
GOAL = 1e-3


def main() -> int:
    """Print a row for each family, and return 1 where one misses the goal."""
    rng, missed = np.random.default_rng(3), 0
    print(f"{'family':24}{'weights off by':>16}{'seconds':>10}")
    for name, family in (masks.FAMILIES | masks.COMPOSITIONS).items():
        truth = gauge_of(masks.parse(family.example)).mask
        if not truth.names:
            continue
        shape = SHAPE if truth.channels is None else (*SHAPE, truth.channels)
        image = rng.integers(60, 250, shape).astype(np.uint8)
        began = time.perf_counter()
        result = fit(unknown(truth), image, hadimg.apply_mask(image, truth))
        off = float(np.abs(result.mask.weights(SHAPE) - truth.weights(SHAPE)).max())
        good = result.success and off <= GOAL
        missed += not good
        print(
            f"{name:24}{off:16.1e}{time.perf_counter() - began:10.2f}   {'reached' if good else 'MISSED'}", flush=True
        )
    return 1 if missed else 0


def unknown(mask: Mask) -> Mask:
    """Return a mask of the same family, sizes and settings at values that tell nothing; nobody has to guess them."""
    lower, upper = mask.bounds
    return mask.with_vector(np.clip(np.full(len(mask.names), 0.5), lower, upper))


if __name__ == "__main__":
    sys.exit(main())
