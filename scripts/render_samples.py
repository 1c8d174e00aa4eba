"""Render the pictures of ``sample_images/``: the same seed gives the same pictures.

Every picture is computed, none is copied: a small path tracer in ``scripts/samples/`` follows light from the sun or a
window to a camera, and a model of the film adds what makes a photograph.

    python scripts/render_samples.py                  # write sample_images/
    python scripts/render_samples.py --check          # compare with what is there
    python scripts/render_samples.py --only vase.png --output /tmp
"""

from __future__ import annotations

import argparse
import io
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

import imagecodecs
import numpy as np
import tifffile
from samples import arcade, cells, coast, files, flat_field, still_life, vase

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

SEED = 20140506
FOLDER = Path(__file__).resolve().parents[1] / "sample_images"
TOLERANCE = 0.004  # mean difference, as a share of the range: other versions of the libraries round otherwise

SAMPLES: dict[str, Callable[[np.random.Generator], bytes]] = {
    "coast.jpg": lambda rng: files.turned_photograph(coast.render(rng)),
    "still_life.png": lambda rng: files.deep_png(still_life.render(rng)),
    "vase.png": lambda rng: files.png(vase.render(rng)),
    "arcade.png": lambda rng: files.png(arcade.render(rng)),
    "cells.tif": lambda rng: files.tiff(cells.render(rng), "fluorescent cells, six fields under the same uneven light"),
    "cells_shading.tif": lambda _: files.imagej_tiff(cells.shading()),
    "flat_field.tif": lambda rng: files.tiff(flat_field.render(rng), flat_field.LAW),
}


def render(name: str, seed: int) -> bytes:
    """Return the bytes of one sample; each has random numbers of its own."""
    return SAMPLES[name](np.random.default_rng([seed, *name.encode()]))


def decode(name: str, data: bytes) -> NDArray[Any]:
    """Return the stored pixels of a sample."""
    if name.endswith(".tif"):
        return np.asarray(tifffile.imread(io.BytesIO(data)))
    return np.asarray(imagecodecs.png_decode(data) if name.endswith(".png") else imagecodecs.jpeg8_decode(data))


def difference(name: str, data: bytes, path: Path) -> str | None:
    """Return what differs between a sample and the file at ``path``, or None."""
    if not path.is_file():
        return "missing"
    expected, found = decode(name, data), decode(name, path.read_bytes())
    if expected.shape != found.shape or expected.dtype != found.dtype:
        return f"is {found.dtype} {found.shape}, would be {expected.dtype} {expected.shape}"
    top = 1.0 if expected.dtype.kind == "f" else float(np.iinfo(expected.dtype).max)
    apart = float(np.abs(expected.astype(np.float64) - found).mean()) / top
    return None if apart <= TOLERANCE else f"differs by {apart:.2%} of the range on average"


def main(arguments: list[str] | None = None) -> int:
    """Render or check the samples; return the exit code."""
    parser = argparse.ArgumentParser(description="Render the pictures of sample_images/.")
    parser.add_argument("--seed", type=int, default=SEED, help="seed of all random numbers (default: %(default)s)")
    parser.add_argument("--output", type=Path, default=FOLDER, help="folder to write to (default: sample_images)")
    parser.add_argument("--only", choices=SAMPLES, nargs="+", default=list(SAMPLES), help="render only these")
    parser.add_argument("--check", action="store_true", help="write nothing; compare with what is in the folder")
    options = parser.parse_args(arguments)
    began, differing = time.perf_counter(), 0
    if not options.check:
        options.output.mkdir(parents=True, exist_ok=True)
    with ThreadPoolExecutor() as pool:  # one scene is prepared while another is traced
        rendered = pool.map(lambda name: render(name, options.seed), options.only)
        for name, data in zip(options.only, rendered, strict=True):
            path = options.output / name
            problem = difference(name, data, path) if options.check else None
            if not options.check:
                path.write_bytes(data)
            differing += problem is not None
            print(f"{name:18} {len(data):9,} bytes  {problem or 'ok'}")
    print(f"{time.perf_counter() - began:.0f} s")
    return 1 if differing else 0


if __name__ == "__main__":
    sys.exit(main())
