"""``hadimg encode``: a picture to a .hadi file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hadimg.cli.options import number, read_limits, whole_number
from hadimg.cli.parser import UsageError
from hadimg.cli.single import add_single_options, carry_out, check_output, deliver, read_input
from hadimg.cli.stream import STREAM
from hadimg.errors import printable

if TYPE_CHECKING:
    from argparse import Namespace

    from hadimg.cli.parser import Parser

SUMMARY = "write a picture as .hadi, made of Hadamard matrices"

USAGE = "%(prog)s IN -o OUT.hadi [options]"

DESCRIPTION = """\
Encode a picture with the lapped Walsh-Hadamard transform. IN is kept. The same
picture and options give the same bytes on every machine. EXIF, XMP, ICC, IPTC,
resolution, orientation and text go along.
"""

EXAMPLES = """\
examples:
  hadimg encode a.png -o a.hadi
  hadimg encode a.tif -o a.hadi --lossless
  hadimg encode a.jpg -o a.hadi --bits-per-pixel 0.5
  hadimg encode - -o - --quality 60 > a.hadi
"""

RATES = ("quality", "step", "bits_per_pixel", "lossless")


def add_arguments(parser: Parser) -> None:
    """Declare the options of the verb."""
    parser.add_argument("input", metavar="IN", help="a picture of any format that is read; - is standard input")
    parser.add_argument("-o", "--output", metavar="OUT", required=True, help="the .hadi file; - for a pipe")
    how = parser.add_argument_group("how much may be lost (one of these)")
    how.add_argument("--quality", metavar="N", type=number(lower=1, upper=100), help="1 to 100 (default: 75)")
    how.add_argument("--step", metavar="D", type=number(above=0), help="the quantizer's step, in levels")
    how.add_argument("--bits-per-pixel", metavar="B", type=number(above=0), help="the size of the file, within 3 %%")
    how.add_argument("--lossless", action="store_true", help="lose nothing")
    more = parser.add_argument_group("how it is coded")
    more.add_argument("--tuning", choices=["balanced", "rgb", "ycbcr"], help="what errors are measured in")
    more.add_argument("--tile", choices=["64", "128", "256", "512"], help="side of the squares (default: 512)")
    more.add_argument("--unit", metavar="U", type=number(above=0), help="the value of one level, for floats")
    more.add_argument("-j", "--jobs", metavar="N", type=whole_number(lower=1), help="threads (default: all cores)")
    parser.add_argument("--allow-damaged", action="store_true", help="read a damaged IN as far as it goes")
    add_single_options(parser)


def run(args: Namespace) -> int:
    """Carry the verb out and return the exit code."""
    given = [f"--{name.replace('_', '-')}" for name in RATES if getattr(args, name)]
    if len(given) > 1:
        raise UsageError(f"{' and '.join(given)} contradict each other", remedy="give one")
    if args.output != STREAM and not args.output.lower().endswith(".hadi"):
        raise UsageError(f"OUT must end in .hadi, got {printable(args.output)}", remedy="see hadimg decode --help")
    check_output(args)
    return carry_out(convert, args)


def convert(args: Namespace) -> None:
    """Encode one picture."""
    from hadimg.io import Limits, ReadOptions, WriteOptions, decode_image
    from hadimg.io.hadi import encode_with

    limits = read_limits(args.limit) or Limits()
    data, name = read_input(args.input, limits)
    image = decode_image(data, name, ReadOptions(limits, args.allow_damaged))
    encoded = encode_with(image, WriteOptions(strip=args.strip), **choices_of(args))
    height, width = image.pages[0].shape
    bits = 8 * len(encoded.data) / (height * width)
    line = f"{printable(name)} -> {printable(args.output)}: {len(data)} -> {len(encoded.data)} bytes, {bits:.3g} bits"
    deliver(args, encoded, f"{line} per pixel")


def choices_of(args: Namespace) -> dict[str, Any]:
    """Return the options of the encoder that a command line gives."""
    names = {"quality": "quality", "step": "step", "bits_per_pixel": "bits_per_pixel", "unit": "unit"}
    names |= {"tuning": "tuning", "jobs": "workers"}
    given = {option: getattr(args, name) for name, option in names.items() if getattr(args, name) is not None}
    tile = {} if args.tile is None else {"tile": int(args.tile)}
    return {**given, **tile, "lossless": args.lossless}
