"""Quality and speed of the single-pixel camera, on eight pictures of scikit-image, beside deepinv and SPyRiT.

    python scripts/bench/singlepixel.py [--peers] [--sizes]

Pictures: gray; of each the largest central square whose side is a multiple of 128, averaged down to 128 x 128 by whole
blocks. No noise. Ratios are peak signal-to-noise ratios of 255 (dB) and structural similarity (Gaussian window of 1.5),
means over the pictures. The peers reconstruct from the very same coefficients, where they are installed.
"""

from __future__ import annotations

import argparse
import time
from typing import TYPE_CHECKING, Any

import numpy as np

from hadimg.singlepixel import METHODS, PATTERN_ORDERS, Camera, reconstruct

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    Picture = NDArray[np.float64]

NAMES = ("camera", "coins", "moon", "astronaut", "chelsea", "coffee", "text", "brick")
RATIOS = (0.05, 0.10, 0.25, 0.50)
SIDE = 128
TOTAL_VARIATION_STEPS = 100
"""Of the peers' algorithms: their quality no longer changes by 0.05 dB."""


def crop(picture: NDArray[Any], side: int = SIDE) -> Picture:
    """Return the central square of a picture, gray, averaged down by whole blocks."""
    gray = picture.astype(float) if picture.ndim == 2 else picture[..., :3] @ np.array([0.2125, 0.7154, 0.0721])
    block = min(gray.shape) // side
    top, left = ((length - side * block) // 2 for length in gray.shape)
    square = gray[top : top + side * block, left : left + side * block]
    return np.asarray(square.reshape(side, block, side, block).mean((1, 3)))


def pictures(names: tuple[str, ...] = NAMES, side: int = SIDE) -> dict[str, Picture]:
    """Return pictures, all of which come with scikit-image: nothing is downloaded."""
    from skimage import data

    return {name: crop(getattr(data, name)(), side) for name in names}


def psnr(found: Picture, scene: Picture) -> float:
    """Return the peak signal-to-noise ratio in decibels, of 255."""
    return float(10 * np.log10(255**2 / np.mean((found - scene) ** 2)))


def ssim(found: Picture, scene: Picture) -> float:
    """Return the structural similarity."""
    from skimage import metrics

    similarity: Any = metrics.structural_similarity
    settings = {"data_range": 255, "gaussian_weights": True, "sigma": 1.5, "use_sample_covariance": False}
    return float(similarity(found, scene, **settings))


def best_time(run: Callable[[], object], rounds: int = 3) -> float:
    """Return the least time of some rounds: others' work on the machine only adds to it."""
    times = []
    for _ in range(rounds):
        start = time.perf_counter()
        run()
        times.append(time.perf_counter() - start)
    return min(times)


def quality_table(scenes: dict[str, Picture]) -> None:
    """Print the means over all pictures for every order and method."""
    methods = [name for name in METHODS if name not in ("plug_in", "wiener", "chambolle_pock")]
    print(f"\n{'':18}" + "".join(f"{f'{ratio:.0%} ' + name:>24}" for ratio in RATIOS for name in methods))
    for order in PATTERN_ORDERS:
        cells = []
        for ratio in RATIOS:
            measured = {name: Camera((SIDE, SIDE), order=order, ratio=ratio).measure(x) for name, x in scenes.items()}
            for method in methods:
                found = {name: reconstruct(y, method) for name, y in measured.items()}
                quality = [(psnr(found[name], x), ssim(found[name], x)) for name, x in scenes.items()]
                cells.append("{:.2f}/{:.3f}".format(*np.mean(quality, axis=0)))
        print(f"{order:18}" + "".join(f"{cell:>24}" for cell in cells), flush=True)


def rivals_table(scenes: dict[str, Picture], order: str = "xy") -> None:
    """Print quality and time beside those of other packages, from the same measurements."""
    print(f"\norder {order}; dB / SSIM / seconds a picture")
    for ratio in RATIOS:
        camera = Camera((SIDE, SIDE), order=order, ratio=ratio)
        measured = {name: camera.measure(x) for name, x in scenes.items()}
        ours = {
            method: lambda name, method=method: reconstruct(measured[name], method)  # noqa: B023 (called in this turn)
            for method in ("zero_filling", "fdri", "total_variation")
        }
        rows: dict[str, Callable[[str], Picture]] = ours | with_deepinv(camera, scenes) | with_spyrit(camera, scenes)
        for title, run in rows.items():
            found = {name: run(name) for name in scenes}
            quality = np.mean([(psnr(found[name], x), ssim(found[name], x)) for name, x in scenes.items()], axis=0)
            seconds = best_time(lambda run=run: run("camera"))  # type: ignore[misc]
            print(f"{ratio:5.0%} {title:32}{quality[0]:8.2f}{quality[1]:8.3f}{seconds:10.4f}", flush=True)


def with_deepinv(camera: Camera, scenes: dict[str, Picture]) -> dict[str, Callable[[str], Picture]]:
    """Return deepinv's pseudo-inverse and its reconstruction with total variation, given the same coefficients."""
    try:
        import torch
        from deepinv.optim import data_fidelity, optim_builder
        from deepinv.optim.prior import TVPrior
        from deepinv.physics import SinglePixelCamera
    except ImportError as error:
        print(f"deepinv is left out: {error}")
        return {}
    physics = SinglePixelCamera(m=camera.count, img_size=(1, SIDE, SIDE), fast=True, ordering="xy")
    mask = np.zeros(SIDE * SIDE, np.float32)
    mask[camera.sampling.places] = 1.0
    physics.mask.data = torch.tensor(mask.reshape(1, 1, SIDE, SIDE))
    given = {name: physics(torch.tensor(x[None, None] / 255, dtype=torch.float32)) for name, x in scenes.items()}
    algorithm = {"max_iter": TOTAL_VARIATION_STEPS, "early_stop": False, "verbose": False}
    solver = optim_builder(
        iteration="PGD",
        prior=TVPrior(n_it_max=20),
        data_fidelity=data_fidelity.L2(),
        params_algo={"stepsize": 1.0, "lambda": 0.01},
        **algorithm,
    )
    return {
        "deepinv A_dagger": lambda name: 255.0 * physics.A_dagger(given[name]).numpy()[0, 0],
        "deepinv PGD with TVPrior": lambda name: 255.0 * solver(given[name], physics).detach().numpy()[0, 0],
    }


def with_spyrit(camera: Camera, scenes: dict[str, Picture]) -> dict[str, Callable[[str], Picture]]:
    """Return SPyRiT's pseudo-inverse, given the same coefficients; what else it has is trained, or needs n^2 x n^2."""
    try:
        import torch
        from spyrit.core.meas import HadamSplit2d
        from spyrit.core.prep import Unsplit
        from spyrit.core.recon import PinvNet
    except ImportError as error:
        print(f"SPyRiT is left out: {error}")
        return {}
    importance = np.zeros(SIDE * SIDE, np.float32)
    importance[camera.indices] = np.arange(camera.count, 0, -1)
    acquisition = HadamSplit2d(SIDE, camera.count, torch.tensor(importance.reshape(SIDE, SIDE)))
    network = PinvNet(acquisition, Unsplit())
    given = {name: network.acquire(torch.tensor(x[None, None], dtype=torch.float32)) for name, x in scenes.items()}
    return {"SPyRiT PinvNet": lambda name: network.reconstruct(given[name]).detach().numpy().reshape(SIDE, SIDE)}


def sizes_table() -> None:
    """Print times of orders, measuring and total variation of larger scenes."""
    whole = pictures(("camera",), 512)["camera"]
    print(f"\n{'side':>6}{'order':>10}{'measure':>10}{'zero fill':>10}{'total variation':>17}   seconds")
    for side in (128, 256, 512, 1024):
        scene = np.repeat(np.repeat(whole, 2, 0), 2, 1) if side > 512 else crop(whole, side)
        camera = Camera((side, side), ratio=0.25)
        order = best_time(lambda: Camera((side, side), ratio=0.25).indices)  # noqa: B023 (called in this turn)
        measured = camera.measure(scene)
        times = [
            best_time(lambda: camera.measure(scene)),  # noqa: B023
            best_time(lambda: measured.reconstruct("zero_filling")),  # noqa: B023
            best_time(measured.reconstruct, rounds=2),
        ]
        print(f"{side:6}{order:10.4f}{times[0]:10.4f}{times[1]:10.4f}{times[2]:17.4f}", flush=True)


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--peers", action="store_true", help="beside deepinv and SPyRiT only")
    parser.add_argument("--sizes", action="store_true", help="times of larger scenes only")
    asked = parser.parse_args()
    scenes = pictures()
    if not (asked.peers or asked.sizes):
        quality_table(scenes)
    if asked.peers:
        rivals_table(scenes)
    if asked.sizes:
        sizes_table()
    print(
        "\ngoals: total variation 2 dB above zero filling at 10 and 25 %; 128 x 128 under 0.1 s, 512 x 512 under 3 s;"
    )
    print("the peers' quality from the same measurements, 5 times faster")


if __name__ == "__main__":
    main()
