"""Names of files as they come in, in one form: text in which bytes that are no UTF-8 survive as lone surrogates."""

from __future__ import annotations

import os
import pathlib

from hadimg.errors import ArgumentTypeError, Path

__all__ = ["as_path", "file_name"]


def file_name(name: Path) -> str:
    r"""Return a name as text.

    Raises
    ------
    ArgumentTypeError
        When it is not a str, bytes or path.

    Examples
    --------
    >>> file_name(b"photo\xff.jpg")
    'photo\udcff.jpg'
    """
    try:
        return os.fsdecode(name)
    except TypeError as error:
        raise ArgumentTypeError(f"path must be a str, bytes or path, got {type(name).__name__}") from error


def as_path(name: Path) -> pathlib.Path:
    """Return a name as a path object; see `file_name`."""
    return pathlib.Path(file_name(name))
