"""``hadimg remove``: take a mask off pictures, by its Hadamard inverse."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hadimg.cli.options import add_batch_options, add_mask, number, read_mask

if TYPE_CHECKING:
    from argparse import Namespace

    from hadimg.cli.parser import Parser

SUMMARY = "take a mask off pictures"

USAGE = "%(prog)s --mask MASK IN [IN ...] -o OUT [options]"

DESCRIPTION = """\
Divide every pixel by the mask's weight there, and change nothing else about the
pictures. A mask with zero weights has no inverse and is refused, unless the
gain is limited. Highlights that stop at white are counted.
"""

EXAMPLES = """\
examples:
  hadimg remove --mask lens.json photos/ -o corrected/
  hadimg remove --mask "exponential_decay(rate=1.2)" a.jpg -o restored.jpg
  hadimg remove --mask lens.json --max-gain 8 photos/ -o corrected/
"""


def add_arguments(parser: Parser) -> None:
    """Declare the options of the verb."""
    add_mask(parser)
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

    return run_batch(args, read_mask(args.mask), verb="remove", max_gain=args.max_gain, done_word="corrected")
