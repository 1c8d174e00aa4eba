"""One picture through a pipe: ``-`` is standard input as IN, and standard output as OUT."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from hadimg.cli import screen
from hadimg.cli.options import read_limits
from hadimg.cli.parser import UsageError
from hadimg.errors import HadimgError, LimitError, ReadError, WriteError

if TYPE_CHECKING:
    from argparse import Namespace

    from hadimg.batch import Recipe
    from hadimg.io import Encoded, Limits

__all__ = ["STDIN", "STREAM", "from_stdin", "is_stream", "run_stream", "to_stdout"]

STREAM = "-"
STDIN = "standard input"
CHUNK = 1 << 20
FOR_FILES_ONLY = ("recursive", "resume", "dry_run", "json", "journal")


def is_stream(args: Namespace) -> bool:
    """Return whether the picture comes from standard input or goes to standard output."""
    return STREAM in args.inputs or args.output == STREAM


def run_stream(args: Namespace, recipe: Recipe) -> int:
    """Read one picture, change it, write it, and return the exit code.

    Parameters
    ----------
    args : Namespace
        As for `hadimg.cli.batch.run_batch`.
    recipe : Recipe
        What is done to the picture.

    Returns
    -------
    int
        0, or 1 when the picture cannot be read or written.

    Raises
    ------
    UsageError
        When more than one picture is asked for, or something that a pipe cannot give.
    """
    if len(args.inputs) != 1:
        raise UsageError("only one picture can go through a pipe", remedy="name one IN")
    for name in FOR_FILES_ONLY:
        if getattr(args, name):
            raise UsageError(f"--{name.replace('_', '-')} is for files, not for a pipe", remedy="leave it out")
    if args.output == STREAM and sys.stdout.isatty():
        raise UsageError("a picture would be printed on the terminal", remedy="redirect it, as in ... -o - > out.jpg")
    try:
        _pass_through(args, recipe)
    except HadimgError as error:
        screen.error(error)
        return 1
    return 0


def _pass_through(args: Namespace, recipe: Recipe) -> None:
    from hadimg.io import write_bytes

    target, encoded = _changed(args, recipe)
    if args.output == STREAM:
        to_stdout(encoded.data)
    else:
        write_bytes(target, encoded.data, overwrite=args.overwrite, sync=not args.no_fsync)
    for note in () if args.quiet else encoded.notes:
        screen.message("note", note)


def _changed(args: Namespace, recipe: Recipe) -> tuple[str, Encoded]:
    """Return the name whose suffix says the format of the result, and the result with all notes."""
    from hadimg.batch.worker import mask_picture
    from hadimg.io import Encoded, Limits, ReadOptions, decode_image, encode_image
    from hadimg.io.formats import FORMATS
    from hadimg.io.reading import read_bytes

    limits = read_limits(args.limit) or Limits()
    source = args.inputs[0]
    data, name = (from_stdin(limits), STDIN) if source == STREAM else (read_bytes(source, limits), source)
    image = decode_image(data, name, ReadOptions(limits, args.allow_damaged))
    target = args.output
    if target == STREAM:
        target = f"standard output{args.suffix or FORMATS[image.format].suffixes[0]}"
    masked = mask_picture(image, recipe)[0]
    encoded = encode_image(masked, target, recipe.write_options)
    return target, Encoded(encoded.data, (*masked.notes, *encoded.notes))


def from_stdin(limits: Limits) -> bytes:
    """Return everything that comes from standard input.

    Raises
    ------
    ReadError, LimitError
        When nothing comes, or too much.
    """
    if sys.stdin is None or sys.stdin.isatty():
        raise ReadError("no picture comes from standard input", remedy="pipe one in, as in hadimg dim - -o - < in.jpg")
    parts = []
    length = 0
    while part := sys.stdin.buffer.read(CHUNK):
        parts.append(part)
        length += len(part)
        if length > limits.file_bytes:
            raise LimitError(f"the limit file_bytes is {limits.file_bytes}, more came", path=STDIN)
    if not parts:
        raise ReadError("nothing came", path=STDIN, remedy="pipe a picture in, as in hadimg dim - -o - < in.jpg")
    return b"".join(parts)


def to_stdout(data: bytes) -> None:
    """Write a file to standard output.

    Raises
    ------
    WriteError
        When it takes no more; a reader that has left is no error.
    """
    sys.stdout.flush()
    rest = memoryview(data)
    try:
        while rest:
            rest = rest[os.write(sys.stdout.fileno(), rest) :]
    except BrokenPipeError:
        return  # whoever reads has enough
    except OSError as error:
        raise WriteError(f"the output cannot be written: {error.strerror}") from error
