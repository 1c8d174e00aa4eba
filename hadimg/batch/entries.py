"""What a plan says about one file: read it, leave it for a reason, or that it is no business of ours."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, NamedTuple

if TYPE_CHECKING:
    from hadimg.errors import HadimgError

__all__ = ["Ignored", "Job", "Settled", "failed"]


@dataclass(frozen=True, slots=True)
class Job:
    """One picture to read, and the name to write it to.

    Parameters
    ----------
    source, target : str
        Bytes of a name that are not UTF-8 are lone surrogates, as Python has them everywhere.
    """

    source: str
    target: str


@dataclass(frozen=True, slots=True)
class Settled:
    """A file that is named in the journal and the summary without being read.

    Parameters
    ----------
    source, target : str
        As in `Job`; ``target`` is empty where none was decided.
    status : {'failed', 'skipped'}
        ``failed`` for files that cannot be read or written, ``skipped`` for those that need not or should not.
    reason, remedy : str
        Why, and the way out.
    kind : str
        For failed files, the name of the exception's class.
    """

    source: str
    target: str
    status: Literal["failed", "skipped"]
    reason: str
    remedy: str = ""
    kind: str = ""


class Ignored(NamedTuple):
    """A file or folder inside an input folder that a batch of pictures leaves alone; the journal alone names it."""

    source: str
    reason: str


def failed(source: str, error: HadimgError, target: str = "") -> Settled:
    """Return the entry of a file that fails for the reason that ``error`` gives.

    Examples
    --------
    >>> from hadimg.errors import ReadError
    >>> failed("a.jpg", ReadError("the file is empty")).kind
    'ReadError'
    """
    return Settled(source, target, "failed", error.reason, error.remedy or "", type(error).__name__)
