"""What became of one picture, and of all of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

__all__ = ["Outcome", "Status", "Summary"]

Status = Literal["done", "failed", "skipped"]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one picture.

    Parameters
    ----------
    source, target : str
        The names of the picture that was read and of the one that was to be written.
    status : {'done', 'failed', 'skipped'}
        Only ``done`` wrote a file.
    reason : str
        Why it failed or was skipped, in one line and without the file name; empty when it is done.
    kind : str
        The name of the exception's class when it failed.
    remedy : str
        The way out, where there is one.
    seconds : float
        From the first byte read to the last one written, by a clock that never jumps.
    input_sha256, output_sha256 : str
        Of the whole files, in hexadecimal digits; empty where a file was not read or not written.
    notes : tuple of str
        What the reader and the writer had to say: a wrong suffix, parts that could not be carried over.
    saturated, values : int
        How many values of the result stopped at the end of their range, of how many.

    Examples
    --------
    >>> Outcome("a.jpg", "out/a.jpg", "failed", reason="the JPEG data end early", kind="FormatError").message
    'a.jpg: the JPEG data end early'
    """

    source: str
    target: str
    status: Status
    reason: str = ""
    kind: str = ""
    remedy: str = ""
    seconds: float = 0.0
    input_sha256: str = ""
    output_sha256: str = ""
    notes: tuple[str, ...] = ()
    saturated: int = 0
    values: int = 0

    @property
    def message(self) -> str:
        """The one line that people are shown: file, reason, way out; safe to print on any terminal."""
        return _message(self.source, self.reason, self.remedy)


def _message(source: str, reason: str, remedy: str) -> str:
    from hadimg.errors import HadimgError

    return str(HadimgError(reason, path=source, remedy=remedy or None))


@dataclass(frozen=True)
class Summary:
    """What became of all pictures of a plan.

    Parameters
    ----------
    done, failed, skipped : int
        How many pictures ended so.
    left : int
        How many were planned and not finished, because of a signal or of ``fail_fast``.
    seconds : float
        Of the whole run.
    failures : tuple of Outcome
        Every picture that failed, in the order in which they did.
    notes : tuple of (str, int)
        Each thing that readers, writers and the run itself had to say, and for how many pictures.
    saturated, values : int
        Sums over all pictures; see `Outcome`.
    interrupted : int, optional
        The number of the signal that ended the run early: 2 for SIGINT, 15 for SIGTERM.
    abandoned : int
        How many pictures were still inside a decoder or encoder when the run ended because of a signal. They write
        nothing any more, but their threads go on; a program that wants to end now flushes its streams and calls
        `os._exit`.

    Examples
    --------
    >>> Summary(done=3, failed=1).total
    4
    """

    done: int = 0
    failed: int = 0
    skipped: int = 0
    left: int = 0
    seconds: float = 0.0
    failures: tuple[Outcome, ...] = ()
    notes: tuple[tuple[str, int], ...] = ()
    saturated: int = 0
    values: int = 0
    interrupted: int | None = None
    abandoned: int = 0

    @property
    def total(self) -> int:
        """How many pictures the plan named."""
        return self.done + self.failed + self.skipped + self.left
