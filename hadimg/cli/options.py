"""Options that several verbs share, each declared once: name, unit, default and what it may be."""

from __future__ import annotations

import argparse
import math
import os
from typing import TYPE_CHECKING

from hadimg.cli.parser import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable

    from hadimg.cli.parser import Parser
    from hadimg.io import Limits
    from hadimg.masks import Mask

__all__ = [
    "add_batch_options",
    "add_json",
    "add_mask",
    "default_jobs",
    "number",
    "read_limits",
    "read_mask",
    "whole_number",
]

MASK_HELP = "a mask's text, as in 'gaussian(sigma=0.7)', or the JSON file of a saved mask"


def number(
    *, lower: float | None = None, upper: float | None = None, above: float | None = None
) -> Callable[[str], float]:
    """Return a converter for an option that is a number between ``lower`` and ``upper``, or greater than ``above``.

    Examples
    --------
    >>> number(lower=0, upper=1)("0.5")
    0.5
    """
    rule = "must be a number"
    if above is not None:
        rule = f"must be a number greater than {above:g}"
    elif lower is not None:
        rule = (
            f"must be a number of at least {lower:g}"
            if upper is None
            else f"must be a number from {lower:g} to {upper:g}"
        )

    def convert(text: str) -> float:
        try:
            value = float(text)
        except ValueError:
            value = math.nan
        fits = (
            math.isfinite(value)
            and (lower is None or value >= lower)
            and (upper is None or value <= upper)
            and (above is None or value > above)
        )
        if not fits:
            raise argparse.ArgumentTypeError(f"{rule}, got {text!a}")
        return value

    return convert


def whole_number(*, lower: int, upper: int | None = None) -> Callable[[str], int]:
    """Return a converter for an option that is a whole number from ``lower`` to ``upper``.

    Examples
    --------
    >>> whole_number(lower=1)("4")
    4
    """
    rule = (
        f"must be a whole number of at least {lower}"
        if upper is None
        else f"must be a whole number from {lower} to {upper}"
    )

    def convert(text: str) -> int:
        value = int(text) if text.isascii() and text.isdigit() and len(text) < 10 else -1
        if value < lower or (upper is not None and value > upper):
            raise argparse.ArgumentTypeError(f"{rule}, got {text!a}")
        return value

    return convert


def suffix(text: str) -> str:
    """Return the suffix of file names that ``text`` names, with its dot.

    Examples
    --------
    >>> suffix("png"), suffix(".tif")
    ('.png', '.tif')
    """
    return text if text.startswith(".") else f".{text}"


def default_jobs() -> int | None:
    """Return what the environment variable ``HADIMG_JOBS`` says, or None."""
    text = os.environ.get("HADIMG_JOBS")
    if not text:
        return None
    try:
        return whole_number(lower=1)(text)
    except argparse.ArgumentTypeError as error:
        raise UsageError(f"the environment variable HADIMG_JOBS {error}", remedy="unset it, or use --jobs") from None


def add_json(parser: Parser) -> None:
    """Declare ``--json``."""
    parser.add_argument("--json", action="store_true", help="print one JSON object on stdout, with stable keys")


def add_mask(parser: Parser, *, required: bool = True) -> None:
    """Declare ``--mask``."""
    parser.add_argument("--mask", metavar="MASK", required=required, help=MASK_HELP)


def read_mask(text: str) -> Mask:
    """Return the mask that an argument of the command line stands for.

    Parameters
    ----------
    text : str
        A JSON file where one exists under that name or the name ends with ``.json``; otherwise a mask's text.

    Returns
    -------
    Mask
        The mask.

    Raises
    ------
    HadimgError
        With the file's name, or the column of the text that cannot be understood.
    """
    from pathlib import Path

    from hadimg import masks

    if text.lower().endswith(".json") or Path(text).is_file():
        return masks.load(text)
    return masks.parse(text)


def read_limits(settings: list[str]) -> Limits | None:
    """Return the limits that ``--limit`` sets, the others as usual; None when it was not given.

    Examples
    --------
    >>> read_limits(["pages=5000"]).pages
    5000
    """
    if not settings:
        return None
    from dataclasses import fields

    from hadimg.io import Limits

    names = [field.name for field in fields(Limits)]
    values = {}
    for setting in settings:
        name, _, value = setting.partition("=")
        if name not in names or not (value.isascii() and value.isdigit()):
            example = f"--limit page_pixels=500000000; the names are {', '.join(names)}"
            raise UsageError(
                f"--limit must be NAME=N with a whole number N, got {setting!a}", remedy=f"as in {example}"
            )
        values[name] = int(value)
    return Limits(**values)


def add_batch_options(parser: Parser) -> None:
    """Declare what every verb takes that turns many pictures into as many others."""
    parser.add_argument("inputs", metavar="IN", nargs="+", help="pictures, or folders of pictures; - is standard input")
    parser.add_argument(
        "-o",
        "--output",
        metavar="OUT",
        required=True,
        help="the folder for the results (made if missing); a file name for one picture; - for a pipe",
    )
    look = parser.add_argument_group("how the pictures are written")
    look.add_argument("--linear-light", action="store_true", help="multiply light instead of coded values (sRGB curve)")
    look.add_argument(
        "--quality",
        metavar="N",
        type=whole_number(lower=1, upper=100),
        help="1 to 100 for lossy formats (default: JPEG keeps the source's own quality, others use 90)",
    )
    look.add_argument("--strip", action="store_true", help="leave out metadata, except color profile and orientation")

    files = parser.add_argument_group("which files")
    files.add_argument(
        "-r", "--recursive", action="store_true", help="go into folders of folders; OUT mirrors the tree"
    )
    files.add_argument("-n", "--dry-run", action="store_true", help="print what would be done, write nothing")
    files.add_argument("--overwrite", action="store_true", help="replace files in OUT (default: they are skipped)")
    files.add_argument("--resume", action="store_true", help="skip what the journal proves to be done already")
    files.add_argument(
        "--suffix", metavar=".EXT", type=suffix, help="format of all results, such as .png (default: as the source)"
    )
    files.add_argument("--allow-damaged", action="store_true", help="read damaged pictures as far as they go")
    files.add_argument(
        "--limit", metavar="NAME=N", action="append", default=[], help="read larger files, as in page_pixels=500000000"
    )

    run = parser.add_argument_group("how the batch runs")
    run.add_argument(
        "-j",
        "--jobs",
        metavar="N",
        type=whole_number(lower=1),
        help="pictures at the same time (default: HADIMG_JOBS, or the number of processors)",
    )
    run.add_argument("--fail-fast", action="store_true", help="stop after the first failure (default: go on)")
    run.add_argument(
        "--journal", metavar="FILE", help="append one JSON line a picture: outcome, reason, seconds, hashes"
    )
    run.add_argument("--no-fsync", action="store_true", help="do not wait until each file is on the disk")
    run.add_argument("-q", "--quiet", action="store_true", help="print failures only")
    run.add_argument("--no-progress", action="store_true", help="no progress bar (there is none without a terminal)")
    add_json(run)  # type: ignore[arg-type]  # a group adds arguments like a parser
