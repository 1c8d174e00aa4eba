"""Names of files as they come in, in one form: text in which bytes that are no UTF-8 survive as lone surrogates."""

from __future__ import annotations

import os
import pathlib

from hadimg.errors import ArgumentTypeError, Path

__all__ = ["as_path"]


def as_path(name: Path) -> pathlib.Path:
    r"""Return a name as a path object.

    Raises
    ------
    ArgumentTypeError
        When it is not a str, bytes or path.

    Examples
    --------
    >>> as_path(b"photo\xff.jpg").name
    'photo\udcff.jpg'
    """
    try:
        return pathlib.Path(os.fsdecode(name))
    except TypeError as error:
        raise ArgumentTypeError(f"path must be a str, bytes or path, got {type(name).__name__}") from error
