"""Where the command line begins: find the verb, run it, turn its end into an exit code."""

from __future__ import annotations

import atexit
import gc
import os
import sys
import warnings
from typing import TYPE_CHECKING

from hadimg.cli import (
    apply,
    decode,
    dim,
    doctor,
    encode,
    fit,
    info,
    mask,
    measure,
    patterns,
    reconstruct,
    remove,
    screen,
    test,
)
from hadimg.cli.completion import SHELLS, PrintCompletion
from hadimg.cli.parser import Parser
from hadimg.errors import DependencyError, HadimgError, WriteError, printable
from hadimg.kernels.compiling import tell_when_compiling
from hadimg.version import __version__

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["DONE", "FAILED", "INTERRUPTED", "REFUSED", "build_parser", "main"]

COMPILING = "compiling the fast loops for this machine, which takes up to half a minute, once per installation"

DONE = 0
FAILED = 1
REFUSED = 2
INTERRUPTED = 130

VERBS = {
    "dim": dim,
    "apply": apply,
    "fit": fit,
    "remove": remove,
    "mask": mask,
    "encode": encode,
    "decode": decode,
    "info": info,
    "measure": measure,
    "reconstruct": reconstruct,
    "patterns": patterns,
    "test": test,
    "doctor": doctor,
}

DESCRIPTION = """\
Put masks on pictures and take them off again: many files at once, whole or not
at all, with nothing else about the pictures changed.
"""

EPILOG = """\
examples:
  hadimg dim photos/ -o dimmed/ --strength 0.6 --rate 1.2
  hadimg apply --mask "gaussian(sigma=0.7)" photos/ -o out/
  hadimg fit flat flat.tif --mask polynomial -o lens.json
  hadimg remove --mask lens.json photos/ -o corrected/
  hadimg mask lens.json --size 6000x4000 -o mask.png
  hadimg encode a.png -o a.hadi
  hadimg measure scene.png --ratio 0.25 -o y.npz
  hadimg dim --help

exit codes: 0 all done, 1 some pictures failed, 2 refused before anything was
written, 130 interrupted, 143 terminated
environment: HADIMG_JOBS is the default of --jobs; HADIMG_LOG=debug shows where
an error came from; NO_COLOR means no colors and no progress bar
"""


def build_parser() -> Parser:
    """Return the parser of all verbs."""
    parser = Parser(prog="hadimg", description=DESCRIPTION, epilog=EPILOG)
    parser.add_argument("-V", "--version", action="version", version=f"hadimg {__version__}", help="print the version")
    parser.add_argument(
        "--print-completion",
        metavar="SHELL",
        action=PrintCompletion,
        choices=tuple(SHELLS),
        help=f"print the completion script for {', '.join(SHELLS)}",
    )
    verbs = parser.add_subparsers(metavar="VERB", required=True, title="verbs")
    for name, module in VERBS.items():
        verb = verbs.add_parser(
            name,
            help=module.SUMMARY,
            summary=module.SUMMARY,
            usage=module.USAGE,
            description=module.DESCRIPTION,
            epilog=module.EXAMPLES,
        )
        module.add_arguments(verb)
        verb.set_defaults(run=module.run)
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command line.

    Parameters
    ----------
    arguments : sequence of str, optional
        What stands after ``hadimg``; by default the arguments of the process.

    Returns
    -------
    int
        0 all done, 1 some failed, 2 refused before anything was written, 130 or 143 interrupted.

    Examples
    --------
    >>> main(["--version"])
    hadimg ...
    0
    """
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # the threads are ours; idle ones of BLAS spin beside them
    collecting = gc.isenabled()
    gc.disable()  # a command is short, and nothing that it loads is garbage; batches enable this again
    atexit.register(gc.freeze)  # the last collection of garbage would take a quarter of a second, for nothing
    screen.prepare()
    with warnings.catch_warnings():
        warnings.showwarning = screen.show_warning  # type: ignore[assignment]  # takes what it is given, uses the text
        status = _run(arguments)
    if collecting:
        gc.enable()
    try:
        screen.flush()
    except HadimgError as error:
        screen.error(error)
        return max(status, FAILED)
    return status


def _run(arguments: Sequence[str] | None) -> int:
    tracing = os.environ.get("HADIMG_LOG") == "debug"
    try:
        parser = build_parser()
        parsed = parser.parse_args(arguments)
        if screen.is_watched() and not getattr(parsed, "quiet", False):
            tell_when_compiling(lambda: screen.message("note", COMPILING))
        status: int = parsed.run(parsed)
    except SystemExit as end:  # --help and --version
        return end.code if isinstance(end.code, int) else DONE
    except HadimgError as error:
        if tracing:
            sys.excepthook(type(error), error, error.__traceback__)
        screen.error(error)
        return FAILED if isinstance(error, (WriteError, DependencyError)) else REFUSED
    except KeyboardInterrupt:
        screen.message("error", "interrupted")
        return INTERRUPTED
    except Exception as error:  # noqa: BLE001 (a defect of ours: the user gets one line that says how to report it)
        if tracing:
            sys.excepthook(type(error), error, error.__traceback__)
        what = printable(f"{type(error).__name__}: {error}")
        screen.message("error", f"a defect of hadimg, please report it: {what} (HADIMG_LOG=debug shows where)")
        return FAILED
    return status
