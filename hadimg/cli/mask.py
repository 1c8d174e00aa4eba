"""``hadimg mask``: look at a mask, as text, as a picture or as a file that other verbs read."""

from __future__ import annotations

import math
import re
from argparse import ArgumentTypeError
from typing import TYPE_CHECKING, Any

from hadimg.cli import screen
from hadimg.cli.options import MASK_HELP, add_json, read_mask
from hadimg.errors import ArgumentError, PlanError, printable

if TYPE_CHECKING:
    from argparse import Namespace

    import numpy as np
    from numpy.typing import NDArray

    from hadimg.cli.parser import Parser
    from hadimg.masks import Mask

SUMMARY = "look at a mask: describe it, render it, save it"

USAGE = "%(prog)s MASK [--size WIDTHxHEIGHT] [-o FILE] [options]"

DESCRIPTION = """\
Describe a mask: its parameters, its weights in the center and the corners, and
what that means in stops. With -o, render it as a grey picture in which white is
weight 1 (or the highest weight, where that is more) and black is weight 0: 16
bits for PNG, TIFF, PNM and JPEG 2000, the weights themselves as floats for PFM,
8 bits for all others. With -o NAME.json, save it for other verbs.
"""

EXAMPLES = """\
examples:
  hadimg mask "exponential_decay(rate=1.2)"
  hadimg mask lens.json --size 6000x4000 -o mask.png
  hadimg mask lens.json --profile falloff.svg
  hadimg mask "cos4() * linear_gradient(angle=30, low=0.4)" -o graduated.json
"""

DEFAULT_SIZE = (1200, 800)
DEEP_FORMATS = ("png", "tiff", "pnm", "jpeg2000")
BAND_PIXELS = 1 << 20
MOST_PIXELS = 1 << 28


def picture_size(text: str) -> tuple[int, int]:
    """Return width and height.

    Examples
    --------
    >>> picture_size("6000x4000")
    (6000, 4000)
    """
    match = re.fullmatch(r"(\d{1,6})x(\d{1,6})", text.lower())
    if match is None or 0 in (int(match[1]), int(match[2])):
        raise ArgumentTypeError(f"must be WIDTHxHEIGHT in pixels, as in 6000x4000, got {text!a}")
    width, height = int(match[1]), int(match[2])
    if width * height > MOST_PIXELS:
        raise ArgumentTypeError(f"must be at most {MOST_PIXELS} pixels in all, got {text}")
    return width, height


def add_arguments(parser: Parser) -> None:
    """Declare the options of the verb."""
    parser.add_argument("mask", metavar="MASK", help=MASK_HELP)
    parser.add_argument(
        "--size",
        metavar="WIDTHxHEIGHT",
        type=picture_size,
        help="in pixels (default: the mask's own size, or 1200x800)",
    )
    parser.add_argument("-o", "--output", metavar="FILE", help="a picture to render, or a .json file to save")
    parser.add_argument(
        "--profile", metavar="PLOT", help="plot the fall-off along the diagonals in stops: .svg, .png or .pdf"
    )
    parser.add_argument("--overwrite", action="store_true", help="replace FILE if it exists (default: refuse)")
    parser.add_argument("-q", "--quiet", action="store_true", help="print nothing but errors")
    add_json(parser)


def run(args: Namespace) -> int:
    """Carry the verb out and return the exit code."""
    from hadimg.masks.showing import own_shape

    mask = read_mask(args.mask)
    width, height = args.size or (own_shape(mask) or DEFAULT_SIZE[::-1])[::-1]
    numbers = measure(mask, width, height)
    for name in filter(None, (args.output, args.profile)):
        check_free(name, overwrite=args.overwrite)
    if args.output is not None:
        save(mask, numbers, args)
    if args.profile is not None:
        save_profile(mask, (height, width), args)
    if args.json:
        screen.say_json({"mask": mask.to_dict(), **numbers, "output": args.output, "profile": args.profile})
    elif not args.quiet:
        screen.say("\n".join(describe(mask, numbers)) if args.output is None else saved_line(numbers, args.output))
    return 0


def measure(mask: Mask, width: int, height: int) -> dict[str, Any]:
    """Return what is worth knowing of a mask's weights on a picture of that size, as plain numbers."""
    from hadimg.masks.showing import own_shape

    shape = (height, width)
    extremes = [(float(band.min()), float(band.max())) for _, band in bands(mask, shape)]
    corners = {
        "top_left": _weight(mask, shape, 0, 0),
        "top_right": _weight(mask, shape, 0, width - 1),
        "bottom_left": _weight(mask, shape, height - 1, 0),
        "bottom_right": _weight(mask, shape, height - 1, width - 1),
    }
    return {
        "text": str(mask) if own_shape(mask) is None else repr(mask),  # an array's text may be millions of numbers
        "size": [width, height],
        "center": _weight(mask, shape, height // 2, width // 2),
        "corners": corners,
        "lowest": min(low for low, _ in extremes),
        "highest": max(high for _, high in extremes),
    }


def bands(mask: Mask, shape: tuple[int, int]) -> Any:
    """Yield the rows and the weights of one band after the other, so that large masks need little memory."""
    height, width = shape
    step = max(1, BAND_PIXELS // width)
    for top in range(0, height, step):
        rows = slice(top, min(top + step, height))
        yield rows, mask.weights(shape, window=(rows, slice(0, width)))


def _weight(mask: Mask, shape: tuple[int, int], row: int, column: int) -> float | list[float]:
    """Return the weight of a pixel, or one for each channel that the mask tells apart."""
    weight: float | list[float] = mask.weights(shape, window=(slice(row, row + 1), slice(column, column + 1)))[
        0, 0
    ].tolist()
    return weight


def describe(mask: Mask, numbers: dict[str, Any]) -> list[str]:
    """Return the lines that describe a mask."""
    width, height = numbers["size"]
    lines = [numbers["text"]]
    for name, value, unit in zip(mask.names, mask.vector, mask.units, strict=True):
        lines.append(f"  {name:<18} {value:<12.6g} {unit}".rstrip())
    lines.append(f"weights at {width}x{height}")
    rows = {
        "center": numbers["center"],
        **numbers["corners"],
        "lowest": numbers["lowest"],
        "highest": numbers["highest"],
    }
    for name, weight in rows.items():
        each = weight if isinstance(weight, list) else [weight]
        shown = "   ".join(f"{value:<12.6g} {stops(value)}" for value in each)
        lines.append(f"  {name.replace('_', ' '):<18} {shown}")
    return lines


def stops(weight: float) -> str:
    """Return a weight as photographers say it.

    Examples
    --------
    >>> stops(0.25), stops(1.0), stops(0.0)
    ('-2.00 stops', '0.00 stops', 'black')
    """
    if weight <= 0:
        return "black"
    amount = math.log2(weight)
    return f"{amount if abs(amount) >= 0.005 else 0:.2f} stops"


def check_free(name: str, *, overwrite: bool) -> None:
    """Refuse a file that exists unless it may be replaced."""
    from pathlib import Path

    if Path(name).exists() and not overwrite:
        raise PlanError("the file exists", path=name, remedy="use --overwrite to replace it")


def save_profile(mask: Mask, shape: tuple[int, int], args: Namespace) -> None:
    """Write the plot to the file that ``--profile`` names."""
    from hadimg.io.atomic import write_bytes
    from hadimg.report import render_profile

    write_bytes(args.profile, render_profile(mask, shape, args.profile), overwrite=args.overwrite)


def save(mask: Mask, numbers: dict[str, Any], args: Namespace) -> None:
    """Write the mask to the file that ``-o`` names."""
    if args.output.lower().endswith(".json"):
        mask.save(args.output)
        return
    from hadimg.io import write_image

    write_image(args.output, render(mask, numbers, args.output), overwrite=args.overwrite)


def render(mask: Mask, numbers: dict[str, Any], name: str) -> NDArray[Any]:
    """Return the mask as a grey picture, in color for three channels, as deep as the format of ``name`` allows."""
    import numpy as np

    from hadimg.io.formats import format_of_name

    row = format_of_name(name)
    kind = row.name if row is not None else ""
    width, height = numbers["size"]
    if kind != "pfm" and numbers["lowest"] < 0:
        raise ArgumentError(
            f"a picture cannot show negative weights, the lowest is {numbers['lowest']:.6g}",
            remedy="use a .pfm file",
        )
    if mask.channels not in (None, 3):
        raise ArgumentError(f"a picture shows masks for 3 color channels, or for all at once, got {mask.channels}")
    dtype: type[np.generic] = np.float32 if kind == "pfm" else np.uint16 if kind in DEEP_FORMATS else np.uint8
    scale = 1.0 if dtype is np.float32 else np.iinfo(dtype).max / max(1.0, numbers["highest"])  # type: ignore[type-var]
    pixels = np.empty((height, width) if mask.channels is None else (height, width, mask.channels), dtype)
    for rows, band in bands(mask, (height, width)):
        scaled = band * scale
        pixels[rows] = scaled if dtype is np.float32 else np.rint(scaled)
    return pixels


def saved_line(numbers: dict[str, Any], output: str) -> str:
    """Return the line that says what was written."""
    if output.lower().endswith(".json"):
        return f"{numbers['text']} saved as {printable(output)}"
    width, height = numbers["size"]
    white = "" if output.lower().endswith(".pfm") else f", white is weight {max(1.0, numbers['highest']):g}"
    return f"{numbers['text']} rendered to {printable(output)}: {width}x{height}{white}"
