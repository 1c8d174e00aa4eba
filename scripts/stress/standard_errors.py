"""Fit many simulated pictures, and compare standard errors with the scatter of the fits.

For each kind of noise and of covariance, prints the predicted over the true standard error of each parameter, and how
many of the 95 % intervals hold the truth. Where the noise is what the covariance takes for true, the ratio must lie
within 10 % of one and the share between 93 % and 97 %; from 90 % on for errors that the 48 blocks of so small a
picture tell, since those are uncertain by a tenth themselves.

    OPENBLAS_NUM_THREADS=1 python scripts/stress/standard_errors.py --fits 1000

takes about five minutes, and ends with 1 if anything was off. (Threads only wait for each other on so small matrices.)
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from hadimg import masks
from hadimg.fitting.losses import LOSSES, robust_rows
from hadimg.fitting.outcome.standard_errors import estimate_errors
from hadimg.fitting.parameters import ParameterMap
from hadimg.fitting.solving.problem import Scatter
from hadimg.fitting.solving.solvers import solve
from hadimg.fitting.sums import Sums

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    Float = NDArray[np.float64]

SHAPE = (96, 128)
SIGMA = 0.02
TRUTH = masks.ExponentialDecay(rate=1.2, center_row=0.53, center_col=0.46) * masks.Constant(0.9)
FIXED = ("0.power",)
BLOCK = 16
LEAST_HELD = {"scaled": 0.93, "sandwich": 0.93, "block": 0.90}


def main() -> int:
    """Read the options, simulate, print the table, return 1 if a figure that must hold does not."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--fits", type=int, default=1000, help="how many pictures for each kind of noise (default 1000)"
    )
    parser.add_argument("--seed", type=int, default=20140506, help="of the noise")
    options = parser.parse_args()
    rng = np.random.default_rng(options.seed)
    image = rng.uniform(0.2, 1.0, SHAPE)
    print(
        f"{'noise':<10}{'covariance':<12}predicted over true standard error of each parameter, share of 95 % intervals"
    )
    wrong = 0
    for noise, (make, loss, right) in NOISES.items():
        pictures = [Picture(image, TRUTH.weights(SHAPE) * image + make(rng), loss) for _ in range(options.fits)]
        for kind, (ratio, held) in compared(pictures).items():
            good = bool((abs(ratio - 1) < 0.1).all() and ((held > LEAST_HELD[kind]) & (held < 0.97)).all())
            wrong += kind in right and not good
            mark = "" if kind not in right else "  ok" if good else "  WRONG"
            print(f"{noise:<10}{kind:<12}{ratio.round(3)} {(100 * held).round(1)}{mark}", flush=True)
    return 1 if wrong else 0


def even(rng: np.random.Generator) -> Float:
    """Return noise that is alike everywhere."""
    return rng.normal(0, SIGMA, SHAPE)


def uneven(rng: np.random.Generator) -> Float:
    """Return noise that is three times as large in the left quarter."""
    return rng.normal(0, SIGMA, SHAPE) * np.where(np.arange(SHAPE[1]) < SHAPE[1] // 4, 3.0, 0.25)


def shared(rng: np.random.Generator) -> Float:
    """Return noise that blocks of 4 x 4 pixels share."""
    coarse = rng.normal(0, SIGMA, (SHAPE[0] // 4, SHAPE[1] // 4))
    noise: Float = np.repeat(np.repeat(coarse, 4, axis=0), 4, axis=1)
    return noise


def outliers(rng: np.random.Generator) -> Float:
    """Return even noise with 8 % of gross outliers."""
    return even(rng) + (rng.random(SHAPE) < 0.08) * rng.normal(0, 0.5, SHAPE)


NOISES: dict[str, tuple[Callable[[np.random.Generator], Float], str, tuple[str, ...]]] = {
    "even": (even, "linear", ("scaled", "sandwich")),
    "uneven": (uneven, "linear", ("sandwich",)),
    "shared": (shared, "linear", ("block",)),
    "outliers": (outliers, "huber", ("sandwich",)),
}
"""How each noise is made, with which loss it is fitted, and which covariances must hold."""


@dataclass(eq=False)
class Picture:
    """A masked picture as a problem for the solvers: all pixels at once, since it is small."""

    image: Float
    target: Float
    loss: str

    names = TRUTH.names
    count = SHAPE[0] * SHAPE[1]
    scale = SIGMA * LOSSES["huber"].efficiency

    @cached_property
    def target_norm(self) -> float:
        """Length of the target."""
        return float(np.linalg.norm(self.target))

    def plain(self, theta: Float) -> tuple[Float, Float]:
        """Return derivatives (N, P) and residual (N,)."""
        mask = TRUTH.with_vector(theta)
        jacobian = (mask.jacobian(SHAPE) * self.image).reshape(len(theta), -1).T
        return jacobian, (mask.weights(SHAPE) * self.image - self.target).ravel()

    def rows(self, theta: Float) -> tuple[Float, Float]:
        """Return rows whose squares are the loss, as a triangle."""
        jacobian, residual = robust_rows(*self.plain(theta), LOSSES[self.loss], self.scale)
        both = np.linalg.qr(np.column_stack([jacobian, residual])).R
        return both[:, :-1], both[:, -1]

    def sums(self, theta: Float, order: int) -> Sums:  # noqa: ARG002 (so few pixels are summed in any case)
        """Return cost, gradient and Gauss-Newton matrix."""
        jacobian, residual = self.rows(theta)
        return Sums(0.5 * float(residual @ residual), jacobian.T @ residual, jacobian.T @ jacobian)

    def scatter(self, theta: Float, kind: str) -> Scatter:
        """Return the scatter of pixels or of blocks, and the expected curvature of the loss."""
        jacobian, residual = self.plain(theta)
        loss, z = LOSSES[self.loss], (residual / self.scale) ** 2
        shares = jacobian * (loss.slope(z) * residual)[:, np.newaxis]
        if kind == "block":
            tiles = shares.reshape(SHAPE[0] // BLOCK, BLOCK, SHAPE[1] // BLOCK, BLOCK, -1)
            shares = tiles.sum(axis=(1, 3)).reshape(-1, len(theta))
        bread = (jacobian.T * (loss.slope(z) + 2 * z * loss.bend(z))) @ jacobian
        return Scatter(shares.T @ shares, bread, len(shares))


def compared(pictures: list[Picture]) -> dict[str, tuple[Float, Float]]:
    """Return, by kind of covariance, predicted over true standard errors and the share of intervals that hold."""
    parameters = ParameterMap.of_mask(TRUTH, fixed=FIXED)
    free = [TRUTH.names.index(name) for name in parameters.free]
    solutions = [solve(picture, parameters) for picture in pictures]
    off = np.array([solution.theta for solution in solutions])[:, free] - TRUTH.vector[free]
    found = {}
    for kind in ("scaled", "sandwich", "block"):
        told = np.array(
            [
                [estimate_errors(picture, parameters, solution, kind=kind).stderr[name] for name in parameters.free]
                for picture, solution in zip(pictures, solutions, strict=True)
            ],
            dtype=float,
        )
        held = (np.abs(off) < 1.959964 * told).mean(axis=0)
        found[kind] = told.mean(axis=0) / off.std(axis=0), held
    return found


if __name__ == "__main__":
    sys.exit(main())
