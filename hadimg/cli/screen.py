"""What a person sees: lines on stdout, messages and progress on stderr, safe for any terminal and for none."""

from __future__ import annotations

import io
import os
import sys
from typing import TYPE_CHECKING, Any

from hadimg.cli.wording import for_shell
from hadimg.errors import WriteError, printable

if TYPE_CHECKING:
    from typing import TextIO

    from hadimg.errors import HadimgError

__all__ = [
    "ascii_only",
    "decorated",
    "duration",
    "flush",
    "is_watched",
    "message",
    "plural",
    "prepare",
    "say",
    "say_json",
    "show_warning",
]

RED = "\x1b[31m"
YELLOW = "\x1b[33m"
PLAIN = "\x1b[0m"


def prepare() -> None:
    """Make stdout and stderr safe to print on: no character can fail, no picture can land on a closed stream."""
    for descriptor in (0, 1, 2):
        try:
            os.fstat(descriptor)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # takes the lowest free number: this one, and not a picture's file later
    encoding = "ascii" if ascii_only() else None
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding=encoding, errors="backslashreplace")


def ascii_only() -> bool:
    """Return whether the user asked for plain ASCII, with ``LC_ALL=C``."""
    return os.environ.get("LC_ALL") in ("C", "POSIX")


def is_watched() -> bool:
    """Return whether stderr is a terminal, where somebody waits."""
    return sys.stderr is not None and sys.stderr.isatty()


def decorated() -> bool:
    """Return whether stderr is a terminal that may show colors and a moving bar."""
    return is_watched() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def say(line: str) -> None:
    """Print one line of results on stdout; when nobody reads it any more, go on quietly."""
    _print(sys.stdout, line)


def say_json(value: Any) -> None:
    """Print one JSON object on stdout, in ASCII, so that it reads the same in every locale."""
    import json

    say(json.dumps(value, ensure_ascii=True, allow_nan=False, indent=2))


def message(kind: str, text: str) -> None:
    """Print ``hadimg: kind: text`` on stderr; errors are red and warnings yellow where colors are wanted."""
    color = {"error": RED, "warning": YELLOW}.get(kind)
    shown = f"{color}{kind}{PLAIN}" if color and decorated() else kind
    _print(sys.stderr, f"hadimg: {shown}: {printable(text)}")


def error(problem: HadimgError) -> None:
    """Print an error on stderr in one line, with the way out in the words of the command line."""
    if problem.remedy is not None:
        problem = type(problem)(problem.reason, path=problem.path, remedy=for_shell(problem.remedy))
    message("error", str(problem))


def _print(stream: TextIO | None, line: str) -> None:
    if stream is None:
        return
    try:
        stream.write(f"{line}\n")
        if stream is sys.stderr:
            stream.flush()
    except OSError as problem:
        _give_up(stream, problem)


def show_warning(text: Warning | str, *_: object, **__: object) -> None:
    """Print a warning of Python's in one line, in place of the two that name a line of code."""
    message("warning", str(text))


def flush() -> None:
    """Write out what stands in the buffers, before the interpreter would do it with a complaint."""
    for stream in (sys.stdout, sys.stderr):
        try:
            if stream is not None:
                stream.flush()
        except OSError as problem:
            _give_up(stream, problem)


def _give_up(stream: TextIO, problem: OSError) -> None:
    """Send everything that is still printed on ``stream`` nowhere; unless its reader just left, say why."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, stream.fileno())
    os.close(nowhere)
    if stream is not sys.stderr and not isinstance(problem, BrokenPipeError):
        raise WriteError(f"the output cannot be written: {problem.strerror}") from problem


def plural(count: int, noun: str) -> str:
    """Return the count with its noun.

    Examples
    --------
    >>> plural(1, "picture"), plural(0, "picture")
    ('1 picture', '0 pictures')
    """
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def duration(seconds: float) -> str:
    """Return a time that a person reads at a glance.

    Examples
    --------
    >>> duration(0.26), duration(75), duration(7322)
    ('0.3 s', '1 min 15 s', '2 h 2 min')
    """
    if seconds < 59.95:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {rest} s"
    return f"{minutes // 60} h {minutes % 60} min"
