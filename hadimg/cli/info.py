"""``hadimg info``: what a picture file says about itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hadimg.cli import screen
from hadimg.cli.options import add_json, read_limits
from hadimg.cli.single import read_input
from hadimg.errors import HadimgError, printable

if TYPE_CHECKING:
    from argparse import Namespace

    from hadimg.cli.parser import Parser
    from hadimg.io import Limits

SUMMARY = "say what a picture file says about itself"

USAGE = "%(prog)s IN [IN ...] [--json]"

DESCRIPTION = """\
Print what the headers of pictures declare: format, size, channels and depth; of
.hadi files also how they are coded, what the transform is made of, and how many
bytes each resolution takes. No pixel is decoded.
"""

EXAMPLES = """\
examples:
  hadimg info a.hadi
  hadimg info photos/*.jpg --json
"""


def add_arguments(parser: Parser) -> None:
    """Declare the options of the verb."""
    parser.add_argument("inputs", metavar="IN", nargs="+", help="pictures; - is standard input")
    parser.add_argument(
        "--limit", metavar="NAME=N", action="append", default=[], help="read larger files, as in page_pixels=500000000"
    )
    add_json(parser)


def run(args: Namespace) -> int:
    """Carry the verb out and return the exit code."""
    from hadimg.io import Limits

    limits = read_limits(args.limit) or Limits()
    told: list[dict[str, Any]] = []
    failed = False
    for name in args.inputs:
        try:
            told.append({"file": name, **examine(name, limits)})
        except HadimgError as error:
            screen.error(error)
            failed = True
    if args.json:
        screen.say_json({"files": told})
    else:
        for facts in told:
            screen.say("\n".join(lines_of(facts)))
    return 1 if failed else 0


def examine(name: str, limits: Limits) -> dict[str, Any]:
    """Return what is known about one file, as plain values.

    Raises
    ------
    HadimgError
        When it cannot be read or is no picture.
    """
    from hadimg.codec import describe
    from hadimg.io import ReadOptions, probe_image
    from hadimg.io.formats import FORMATS

    data, called = read_input(name, limits)
    # what is cut or damaged behind its header is described, too
    header = probe_image(data, called, ReadOptions(limits, allow_damaged=True))
    if header.format == "hadi":
        try:
            return {"format": "HADI", **describe(data, limits=limits)}
        except HadimgError as error:
            raise error.at(called) from error.__cause__
    return {
        "format": FORMATS[header.format].title,
        "width": header.shapes[0][1],
        "height": header.shapes[0][0],
        "pages": len(header.shapes),
        "channels": header.channels,
        "depth": 8 * header.itemsize,
        "bytes": len(data),
    }


def lines_of(facts: dict[str, Any]) -> list[str]:
    """Return the lines for a person."""
    lines = [printable(str(facts["file"]))]
    for name, value in facts.items():
        if name == "file" or value is None:
            continue
        shown = f"{value:.4g}" if isinstance(value, float) else value
        if isinstance(value, list):
            shown = ", ".join(value) or "none"
        elif isinstance(value, dict):
            shown = ", ".join(f"1/{key}: {part}" if key != "1" else f"all: {part}" for key, part in value.items())
        elif isinstance(value, bool):
            shown = "yes" if value else "no"
        lines.append(f"  {name.replace('_', ' '):<16} {shown}")
    if facts.get("declared_bytes", facts["bytes"]) != facts["bytes"]:
        lines.append(f"  {'damage':<16} {damage_of(facts['bytes'] - facts['declared_bytes'])}")
    return lines


def damage_of(difference: int) -> str:
    """Return what it means that a file has more or fewer bytes than it declares.

    Examples
    --------
    >>> damage_of(-7)
    '7 bytes are missing'
    """
    return f"{-difference} bytes are missing" if difference < 0 else f"{difference} bytes follow the picture"
