"""Render README's picture of the single-pixel camera: a scene, and what four shares of its patterns make of it.

    python scripts/render_single_pixel.py [--output .readme/single_pixel.png]

Above, what was not measured is zero; below, the total variation is least. The scene is scikit-image's photographer,
averaged over 2 x 2 pixels; the numbers are peak signal-to-noise ratios in decibels.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from hadimg.singlepixel import Camera

if TYPE_CHECKING:
    from numpy.typing import NDArray

FIGURE = Path(__file__).resolve().parent.parent / ".readme" / "single_pixel.png"
RATIOS = (0.05, 0.10, 0.25, 0.50)
METHODS = {"zero_filling": "zero filling", "total_variation": "total variation"}
SIDE, GAP, LINE = 192, 6, 18


def scene() -> NDArray[np.float64]:
    """Return the scene: 256 x 256 levels of gray."""
    from skimage import data

    picture: NDArray[np.uint8] = np.asarray(getattr(data, "camera")())  # noqa: B009 (scikit-image has no types)
    return np.asarray(picture.astype(float).reshape(256, 2, 256, 2).mean((1, 3)))


def levels(picture: NDArray[np.float64]) -> Image.Image:
    """Return a picture as large as it stands in the figure."""
    gray = Image.fromarray(np.clip(np.rint(picture), 0, 255).astype(np.uint8))
    return gray.resize((SIDE, SIDE), Image.Resampling.LANCZOS)


def figure() -> Image.Image:
    """Return the scene on the left, and a row of reconstructions for each method."""
    truth = scene()
    measured = {ratio: Camera((256, 256), ratio=ratio).measure(truth) for ratio in RATIOS}
    across, down = SIDE + GAP, SIDE + LINE + GAP
    result = Image.new("L", ((len(RATIOS) + 1) * across - GAP, len(METHODS) * down - GAP), 255)
    draw = ImageDraw.Draw(result)
    font = ImageFont.load_default(13)
    result.paste(levels(truth), (0, (down - GAP) // 2))
    draw.text((0, (down - GAP) // 2 + SIDE + 2), "scene, 256 x 256", 0, font)
    for row, (method, title) in enumerate(METHODS.items()):
        for column, (ratio, readings) in enumerate(measured.items(), 1):
            found = readings.reconstruct(method)
            quality = 10 * np.log10(255**2 / np.mean((found - truth) ** 2))
            result.paste(levels(found), (column * across, row * down))
            text = f"{ratio:.0%}, {title}, {quality:.1f} dB"
            draw.text((column * across, row * down + SIDE + 2), text, 0, font)
    return result


def main() -> None:
    """Write the figure."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--output", type=Path, default=FIGURE)
    output = parser.parse_args().output
    output.parent.mkdir(exist_ok=True)
    figure().save(output, optimize=True)


if __name__ == "__main__":
    main()
