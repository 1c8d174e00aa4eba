"""One value with its derivatives over 6 megapixels, a radial reduction, and a whole fit of 24, each beside its rivals.

python scripts/bench/fit.py [--rounds 7] [--only passes rows fit]
"""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

import numpy as np
from measuring import print_table, seconds

from hadimg import masks
from hadimg.fitting.objective import Objective
from hadimg.fitting.observations import Observations
from hadimg.fitting.passes.squares import Squares
from hadimg.fitting.reductions.radial_sums import radial_statistics

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    Picture = NDArray[Any]

PASS_SHAPE, FIT_SHAPE, ROWS_SHAPE = (2000, 3000), (4000, 6000), (1024, 1024)
THETA = np.array([0.9, 1.2, 0.48, 0.53])
"""Amplitude, rate and center of the mask that everyone evaluates; the fit looks for it."""


def pictures(shape: tuple[int, int]) -> tuple[Picture, Picture]:
    """Return a float32 picture, and it times the mask with a little noise."""
    rng = np.random.default_rng(7)
    image = rng.uniform(0.2, 1.0, shape).astype(np.float32)
    noise = rng.normal(0.0, 0.02, shape).astype(np.float32)
    return image, (image * decay(THETA, shape) + noise).astype(np.float32)


def decay(theta: Picture, shape: tuple[int, int]) -> Picture:
    """Return the mask as one writes it in NumPy."""
    v, u = offsets(theta[2], theta[3], shape)
    weights: Picture = theta[0] * np.exp(-theta[1] * np.hypot(v, u))
    return weights


def offsets(row: Any, col: Any, shape: tuple[int, int], library: Any = np) -> tuple[Any, Any]:
    """Return the offsets of rows and columns from a center in half diagonals, in float32 for other libraries."""
    half = float(np.hypot(*shape)) / 2
    kind = library.float64 if library is np else library.float32
    down, across = (library.arange(size, dtype=kind) + 0.5 for size in shape)
    return ((down - row * shape[0]) / half)[:, None], ((across - col * shape[1]) / half)[None, :]


def plain(image: Picture, target: Picture) -> tuple[float, Picture]:
    """Return value and gradient as one writes them in NumPy."""
    amplitude, rate, row, col = THETA
    v, u = offsets(row, col, image.shape)
    r = np.hypot(v, u)
    falloff = np.exp(-rate * r)
    residual = amplitude * falloff * image - target
    pull = residual * image
    slope = amplitude * rate * falloff / np.maximum(r, 1e-12)
    kv, ku = (2.0 * size / np.hypot(*image.shape) for size in image.shape)
    columns = falloff, -amplitude * r * falloff, kv * slope * v, ku * slope * u
    return 0.5 * float(np.sum(residual * residual)), np.array([np.sum(pull * column) for column in columns])


def ours(image: Picture, target: Picture, workers: int | None = None) -> dict[str, Callable[[], object]]:
    """Return our passes: with the Gauss-Newton matrix, which no rival computes."""
    mask = masks.Constant() * masks.ExponentialDecay()
    objective = Objective(mask, Observations(image, target), workers=workers)
    theta = np.array([THETA[0], THETA[1], 1.0, THETA[2], THETA[3]])
    found: dict[str, Callable[[], object]] = {}
    for lanes in ("float32", "float64"):
        squares = Squares(objective, fixed=("1.power",), lanes=lanes)
        found[f"hadimg, value + gradient + GN, {lanes}"] = lambda squares=squares: squares.sums(theta, 2)  # type: ignore[misc]
    found["hadimg, value + gradient, float32"] = lambda: Squares(objective, fixed=("1.power",), lanes="float32").sums(
        theta, 1
    )
    found["hadimg, plain strips, value + gradient + GN"] = lambda: objective.sums(theta, 2)
    return found


def jax_pass(image: Picture, target: Picture) -> dict[str, Callable[[], object]]:
    """Return ``jax.jit(value_and_grad)`` in float32, if JAX is there."""
    try:
        import jax
        import jax.numpy as jnp
    except ImportError:
        return _absent("jax")

    def cost(theta: Any, image: Any, target: Any) -> Any:
        v, u = offsets(theta[2], theta[3], image.shape, jnp)
        weights = theta[0] * jnp.exp(-theta[1] * jnp.sqrt(v * v + u * u))
        return 0.5 * jnp.sum((weights * image - target) ** 2)

    run = jax.jit(jax.value_and_grad(cost))
    given = jnp.asarray(THETA, jnp.float32), jnp.asarray(image), jnp.asarray(target)
    wait: Any = jax.block_until_ready
    return {"jax.jit(value_and_grad), float32": lambda: wait(run(*given))}


def torch_pass(image: Picture, target: Picture) -> dict[str, Callable[[], object]]:
    """Return value and gradient by PyTorch in float32, if it is there."""
    try:
        import torch
    except ImportError:
        return _absent("torch")
    before, after = torch.from_numpy(image), torch.from_numpy(target)

    def run() -> object:
        theta = torch.tensor(THETA, dtype=torch.float32, requires_grad=True)
        v, u = offsets(theta[2], theta[3], image.shape, torch)
        weights = theta[0] * torch.exp(-theta[1] * torch.sqrt(v * v + u * u))
        cost = 0.5 * torch.sum((weights * before - after) ** 2)
        cost.backward()
        return theta.grad

    return {"torch, autograd, float32": run}


def _absent(name: str) -> dict[str, Callable[[], object]]:
    print(f"{name} is not installed: its row is left out (pip install {name})")
    return {}


def passes(rounds: int) -> None:
    """Measure one evaluation at 6 megapixels."""
    image, target = pictures(PASS_SHAPE)
    rivals = ours(image, target) | jax_pass(image, target) | torch_pass(image, target)
    rivals["NumPy, value + gradient, float64"] = lambda: plain(image, target)
    found = seconds(rivals, rounds=rounds)
    own = next(iter(found))
    print_table("2000 x 3000 float32, 4 parameters, all cores", own, found)
    for start, goal in (("jax", 2.5), ("torch", 5), ("NumPy", 5)):
        for name in (name for name in found if name.startswith(start)):
            print(f"{found[name] / found[own]:6.1f} times faster than {name} (goal: at least {goal})")


def rows(_: int) -> None:
    """Count what stands for all pixels of a mask with a fixed center."""
    image, target = pictures(ROWS_SHAPE)
    objective = Objective(masks.ExponentialDecay(), Observations(image, target))
    count = radial_statistics(objective, fixed=("center_row", "center_col")).row_count
    print(f"\n1024 x 1024 by distance: {image.size / count:.1f} times fewer rows (goal: at least 8)")


def whole_fit(rounds: int) -> None:
    """Measure a fit from start values to error bars at 24 megapixels, beside one residual in NumPy."""
    from hadimg.fitting.pair import fit

    image, target = pictures(FIT_SHAPE)
    mask = masks.Constant() * masks.ExponentialDecay()
    fixed = {"1.power": 1.0}
    pairs = {
        "float32": (image, target),
        "uint8": tuple((250 * part).clip(1, 254).astype(np.uint8) for part in (image, target)),
    }
    rivals: dict[str, Callable[[], object]] = {
        "NumPy, one residual, float64": lambda: decay(THETA, FIT_SHAPE) * image - target
    }
    for name, pair in pairs.items():
        rivals[f"hadimg.fit, {name}"] = lambda pair=pair: fit(mask, *pair, fixed=fixed)  # type: ignore[misc]
    goals = dict.fromkeys([name for name in rivals if name.startswith("hadimg")], "at most 2")
    rivals["hadimg.fit, float32, loss='cauchy'"] = lambda: fit(mask, image, target, fixed=fixed, loss="cauchy")
    found = seconds(rivals, rounds=rounds)
    print_table(
        "4000 x 6000, exponential with a free center, from the start to error bars", next(iter(found)), found, goals
    )


PARTS = {"passes": passes, "rows": rows, "fit": whole_fit}


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--only", nargs="+", choices=PARTS, default=list(PARTS))
    chosen = parser.parse_args()
    for name in chosen.only:
        PARTS[name](chosen.rounds)


if __name__ == "__main__":
    main()
