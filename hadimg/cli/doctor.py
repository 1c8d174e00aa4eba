"""``hadimg doctor``: what is installed, what is missing and how to get it, and how fast this machine is."""

from __future__ import annotations

import os
import sys
import time
from typing import TYPE_CHECKING, Any, NamedTuple

from hadimg.cli import screen
from hadimg.cli.options import add_json
from hadimg.errors import HadimgError, printable
from hadimg.version import __version__

if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Callable

    from hadimg.cli.parser import Parser

SUMMARY = "say what is installed, what is missing, and how fast"

USAGE = "%(prog)s [--json]"

DESCRIPTION = """\
Say which libraries are installed and what they are for, what is missing and how
to get it, which HADIMG_ environment variables are set, and how fast this machine
multiplies, as a ratio to a plain copy of the picture. The exit code is 1 when a
library that hadimg needs is missing or broken.
"""

EXAMPLES = """\
examples:
  hadimg doctor
  hadimg doctor --json > report.json
"""


class Library(NamedTuple):
    """A library, the module to import, and what it is for."""

    package: str
    module: str
    purpose: str
    extra: str = ""
    needed: bool = True


LIBRARIES = (
    Library("numpy", "numpy", "arrays"),
    Library("numba", "numba", "compiled loops"),
    Library("simplejpeg", "simplejpeg", "reading JPEG"),
    Library("pillow", "PIL.Image", "JPEG with the source's own tables, GIF"),
    Library("tifffile", "tifffile", "for programs that use both; no picture needs it", needed=False),
    Library("imagecodecs", "imagecodecs", "PNG, TIFF, WebP, AVIF, JPEG 2000, HDR"),
    Library("opencv-python", "cv2", "for programs that use both; no picture needs it", needed=False),
    Library("imageio", "imageio", "TGA, PCX, SGI"),
    Library("scipy", "scipy", "least squares", needed=False),
    Library("scikit-image", "skimage", "sample pictures", needed=False),
    Library("tqdm", "tqdm", "progress bars"),
    Library("matplotlib", "matplotlib", "plots", extra="plot", needed=False),
    Library("dask", "dask", "arrays larger than memory", extra="dask", needed=False),
)
"""What is looked for. Without those that are not needed, every picture is still read, masked and written."""


def add_arguments(parser: Parser) -> None:
    """Declare the options of the verb."""
    add_json(parser)


def run(args: Namespace) -> int:
    """Carry the verb out and return the exit code."""
    report = examine()
    if args.json:
        screen.say_json(report)
    else:
        for line in describe(report):
            screen.say(line)
    return 0 if report["healthy"] else 1


def examine() -> dict[str, Any]:
    """Return everything that the verb reports, as plain data."""
    import platform

    from hadimg.threads import core_count

    libraries = [examine_library(library) for library in LIBRARIES]
    return {
        "hadimg": __version__,
        "python": platform.python_version(),
        "platform": platform.platform(),
        "processors": core_count(),
        "environment": {name: value for name, value in sorted(os.environ.items()) if name.startswith("HADIMG_")},
        "libraries": libraries,
        "speed": examine_speed(),
        "healthy": not any(one["problem"] and one["needed"] for one in libraries),
    }


def examine_library(library: Library) -> dict[str, Any]:
    """Return the version of a library and what is wrong with it, if anything."""
    problem = problem_of(library)
    return {
        "package": library.package,
        "version": version_of(library),
        "purpose": library.purpose,
        "needed": library.needed,
        "problem": problem,
    }


def version_of(library: Library) -> str | None:
    """Return the installed version, of whichever package fills the module."""
    from importlib import metadata

    names = (library.package, "opencv-python-headless") if library.module == "cv2" else (library.package,)
    for name in names:
        try:
            return metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return None


def problem_of(library: Library) -> str | None:
    """Return what keeps a library from working and the way out, in one line, or None."""
    if library.extra and version_of(library) is None:
        return f'not installed (pip install "hadimg[{library.extra}]")'
    if library.module == "cv2":
        from hadimg.io.opencv import opencv_problem

        return opencv_problem()
    from hadimg.io.libraries import load_library

    try:
        load_library(library.module, package=library.package)
    except HadimgError as error:
        return str(error)
    except Exception as error:  # noqa: BLE001 (a broken library may raise anything while it is imported)
        return f"{library.package} is broken: {type(error).__name__}: {error}"
    return None


def examine_speed() -> dict[str, Any]:
    """Return how long a product takes, as a ratio to a plain copy, and whether the compiled loops were cached."""
    try:
        import numpy as np

        from hadimg.kernels import product as loops
        from hadimg.masking import apply_mask
        from hadimg.masks import ExponentialDecay
    except ImportError as error:
        return {"problem": str(error)}
    picture = np.random.default_rng(1).integers(0, 256, (2000, 3000, 3), np.uint8)
    result = np.empty_like(picture)
    mask = ExponentialDecay(rate=1.2)

    def product() -> None:
        apply_mask(picture, mask, out=result, engine="compiled")

    first = fastest(product, rounds=1)
    again = fastest(product)
    copy = fastest(lambda: np.copyto(result, picture))
    compiled = sum(len(loop.stats.cache_misses) for loop in vars(loops).values() if hasattr(loop, "stats"))
    return {
        "problem": None,
        "megapixels": 6,
        "copy_ms": round(copy * 1000, 2),
        "product_ms": round(again * 1000, 2),
        "ratio": round(again / copy, 2),
        "first_seconds": round(first, 2),
        "cached": compiled == 0,
        "cache": loops.multiply8.stats.cache_path,
    }


def fastest(job: Callable[[], object], rounds: int = 5) -> float:
    """Return the seconds of the fastest of some rounds."""
    times = []
    for _ in range(rounds):
        start = time.perf_counter()
        job()
        times.append(time.perf_counter() - start)
    return min(times)


def describe(report: dict[str, Any]) -> list[str]:
    """Return the lines for a person."""
    lines = [
        f"hadimg {report['hadimg']}, Python {report['python']} ({sys.executable})",
        f"{report['platform']}, {screen.plural(report['processors'], 'processor')}",
        "",
    ]
    for one in report["libraries"]:
        state = "ok" if one["problem"] is None else "MISSING" if one["needed"] else "optional"
        lines.append(f"  {state:<9} {one['package']:<14} {one['version'] or '-':<12} {one['purpose']}")
        if one["problem"] is not None:
            lines.append(f"            {printable(one['problem'])}")
    lines.append("")
    lines += describe_speed(report["speed"])
    lines += [f"{name}={printable(value)}" for name, value in report["environment"].items()]
    return [*lines, "", "all is well" if report["healthy"] else "something is missing or broken, see above"]


def describe_speed(speed: dict[str, Any]) -> list[str]:
    """Return what was measured, for a person."""
    if speed["problem"] is not None:
        return [f"the compiled loops do not work: {printable(speed['problem'])}"]
    seconds = screen.duration(speed["first_seconds"])
    if speed["cached"]:
        loops = f"compiled loops loaded from {printable(speed['cache'])} in {seconds}"
    elif speed["cache"]:
        loops = f"compiled loops made in {seconds}, and kept for the next time in {printable(speed['cache'])}"
    else:
        loops = f"compiled loops made in {seconds}; they cannot be kept (set NUMBA_CACHE_DIR to a folder of yours)"
    product = f"{speed['megapixels']} megapixels times a mask: {speed['product_ms']} ms"
    return [loops, f"{product}, {speed['ratio']} times a plain copy ({speed['copy_ms']} ms)"]
