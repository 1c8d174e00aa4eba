"""``hadimg dim``: the main job, pictures darker towards the edges."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hadimg.cli.options import add_batch_options, number

if TYPE_CHECKING:
    from argparse import Namespace

    from hadimg.cli.parser import Parser

SUMMARY = "darken pictures towards the edges"

USAGE = "%(prog)s IN [IN ...] -o OUT [options]"

DESCRIPTION = """\
Darken pictures towards the edges by the mask exp(-rate * r^power), and change
nothing else about them. The distance r is measured in half diagonals: 0 in the
center, 1 in the corner. The mask lies as each picture is seen.
"""

EXAMPLES = """\
examples:
  hadimg dim photos/ -o dimmed/
  hadimg dim photos/ -o dimmed/ --strength 0.6 --rate 1.2 --recursive
  hadimg dim a.jpg b.tif -o dimmed/ --center 0.4 0.6 --quality 92
  hadimg dim photos/ -o dimmed/ --dry-run
"""


def add_arguments(parser: Parser) -> None:
    """Declare the options of the verb."""
    mask = parser.add_argument_group("the mask")
    mask.add_argument(
        "--strength",
        metavar="S",
        type=number(lower=0, upper=1),
        default=1.0,
        help="blend with the untouched picture: 0 is no mask at all, 1 the whole mask (default 1)",
    )
    mask.add_argument(
        "--rate",
        metavar="R",
        type=number(lower=0),
        default=1.0,
        help="decay per half diagonal: the corner has weight exp(-R) (default 1, which is weight 0.37)",
    )
    mask.add_argument(
        "--power",
        metavar="P",
        type=number(lower=0.25, upper=8),
        default=1.0,
        help="shape, 0.25 to 8: 1 is a peak, 2 a bell, 8 dark in the corners only (default 1)",
    )
    mask.add_argument(
        "--center",
        metavar=("ROW", "COL"),
        nargs=2,
        type=number(),
        default=(0.5, 0.5),
        help="brightest point, in fractions of the height and the width (default 0.5 0.5)",
    )
    add_batch_options(parser)


def run(args: Namespace) -> int:
    """Carry the verb out and return the exit code."""
    from hadimg.cli.batch import run_batch
    from hadimg.masks import ExponentialDecay, Mask

    row, column = args.center
    mask: Mask = ExponentialDecay(rate=args.rate, power=args.power, center_row=row, center_col=column)
    if args.strength != 1:
        mask = mask.strength(args.strength)
    return run_batch(args, mask, done_word="dimmed")
