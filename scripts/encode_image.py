#!/usr/bin/env python3
"""Encode pictures as .hadi, made of Hadamard matrices, decode them again and say what that cost: to read and change.

python scripts/encode_image.py photo.jpg encoded/
python3 scripts/with_venv.py python scripts/encode_image.py sample_images/ encoded/ --quality 60
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

try:
    import numpy as np

    from hadimg import read_image, write_image
    from hadimg.codec import decode, describe
    from hadimg.errors import HadimgError, printable
except ModuleNotFoundError as error:
    sys.exit(f"{error}; this sets everything up: python3 scripts/with_venv.py python {' '.join(sys.argv)}")


def main() -> int:
    """Read the command line, encode every picture, and return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("pictures", type=Path, help="a picture, or a folder of pictures")
    parser.add_argument("encoded", type=Path, help="the folder for the .hadi files; made if missing")
    parser.add_argument("--quality", type=int, default=75, help="1 to 100, where 100 loses nothing (default 75)")
    args = parser.parse_args()
    args.encoded.mkdir(parents=True, exist_ok=True)
    files = sorted(args.pictures.iterdir()) if args.pictures.is_dir() else [args.pictures]
    failed = 0
    for file in files:
        try:
            print(encode_one(file, args.encoded / f"{file.stem}.hadi", args.quality))
        except HadimgError as error:
            print(error)
            failed += 1
    return 1 if failed else 0


def encode_one(source: Path, target: Path, quality: int) -> str:
    """Encode one picture with its metadata, look at what became of it, and return a line that says so."""
    image = read_image(source)
    write_image(target, image, quality=quality, overwrite=False)
    data = target.read_bytes()
    told = describe(data)
    error = decode(data).astype(np.float64) - image.pixels
    mean_square = float(np.square(error).mean())
    peak = image.pages[0].white
    ratio = "without loss" if mean_square == 0 else f"PSNR {10 * np.log10(peak * peak / mean_square):.1f} dB"
    thumbnail = decode(data[: told["prefix_bytes"]["8"]], reduce=3, partial=True)  # from the beginning of the file
    small = f"{thumbnail.shape[1]}x{thumbnail.shape[0]} from the first {told['prefix_bytes']['8']} bytes"
    return f"{printable(target)}: {told['bits_per_pixel']:.2f} bits per pixel, {ratio}, {small}"


if __name__ == "__main__":
    sys.exit(main())
