"""The one family of exceptions, and how names from outside are printed.

Every error says what was wrong in one line: the argument or file, the rule, the value, and the way out.

>>> from hadimg.errors import FormatError
>>> raise FormatError("the JPEG data end early", path="photo.jpg", remedy="copy the file again")
Traceback (most recent call last):
...
hadimg.errors.FormatError: photo.jpg: the JPEG data end early (copy the file again)
"""

from __future__ import annotations

import os
import unicodedata
from typing import Any

__all__ = [
    "ArgumentError",
    "ArgumentTypeError",
    "DependencyError",
    "FormatError",
    "HadimgError",
    "HadimgWarning",
    "LimitError",
    "PlanError",
    "ProfileError",
    "ReadError",
    "UnsupportedError",
    "WriteError",
    "printable",
]

Path = str | bytes | os.PathLike[str] | os.PathLike[bytes]


def printable(text: Path) -> str:
    r"""Return ``text`` so that it can be printed on any terminal and stays on one line.

    Control and format characters, line breaks, lone surrogates (bytes of a file name that are not UTF-8) and
    directional overrides are shown as escapes; everything else is left alone.

    Parameters
    ----------
    text : str, bytes or path
        A file name, or a text that came out of a file.

    Returns
    -------
    str
        The text without any character that could move a cursor, end a line or fail to encode.

    Examples
    --------
    >>> print(printable("a\nb\x1b[31m.jpg"))
    a\nb\x1b[31m.jpg
    """
    name = os.fsdecode(text)
    return "".join(
        char if not unicodedata.category(char).startswith(("C", "Zl", "Zp")) else _escaped(char) for char in name
    )


def _escaped(char: str) -> str:
    return char.encode("unicode_escape").decode("ascii")


class HadimgError(Exception):
    """Anything that hadimg refuses or cannot do; every other exception is a defect.

    Parameters
    ----------
    reason : str
        The rule and the value that broke it, in one line.
    path : str, bytes or path, optional
        The file it is about.
    remedy : str, optional
        The way out.

    Examples
    --------
    >>> error = HadimgError("the disk is full", path="out/a.jpg", remedy="free some space")
    >>> error.reason, error.remedy
    ('the disk is full', 'free some space')
    >>> print(error)
    out/a.jpg: the disk is full (free some space)
    """

    def __init__(self, reason: str, *, path: Path | None = None, remedy: str | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.path = path
        self.remedy = remedy

    def __str__(self) -> str:
        place = "" if self.path is None else f"{printable(self.path)}: "
        way_out = "" if self.remedy is None else f" ({self.remedy})"
        return f"{place}{self.reason}{way_out}"

    def __reduce__(self) -> tuple[Any, ...]:
        return _rebuild, (type(self), self.reason, self.path, self.remedy)

    def at(self, path: Path) -> HadimgError:
        """Return the same error, naming ``path`` where it names no file yet."""
        return self if self.path is not None else type(self)(self.reason, path=path, remedy=self.remedy)


def _rebuild(kind: type[HadimgError], reason: str, path: Path | None, remedy: str | None) -> HadimgError:
    return kind(reason, path=path, remedy=remedy)


class HadimgWarning(UserWarning):
    """Something that could not be carried over, or that was odd about a file; the result is whole."""


class ArgumentError(HadimgError, ValueError):
    """An argument has the right type and a value that breaks its rule."""


class ArgumentTypeError(HadimgError, TypeError):
    """An argument has the wrong type."""


class ReadError(HadimgError, OSError):
    """A file cannot be opened or read to its end."""


class FormatError(HadimgError, ValueError):
    """The data of a file are broken."""


class LimitError(HadimgError, ValueError):
    """The data are whole, as far as seen, and larger than a limit allows."""


class UnsupportedError(HadimgError, ValueError):
    """The data are whole, and of a kind that cannot be kept without loss; refused by name."""


class WriteError(HadimgError, OSError):
    """A file cannot be written; what stood at its name before is untouched."""


class PlanError(HadimgError, ValueError):
    """A batch would lose or collide with something; refused before the first picture is read."""


class ProfileError(HadimgError, LookupError):
    """No profile of a database fits the picture, or more than one does."""


class DependencyError(HadimgError, RuntimeError):
    """A library that this job needs is missing or broken on this machine."""
