"""One picture in, one out: what encode and decode have in common, pipes included."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from hadimg.cli import screen
from hadimg.cli.parser import UsageError
from hadimg.cli.stream import STDIN, STREAM, from_stdin, to_stdout
from hadimg.errors import ArgumentError, HadimgError, PlanError

if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Callable

    from hadimg.cli.parser import Parser
    from hadimg.io import Encoded, Limits

__all__ = ["add_single_options", "carry_out", "check_output", "deliver", "read_input"]


def add_single_options(parser: Parser) -> None:
    """Declare what every verb takes that turns one picture into one other."""
    parser.add_argument("--strip", action="store_true", help="leave out metadata, except color profile and orientation")
    parser.add_argument("--overwrite", action="store_true", help="replace OUT if it exists (default: refuse)")
    parser.add_argument(
        "--limit", metavar="NAME=N", action="append", default=[], help="read larger files, as in page_pixels=500000000"
    )
    parser.add_argument("--no-fsync", action="store_true", help="do not wait until the file is on the disk")
    parser.add_argument("-q", "--quiet", action="store_true", help="print nothing but errors")


def check_output(args: Namespace) -> None:
    """Refuse an output that cannot be meant, before anything is read.

    Raises
    ------
    UsageError, PlanError
        For a picture on a terminal; for a file that exists, or that is the input itself.
    """
    if args.output == STREAM:
        if sys.stdout.isatty():
            raise UsageError("a picture would be printed on the terminal", remedy="redirect it, as in ... -o - > out")
        return
    if not os.path.lexists(args.output):
        return
    from pathlib import Path

    target, source = Path(args.output), Path(args.input)
    if args.input != STREAM and target.exists() and source.exists() and target.samefile(source):
        raise PlanError("the output is the input itself", path=args.output, remedy="choose another name")
    if not args.overwrite:
        raise PlanError("the file exists", path=args.output, remedy="allow overwriting or choose another name")


def carry_out(job: Callable[[Namespace], None], args: Namespace) -> int:
    """Do the one job of a verb, and return 0, or 1 when its picture cannot be read, changed or written.

    Raises
    ------
    ArgumentError
        When it is the command line that is wrong.
    """
    try:
        job(args)
    except ArgumentError:
        raise
    except HadimgError as error:
        screen.error(error)
        return 1
    return 0


def read_input(name: str, limits: Limits) -> tuple[bytes, str]:
    """Return the bytes of a file, or of standard input, and what to call them."""
    from hadimg.io.reading import read_bytes

    return (from_stdin(limits), STDIN) if name == STREAM else (read_bytes(name, limits), name)


def deliver(args: Namespace, encoded: Encoded, line: str) -> None:
    """Write the result, then say what was made and what was lost.

    Parameters
    ----------
    args : Namespace
        With ``output`` and everything that `add_single_options` declares.
    encoded : Encoded
        The finished file.
    line : str
        Printed when the picture went to a file.
    """
    from hadimg.io import write_bytes

    if args.output == STREAM:
        to_stdout(encoded.data)
    else:
        write_bytes(args.output, encoded.data, overwrite=args.overwrite, sync=not args.no_fsync)
        if not args.quiet:
            screen.say(line)
    for note in () if args.quiet else encoded.notes:
        screen.message("note", note)
