"""``hadimg decode``: a .hadi file to a picture of another format."""

from __future__ import annotations

import re
from argparse import ArgumentTypeError
from typing import TYPE_CHECKING

from hadimg.cli.options import read_limits, suffix, whole_number
from hadimg.cli.parser import UsageError
from hadimg.cli.single import add_single_options, carry_out, check_output, deliver, read_input
from hadimg.cli.stream import STREAM
from hadimg.errors import FormatError, printable

if TYPE_CHECKING:
    from argparse import Namespace

    from hadimg.cli.parser import Parser

SUMMARY = "read a .hadi file, or a part of it, into another format"

USAGE = "%(prog)s IN.hadi -o OUT [options]"

DESCRIPTION = """\
Decode a .hadi file and write it in the format that the suffix of OUT stands for.
IN is kept. A window and a thumbnail are decoded alone, which is faster; of a cut
or damaged file --allow-damaged decodes what is whole.
"""

EXAMPLES = """\
examples:
  hadimg decode a.hadi -o a.png
  hadimg decode a.hadi -o small.jpg --reduce 3
  hadimg decode a.hadi -o part.tif --window 100,200,512,512
  hadimg decode - -o - --suffix .png > a.png
"""


def window(text: str) -> tuple[int, int, int, int]:
    """Return top, left, height and width.

    Examples
    --------
    >>> window("100,200,512,512")
    (100, 200, 512, 512)
    """
    match = re.fullmatch(r"(\d{1,7}),(\d{1,7}),(\d{1,7}),(\d{1,7})", text)
    if match is None:
        raise ArgumentTypeError(f"must be TOP,LEFT,HEIGHT,WIDTH in pixels, got {text!a}")
    return int(match[1]), int(match[2]), int(match[3]), int(match[4])


def add_arguments(parser: Parser) -> None:
    """Declare the options of the verb."""
    parser.add_argument("input", metavar="IN", help="a .hadi file; - is standard input")
    parser.add_argument("-o", "--output", metavar="OUT", required=True, help="the picture to write; - for a pipe")
    parser.add_argument("--window", metavar="T,L,H,W", type=window, help="top, left, height and width of a part")
    parser.add_argument(
        "--reduce", metavar="N", type=whole_number(lower=0, upper=3), default=0, help="reduce by 2**N (default: 0)"
    )
    parser.add_argument(
        "--suffix", metavar=".EXT", type=suffix, default=".png", help="format for a pipe (default: .png)"
    )
    parser.add_argument(
        "--quality", metavar="N", type=whole_number(lower=1, upper=100), help="1 to 100 where OUT is lossy"
    )
    parser.add_argument("--allow-damaged", action="store_true", help="decode what is whole of a damaged or cut file")
    add_single_options(parser)


def run(args: Namespace) -> int:
    """Carry the verb out and return the exit code."""
    check_output(args)
    from hadimg.io.naming import writable_format

    writable_format(target_of(args))  # before anything is read
    return carry_out(convert, args)


def target_of(args: Namespace) -> str:
    """Return the name whose suffix says the format of the result."""
    return f"standard output{args.suffix}" if args.output == STREAM else args.output


def convert(args: Namespace) -> None:
    """Decode one picture."""
    from hadimg.io import Encoded, Limits, ReadOptions, WriteOptions, encode_image
    from hadimg.io.formats import format_of_data
    from hadimg.io.hadi import decode_part

    limits = read_limits(args.limit) or Limits()
    data, name = read_input(args.input, limits)
    row = format_of_data(data)
    if row is None or row.name != "hadi":
        kind = "no picture that is known" if row is None else row.title
        raise UsageError(f"{printable(name)} is {kind}, not HADI", remedy="hadimg encode writes HADI")
    try:
        image = decode_part(data, ReadOptions(limits, args.allow_damaged), window=args.window, reduce=args.reduce)
    except FormatError as error:
        raise error.at(name) from error.__cause__
    encoded = encode_image(image, target_of(args), WriteOptions(args.quality, strip=args.strip))
    height, width = image.pages[0].shape
    line = f"{printable(name)} -> {printable(args.output)}: {width}x{height}"
    deliver(args, Encoded(encoded.data, (*image.notes, *encoded.notes)), line)
