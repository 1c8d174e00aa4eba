"""`hadimg dim` on a folder of 24-megapixel JPEGs beside decoding and encoding alone, and beside pyvips.

python scripts/bench/folder.py [--pictures 48] [--rounds 3] [--jobs 2]
"""

from __future__ import annotations

import argparse
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import simplejpeg
from measuring import photograph

from hadimg.io import jpeg
from hadimg.io.header import ReadOptions, WriteOptions

if TYPE_CHECKING:
    from collections.abc import Callable

RATE = 1.2


def codec_alone(source: Path, target: Path) -> None:
    """Decode and encode one picture as hadimg does, and nothing else."""
    data = source.read_bytes()
    options = ReadOptions()
    image = jpeg.decode(data, jpeg.probe(data, options), options)
    target.write_bytes(jpeg.encode(image, WriteOptions()).data)


def vips_dim(source: Path, target: Path) -> None:
    """Darken one picture with pyvips: the same mask, evaluated by the same formula."""
    import pyvips

    image = pyvips.Image.new_from_file(str(source))
    xy = pyvips.Image.xyz(image.width, image.height)
    u, v = xy[0] + (0.5 - image.width / 2), xy[1] + (0.5 - image.height / 2)
    half = (image.width**2 + image.height**2) ** 0.5 / 2
    mask = ((u * u + v * v) ** 0.5 * (-RATE / half)).exp()
    (image * mask).rint().cast("uchar").copy(interpretation="srgb").write_to_file(str(target), Q=92)


def in_threads(work: Callable[[Path, Path], None], sources: list[Path], folder: Path, jobs: int) -> None:
    """Run one function over all pictures with a number of threads."""
    with ThreadPoolExecutor(jobs) as pool:
        list(pool.map(lambda source: work(source, folder / source.name), sources))


def hadimg_dim(sources: list[Path], folder: Path, jobs: int) -> None:
    """Run the command as a user does, in a process of its own."""
    command = [sys.executable, "-m", "hadimg", "dim", str(sources[0].parent), "-o", str(folder)]
    subprocess.run([*command, "--rate", str(RATE), "--jobs", str(jobs), "--quiet"], check=True)


def main() -> None:
    """Make the folder, let all have their turns, print medians and ratios."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pictures", type=int, default=48)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--jobs", type=int, default=2)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "photographs"
        folder.mkdir()
        first = simplejpeg.encode_jpeg(photograph(4000, 6000), quality=92, colorsubsampling="420")
        sources = [folder / f"{number:03}.jpg" for number in range(given.pictures)]
        for source in sources:
            source.write_bytes(first)
        rivals: dict[str, Callable[[Path], None]] = {
            "decode and encode alone": lambda out: in_threads(codec_alone, sources, out, given.jobs),
            "hadimg dim": lambda out: hadimg_dim(sources, out, given.jobs),
        }
        try:
            import pyvips  # noqa: F401 (only asked for here)

            rivals["pyvips"] = lambda out: in_threads(vips_dim, sources, out, given.jobs)
        except ImportError:
            print("pyvips is not installed: its row is left out")
        times: dict[str, list[float]] = {rival: [] for rival in rivals}
        for _ in range(given.rounds):
            for rival, run in rivals.items():
                out = Path(name) / "out"
                out.mkdir()
                start = time.perf_counter()
                run(out)
                times[rival].append(time.perf_counter() - start)
                shutil.rmtree(out)
    found = {rival: statistics.median(values) / given.pictures for rival, values in times.items()}
    alone = found["decode and encode alone"]
    size = len(first) / 1e6
    print(f"\n{given.pictures} JPEGs of 24 megapixels ({size:.1f} MB), {given.jobs} jobs, {given.rounds} rounds")
    for rival, value in found.items():
        print(f"{rival:28}{1e3 * value:8.0f} ms a picture{value / alone:8.2f} times decode and encode alone")
    print("goals: hadimg dim at most 1.25 times, and at least twice as fast as pyvips")


if __name__ == "__main__":
    main()
