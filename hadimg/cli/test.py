"""``hadimg test``: whether picture files are whole."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hadimg.cli import screen
from hadimg.cli.options import read_limits
from hadimg.cli.single import read_input
from hadimg.errors import HadimgError, printable

if TYPE_CHECKING:
    from argparse import Namespace

    from hadimg.cli.parser import Parser
    from hadimg.io import Limits

SUMMARY = "verify that pictures are whole, without writing"

USAGE = "%(prog)s IN [IN ...] [options]"

DESCRIPTION = """\
Verify every checksum of .hadi files and decode them, a row of tiles at a time;
decode files of other formats. Nothing is written. The exit code is 1 when any
file is broken.
"""

EXAMPLES = """\
examples:
  hadimg test a.hadi
  hadimg test scans/*.hadi
  hadimg test photos/*.jpg --quiet
"""


def add_arguments(parser: Parser) -> None:
    """Declare the options of the verb."""
    parser.add_argument("inputs", metavar="IN", nargs="+", help="pictures; - is standard input")
    parser.add_argument(
        "--limit", metavar="NAME=N", action="append", default=[], help="read larger files, as in page_pixels=500000000"
    )
    parser.add_argument("-q", "--quiet", action="store_true", help="print nothing but errors")


def run(args: Namespace) -> int:
    """Carry the verb out and return the exit code."""
    from hadimg.io import Limits

    limits = read_limits(args.limit) or Limits()
    failed = 0
    for name in args.inputs:
        try:
            verify(name, limits)
        except HadimgError as error:
            screen.error(error)
            failed += 1
        else:
            if not args.quiet:
                screen.say(f"{printable(name)}: whole")
    return 1 if failed else 0


def verify(name: str, limits: Limits) -> None:
    """Read one file to its end.

    Raises
    ------
    HadimgError
        When it is broken, names the file.
    """
    from hadimg.io import ReadOptions, decode_image, probe_image

    data, called = read_input(name, limits)
    options = ReadOptions(limits)
    header = probe_image(data, called, options)
    if header.format != "hadi":
        decode_image(data, called, options, header)
        return
    from io import BytesIO

    from hadimg.codec import Reader

    try:
        for _ in Reader(BytesIO(data), limits=limits).rows():
            pass
    except HadimgError as error:
        raise error.at(called) from error.__cause__
