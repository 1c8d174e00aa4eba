"""Simulated fits by the thousand: whether standard errors are those of the noise, and intervals hold the truth.

python scripts/stress/fit_coverage.py [--fits 1000]
"""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

import numpy as np

from hadimg import masks
from hadimg.fitting.pair import fit

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from hadimg.masks.base import Mask

    Float = NDArray[np.float64]

MASKS: tuple[Mask, ...] = (
    masks.ExponentialDecay(rate=0.8, power=1.5, center_row=0.48, center_col=0.53),
    masks.Gaussian(sigma=0.7, aspect=1.5, angle=25.0),
    masks.Polynomial(k1=-0.4, k2=0.1, k3=-0.05),
    masks.LogPolynomialSurface((-0.2, 0.05, -0.1, 0.02, 0.03, -0.1)),
)
NORMAL = 1.959964
"""Standard errors to each side that hold 95 % of a normal distribution."""
NOISE = 2.0
SHAPES = {"scaled": (64, 96), "block": (192, 256)}
"""Pictures for each kind of error: blocks tell the more of the noise the more of them there are, here 192."""


def main() -> int:
    """Print a row for each mask and kind of error, and return 1 where one misses its goal."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--fits", type=int, default=1000)
    args = parser.parse_args()
    missed = 0
    print(f"{args.fits} fits each; goals: error / scatter 0.90 to 1.10 for each parameter, coverage 93 to 97 %")
    print(f"{'mask':24}{'errors':12}{'error / scatter':>22}{'coverage %':>22}")
    for mask in MASKS:
        for kind in SHAPES:
            ratios, covered = simulated(mask, kind, args.fits)
            good = bool((np.abs(ratios - 1) < 0.1).all() and (covered > 93.0).all() and (covered < 97.0).all())
            missed += not good
            spans = [f"{values.min():.3f} to {values.max():.3f}" for values in (ratios, covered)]
            print(
                f"{mask.family:24}{kind:12}{spans[0]:>22}{spans[1]:>22}   {'reached' if good else 'MISSED'}", flush=True
            )
    return 1 if missed else 0


def simulated(mask: Mask, kind: str, fits: int) -> tuple[Float, Float]:
    """Return the mean standard error over the scatter, and the percentage of intervals that hold the truth."""
    rng, shape = np.random.default_rng(11), SHAPES[kind]
    image = rng.uniform(50.0, 200.0, shape)
    light = image * mask.weights(shape)
    off, errors = np.empty((2, fits, len(mask.names)))
    for row, error in zip(off, errors, strict=True):
        result = fit(mask, image, light + rng.normal(0.0, NOISE, shape), covariance=kind, start="given")
        row[:] = result.mask.vector - mask.vector
        error[:] = [result.stderr[name] or np.nan for name in mask.names]
    covered = 100.0 * np.mean(np.abs(off) < NORMAL * errors, axis=0)
    return errors.mean(axis=0) / off.std(axis=0), covered


if __name__ == "__main__":
    sys.exit(main())
