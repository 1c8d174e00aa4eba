"""The product of a 24-megapixel 8-bit RGB picture with a mask, beside a plain copy and other libraries.

python scripts/bench/product.py [--rounds 7]
"""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
from measuring import photograph, print_table, seconds

import hadimg
from hadimg import masks

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

HEIGHT, WIDTH = 4000, 6000
RATE = 1.2


def plain(pixels: NDArray[np.uint8], weights: NDArray[np.float64]) -> NDArray[np.uint8]:
    """Return the product as one writes it in NumPy; hadimg gives the same pixels."""
    return np.clip(np.rint(pixels * weights[..., np.newaxis]), 0, 255).astype(np.uint8)


def rivals(pixels: NDArray[np.uint8]) -> dict[str, Callable[[], object]]:
    """Return ways to multiply the same picture by the same weights, by name."""
    decay = masks.ExponentialDecay(rate=RATE)
    weights = decay.weights((HEIGHT, WIDTH)).astype(np.float32)
    given = masks.Array(weights)
    out = np.empty_like(pixels)
    thrice = np.repeat(weights[..., np.newaxis], 3, axis=2)
    exact = decay.weights((HEIGHT, WIDTH))
    found: dict[str, Callable[[], object]] = {
        "plain copy": lambda: np.copyto(out, pixels),
        "hadimg, weights given": lambda: hadimg.apply_mask(pixels, given, out=out),
        "hadimg, exponential evaluated on the way": lambda: hadimg.apply_mask(pixels, decay, out=out),
        "hadimg, exponential, one thread": lambda: hadimg.apply_mask(pixels, decay, out=out, workers=1),
        "hadimg, power 1.3": lambda: hadimg.apply_mask(pixels, decay.replace(power=1.3), out=out),
        "cv2.multiply, weights given thrice": lambda: cv2.multiply(pixels, thrice, dst=out, dtype=cv2.CV_8U),
        "cv2.merge and cv2.multiply, weights given once": lambda: cv2.multiply(
            pixels, cv2.merge([weights] * 3), dst=out, dtype=cv2.CV_8U
        ),
        "NumPy, weights given": lambda: plain(pixels, exact),
    }
    return found | _vips(pixels, weights)


def _vips(pixels: NDArray[np.uint8], weights: NDArray[np.float32]) -> dict[str, Callable[[], object]]:
    try:
        import pyvips
    except ImportError:
        print("pyvips is not installed: its row is left out (pip install pyvips pyvips-binary)")
        return {}
    picture: Any = pyvips.Image.new_from_array(pixels)
    mask: Any = pyvips.Image.new_from_array(weights)
    return {"pyvips, weights given": lambda: (picture * mask).rint().cast("uchar").write_to_memory()}


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=7)
    pixels = photograph(HEIGHT, WIDTH)
    found = seconds(rivals(pixels), rounds=parser.parse_args().rounds)
    goals = {"hadimg, weights given": "at most 2.5", "hadimg, exponential evaluated on the way": "at most 4"}
    print_table(f"{WIDTH} x {HEIGHT} RGB, 8 bits", "plain copy", found, goals)
    ours = found["hadimg, weights given"]
    for name, goal in (("cv2", 3), ("pyvips", 15), ("NumPy", 30)):
        for rival, value in found.items():
            if rival.startswith(name):
                print(f"{value / ours:6.1f} times faster than {rival} (goal: at least {goal})")


if __name__ == "__main__":
    main()
