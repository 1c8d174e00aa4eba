"""``hadimg patterns``: the patterns of a single-pixel camera, as files for a micromirror device."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hadimg.cli import screen
from hadimg.cli.mask import picture_size
from hadimg.cli.measuring import add_camera, camera_of, choice, name_of
from hadimg.cli.options import add_json, whole_number
from hadimg.errors import printable

if TYPE_CHECKING:
    from argparse import Namespace

    from hadimg.cli.parser import Parser

SUMMARY = "write patterns for a micromirror device"

USAGE = "%(prog)s --size WIDTHxHEIGHT -o DIR [--count N] [options]"

DESCRIPTION = """\
Write the patterns of a single-pixel camera, one frame after the other as the
mirrors show them, enlarged by a whole number and centered. With the mode split,
frame 0, 2, 4, ... show where a pattern is +1, frame 1, 3, 5, ... where it is -1.
DIR/patterns.json says what the frames are; "hadimg reconstruct --camera" takes
it together with what the detector read.
"""

EXAMPLES = """\
examples:
  hadimg patterns --size 128x128 --count 4096 -o frames/
  hadimg patterns --size 64x64 --ratio 0.25 --format packed --dmd 1920x1080 -o frames/
  hadimg patterns --size 32x32 --format rgb24-4500 --dmd 912x1140 -o frames/
"""

FORMATS = ("png", "packed", "alp", "rgb24-4500", "rgb24-dlpc300")


def add_arguments(parser: Parser) -> None:
    """Declare the options of the verb."""
    parser.add_argument("--size", metavar="WIDTHxHEIGHT", type=picture_size, required=True, help="of the scene")
    parser.add_argument(
        "-o", "--output", metavar="DIR", required=True, help="the folder of the frames, made if missing"
    )
    add_camera(parser)
    device = parser.add_argument_group("the device")
    device.add_argument(
        "--format",
        metavar="FORMAT",
        type=choice(FORMATS),
        choices=FORMATS,
        default="png",
        help=f"{', '.join(FORMATS)} (default: png)",
    )
    device.add_argument(
        "--dmd", metavar="WIDTHxHEIGHT", type=picture_size, default=(1024, 768), help="its mirrors (default: 1024x768)"
    )
    device.add_argument(
        "--zoom", metavar="N", type=whole_number(lower=1), help="mirrors per pixel (default: the most that fit)"
    )
    device.add_argument(
        "--offset", metavar="ROW,COLUMN", type=offset, help="first mirrors of the pattern (default: centered)"
    )
    parser.add_argument("--overwrite", action="store_true", help="replace files in DIR (default: refuse)")
    parser.add_argument("-q", "--quiet", action="store_true", help="print nothing but errors")
    add_json(parser)


def offset(text: str) -> tuple[int, int]:
    """Return a row and a column.

    Examples
    --------
    >>> offset("0,128")
    (0, 128)
    """
    from argparse import ArgumentTypeError

    row, comma, column = text.partition(",")
    if not (comma and row.isascii() and row.isdigit() and column.isascii() and column.isdigit()):
        raise ArgumentTypeError(f"must be ROW,COLUMN, as in 0,128, got {text!a}")
    return int(row[:9]), int(column[:9])


def run(args: Namespace) -> int:
    """Carry the verb out and return the exit code."""
    from hadimg.singlepixel import export_patterns

    camera = camera_of(args, args.size[::-1])
    document = export_patterns(
        camera,
        args.output,
        format=name_of(args.format),
        dmd=args.dmd[::-1],
        zoom="max" if args.zoom is None else args.zoom,
        offset=args.offset,
        overwrite=args.overwrite,
    )
    if args.json:
        told: dict[str, Any] = {"patterns": camera.count, "frames": camera.exposures, "document": str(document)}
        screen.say_json({"size": list(args.size), "format": name_of(args.format), **told})
    elif not args.quiet:
        screen.say(f"{screen.plural(camera.exposures, 'frame')} written to {printable(args.output)}")
    return 0
