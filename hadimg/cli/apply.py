"""``hadimg apply``: put any mask on pictures."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hadimg.cli.options import add_batch_options, add_mask, read_mask

if TYPE_CHECKING:
    from argparse import Namespace

    from hadimg.cli.parser import Parser

SUMMARY = "put a mask on pictures"

USAGE = "%(prog)s --mask MASK IN [IN ...] -o OUT [options]"

DESCRIPTION = """\
Multiply every pixel by the mask's weight there, and change nothing else about
the pictures. Results are rounded to the nearest level and stop at white.
"""

EXAMPLES = """\
examples:
  hadimg apply --mask "gaussian(sigma=0.7)" photos/ -o out/
  hadimg apply --mask "cos4(half_field_angle=35) * linear_gradient(angle=90, low=0.4)" a.tif -o b.tif
  hadimg apply --mask lens.json photos/ -o out/ --recursive --linear-light
"""


def add_arguments(parser: Parser) -> None:
    """Declare the options of the verb."""
    add_mask(parser)
    add_batch_options(parser)


def run(args: Namespace) -> int:
    """Carry the verb out and return the exit code."""
    from hadimg.cli.batch import run_batch

    return run_batch(args, read_mask(args.mask), done_word="masked")
