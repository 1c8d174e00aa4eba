"""Render the pictures of README.md: before and after, and a thumbnail of every mask family.

    python scripts/render_figures.py [--check]

``--check`` writes nothing and fails when README's table of families is not the one that the code would make.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image as Picture

import hadimg
from hadimg import masks
from hadimg.io.image import Image
from hadimg.io.orientation import turn

if TYPE_CHECKING:
    from typing import Any

    from numpy.typing import NDArray

ROOT = Path(__file__).resolve().parent.parent
FIGURES = ROOT / ".readme"
SAMPLE = ROOT / "sample_images" / "coast.jpg"
MASK = "exponential_decay(rate=1.2, power=2)"
BEGIN, END = "<!-- families -->\n", "<!-- end of families -->\n"


def before_and_after(mask: masks.Mask, *, width: int = 280, gap: int = 8) -> NDArray[np.uint8]:
    """Return the sample picture as it is seen, its mask, and the product, side by side."""
    image = hadimg.read_image(SAMPLE)
    upright = turn(image.pixels, image.orientation)
    height = round(width * upright.shape[0] / upright.shape[1])
    before = np.asarray(Picture.fromarray(upright).resize((width, height), Picture.Resampling.LANCZOS))
    after = hadimg.apply_mask(before, mask)
    weights = np.rint(255 * mask.weights((height, width))).astype(np.uint8)
    white = np.full((height, gap, 3), 255, np.uint8)
    return np.concatenate([before, white, np.repeat(weights[..., np.newaxis], 3, 2), white, after], axis=1)


def thumbnail(mask: masks.Mask, *, height: int = 96, width: int = 144) -> NDArray[np.uint8]:
    """Return the mask as a grey picture; white is weight 1, or the highest weight if that is more."""
    weights = mask.weights((height, width))
    return np.rint(255 * np.clip(weights / max(1.0, float(weights.max())), 0, 1)).astype(np.uint8)


def family_table() -> str:
    """Return the Markdown table of all families and compositions, from the table that the program reads."""
    rows = ["| | family | gain | example |", "|---|---|---|---|"]
    for name, family in (masks.FAMILIES | masks.COMPOSITIONS).items():
        summary = (family.__doc__ or "").strip().splitlines()[0]
        picture = f'<img src=".readme/{name}.png" width="144" height="96" alt="the mask {name}">'
        rows.append(f"| {picture} | `{name}` | {summary.replace('``', '`')} | `{family.example}` |")
    return "\n".join(rows) + "\n"


def with_table(readme: str) -> str:
    """Return the text of README with its table of families made anew."""
    head, _, rest = readme.partition(BEGIN)
    _, _, tail = rest.partition(END)
    return head + BEGIN + family_table() + END + tail


def save(name: str, pixels: NDArray[Any]) -> None:
    """Write one figure."""
    FIGURES.mkdir(exist_ok=True)
    hadimg.write_image(FIGURES / name, Image.from_pixels(pixels), quality=88)


def main() -> int:
    """Write the figures and the table, or check the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true")
    readme = ROOT / "README.md"
    text = readme.read_text(encoding="utf-8")
    if parser.parse_args().check:
        if text != with_table(text):
            print("README's table of families is out of date: run python scripts/render_figures.py", file=sys.stderr)
            return 1
        return 0
    save("before_after.jpg", before_and_after(masks.parse(MASK)))
    for name, family in (masks.FAMILIES | masks.COMPOSITIONS).items():
        save(f"{name}.png", thumbnail(masks.parse(family.example)))
    readme.write_text(with_table(text), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
