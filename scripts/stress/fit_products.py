"""Random products of two and three families without noise: whether a fit finds the mask, or at least says that not.

python scripts/stress/fit_products.py [--products 100] [--factors 2 3] [--seed 1]
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from hadimg import masks
from hadimg.fitting.flat import fit_flat
from hadimg.fitting.pair import fit

if TYPE_CHECKING:
    from hadimg.fitting.outcome.result import FitResult
    from hadimg.masks.base import Mask

SHAPE = (128, 128)
LEVEL = 31000.0
SAME = 1e-6
"""How far off a mask may be, relative to its largest weight."""
Draw = Callable[[np.random.Generator], "Mask"]


def _center(rng: np.random.Generator) -> dict[str, Any]:
    row, col = rng.uniform(0.42, 0.58, 2).tolist()
    return {"center_row": row, "center_col": col}


def _shape(rng: np.random.Generator) -> dict[str, Any]:
    return {"aspect": rng.uniform(1.1, 2.0), "angle": rng.uniform(-90.0, 90.0), **_center(rng)}


def _falling(rng: np.random.Generator, count: int) -> Any:
    return (1.0 - np.cumsum(rng.uniform(0.02, 0.15, count))).tolist()


def _around(rng: np.random.Generator, middle: float, spread: float, *shape: int) -> Any:
    """Return a row or a table of numbers, which masks take as well as tuples."""
    return (middle + rng.uniform(-spread, spread, shape)).tolist()


FAMILIES: dict[str, Draw] = {
    "exponential_decay": lambda rng: masks.ExponentialDecay(
        rng.uniform(0.3, 1.5), rng.uniform(0.8, 4.0), **_center(rng)
    ),
    "gaussian": lambda rng: masks.Gaussian(rng.uniform(0.4, 1.2), **_shape(rng)),
    "cos4": lambda rng: masks.Cos4(rng.uniform(15.0, 50.0), **_center(rng)),
    "cos4_angle": lambda rng: masks.Cos4Angle(rng.uniform(15.0, 45.0), **_center(rng)),
    "polynomial": lambda rng: masks.Polynomial(
        rng.uniform(-0.5, -0.1), rng.uniform(-0.1, 0.1), rng.uniform(-0.1, 0.1), **_center(rng)
    ),
    "dng_vignette": lambda rng: masks.DngVignette(
        rng.uniform(0.1, 0.5), rng.uniform(-0.1, 0.3), *rng.uniform(-0.05, 0.1, 3).tolist(), **_center(rng)
    ),
    "hugin": lambda rng: masks.Hugin(
        1.0, rng.uniform(-0.4, -0.1), rng.uniform(-0.1, 0.1), rng.uniform(-0.1, 0.1), **_center(rng)
    ),
    "kang_weiss": lambda rng: masks.KangWeiss(
        rng.uniform(0.8, 3.0), rng.uniform(0.0, 0.3), rng.uniform(2.0, 15.0), rng.uniform(-180.0, 180.0), **_center(rng)
    ),
    "aperture": lambda rng: masks.Aperture(
        rng.uniform(0.05, 0.5),
        rng.uniform(0.4, 0.8),
        rng.uniform(0.03, 0.2),
        exponent=rng.uniform(1.5, 6.0),
        **_shape(rng),
    ),
    "tanh_falloff": lambda rng: masks.TanhFalloff(rng.uniform(0.2, 0.8), rng.uniform(2.0, 6.0), **_center(rng)),
    "half_cosine": lambda rng: masks.HalfCosine(
        rng.uniform(-0.8, -0.2),
        rng.uniform(0.1, 0.4),
        rng.uniform(0.3, 0.8),
        exponent=rng.uniform(1.5, 4.0),
        **_shape(rng),
    ),
    "linear_gradient": lambda rng: masks.LinearGradient(
        rng.uniform(-180.0, 180.0), rng.uniform(0.2, 0.8), 1.0, rng.uniform(-0.3, 0.3), rng.uniform(0.05, 0.3)
    ),
    "polynomial_surface": lambda rng: masks.PolynomialSurface((1.0, *_around(rng, 0.0, 0.12, 5))),
    "log_polynomial_surface": lambda rng: masks.LogPolynomialSurface((0.0, *_around(rng, 0.0, 0.25, 5))),
    "spline_surface": lambda rng: masks.SplineSurface(_around(rng, 0.8, 0.2, 5, 5)),
    "separable": lambda rng: masks.Separable(_around(rng, 0.8, 0.2, 5), _around(rng, 0.8, 0.2, 5)),
    "radial_spline": lambda rng: masks.RadialSpline(
        _falling(rng, 6), knots=(0.0, 0.4, 0.8, 1.2), degree=3.0, **_center(rng)
    ),
}
"""Parameters as people have them, by family."""


class Trial(NamedTuple):
    """One product, and what became of its fit.

    Parameters
    ----------
    truth : Mask
        What was put on the picture.
    free_level : bool
        Whether it was fitted to a flat field of unknown brightness, or to a pair of pictures.
    error : float
        The largest difference of the fitted mask times its level, relative to the largest weight of the truth.
    told : bool
        Whether the result is no success, or says that the mask misses the picture.
    seconds : float
        What the fit took.
    """

    truth: Mask
    free_level: bool
    error: float
    told: bool
    seconds: float

    @property
    def missed(self) -> bool:
        """Whether the mask is another one."""
        return not self.error <= SAME


def main() -> int:
    """Print every miss and the counts for each number of factors; return 1 where a fit missed in silence."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--products", type=int, default=100, help="for each number of factors")
    parser.add_argument("--factors", type=int, nargs="+", default=[2, 3])
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    silent = 0
    for count in args.factors:
        trials = []
        for number in range(args.products):
            trials.append(trial(np.random.default_rng([args.seed, count, number]), count))
            if trials[-1].missed:
                _print_miss(number, trials[-1])
        told = sum(one.missed and one.told for one in trials)
        unsaid = sum(one.missed and not one.told for one in trials)
        silent += unsaid
        print(
            f"{count} factors: {len(trials)} products, {told} missed with a warning, {unsaid} in silence, "
            f"{np.mean([one.seconds for one in trials]):.2f} s a fit",
            flush=True,
        )
    return 1 if silent else 0


def trial(rng: np.random.Generator, count: int) -> Trial:
    """Return what becomes of a random product of so many different families."""
    names = rng.choice(list(FAMILIES), count, replace=False)
    truth = masks.product(*(FAMILIES[name](rng) for name in names))
    free_level = bool(rng.integers(2))
    weights = truth.weights(SHAPE)
    begun = time.perf_counter()
    if free_level:
        result = fit_flat(_blank(truth), LEVEL * weights)
        found = _level_of(result) / LEVEL * result.mask.weights(SHAPE)
    else:
        image = rng.uniform(50.0, 200.0, SHAPE)
        result = fit(_blank(truth), image, image * weights)
        found = result.mask.weights(SHAPE)
    seconds = time.perf_counter() - begun
    error = float(np.abs(found - weights).max() / weights.max())
    told = not result.success or any("misses the picture" in warning for warning in result.warnings)
    return Trial(truth, free_level, error, told, seconds)


def _level_of(result: FitResult) -> float:
    return result.params["level"]


def _blank(mask: Mask) -> Mask:
    """Return a mask of the same families and sizes that knows nothing of its values."""
    if isinstance(mask, masks.Product):
        return mask.with_parts([_blank(part) for part in mask.parts])
    given = type(mask)()
    if len(given.names) == len(mask.names):
        return given
    return mask.with_vector(np.clip(np.full(len(mask.names), 0.5), *mask.bounds))


def _print_miss(number: int, one: Trial) -> None:
    families = " * ".join(part.family for part in getattr(one.truth, "parts", ()))
    level = "free level" if one.free_level else "pair"
    verdict = "told" if one.told else "IN SILENCE"
    print(f"  {number:4d} {one.error:8.1e} {verdict:10} {level:10} {one.seconds:5.1f} s  {families}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
