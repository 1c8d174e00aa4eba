"""How long small things take from a warm disk: help, one small picture, and the memory of a long folder.

python scripts/bench/startup.py [--rounds 7]
"""

from __future__ import annotations

import argparse
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from measuring import photograph

import hadimg

PICTURES = 12


def median_seconds(command: list[str], rounds: int) -> float:
    """Return the median wall time of a command, the first run not counted."""
    times = []
    for _ in range(rounds + 1):
        start = time.perf_counter()
        subprocess.run(command, check=True, capture_output=True)
        times.append(time.perf_counter() - start)
    return statistics.median(times[1:])


def peak_megabytes(command: list[str]) -> float:
    """Return the peak memory of a command."""
    watcher = (
        "import resource, subprocess, sys; subprocess.run(sys.argv[1:], check=True, capture_output=True); "
        "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)"
    )
    result = subprocess.run([sys.executable, "-c", watcher, *command], check=True, capture_output=True, text=True)
    return int(result.stdout) / 1024


def fill(folder: Path, suffix: str, pixels: np.ndarray) -> None:
    """Make a folder of equal pictures."""
    folder.mkdir()
    hadimg.write_image(folder / f"0.{suffix}", pixels)
    for number in range(1, PICTURES):
        shutil.copy(folder / f"0.{suffix}", folder / f"{number}.{suffix}")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=7)
    rounds = parser.parse_args().rounds
    command = [sys.executable, "-m", "hadimg"]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        hadimg.write_image(folder / "small.jpg", photograph(480, 640))
        hadimg.write_image(folder / "small.png", photograph(480, 640))
        python = median_seconds([sys.executable, "-c", "pass"], rounds)
        numpy = median_seconds([sys.executable, "-c", "import numpy"], rounds)
        print(f"{'python -c pass':44}{1e3 * python:8.0f} ms")
        print(f"{'python -c import numpy':44}{1e3 * numpy:8.0f} ms")
        print(f"{'hadimg --help':44}{1e3 * median_seconds([*command, '--help'], rounds):8.0f} ms   goal: under 300")
        for small in ("small.jpg", "small.png"):
            dim = [*command, "dim", str(folder / small), "-o", str(folder / "out"), "--overwrite"]
            print(f"{'hadimg dim ' + small:44}{1e3 * median_seconds(dim, rounds):8.0f} ms   goal: under 1000")
        many = folder / "many"  # small ones, but enough for the compiled loops to be loaded, as for large ones
        fill(many, "jpg", photograph(480, 640))
        base = peak_megabytes([*command, "dim", str(many), "-o", str(folder / "b"), "--jobs", "1"])
        noise = np.random.default_rng(0).integers(0, 256, (4000, 6000, 3), dtype=np.uint8)
        for suffix, what, picture in (
            ("jpg", "photographs", photograph(4000, 6000)),
            ("png", "pictures of noise", noise),
            ("tif", "pictures of noise", noise),
        ):
            large = folder / suffix
            fill(large, suffix, picture)
            for jobs in (1, 2):
                dim = [*command, "dim", str(large), "-o", str(folder / f"{suffix}{jobs}"), "--jobs", str(jobs)]
                pictures = (peak_megabytes(dim) - base) * 2**20 / picture.nbytes
                row = f"{PICTURES} {what}, 24 MP, {suffix}, {jobs} jobs"
                print(f"{row:44}{pictures:8.2f} pictures   goal: at most {3 * jobs}")


if __name__ == "__main__":
    main()
