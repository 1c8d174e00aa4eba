"""The picture codec beside others: bits saved at equal quality, sizes without loss, and speed.

python scripts/bench/codec.py pictures/*.png [--curves curves.png] [--only hadimg WebP] [--rounds 3]
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from codec_peers import LOSSLESS, LOSSY
from rate_distortion import MEASURES, Point, bd_rate, nearness

import hadimg

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from codec_peers import Codec
    from numpy.typing import NDArray

    Curves = dict[str, list[list[Point]]]

REFERENCE = next(iter(LOSSY))
SPEED_QUALITY = {"hadimg": 75, "libjpeg-turbo 4:2:0": 75, "WebP": 75, "JPEG XR": 0.6, "JPEG 2000": 30, "AVIF": 60}
ANCHORS = (0.25, 0.5, 1.0, 2.0)


def points_of(codec: Codec, pixels: NDArray[np.uint8]) -> list[Point]:
    """Return one picture's curve."""
    points = []
    for setting in codec.ladder:
        data = codec.encode(pixels, setting)
        rate = 8 * len(data) / (pixels.shape[0] * pixels.shape[1])
        points.append(Point(rate, *nearness(pixels, np.asarray(codec.decode(data))[..., :3])))
    return points


def at_rate(points: Sequence[Point], rate: float, measure: int) -> float:
    """Return a measure at a rate, interpolated in the logarithm of rates; NaN where the codec has no such rate."""
    ordered = sorted(points)
    rates, values = np.log([p.rate for p in ordered]), [p[measure] for p in ordered]
    return float(np.interp(np.log(rate), rates, values, left=np.nan, right=np.nan))


def print_curves(curves: Curves) -> None:
    """Print the table of bits saved, and of the quality reached at some rates."""
    print(f"\nBD-rate against {REFERENCE}, 0.25 to 2 bits per pixel, mean over pictures; dB and SSIM at bits per pixel")
    heads = [*MEASURES, *(f"{a}" for a in ANCHORS), *(f"S {a}" for a in ANCHORS)]
    print(f"{'':22}" + "".join(f"{head:>16}" for head in heads[:3]) + "".join(f"{head:>8}" for head in heads[3:]))
    for name, curve in curves.items():
        saved = [
            np.mean([bd_rate(a, b, place) for a, b in zip(curves[REFERENCE], curve, strict=True)])
            for place in MEASURES.values()
        ]
        levels = [np.mean([at_rate(points, rate, 1) for points in curve]) for rate in ANCHORS]
        alike = [np.mean([1 - np.exp(-at_rate(points, rate, 3)) for points in curve]) for rate in ANCHORS]
        row = "".join(f"{value:+15.1f}%" for value in saved) + "".join(f"{value:8.2f}" for value in levels)
        print(f"{name:22}{row}" + "".join(f"{value:8.4f}" for value in alike))


def draw_curves(curves: Curves, path: Path) -> None:
    """Draw the mean of each measure over rate."""
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot as plt

    figure, axes = plt.subplots(1, 2, figsize=(11, 4.5), constrained_layout=True)
    rates = np.geomspace(0.25, 2, 40)
    for axis, (name, place) in zip(axes, list(MEASURES.items())[::2], strict=True):
        for codec, curve in curves.items():
            values = [np.mean([at_rate(points, rate, place) for points in curve]) for rate in rates]
            if place == 3:
                values = [-10 * np.log10(np.exp(-value)) for value in values]
            wide = 2.5 if codec == "hadimg" else 1.2
            axis.semilogx(rates, values, label=codec, linewidth=wide)
        axis.set_xlabel("bits per pixel")
        axis.set_ylabel("SSIM of Y, -10 log10(1 - SSIM), dB" if place == 3 else f"{name}, dB")
        axis.set_xticks([0.25, 0.5, 1, 2], ["0.25", "0.5", "1", "2"])
        axis.set_xticks([], minor=True)
        axis.grid(visible=True, alpha=0.3)
    axes[0].legend()
    figure.savefig(path, dpi=110)
    print(f"curves in {path}")


def print_lossless(pictures: Sequence[NDArray[np.uint8]], names: Sequence[str]) -> None:
    """Print total sizes without loss, each checked."""
    pixels = sum(picture.shape[0] * picture.shape[1] for picture in pictures)
    print("\nwithout loss: bits per pixel, against optimized PNG")
    first = 0
    for name in names:
        encode, decode = LOSSLESS[name]
        total = 0
        for picture in pictures:
            data = encode(picture)
            if not np.array_equal(np.asarray(decode(data)), picture):
                raise SystemExit(f"{name} is not lossless")
            total += len(data)
        first = first or total
        print(f"{name:22}{8 * total / pixels:8.3f}{100 * (total / first - 1):+9.1f}%")


def best(run: Callable[[], Any], rounds: int) -> float:
    """Return the shortest time of some."""
    times = []
    for _ in range(rounds + 1):
        start = time.perf_counter()
        run()
        times.append(time.perf_counter() - start)
    return min(times)


def print_speeds(picture: NDArray[np.uint8], names: Sequence[str], rounds: int) -> None:
    """Print megapixels per second, in memory, at about the quality of JPEG's 75; ours on one thread and on two."""
    size = picture.shape[0] * picture.shape[1] / 1e6
    print(f"\nspeed on {size:.1f} megapixels, best of {rounds + 1}, MP/s: encode, decode")

    def show(name: str, encode: Callable[[], bytes], decode: Callable[[bytes], Any]) -> None:
        data = encode()
        print(f"{name:22}{size / best(encode, rounds):8.1f}{size / best(lambda: decode(data), rounds):8.1f}")

    for name in names:
        if name in SPEED_QUALITY:
            codec, quality = LOSSY[name], SPEED_QUALITY[name]
            show(name, lambda c=codec, q=quality: c.encode(picture, q), codec.decode)  # type: ignore[misc]
    show("hadimg, one thread", lambda: hadimg.encode(picture, workers=1), lambda data: hadimg.decode(data, workers=1))
    show("hadimg, lossless", lambda: hadimg.encode(picture, lossless=True), hadimg.decode)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("pictures", nargs="+", type=Path, help="8-bit RGB pictures")
    parser.add_argument("--curves", type=Path, help="write the curves as a PNG")
    parser.add_argument("--only", nargs="+", choices=[*LOSSY, *LOSSLESS], help="leave out all others but the reference")
    parser.add_argument("--rounds", type=int, default=2)
    options = parser.parse_args()
    pictures = [np.ascontiguousarray(hadimg.read_image(path).pixels[..., :3]) for path in options.pictures]
    lossy = [name for name in LOSSY if name == REFERENCE or not options.only or name in options.only]
    lossless = [name for name in LOSSLESS if "PNG" in name or not options.only or name in options.only]
    curves = {name: [points_of(LOSSY[name], picture) for picture in pictures] for name in lossy}
    print_curves(curves)
    if options.curves:
        draw_curves(curves, options.curves)
    print_lossless(pictures, lossless)
    large = np.tile(pictures[0], (3, 2, 1))
    print_speeds(large, lossy, options.rounds)


if __name__ == "__main__":
    main()
