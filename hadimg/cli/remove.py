"""``hadimg remove``: take a mask off pictures, by its Hadamard inverse."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hadimg.cli import screen
from hadimg.cli.options import add_batch_options, add_mask, number, read_mask
from hadimg.cli.parser import UsageError

if TYPE_CHECKING:
    from argparse import Namespace

    from hadimg.batch import MaskSource
    from hadimg.cli.parser import Parser
    from hadimg.masks import Mask

SUMMARY = "take a mask off pictures"

USAGE = "%(prog)s (--mask MASK | --lens auto --lens-database DIR) IN [IN ...] -o OUT [options]"

DESCRIPTION = """\
Divide every pixel by the mask's weight there, and change nothing else about the
pictures. A mask with zero weights has no inverse and is refused, unless the
gain is limited. Highlights that stop at white are counted.

With --lens auto, the EXIF block of each picture says which lens and settings it
was taken with, and a folder of lensfun's XML files (DIR) what that lens does to
the light. The journal says of each picture which profile it took, or why none.
Such profiles are about light: pictures with an sRGB curve need --linear-light.
"""

EXAMPLES = """\
examples:
  hadimg remove --mask lens.json photos/ -o corrected/
  hadimg remove --mask "exponential_decay(rate=1.2)" a.jpg -o restored.jpg
  hadimg remove --mask lens.json --max-gain 8 photos/ -o corrected/
  hadimg remove --lens auto --lens-database db/ --linear-light photos/ -o corrected/
"""


def add_arguments(parser: Parser) -> None:
    """Declare the options of the verb."""
    add_mask(parser, required=False)
    parser.add_argument("--lens", choices=["auto"], help="take off the mask of the lens that the EXIF block names")
    parser.add_argument("--lens-database", metavar="DIR", help="a folder of lensfun's XML files, for --lens")
    parser.add_argument(
        "--max-gain",
        metavar="G",
        type=number(above=0),
        help="multiply by G at most, where the mask is very dark (default: no limit)",
    )
    add_batch_options(parser)


def run(args: Namespace) -> int:
    """Carry the verb out and return the exit code."""
    from hadimg.cli.batch import run_batch

    return run_batch(args, _mask_of(args), verb="remove", max_gain=args.max_gain, done_word="corrected")


def _mask_of(args: Namespace) -> Mask | MaskSource:
    """Return the mask, or what chooses one for each picture, that a command line asks for."""
    if (args.mask is None) == (args.lens is None):
        raise UsageError("what to take off must be said by one of --mask MASK and --lens auto", remedy="give one")
    if (args.lens is None) != (args.lens_database is None):
        raise UsageError("--lens and --lens-database belong together", remedy="give both, or use --mask")
    if args.mask is not None:
        return read_mask(args.mask)
    from hadimg.profiles import LensfunChooser, read_lensfun

    if not (args.linear_light or args.quiet):
        screen.message("note", "lens profiles are about light; pictures with an sRGB curve need --linear-light")
    return LensfunChooser(read_lensfun(args.lens_database))
